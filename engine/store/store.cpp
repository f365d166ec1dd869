// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/store/store.h"

#include <limits>

#include "engine/core/error.h"
#include "engine/store/store_impl.h"

namespace recoscope {

namespace storage {

std::optional<RunKey> findRun(Database& database, const RunId& id)
{
    Statement query(database, "SELECT number, status FROM runs WHERE id = ?");
    query.bind(1, id);
    if (!query.step())
        return std::nullopt;
    return RunKey{query.integer(0), runStatusFromName(query.text(1))};
}

RunKey requireRun(Database& database, const RunId& id)
{
    const std::optional<RunKey> key = findRun(database, id);
    if (!key)
        throw Error(ErrorKind::NotFound, "there is no run '" + id + "'", "list the runs to see their ids");
    return *key;
}

RunKey requireUnfinished(Database& database, const RunId& id)
{
    const RunKey key = requireRun(database, id);
    if (key.status == RunStatus::Finished)
        throw Error(
            ErrorKind::Refused, "run '" + id + "' is finished; its results cannot change", "start a new run instead");
    return key;
}

double realOrNan(const Statement& row, int column)
{
    return row.isNull(column) ? std::numeric_limits<double>::quiet_NaN() : row.real(column);
}

std::string dumpJson(const Json& value)
{
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace storage

Store::Store(const Path& databaseFile)
    : m_impl(std::make_unique<Impl>(databaseFile))
{
}

Store::~Store() = default;

void Store::flush()
{
    m_impl->writer.flush();
}

std::uint64_t Store::changeCounter() const
{
    std::lock_guard lock(m_impl->watcherMutex);
    const std::int64_t version = m_impl->watcher.integer("PRAGMA data_version");
    if (version != m_impl->lastVersion) {
        m_impl->lastVersion = version;
        ++m_impl->counter;
    }
    return m_impl->counter;
}

void Store::putDataset(const DatasetRecord& record)
{
    m_impl->writer.write([&record](Database& database) {
        Statement insert(database, "INSERT OR REPLACE INTO datasets VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        insert.bind(1, record.name).bind(2, record.hash).bind(3, record.format).bind(4, record.source);
        insert.bind(5, record.created).bind(6, record.users).bind(7, record.items).bind(8, record.interactions);
        insert.run();
    });
}

void Store::removeDataset(const std::string& name)
{
    m_impl->writer.write([&name](Database& database) {
        Statement remove(database, "DELETE FROM datasets WHERE name = ?");
        remove.bind(1, name).run();
    });
}

std::vector<DatasetRecord> Store::datasets() const
{
    return m_impl->readers.read([](Database& database) {
        std::vector<DatasetRecord> records;
        Statement query(database,
            "SELECT name, hash, format, source, created, users, items, interactions FROM datasets "
            "ORDER BY name");
        while (query.step()) {
            DatasetRecord record{query.text(0), query.text(1), query.text(2), query.text(3), query.text(4)};
            record.users = query.integer(5);
            record.items = query.integer(6);
            record.interactions = query.integer(7);
            records.push_back(std::move(record));
        }
        return records;
    });
}

void Store::putDocument(const std::string& key, const Json& value)
{
    m_impl->writer.enqueue([key, text = storage::dumpJson(value)](Database& database) {
        Statement insert(database, "INSERT OR REPLACE INTO documents VALUES (?, ?)");
        insert.bind(1, key).bind(2, text).run();
    });
}

std::optional<Json> Store::document(const std::string& key) const
{
    return m_impl->readers.read([&key](Database& database) -> std::optional<Json> {
        Statement query(database, "SELECT value FROM documents WHERE key = ?");
        query.bind(1, key);
        if (!query.step())
            return std::nullopt;
        return parseJson(query.text(0), "document '" + key + "'");
    });
}

} // namespace recoscope
