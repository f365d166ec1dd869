// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/sqlite.h"

#include <chrono>
#include <system_error>
#include <thread>

#include <sqlite3.h>

#include "engine/core/error.h"
#include "engine/core/wait_watch.h"

namespace recoscope {

namespace {

int openFlags(Database::Mode mode)
{
    switch (mode) {
    case Database::Mode::ReadOnly: return SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    case Database::Mode::ReadWrite: return SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    case Database::Mode::Create: return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    }
    return 0;
}

std::string freeText(const Path& file)
{
    std::error_code code;
    const auto space = std::filesystem::space(file.parent_path().empty() ? Path(".") : file.parent_path(), code);
    return code ? "an unknown number of" : std::to_string(space.available);
}

} // namespace

Database::Database(const Path& path, Mode mode, int busyMilliseconds)
    : m_path(path)
{
    WaitWatch::note("open", path);
    std::error_code ignored;
    if (mode != Mode::Create && !std::filesystem::exists(path, ignored))
        throw Error(ErrorKind::NotFound, "'" + path.string() + "' does not exist", "check the path");
    const int code = sqlite3_open_v2(path.c_str(), &m_handle, openFlags(mode), nullptr);
    if (code != SQLITE_OK) {
        try {
            fail(code, "open");
        } catch (...) {
            sqlite3_close(m_handle);
            throw;
        }
    }
    sqlite3_extended_result_codes(m_handle, 1);
    sqlite3_busy_timeout(m_handle, busyMilliseconds);
}

Database::~Database()
{
    sqlite3_close(m_handle);
}

// SQLite answers "locked" at once, without its busy handler, when two programs turn the log on at the same moment.
void Database::turnOnLog()
{
    constexpr int attempts = 50;
    for (int attempt = 1;; ++attempt) {
        try {
            execute("PRAGMA journal_mode = WAL");
            return;
        } catch (const Error&) {
            const bool locked = (sqlite3_errcode(m_handle) & 0xff) == SQLITE_BUSY;
            if (!locked || attempt == attempts)
                throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
}

void Database::fail(int code, const std::string& action) const
{
    const std::string where = "'" + m_path.string() + "'";
    const std::string reason = m_handle ? sqlite3_errmsg(m_handle) : sqlite3_errstr(code);
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        throw Error(ErrorKind::Input, where + " is damaged or not a database (" + reason + ")",
            "put back a copy of the file, or move it away to start anew; it was not changed");
    case SQLITE_FULL:
        throw Error(ErrorKind::Resource,
            "disk full: cannot " + action + " " + where + ": at least one page is needed, " + freeText(m_path)
                + " bytes free",
            "free some space; what was stored before is unharmed");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        throw Error(ErrorKind::Resource, where + " is locked by another program", "try again when it is done");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        throw Error(ErrorKind::Resource, "cannot " + action + " " + where + ": " + reason,
            "give this user access to the file and its folder, or choose another folder");
    case SQLITE_IOERR:
        throw Error(ErrorKind::Resource, "cannot " + action + " " + where + ": " + reason, "check the disk");
    case SQLITE_NOMEM: throw Error(ErrorKind::Resource, "out of memory while using " + where, "close other programs");
    default: throw Error(ErrorKind::Internal, "cannot " + action + " " + where + ": " + reason, "report this as a bug");
    }
}

void Database::execute(const std::string& sql)
{
    WaitWatch::note("query", m_path);
    const int code = sqlite3_exec(m_handle, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        fail(code, "change");
}

std::int64_t Database::integer(const std::string& sql)
{
    Statement statement(*this, sql);
    return statement.step() ? statement.integer(0) : 0;
}

std::int64_t Database::changes() const
{
    return sqlite3_changes64(m_handle);
}

Statement::Statement(Database& database, std::string_view sql)
    : m_database(database)
{
    const int code
        = sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &m_handle, nullptr);
    if (code != SQLITE_OK)
        database.fail(code, "query");
}

Statement::~Statement()
{
    sqlite3_finalize(m_handle);
}

Statement& Statement::bind(int parameter, std::int64_t value)
{
    sqlite3_bind_int64(m_handle, parameter, value);
    return *this;
}

Statement& Statement::bind(int parameter, double value)
{
    sqlite3_bind_double(m_handle, parameter, value);
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view value)
{
    // A null pointer would bind NULL instead of empty text.
    sqlite3_bind_text64(
        m_handle, parameter, value.data() ? value.data() : "", value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bindNull(int parameter)
{
    sqlite3_bind_null(m_handle, parameter);
    return *this;
}

Statement& Statement::bindBlob(int parameter, const void* data, std::size_t bytes)
{
    sqlite3_bind_blob64(m_handle, parameter, data ? data : "", bytes, SQLITE_TRANSIENT);
    return *this;
}

bool Statement::step()
{
    WaitWatch::note("query", m_database.path());
    const int code = sqlite3_step(m_handle);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        m_database.fail(code, sqlite3_stmt_readonly(m_handle) ? "read" : "write");
    return false;
}

void Statement::run()
{
    try {
        while (step()) { }
    } catch (...) {
        reset();
        throw;
    }
    reset();
}

void Statement::reset()
{
    sqlite3_reset(m_handle); // repeats the error of the last step, which was thrown already
    sqlite3_clear_bindings(m_handle);
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(m_handle, column);
}

double Statement::real(int column) const
{
    return sqlite3_column_double(m_handle, column);
}

std::string_view Statement::textView(int column) const
{
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(m_handle, column));
    return text ? std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(m_handle, column)))
                : std::string_view();
}

std::string Statement::text(int column) const
{
    return std::string(textView(column));
}

bool Statement::isNull(int column) const
{
    return sqlite3_column_type(m_handle, column) == SQLITE_NULL;
}

Transaction::Transaction(Database& database)
    : m_database(database)
{
    database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction()
{
    if (m_open)
        sqlite3_exec(m_database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit()
{
    m_database.execute("COMMIT");
    m_open = false;
}

} // namespace recoscope
