// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/catalogue.h"

#include <mutex>

#include "engine/core/error.h"
#include "engine/core/sqlite.h"
#include "engine/data/case_folding.h"

namespace recoscope {

namespace {

constexpr const char* itemColumns = "SELECT idx,raw,title,category,brand,price,description FROM items ";
constexpr const char* userColumns = "SELECT idx,raw,attributes FROM users ";

std::vector<std::string> splitCategories(std::string_view joined)
{
    std::vector<std::string> result;
    while (!joined.empty()) {
        const std::size_t end = joined.find('|');
        result.emplace_back(joined.substr(0, end));
        joined.remove_prefix(end == std::string_view::npos ? joined.size() : end + 1);
    }
    return result;
}

ItemRecord itemRecord(const Statement& row)
{
    ItemRecord record;
    record.index = {static_cast<std::int32_t>(row.integer(0))};
    record.raw = row.text(1);
    record.title = row.text(2);
    record.categories = splitCategories(row.textView(3));
    record.brand = row.text(4);
    if (!row.isNull(5))
        record.price = row.real(5);
    record.description = row.text(6);
    return record;
}

UserRecord userRecord(const Statement& row)
{
    return {{static_cast<std::int32_t>(row.integer(0))}, row.text(1), row.isNull(2) ? "{}" : row.text(2)};
}

// `text` for LIKE with '\' as the escape character.
std::string escapedForLike(const std::string& text)
{
    std::string result;
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\')
            result += '\\';
        result += c;
    }
    return result;
}

// WHERE and ORDER BY of a search in `column` and the raw id: whole matches before beginnings before the rest, then the
// shorter text. ?1 = text, ?2 = text%, ?3 = %text%, ?4 = limit, ?5 = text for LIKE; 2, 3 and 5 without case.
std::string searchClause(const std::string& column)
{
    const std::string shown = "folded(" + column + ")";
    return "WHERE " + shown + " LIKE ?3 ESCAPE '\\' OR folded(raw) LIKE ?3 ESCAPE '\\' ORDER BY CASE WHEN raw = ?1 "
        + "THEN 0 WHEN " + shown + " LIKE ?5 ESCAPE '\\' THEN 1 WHEN " + shown
        + " LIKE ?2 ESCAPE '\\' OR folded(raw) LIKE ?2 ESCAPE '\\' THEN 2 ELSE 3 END, length(" + column
        + "), idx LIMIT ?4";
}

void bindSearch(Statement& statement, const std::string& text, int limit)
{
    const std::string like = escapedForLike(foldedCase(text));
    statement.bind(1, text).bind(2, like + "%").bind(3, "%" + like + "%").bind(4, limit).bind(5, like);
}

} // namespace

struct Catalogue::Impl {
    // A connection out of the pool, given back at the end of the call.
    class Lease {
    public:
        explicit Lease(Impl& impl)
            : m_impl(impl)
            , m_database(impl.take())
        {
        }
        ~Lease()
        {
            std::lock_guard lock(m_impl.mutex);
            m_impl.idle.push_back(std::move(m_database));
        }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Database& operator*() { return *m_database; }

    private:
        Impl& m_impl;
        std::unique_ptr<Database> m_database;
    };

    std::unique_ptr<Database> take()
    {
        {
            std::lock_guard lock(mutex);
            if (!idle.empty()) {
                std::unique_ptr<Database> database = std::move(idle.back());
                idle.pop_back();
                return database;
            }
        }
        auto database = std::make_unique<Database>(file, Database::Mode::ReadOnly);
        addFoldedCase(database->handle());
        return database;
    }

    const std::vector<std::string>& cached(std::once_flag& once, std::vector<std::string>& values, const char* sql)
    {
        std::call_once(once, [&] {
            Lease database(*this);
            Statement statement(*database, sql);
            std::vector<std::string> read;
            while (statement.step())
                read.push_back(statement.text(0));
            values = std::move(read);
        });
        return values;
    }

    std::int64_t integer(const std::string& sql)
    {
        Lease database(*this);
        return (*database).integer(sql);
    }

    Path file;
    std::mutex mutex;
    std::vector<std::unique_ptr<Database>> idle;
    std::once_flag rawItemsOnce, rawUsersOnce, titlesOnce, categoriesOnce;
    std::vector<std::string> rawItems, rawUsers, titles, categories;
};

