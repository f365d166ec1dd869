// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <unordered_map>

#include "engine/core/error.h"
#include "engine/core/schema.h"
#include "engine/store/store_impl.h"

namespace recoscope {

namespace {

void requireIdle(Database& database, const RunId& id)
{
    if (const RunStatus status = storage::requireRun(database, id).status;
        status == RunStatus::Running || status == RunStatus::Paused)
        throw Error(ErrorKind::Refused, "run '" + id + "' is " + runStatusName(status), "stop or cancel it first");
}

constexpr RunStatus allStatuses[] = {RunStatus::Queued, RunStatus::Running, RunStatus::Paused, RunStatus::Finished,
    RunStatus::Stopped, RunStatus::Cancelled, RunStatus::Failed, RunStatus::Interrupted};

constexpr const char* runColumns
    = "number, id, name, dataset, dataset_hash, model, parameters, protocol, protocol_hash, seed, environment, status, "
      "created, started, finished, epochs, best_epoch, seconds, seconds_per_epoch, peak_memory, parameter_count, "
      "error, notes, deleted, remark";

RunRecord readRun(const Statement& row)
{
    RunRecord run;
    run.id = row.text(1);
    run.name = row.text(2);
    run.dataset = row.text(3);
    run.datasetHash = row.text(4);
    run.model = row.text(5);
    run.parameters = parseJson(row.text(6), "parameters of run " + run.id);
    run.protocol = parseJson(row.text(7), "protocol of run " + run.id);
    run.protocolHash = row.text(8);
    run.seed = static_cast<std::uint64_t>(row.integer(9));
    run.environment = parseJson(row.text(10), "environment of run " + run.id);
    run.status = storage::runStatusFromName(row.text(11));
    run.created = row.text(12);
    run.started = row.text(13);
    run.finished = row.text(14);
    run.epochs = static_cast<int>(row.integer(15));
    run.bestEpoch = static_cast<int>(row.integer(16));
    run.seconds = row.real(17);
    run.secondsPerEpoch = row.real(18);
    run.peakMemoryBytes = row.integer(19);
    run.parameterCount = row.integer(20);
    run.error = row.text(21);
    run.notes = row.text(22);
    run.deleted = row.integer(23) != 0;
    run.remark = row.text(24);
    return run;
}

// Parameters 1..21 of the statements below.
void bindResults(Statement& statement, const RunRecord& run)
{
    statement.bind(1, run.id).bind(2, run.dataset).bind(3, run.datasetHash).bind(4, run.model);
    statement.bind(5, storage::dumpJson(run.parameters)).bind(6, storage::dumpJson(run.protocol));
    statement.bind(7, run.protocolHash).bind(8, static_cast<std::int64_t>(run.seed));
    statement.bind(9, storage::dumpJson(run.environment)).bind(10, runStatusName(run.status));
    statement.bind(11, run.created).bind(12, run.started).bind(13, run.finished);
    statement.bind(14, run.epochs).bind(15, run.bestEpoch).bind(16, run.seconds).bind(17, run.secondsPerEpoch);
    statement.bind(18, run.peakMemoryBytes).bind(19, run.parameterCount).bind(20, run.error).bind(21, run.remark);
}

void writeTags(Database& database, std::int64_t run, const std::vector<std::string>& tags)
{
    Statement(database, "DELETE FROM tags WHERE run = ?").bind(1, run).run();
    Statement insert(database, "INSERT INTO tags VALUES (?, ?, ?)");
    for (std::size_t i = 0; i < tags.size(); ++i)
        insert.bind(1, run).bind(2, static_cast<std::int64_t>(i)).bind(3, tags[i]).run();
}

std::int64_t insertRun(Database& database, const RunRecord& run)
{
    Statement insert(database,
        "INSERT INTO runs (id, dataset, dataset_hash, model, parameters, protocol, protocol_hash, seed, "
        "environment, status, created, started, finished, epochs, best_epoch, seconds, seconds_per_epoch, "
        "peak_memory, parameter_count, error, remark, name, notes, deleted) VALUES (?1, ?2, ?3, ?4, ?5, "
        "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)");
    bindResults(insert, run);
    insert.bind(22, run.name).bind(23, run.notes).bind(24, run.deleted ? 1 : 0).run();
    const std::int64_t number = storage::requireRun(database, run.id).number;
    writeTags(database, number, run.tags);
    return number;
}

void updateRun(Database& database, const RunRecord& run)
{
    Statement update(database,
        "UPDATE runs SET dataset = ?2, dataset_hash = ?3, model = ?4, parameters = ?5, protocol = ?6, "
        "protocol_hash = ?7, seed = ?8, environment = ?9, status = ?10, created = ?11, started = ?12, "
        "finished = ?13, epochs = ?14, best_epoch = ?15, seconds = ?16, seconds_per_epoch = ?17, "
        "peak_memory = ?18, parameter_count = ?19, error = ?20, remark = ?21 WHERE id = ?1");
    bindResults(update, run);
    update.run();
}

// Metrics and tags of all runs at once: two passes over their tables instead of two queries a run.
void attach(Database& database, std::vector<RunRecord>& runs, const std::vector<std::int64_t>& numbers)
{
    std::unordered_map<std::int64_t, RunRecord*> byNumber;
    for (std::size_t i = 0; i < runs.size(); ++i)
        byNumber[numbers[i]] = &runs[i];
    const bool one = runs.size() == 1;
    const std::string where = one ? " WHERE run = ?1" : "";
    Statement metrics(database, "SELECT run, part, name, value, half_width FROM metrics" + where);
    Statement tags(database, "SELECT run, tag FROM tags" + where + " ORDER BY run, position");
    if (one) {
        metrics.bind(1, numbers[0]);
        tags.bind(1, numbers[0]);
    }
    while (metrics.step()) {
        const auto found = byNumber.find(metrics.integer(0));
        if (found == byNumber.end())
            continue;
        RunRecord& run = *found->second;
        const bool test = metrics.integer(1) == static_cast<std::int64_t>(SplitPart::Test);
        const std::string name = metrics.text(2);
        (test ? run.test : run.valid)[name] = storage::realOrNan(metrics, 3);
        if (test && !metrics.isNull(4))
            run.testHalfWidth[name] = metrics.real(4);
    }
    while (tags.step()) {
        const auto found = byNumber.find(tags.integer(0));
        if (found != byNumber.end())
            found->second->tags.push_back(tags.text(1));
    }
}

std::vector<RunRecord> readRuns(Database& database, Statement& query)
{
    std::vector<RunRecord> runs;
    std::vector<std::int64_t> numbers;
    while (query.step()) {
        numbers.push_back(query.integer(0));
        runs.push_back(readRun(query));
    }
    if (!runs.empty())
        attach(database, runs, numbers);
    return runs;
}

std::vector<RunRecord> runsWhere(Database& database, const std::string& condition, const std::string& value)
{
    Statement query(database, std::string("SELECT ") + runColumns + " FROM runs WHERE " + condition + " LIMIT 5");
    query.bind(1, value);
    return readRuns(database, query);
}

Error noSuchRun(Database& database, const std::string& wanted)
{
    std::vector<std::string> names;
    Statement query(database, "SELECT id, name FROM runs WHERE deleted = 0 ORDER BY created DESC LIMIT 2000");
    while (query.step()) {
        names.push_back(query.text(0));
        names.push_back(query.text(1));
    }
    std::string nearest;
    for (const std::string& name : nearestNames(wanted, names))
        nearest += (nearest.empty() ? "" : ", ") + name;
    return Error(ErrorKind::NotFound, "there is no run '" + wanted + "'",
        nearest.empty() ? "train a model first" : "did you mean " + nearest + "?");
}

// `sql` has the new value as ?1 and the id as ?2.
void changeRun(WriterThread& writer, const RunId& id, const char* sql, const std::string& value)
{
    writer.write([&](Database& database) {
        storage::requireRun(database, id);
        Statement(database, sql).bind(1, value).bind(2, id).run();
    });
}

} // namespace

const char* runStatusName(RunStatus status)
{
    switch (status) {
    case RunStatus::Queued: return "queued";
    case RunStatus::Running: return "running";
    case RunStatus::Paused: return "paused";
    case RunStatus::Finished: return "finished";
    case RunStatus::Stopped: return "stopped";
    case RunStatus::Cancelled: return "cancelled";
    case RunStatus::Failed: return "failed";
    case RunStatus::Interrupted: return "interrupted";
    }
    return "failed";
}

RunStatus storage::runStatusFromName(const std::string& name)
{
    for (const RunStatus status : allStatuses) {
        if (name == runStatusName(status))
            return status;
    }
    throw Error(ErrorKind::Input, "the database holds an unknown run status '" + name.substr(0, 40) + "'",
        "put back a copy of the database");
}

void storage::writeMetrics(Database& database, std::int64_t run, SplitPart part,
    const std::map<std::string, double>& values, const std::map<std::string, double>& halfWidths)
{
    Statement(database, "DELETE FROM metrics WHERE run = ? AND part = ?")
        .bind(1, run)
        .bind(2, static_cast<int>(part))
        .run();
    Statement insert(database, "INSERT INTO metrics VALUES (?, ?, ?, ?, ?)");
    for (const auto& [name, value] : values) {
        insert.bind(1, run).bind(2, static_cast<int>(part)).bind(3, name).bind(4, value);
        if (const auto half = halfWidths.find(name); half != halfWidths.end())
            insert.bind(5, half->second);
        insert.run();
    }
}

void Store::putRun(const RunRecord& run)
{
    m_impl->writer.write([&run](Database& database) {
        std::int64_t number = 0;
        if (storage::findRun(database, run.id)) {
            number = storage::requireUnfinished(database, run.id).number;
            updateRun(database, run);
        } else {
            number = insertRun(database, run);
        }
        storage::writeMetrics(database, number, SplitPart::Valid, run.valid, {});
        storage::writeMetrics(database, number, SplitPart::Test, run.test, run.testHalfWidth);
    });
}

void Store::addRun(const WholeRun& run)
{
    m_impl->writer.write([&run](Database& database) {
        if (storage::findRun(database, run.record.id))
            throw Error(ErrorKind::Refused, "run '" + run.record.id + "' is in this workspace already",
                "look at it there; if it is in the bin, restore it");
        const std::int64_t number = insertRun(database, run.record);
        storage::writeMetrics(database, number, SplitPart::Valid, run.record.valid, {});
        storage::writeMetrics(database, number, SplitPart::Test, run.record.test, run.record.testHalfWidth);
        for (const EpochRecord& epoch : run.epochs)
            storage::insertEpoch(database, number, epoch);
        for (const auto& [part, users] : run.users)
            storage::replaceUserMetrics(database, number, part, users);
        for (const auto& [part, slices] : run.slices)
            storage::replaceSlices(database, number, part, slices);
    });
}

std::vector<RunRecord> Store::runs(bool includeDeleted) const
{
    return m_impl->readers.read([includeDeleted](Database& database) {
        Statement query(database,
            std::string("SELECT ") + runColumns + " FROM runs WHERE deleted <= ?1"
                + " ORDER BY created DESC, number DESC");
        query.bind(1, includeDeleted ? 1 : 0);
        return readRuns(database, query);
    });
}

RunRecord Store::run(const RunId& id) const
{
    return m_impl->readers.read([&id](Database& database) {
        const std::string prefix = "substr(id, 1, length(?1)) = ?1 AND length(?1) > 0 AND deleted = 0";
        for (const std::string& condition :
            {std::string("id = ?1"), std::string("name = ?1 AND deleted = 0"), prefix}) {
            std::vector<RunRecord> found = runsWhere(database, condition, id);
            if (found.size() == 1)
                return std::move(found.front());
            if (found.size() < 2)
                continue;
            std::string ids;
            for (const RunRecord& run : found)
                ids += (ids.empty() ? "" : ", ") + run.id;
            throw Error(ErrorKind::Usage, "several runs are called '" + id + "'", "give one of the ids " + ids);
        }
        throw noSuchRun(database, id);
    });
}

void Store::setRunName(const RunId& id, const std::string& name)
{
    changeRun(m_impl->writer, id, "UPDATE runs SET name = ?1 WHERE id = ?2", name);
}

void Store::setRunNotes(const RunId& id, const std::string& notes)
{
    changeRun(m_impl->writer, id, "UPDATE runs SET notes = ?1 WHERE id = ?2", notes);
}

void Store::setRunTags(const RunId& id, const std::vector<std::string>& tags)
{
    m_impl->writer.write(
        [&](Database& database) { writeTags(database, storage::requireRun(database, id).number, tags); });
}

void Store::setRunPaused(const RunId& id, bool paused)
{
    m_impl->writer.write([&id, paused](Database& database) {
        storage::requireUnfinished(database, id);
        Statement(database, "UPDATE runs SET status = ?1 WHERE id = ?2 AND status IN ('running', 'paused')")
            .bind(1, runStatusName(paused ? RunStatus::Paused : RunStatus::Running))
            .bind(2, id)
            .run();
    });
}

void Store::removeRun(const RunId& id)
{
    m_impl->writer.write([&id](Database& database) {
        requireIdle(database, id);
        Statement(database, "DELETE FROM runs WHERE id = ?").bind(1, id).run();
    });
}

void Store::deleteRun(const RunId& id)
{
    m_impl->writer.write([&id](Database& database) {
        requireIdle(database, id);
        Statement(database, "UPDATE runs SET deleted = 1 WHERE id = ?").bind(1, id).run();
    });
}

void Store::restoreRun(const RunId& id)
{
    m_impl->writer.write([&id](Database& database) {
        storage::requireRun(database, id);
        Statement(database, "UPDATE runs SET deleted = 0 WHERE id = ?").bind(1, id).run();
    });
}

std::vector<RunId> Store::purgeDeleted()
{
    std::vector<RunId> purged;
    m_impl->writer.write([&purged](Database& database) {
        purged.clear();
        Statement query(database, "SELECT id FROM runs WHERE deleted = 1 ORDER BY number");
        while (query.step())
            purged.push_back(query.text(0));
        database.execute("DELETE FROM runs WHERE deleted = 1");
    });
    return purged;
}

int Store::markInterrupted(const std::function<bool(const RunId&)>& stillAlive)
{
    int marked = 0;
    m_impl->writer.write([&](Database& database) {
        marked = 0;
        std::vector<RunId> open;
        Statement query(database, "SELECT id FROM runs WHERE status IN ('running', 'paused')");
        while (query.step())
            open.push_back(query.text(0));
        Statement update(database, "UPDATE runs SET status = 'interrupted' WHERE id = ?");
        for (const RunId& id : open) {
            if (stillAlive(id))
                continue;
            update.bind(1, id).run();
            ++marked;
        }
    });
    return marked;
}

} // namespace recoscope
