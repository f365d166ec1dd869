// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A thin owner of SQLite connections and statements; used inside the engine by the store and the catalogue. Failures
// throw Error with the file: Input (corrupt, not a database), Resource (disk full, locked, no permission), NotFound.
// A Database and its statements belong to one thread at a time; statements must go before their database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/file.h"

struct sqlite3;
struct sqlite3_stmt;

namespace recoscope {

class Database {
public:
    enum class Mode { ReadOnly, ReadWrite, Create };

    // A locked database is waited for, up to `busyMilliseconds` a call.
    Database(const Path& path, Mode mode, int busyMilliseconds = 10'000);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void execute(const std::string& sql); // one or more statements without results
    std::int64_t integer(const std::string& sql); // first column of the first row; 0 when there is none
    // The write-ahead log, which stays on with the file.
    void turnOnLog();
    int userVersion() { return static_cast<int>(integer("PRAGMA user_version")); }
    std::int64_t changes() const; // rows touched by the last statement
    const Path& path() const { return m_path; }
    sqlite3* handle() const { return m_handle; }
    [[noreturn]] void fail(int code, const std::string& action) const;

private:
    Path m_path;
    sqlite3* m_handle = nullptr;
};

// One prepared statement. Parameters are numbered from 1, columns from 0.
class Statement {
public:
    Statement(Database& database, std::string_view sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, int value) { return bind(parameter, static_cast<std::int64_t>(value)); }
    Statement& bind(int parameter, double value);
    // The text is copied.
    Statement& bind(int parameter, std::string_view value);
    Statement& bind(int parameter, const std::string& value) { return bind(parameter, std::string_view(value)); }
    Statement& bind(int parameter, const char* value) { return bind(parameter, std::string_view(value)); }
    Statement& bindNull(int parameter);
    Statement& bindBlob(int parameter, const void* data, std::size_t bytes);

    bool step(); // true while there is a row
    void run(); // to the end, then ready to be bound again
    void reset();

    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    std::string_view textView(int column) const; // until the next step or reset
    bool isNull(int column) const;

private:
    Database& m_database;
    sqlite3_stmt* m_handle = nullptr;
};

// BEGIN IMMEDIATE ... COMMIT; rolled back when destroyed without commit.
class Transaction {
public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

private:
    Database& m_database;
    bool m_open = true;
};

} // namespace recoscope
