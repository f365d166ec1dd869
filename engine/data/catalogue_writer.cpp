// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/catalogue_writer.h"

namespace recoscope {

namespace {

// The unique indices follow in finish(): building them from sorted ids is several times faster than row by row.
constexpr const char* schema
    = "PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
      "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
      "CREATE TABLE items(idx INTEGER PRIMARY KEY, raw TEXT NOT NULL, title TEXT, category TEXT,"
      " brand TEXT, price REAL, description TEXT, extra TEXT) STRICT;"
      "CREATE TABLE users(idx INTEGER PRIMARY KEY, raw TEXT NOT NULL, attributes TEXT) STRICT;"
      "PRAGMA user_version=1;";

void mark(std::vector<bool>& set, std::int32_t index)
{
    if (static_cast<std::size_t>(index) >= set.size())
        set.resize(static_cast<std::size_t>(index) + 1 + set.size() / 2);
    set[static_cast<std::size_t>(index)] = true;
}

bool isMarked(const std::vector<bool>& set, std::int32_t index)
{
    return static_cast<std::size_t>(index) < set.size() && set[static_cast<std::size_t>(index)];
}

void bindText(Statement& statement, int parameter, std::string_view text)
{
    if (text.empty())
        statement.bindNull(parameter);
    else
        statement.bind(parameter, text);
}

} // namespace

CatalogueWriter::CatalogueWriter(const Path& file)
    : m_database(std::make_unique<Database>(file, Database::Mode::Create))
{
    m_database->execute(schema);
    m_transaction = std::make_unique<Transaction>(*m_database);
    m_insertItem = std::make_unique<Statement>(*m_database,
        "INSERT OR REPLACE INTO items(idx,raw,title,category,brand,price,description,extra) VALUES(?,?,?,?,?,?,?,?)");
    m_insertUser
        = std::make_unique<Statement>(*m_database, "INSERT OR REPLACE INTO users(idx,raw,attributes) VALUES(?,?,?)");
}

CatalogueWriter::~CatalogueWriter() = default;

void CatalogueWriter::setItem(std::int32_t index, std::string_view raw, const ItemAttributes& attributes)
{
    Statement& statement = *m_insertItem;
    statement.bind(1, index).bind(2, raw);
    bindText(statement, 3, attributes.title);
    bindText(statement, 4, attributes.categories);
    bindText(statement, 5, attributes.brand);
    if (attributes.price)
        statement.bind(6, *attributes.price);
    bindText(statement, 7, attributes.description);
    bindText(statement, 8, attributes.extraJson);
    statement.run();
    mark(m_itemSet, index);
}

void CatalogueWriter::setUser(std::int32_t index, std::string_view raw, std::string_view attributesJson)
{
    Statement& statement = *m_insertUser;
    statement.bind(1, index).bind(2, raw);
    bindText(statement, 3, attributesJson);
    statement.run();
    mark(m_userSet, index);
}

void CatalogueWriter::compact(const std::string& table, const std::vector<bool>& keep, std::vector<bool>& set)
{
    Statement remove(*m_database, "DELETE FROM " + table + " WHERE idx=?");
    Statement renumber(*m_database, "UPDATE " + table + " SET idx=? WHERE idx=?");
    std::vector<bool> kept;
    std::int64_t next = 0;
    // Ascending, so that the new number is always free by the time it is taken.
    for (std::size_t index = 0; index < keep.size(); ++index) {
        const bool hasRow = index < set.size() && set[index];
        if (!keep[index]) {
            if (hasRow)
                remove.bind(1, static_cast<std::int64_t>(index)).run();
            continue;
        }
        if (hasRow) {
            mark(kept, static_cast<std::int32_t>(next));
            if (next != static_cast<std::int64_t>(index))
                renumber.bind(1, next).bind(2, static_cast<std::int64_t>(index)).run();
        }
        ++next;
    }
    set = std::move(kept);
}

void CatalogueWriter::finish(const IdIndex& users, const IdIndex& items)
{
    insertMissing(items, "items", m_itemSet);
    insertMissing(users, "users", m_userSet);
    m_database->execute("CREATE UNIQUE INDEX items_raw ON items(raw); CREATE UNIQUE INDEX users_raw ON users(raw)");
    m_insertItem.reset();
    m_insertUser.reset();
    m_transaction->commit();
    m_transaction.reset();
    m_database.reset();
}

void CatalogueWriter::insertMissing(const IdIndex& ids, const std::string& table, const std::vector<bool>& set)
{
    Statement insert(*m_database, "INSERT INTO " + table + "(idx,raw) VALUES(?,?)");
    for (std::int32_t index = 0; index < ids.size(); ++index) {
        if (!isMarked(set, index))
            insert.bind(1, index).bind(2, ids.raw(index)).run();
    }
}

} // namespace recoscope