Catalogue::Catalogue(Path sqliteFile)
    : m_impl(std::make_unique<Impl>())
{
    m_impl->file = std::move(sqliteFile);
    m_impl->integer("SELECT count(*) FROM (SELECT idx,raw,title,category,brand,price,description,extra FROM items "
                    "LIMIT 1) JOIN (SELECT idx,raw,attributes FROM users LIMIT 1)");
}

Catalogue::~Catalogue() = default;

ItemRecord Catalogue::item(ItemIndex index) const
{
    const std::int32_t one[] = {index.value};
    return items(one).front();
}

std::vector<ItemRecord> Catalogue::items(std::span<const std::int32_t> indices) const
{
    Impl::Lease database(*m_impl);
    Statement statement(*database, std::string(itemColumns) + "WHERE idx=?");
    std::vector<ItemRecord> result;
    result.reserve(indices.size());
    for (const std::int32_t index : indices) {
        statement.bind(1, index);
        if (!statement.step())
            throw Error(
                ErrorKind::NotFound, "the catalogue has no item " + std::to_string(index), "import the source again");
        result.push_back(itemRecord(statement));
        statement.reset();
    }
    return result;
}

UserRecord Catalogue::user(UserIndex index) const
{
    Impl::Lease database(*m_impl);
    Statement statement(*database, std::string(userColumns) + "WHERE idx=?");
    statement.bind(1, index.value);
    if (!statement.step())
        throw Error(
            ErrorKind::NotFound, "the catalogue has no user " + std::to_string(index.value), "import the source again");
    return userRecord(statement);
}

std::optional<ItemIndex> Catalogue::findItem(const std::string& raw) const
{
    Impl::Lease database(*m_impl);
    Statement statement(*database, "SELECT idx FROM items WHERE raw=?");
    statement.bind(1, raw);
    if (!statement.step())
        return std::nullopt;
    return ItemIndex{static_cast<std::int32_t>(statement.integer(0))};
}

std::optional<UserIndex> Catalogue::findUser(const std::string& raw) const
{
    Impl::Lease database(*m_impl);
    Statement statement(*database, "SELECT idx FROM users WHERE raw=?");
    statement.bind(1, raw);
    if (!statement.step())
        return std::nullopt;
    return UserIndex{static_cast<std::int32_t>(statement.integer(0))};
}

std::vector<ItemRecord> Catalogue::searchItems(const std::string& text, int limit) const
{
    Impl::Lease database(*m_impl);
    Statement statement(*database, itemColumns + searchClause("ifnull(title,'')"));
    bindSearch(statement, text, limit);
    std::vector<ItemRecord> result;
    while (statement.step())
        result.push_back(itemRecord(statement));
    return result;
}

std::vector<UserRecord> Catalogue::searchUsers(const std::string& text, int limit) const
{
    Impl::Lease database(*m_impl);
    Statement statement(*database, userColumns + searchClause("raw"));
    bindSearch(statement, text, limit);
    std::vector<UserRecord> result;
    while (statement.step())
        result.push_back(userRecord(statement));
    return result;
}

std::int64_t Catalogue::itemCount() const
{
    return m_impl->integer("SELECT count(*) FROM items");
}

std::int64_t Catalogue::userCount() const
{
    return m_impl->integer("SELECT count(*) FROM users");
}

const std::vector<std::string>& Catalogue::rawItems() const
{
    return m_impl->cached(m_impl->rawItemsOnce, m_impl->rawItems, "SELECT raw FROM items ORDER BY idx");
}

const std::vector<std::string>& Catalogue::rawUsers() const
{
    return m_impl->cached(m_impl->rawUsersOnce, m_impl->rawUsers, "SELECT raw FROM users ORDER BY idx");
}

const std::vector<std::string>& Catalogue::titles() const
{
    return m_impl->cached(m_impl->titlesOnce, m_impl->titles, "SELECT ifnull(title,raw) FROM items ORDER BY idx");
}

const std::vector<std::string>& Catalogue::categories() const
{
    return m_impl->cached(
        m_impl->categoriesOnce, m_impl->categories, "SELECT ifnull(category,'') FROM items ORDER BY idx");
}

bool Catalogue::hasTitles() const
{
    return m_impl->integer("SELECT EXISTS(SELECT 1 FROM items WHERE title IS NOT NULL)") != 0;
}

} // namespace recoscope
