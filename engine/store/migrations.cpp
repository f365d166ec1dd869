// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A step, once released, never changes: a new version is a new step at the end. Each step has a test that starts from
// a database made by the steps before it.

#include "engine/store/migrations.h"

#include <cstring>
#include <system_error>

#include "engine/core/error.h"

namespace recoscope {

namespace {

constexpr std::uint32_t applicationId = 0x5265'636f; // "Reco"

// Version 1: datasets, runs, epochs, metrics, per-user metrics, documents.
// Reals that may be NaN (a diverged loss) are nullable, since SQLite stores NaN as NULL.
const char* const version1 = R"sql(
PRAGMA application_id = 1382376303;
CREATE TABLE datasets (
    name TEXT PRIMARY KEY, hash TEXT NOT NULL, format TEXT NOT NULL, source TEXT NOT NULL, created TEXT NOT NULL,
    users INTEGER NOT NULL, items INTEGER NOT NULL, interactions INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    dataset TEXT NOT NULL, dataset_hash TEXT NOT NULL, model TEXT NOT NULL, parameters TEXT NOT NULL,
    protocol TEXT NOT NULL, protocol_hash TEXT NOT NULL, seed INTEGER NOT NULL, environment TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'paused', 'finished', 'stopped', 'cancelled',
                                           'failed', 'interrupted')),
    created TEXT NOT NULL, started TEXT NOT NULL, finished TEXT NOT NULL,
    epochs INTEGER NOT NULL, best_epoch INTEGER NOT NULL, seconds REAL, seconds_per_epoch REAL,
    peak_memory INTEGER NOT NULL, parameter_count INTEGER NOT NULL, error TEXT NOT NULL,
    notes TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1))
) STRICT;
CREATE INDEX runs_by_dataset ON runs (dataset);
CREATE TABLE tags (
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE, position INTEGER NOT NULL, tag TEXT NOT NULL,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE epochs (
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE, epoch INTEGER NOT NULL, step INTEGER NOT NULL,
    train_loss REAL, learning_rate REAL, gradient_norm REAL, max_gradient_norm REAL, seconds REAL,
    valid_seconds REAL, events_per_second REAL, memory INTEGER NOT NULL, valid TEXT, is_best INTEGER NOT NULL,
    PRIMARY KEY (run, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE metrics (
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    part INTEGER NOT NULL CHECK (part IN (0, 1, 2)), name TEXT NOT NULL, value REAL, half_width REAL,
    PRIMARY KEY (run, part, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE user_metrics (
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    part INTEGER NOT NULL CHECK (part IN (0, 1, 2)), user INTEGER NOT NULL, target INTEGER NOT NULL,
    rank REAL NOT NULL, history_length INTEGER NOT NULL, target_popularity INTEGER NOT NULL,
    PRIMARY KEY (run, part, user)
) STRICT, WITHOUT ROWID;
CREATE TABLE documents (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER finished_runs_stay BEFORE UPDATE OF number, id, dataset, dataset_hash, model, parameters, protocol,
    protocol_hash, seed, environment, status, created, started, finished, epochs, best_epoch, seconds,
    seconds_per_epoch, peak_memory, parameter_count, error ON runs
WHEN OLD.status = 'finished' BEGIN SELECT RAISE(ABORT, 'a finished run cannot change'); END;
)sql";

// Version 2: metrics by slice, latency measurements, and what a run's numbers were counted on.
const char* const version2 = R"sql(
ALTER TABLE runs ADD COLUMN remark TEXT NOT NULL DEFAULT '';
CREATE TABLE slices (
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    part INTEGER NOT NULL CHECK (part IN (0, 1, 2)), position INTEGER NOT NULL,
    slice_group TEXT NOT NULL, name TEXT NOT NULL, users INTEGER NOT NULL, metrics TEXT NOT NULL,
    PRIMARY KEY (run, part, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE latency (
    number INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    measured TEXT NOT NULL, conditions TEXT NOT NULL
) STRICT;
CREATE INDEX latency_by_run ON latency (run);
CREATE TABLE latency_points (
    measurement INTEGER NOT NULL REFERENCES latency (number) ON DELETE CASCADE, position INTEGER NOT NULL,
    mode TEXT NOT NULL, history INTEGER NOT NULL, batch INTEGER NOT NULL,
    p50 REAL, p95 REAL, p99 REAL, p50_low REAL, p50_high REAL, p95_low REAL, p95_high REAL,
    throughput REAL, encode_share REAL, busy INTEGER NOT NULL, samples BLOB NOT NULL,
    PRIMARY KEY (measurement, position)
) STRICT, WITHOUT ROWID;
)sql";

// Version 3: latency of lists from beam search.
const char* const version3 = R"sql(
ALTER TABLE latency_points ADD COLUMN beam INTEGER NOT NULL DEFAULT 0;
ALTER TABLE latency_points ADD COLUMN as_ranked INTEGER NOT NULL DEFAULT 1;
ALTER TABLE latency_points ADD COLUMN decode_share REAL DEFAULT 0;
)sql";

Error newerVersion(const Path& file, long version)
{
    return Error(ErrorKind::Refused,
        "'" + file.string() + "' was written by a newer version of Recoscope (schema " + std::to_string(version)
            + ", this program knows up to " + std::to_string(currentSchemaVersion()) + ")",
        "update Recoscope, or use another workspace; nothing was changed");
}

Error foreignDatabase(const Path& file)
{
    return Error(
        ErrorKind::Input, "'" + file.string() + "' belongs to another program", "choose another workspace folder");
}

Error damagedDatabase(const Path& file, const std::string& what)
{
    return Error(ErrorKind::Input, "'" + file.string() + "' is damaged: " + what,
        "put back a copy of the file, or move it away to start anew; it was not changed");
}

std::uint32_t bigEndian32(const std::string& bytes, std::size_t offset)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = (value << 8) | static_cast<unsigned char>(bytes[offset + i]);
    return value;
}

} // namespace

const std::vector<std::string>& migrationSteps()
{
    static const std::vector<std::string> steps = {version1, version2, version3};
    return steps;
}

int currentSchemaVersion()
{
    return static_cast<int>(migrationSteps().size());
}

void requireUsableDatabase(const Path& file)
{
    // The fields of the 100-byte header: https://www.sqlite.org/fileformat2.html#the_database_header
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
        return;
    const std::string header = readFilePrefix(file, 100);
    if (header.empty())
        return;
    if (header.size() < 100 || std::memcmp(header.data(), "SQLite format 3", 16) != 0)
        throw damagedDatabase(file, "it does not begin like a database");
    const std::uint32_t version = bigEndian32(header, 60), id = bigEndian32(header, 68);
    if (id != 0 && id != applicationId)
        throw foreignDatabase(file);
    if (version > static_cast<std::uint32_t>(currentSchemaVersion()))
        throw newerVersion(file, static_cast<long>(version));
    // While a write-ahead log exists, a checkpoint may be on its way and the file may lawfully be short.
    const Path log = file.string() + "-wal";
    if (std::filesystem::exists(log, ignored) && std::filesystem::file_size(log, ignored) > 0)
        return;
    const std::uint32_t rawPage
        = (static_cast<unsigned char>(header[16]) << 8) | static_cast<unsigned char>(header[17]);
    const std::uint64_t page = rawPage == 1 ? 65536 : rawPage;
    const std::uint64_t size = std::filesystem::file_size(file, ignored);
    if (!ignored && page * bigEndian32(header, 28) > size)
        throw damagedDatabase(file, "it is cut short");
}

void requireOwnDatabase(Database& database)
{
    // Tables first: another program that makes the database between the two questions brings both at once.
    const bool hasTables = database.integer("SELECT count(*) FROM sqlite_master") > 0;
    const int version = database.userVersion();
    if (version > currentSchemaVersion())
        throw newerVersion(database.path(), version);
    if (version == 0 && hasTables)
        throw foreignDatabase(database.path());
}

void migrate(Database& database)
{
    Transaction transaction(database);
    requireOwnDatabase(database); // another program may have been faster
    const int version = database.userVersion();
    if (version == currentSchemaVersion())
        return;
    for (int step = version; step < currentSchemaVersion(); ++step)
        database.execute(migrationSteps()[static_cast<std::size_t>(step)]);
    database.execute("PRAGMA user_version = " + std::to_string(currentSchemaVersion()));
    transaction.commit();
}

} // namespace recoscope
