// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/core/clock.h"
#include "engine/core/error.h"
#include "engine/store/store_impl.h"

namespace recoscope {

namespace {

ServingMode servingModeFromName(const std::string& name)
{
    if (const auto mode = servingModeNamed(name))
        return *mode;
    throw Error(ErrorKind::Input, "the database holds an unknown serving mode '" + name.substr(0, 40) + "'",
        "put back a copy of the database");
}

EpochRecord readEpoch(const Statement& row)
{
    EpochRecord epoch;
    epoch.epoch = static_cast<int>(row.integer(0));
    epoch.step = row.integer(1);
    epoch.trainLoss = storage::realOrNan(row, 2);
    epoch.learningRate = storage::realOrNan(row, 3);
    epoch.gradientNorm = storage::realOrNan(row, 4);
    epoch.maxGradientNorm = storage::realOrNan(row, 5);
    epoch.seconds = storage::realOrNan(row, 6);
    epoch.validSeconds = storage::realOrNan(row, 7);
    epoch.eventsPerSecond = storage::realOrNan(row, 8);
    epoch.memoryBytes = row.integer(9);
    if (!row.isNull(10))
        epoch.valid = MetricSummary::fromJson(parseJson(row.text(10), "metrics of an epoch"));
    epoch.isBest = row.integer(11) != 0;
    return epoch;
}

Statement& bindPart(Statement& statement, std::int64_t run, SplitPart part)
{
    return statement.bind(1, run).bind(2, static_cast<int>(part));
}

constexpr const char* userMetricsQuery = "SELECT user, target, rank, history_length, target_popularity FROM "
                                         "user_metrics WHERE run = ? AND part = ? ORDER BY user";

UserMetricRow readUserMetric(const Statement& row)
{
    return {static_cast<std::int32_t>(row.integer(0)), static_cast<std::int32_t>(row.integer(1)), row.real(2),
        static_cast<std::int32_t>(row.integer(3)), static_cast<std::int32_t>(row.integer(4))};
}

double ndcgOfRank(double rank, int k)
{
    return rank <= k ? 1.0 / std::log2(rank + 1.0) : 0.0;
}

// Prepared user indices mean the same person only when data and preparation are the same.
void requireSameUsers(Database& database, const RunId& a, const RunId& b)
{
    Statement query(database, "SELECT dataset_hash, protocol FROM runs WHERE id = ?");
    const auto identity = [&query](const RunId& id) {
        query.bind(1, id);
        query.step();
        const Json protocol = parseJson(query.text(1), "protocol of run " + id);
        Json used = {{"dataset", query.text(0)}};
        for (const char* key : {"filter", "min_rating", "duplicates", "order_ties", "split", "targets"}) {
            if (protocol.is_object() && protocol.contains(key))
                used[key] = protocol[key];
        }
        query.reset();
        return used;
    };
    if (identity(a) != identity(b))
        throw Error(ErrorKind::Refused, "runs '" + a + "' and '" + b + "' saw different data",
            "compare runs with the same dataset, filter and split");
}

bool largerDifference(const UserDifferenceRow& a, const UserDifferenceRow& b)
{
    const double left = std::abs(a.difference), right = std::abs(b.difference);
    return left != right ? left > right : a.user < b.user;
}

void insertLatencyPoint(Database& database, std::int64_t measurement, std::size_t position, const LatencyPoint& point)
{
    Statement insert(
        database, "INSERT INTO latency_points VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, measurement).bind(2, static_cast<std::int64_t>(position)).bind(3, servingModeName(point.mode));
    insert.bind(4, point.history).bind(5, point.batch).bind(6, point.p50Us).bind(7, point.p95Us);
    insert.bind(8, point.p99Us).bind(9, point.p50Low).bind(10, point.p50High).bind(11, point.p95Low);
    insert.bind(12, point.p95High).bind(13, point.throughput).bind(14, point.encodeShare);
    insert.bind(15, point.busy ? 1 : 0);
    insert.bindBlob(16, point.samplesUs.data(), point.samplesUs.size() * sizeof(double));
    insert.bind(17, point.beam).bind(18, point.asRanked ? 1 : 0).bind(19, point.decodeShare);
    insert.run();
}

LatencyPoint readLatencyPoint(const Statement& row)
{
    LatencyPoint point;
    point.mode = servingModeFromName(row.text(0));
    point.history = row.integer(1);
    point.batch = row.integer(2);
    double* const fields[] = {&point.p50Us, &point.p95Us, &point.p99Us, &point.p50Low, &point.p50High, &point.p95Low,
        &point.p95High, &point.throughput, &point.encodeShare};
    int column = 3;
    for (double* field : fields)
        *field = storage::realOrNan(row, column++);
    point.busy = row.integer(12) != 0;
    const std::string_view samples = row.textView(13);
    point.samplesUs.resize(samples.size() / sizeof(double));
    if (!point.samplesUs.empty())
        std::memcpy(point.samplesUs.data(), samples.data(), point.samplesUs.size() * sizeof(double));
    point.beam = row.integer(14);
    point.asRanked = row.integer(15) != 0;
    point.decodeShare = storage::realOrNan(row, 16);
    return point;
}

} // namespace

void storage::insertEpoch(Database& database, std::int64_t run, const EpochRecord& epoch)
{
    Statement insert(database, "INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, run).bind(2, epoch.epoch).bind(3, epoch.step).bind(4, epoch.trainLoss);
    insert.bind(5, epoch.learningRate).bind(6, epoch.gradientNorm).bind(7, epoch.maxGradientNorm);
    insert.bind(8, epoch.seconds).bind(9, epoch.validSeconds).bind(10, epoch.eventsPerSecond);
    insert.bind(11, epoch.memoryBytes).bind(13, epoch.isBest ? 1 : 0);
    if (epoch.valid)
        insert.bind(12, storage::dumpJson(epoch.valid->toJson()));
    insert.run();
}

void storage::replaceUserMetrics(
    Database& database, std::int64_t run, SplitPart part, const std::vector<UserResult>& users)
{
    Statement remove(database, "DELETE FROM user_metrics WHERE run = ? AND part = ?");
    bindPart(remove, run, part).run();
    Statement insert(database, "INSERT INTO user_metrics VALUES (?, ?, ?, ?, ?, ?, ?)");
    for (const UserResult& user : users) {
        bindPart(insert, run, part).bind(3, user.user).bind(4, user.target).bind(5, user.rank);
        insert.bind(6, user.historyLength).bind(7, user.targetPopularity).run();
    }
}

void storage::replaceSlices(
    Database& database, std::int64_t run, SplitPart part, const std::vector<MetricSlice>& slices)
{
    Statement remove(database, "DELETE FROM slices WHERE run = ? AND part = ?");
    bindPart(remove, run, part).run();
    Statement insert(database, "INSERT INTO slices VALUES (?, ?, ?, ?, ?, ?, ?)");
    std::int64_t position = 0;
    for (const MetricSlice& slice : slices) {
        bindPart(insert, run, part).bind(3, position++).bind(4, slice.group).bind(5, slice.name);
        insert.bind(6, slice.users).bind(7, storage::dumpJson(slice.metrics.toJson())).run();
    }
}

void Store::addEpoch(const RunId& id, const EpochRecord& epoch)
{
    m_impl->writer.write([&](Database& database) {
        const std::int64_t run = storage::requireUnfinished(database, id).number;
        storage::insertEpoch(database, run, epoch);
        Statement update(database, "UPDATE runs SET epochs = max(epochs, ?2), best_epoch = ?3 WHERE number = ?1");
        update.bind(1, run).bind(2, epoch.epoch);
        const std::int64_t best = database.integer("SELECT coalesce(max(epoch), 0) FROM epochs WHERE is_best = 1 AND "
                                                   "run = "
            + std::to_string(run));
        update.bind(3, best).run();
        if (epoch.isBest && epoch.valid)
            storage::writeMetrics(database, run, SplitPart::Valid, epoch.valid->values, {});
    });
}

std::vector<EpochRecord> Store::epochs(const RunId& id) const
{
    return m_impl->readers.read([&id](Database& database) {
        Statement query(database,
            "SELECT epoch, step, train_loss, learning_rate, gradient_norm, max_gradient_norm, seconds, "
            "valid_seconds, events_per_second, memory, valid, is_best FROM epochs WHERE run = ? ORDER BY "
            "epoch");
        query.bind(1, storage::requireRun(database, id).number);
        std::vector<EpochRecord> epochs;
        while (query.step())
            epochs.push_back(readEpoch(query));
        return epochs;
    });
}

void Store::truncateEpochs(const RunId& id, int lastEpoch)
{
    m_impl->writer.write([&](Database& database) {
        const std::int64_t run = storage::requireUnfinished(database, id).number;
        Statement(database, "DELETE FROM epochs WHERE run = ? AND epoch > ?").bind(1, run).bind(2, lastEpoch).run();
        Statement(database,
            "UPDATE runs SET epochs = min(epochs, ?2), best_epoch = (SELECT coalesce(max(epoch), 0) "
            "FROM epochs WHERE run = ?1 AND is_best = 1) WHERE number = ?1")
            .bind(1, run)
            .bind(2, lastEpoch)
            .run();
    });
}

void Store::putUserMetrics(const RunId& id, SplitPart part, std::vector<UserResult> users)
{
    m_impl->writer.enqueue([id, part, users = std::move(users)](Database& database) {
        storage::replaceUserMetrics(database, storage::requireUnfinished(database, id).number, part, users);
    });
}

std::vector<UserMetricRow> Store::userMetrics(const RunId& id, SplitPart part) const
{
    return m_impl->readers.read([&](Database& database) {
        std::vector<UserMetricRow> rows;
        Statement query(database, userMetricsQuery);
        bindPart(query, storage::requireRun(database, id).number, part);
        while (query.step())
            rows.push_back(readUserMetric(query));
        return rows;
    });
}

std::vector<UserDifferenceRow> Store::topDifferences(
    const RunId& a, const RunId& b, SplitPart part, int k, int limit) const
{
    return m_impl->readers.read([&](Database& database) {
        Statement left(database, userMetricsQuery), right(database, userMetricsQuery);
        bindPart(left, storage::requireRun(database, a).number, part);
        bindPart(right, storage::requireRun(database, b).number, part);
        requireSameUsers(database, a, b);
        // Both come in the order of the user, so one pass side by side pairs them.
        std::vector<UserDifferenceRow> rows;
        bool more = left.step() && right.step();
        while (more) {
            const std::int64_t userA = left.integer(0), userB = right.integer(0);
            if (userA != userB) {
                more = (userA < userB ? left : right).step();
                continue;
            }
            const UserMetricRow rowA = readUserMetric(left);
            const double rankB = right.real(2);
            const double difference = ndcgOfRank(rankB, k) - ndcgOfRank(rowA.rank, k);
            if (difference != 0.0)
                rows.push_back({rowA.user, rowA.historyLength, rowA.target, rowA.rank, rankB, difference});
            more = left.step() && right.step();
        }
        const std::size_t kept = std::min(rows.size(), static_cast<std::size_t>(std::max(limit, 0)));
        std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end(), largerDifference);
        rows.resize(kept);
        return rows;
    });
}

void Store::putSlices(const RunId& id, SplitPart part, const std::vector<MetricSlice>& slices)
{
    m_impl->writer.enqueue([id, part, slices](Database& database) {
        storage::replaceSlices(database, storage::requireUnfinished(database, id).number, part, slices);
    });
}

std::vector<MetricSlice> Store::slices(const RunId& id, SplitPart part) const
{
    return m_impl->readers.read([&](Database& database) {
        std::vector<MetricSlice> slices;
        Statement query(database,
            "SELECT slice_group, name, users, metrics FROM slices WHERE run = ? AND part = ? ORDER BY "
            "position");
        bindPart(query, storage::requireRun(database, id).number, part);
        while (query.step()) {
            const Json metrics = parseJson(query.text(3), "metrics of a slice");
            slices.push_back({query.text(0), query.text(1), query.integer(2), MetricSummary::fromJson(metrics)});
        }
        return slices;
    });
}

void Store::addLatency(const RunId& id, const std::vector<LatencyPoint>& points, const Json& conditions)
{
    const std::string measured = isoUtcNow();
    m_impl->writer.enqueue([id, points, measured, text = storage::dumpJson(conditions)](Database& database) {
        Statement insert(database, "INSERT INTO latency (run, measured, conditions) VALUES (?, ?, ?)");
        insert.bind(1, storage::requireRun(database, id).number).bind(2, measured).bind(3, text).run();
        const std::int64_t measurement = database.integer("SELECT last_insert_rowid()");
        for (std::size_t i = 0; i < points.size(); ++i)
            insertLatencyPoint(database, measurement, i, points[i]);
    });
}

std::vector<Store::LatencyMeasurement> Store::latency(const RunId& id) const
{
    return m_impl->readers.read([&id](Database& database) {
        std::vector<LatencyMeasurement> measurements;
        Statement query(database, "SELECT number, measured, conditions FROM latency WHERE run = ? ORDER BY number");
        Statement points(database,
            "SELECT mode, history, batch, p50, p95, p99, p50_low, p50_high, p95_low, p95_high, "
            "throughput, encode_share, busy, samples, beam, as_ranked, decode_share FROM latency_points WHERE "
            "measurement = ? ORDER BY "
            "position");
        query.bind(1, storage::requireRun(database, id).number);
        while (query.step()) {
            LatencyMeasurement measurement{query.text(1), parseJson(query.text(2), "conditions of a measurement"), {}};
            points.bind(1, query.integer(0));
            while (points.step())
                measurement.points.push_back(readLatencyPoint(points));
            points.reset();
            measurements.push_back(std::move(measurement));
        }
        return measurements;
    });
}

} // namespace recoscope
