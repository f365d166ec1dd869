// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// recoscope.db: datasets, runs, epochs, metrics, per-user metrics, latency samples, notes, tags, layout. SQLite in WAL
// mode, STRICT tables, foreign keys, step-by-step migrations by user_version. One writer thread per Store; writes are
// done in the order given, those that wait together in one transaction; each read has a connection of its own and never
// waits for a write. putUserMetrics, putSlices, addLatency and putDocument return at once (flush() tells of their
// errors); every other change is on disk when its call returns. Finished runs are immutable (only name, notes,
// tags, latency and the bin change). Several programs may open one workspace; changes of others are seen on the next
// read. Thread-safe. The tables: docs/store.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/ids.h"
#include "engine/core/json.h"
#include "engine/data/prepared.h"
#include "engine/data/protocol.h"
#include "engine/store/records.h"

namespace recoscope {

enum class RunStatus { Queued, Running, Paused, Finished, Stopped, Cancelled, Failed, Interrupted };
const char* runStatusName(RunStatus status); // lower case

struct RunRecord {
    RunId id;
    std::string name; // shown; editable
    std::string dataset; // dataset name
    std::string datasetHash;
    std::string model; // registry name
    Json parameters;
    Json protocol;
    std::string protocolHash;
    std::uint64_t seed = 0;
    Json environment; // build, versions, processor, threads, device
    RunStatus status = RunStatus::Queued;
    std::string created, started, finished; // ISO 8601 UTC or ""
    int epochs = 0, bestEpoch = 0;
    double seconds = 0.0, secondsPerEpoch = 0.0;
    std::int64_t peakMemoryBytes = 0;
    std::int64_t parameterCount = 0;
    std::string error; // why it failed, or ""
    std::string notes;
    std::vector<std::string> tags;
    bool deleted = false; // in the bin
    std::map<std::string, double> valid, test; // metric means
    std::map<std::string, double> testHalfWidth; // 95 %
    std::string remark; // e.g. "counted on train + validation"
};

struct DatasetRecord {
    std::string name, hash, format, source, created;
    std::int64_t users = 0, items = 0, interactions = 0;
};

struct UserMetricRow {
    std::int32_t user = 0; // prepared index
    std::int32_t target = 0; // prepared item
    double rank = 0.0;
    std::int32_t historyLength = 0;
    std::int32_t targetPopularity = 0;
};

struct UserDifferenceRow {
    std::int32_t user = 0, historyLength = 0, target = 0;
    double rankA = 0.0, rankB = 0.0;
    double difference = 0.0; // metric B - metric A
};

// A run that was carried out elsewhere, with what it produced.
struct WholeRun {
    RunRecord record;
    std::vector<EpochRecord> epochs;
    std::map<SplitPart, std::vector<UserResult>> users;
    std::map<SplitPart, std::vector<MetricSlice>> slices;
};

class Store {
public:
    // Creates or migrates the database. Error{Refused} for a newer version, Error{Input} when corrupt (the file is
    // left as it is), Error{Resource} when the folder cannot be written.
    explicit Store(const Path& databaseFile);
    ~Store(); // flushes
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    void flush(); // until everything queued is on disk; rethrows a failed write
    // Grows with every change made by this or (checked on call) another program.
    std::uint64_t changeCounter() const;

    // -- datasets
    void putDataset(const DatasetRecord& record);
    void removeDataset(const std::string& name);
    std::vector<DatasetRecord> datasets() const;

    // -- runs
    // Inserts, or replaces while the stored run is not finished (Error{Refused} afterwards). Replacing leaves name,
    // notes, tags and the bin as they are stored: somebody may edit them while the run is training.
    void putRun(const RunRecord& run);
    // All of it or nothing. Error{Refused} when there is a run with this id, the bin included.
    void addRun(const WholeRun& run);
    std::vector<RunRecord> runs(bool includeDeleted = false) const; // newest first
    // By id, name or unique beginning of an id, in that order. Error{NotFound} with the nearest, Error{Usage} when
    // several runs fit.
    RunRecord run(const RunId& id) const;
    void setRunName(const RunId& id, const std::string& name);
    void setRunNotes(const RunId& id, const std::string& notes);
    void setRunTags(const RunId& id, const std::vector<std::string>& tags);
    // Of a run that somebody works on: running and paused. Leaves everything else as it is.
    void setRunPaused(const RunId& id, bool paused);
    void deleteRun(const RunId& id); // to the bin
    void restoreRun(const RunId& id);
    void removeRun(const RunId& id); // for good; the caller removes the folder. Errors as deleteRun
    std::vector<RunId> purgeDeleted(); // removes rows; the caller removes folders
    // Runs left "running" by a program that died become "interrupted". Called on opening a workspace.
    int markInterrupted(const std::function<bool(const RunId&)>& stillAlive);

    // -- what a run produced
    // Also brings the run's epochs, best epoch and validation means up to date.
    void addEpoch(const RunId& id, const EpochRecord& epoch);
    std::vector<EpochRecord> epochs(const RunId& id) const;
    void truncateEpochs(const RunId& id, int lastEpoch); // on resume
    void putUserMetrics(const RunId& id, SplitPart part, std::vector<UserResult> users);
    std::vector<UserMetricRow> userMetrics(const RunId& id, SplitPart part) const; // ascending user
    // The `limit` users whose NDCG@k differs most between two runs (by absolute difference), largest first; users
    // without a difference are left out. Error{Refused} when the runs saw different data: users would be mixed up.
    std::vector<UserDifferenceRow> topDifferences(
        const RunId& a, const RunId& b, SplitPart part, int k, int limit) const;
    void putSlices(const RunId& id, SplitPart part, const std::vector<MetricSlice>& slices);
    std::vector<MetricSlice> slices(const RunId& id, SplitPart part) const;
    void addLatency(const RunId& id, const std::vector<LatencyPoint>& points, const Json& conditions);
    struct LatencyMeasurement {
        std::string measured;
        Json conditions;
        std::vector<LatencyPoint> points;
    };
    std::vector<LatencyMeasurement> latency(const RunId& id) const;

    // -- window layout and other small state: named JSON documents
    void putDocument(const std::string& key, const Json& value);
    std::optional<Json> document(const std::string& key) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace recoscope
