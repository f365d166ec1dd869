// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/serving/latency.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/evaluation/significance.h"
#include "engine/kernels/thread_scope.h"
#include "engine/serving/request_server.h"

namespace recoscope {

namespace {

constexpr int blocksPerCondition = 5;
constexpr double busySpread = 0.30;
constexpr std::int64_t mostEvents = std::int64_t(1) << 24; // of one request

double steadySeconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Condition {
    std::size_t session;
    ServingPath path;
    std::int64_t history = 0, batch = 0;
    std::vector<double> samplesUs = {}, blockMediansUs = {};
    RequestServer::Times all = {}; // summed over the requests
    double before = 0.0; // seconds besides them, summed over all that were served
    std::int64_t served = 0; // with the warm-up

    void add(const RequestServer::Times& request)
    {
        samplesUs.push_back(request.total * 1e6);
        all.total += request.total;
        all.encode += request.encode;
        all.decode += request.decode;
    }
};

struct Block {
    std::size_t condition;
    int requests;
};

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return quantile(values, 0.5);
}

// Histories of one length, drawn from the data's users with at least one event; short ones are repeated from their
// start.
class HistorySource {
public:
    HistorySource(const PreparedData& data, std::uint64_t seed)
        : m_all(data.sequences())
        , m_stream(seed, "latency histories")
    {
        for (std::int32_t user = 0; user < data.users(); ++user)
            if (!m_all.sequence(user).empty())
                m_users.push_back(user);
        if (m_users.empty())
            throw Error(ErrorKind::Input, "the data have no event to ask with", "prepare a dataset with users");
    }

    PackedSequences draw(std::int64_t length, std::int64_t batch)
    {
        PackedSequences out;
        for (std::int64_t b = 0; b < batch; ++b) {
            const std::int32_t user = m_users[std::size_t(m_stream.below(m_users.size()))];
            const auto events = m_all.sequence(user);
            const auto begin = static_cast<std::size_t>(m_all.offsets[std::size_t(user)]);
            std::vector<std::int32_t> items;
            std::vector<std::int64_t> times;
            const auto wanted = static_cast<std::size_t>(length);
            const std::size_t first = events.size() > wanted ? events.size() - wanted : 0;
            for (std::size_t i = 0; i < wanted; ++i) {
                const std::size_t at = first + i % (events.size() - first);
                items.push_back(events[at]);
                if (!m_all.times.empty())
                    times.push_back(m_all.times[begin + at] + (at < i ? 1 : 0));
            }
            std::sort(times.begin(), times.end()); // a repeated history still runs forward in time
            out.append(items, times);
        }
        return out;
    }

private:
    PackedView m_all;
    RandomStream m_stream;
    std::vector<std::int32_t> m_users;
};

// One of the sessions that are measured in turn.
struct Measured {
    HistorySource histories;
    RequestServer server;
};

void addConditions(
    std::vector<Condition>& conditions, std::size_t session, const TrainedModel& model, const LatencyRequest& request)
{
    for (const ServingPath& path : servingPaths(model, request.modes, request.beams))
        for (const std::int64_t history : request.histories)
            for (const std::int64_t batch : request.batches)
                conditions.push_back({session, path, history, batch});
}

void requireSensible(const LatencyRequest& request)
{
    const auto belowOne = [](std::int64_t v) { return v < 1; };
    if (request.requests < 1 || request.warmUp < 0 || request.k < 1
        || std::any_of(request.histories.begin(), request.histories.end(), belowOne)
        || std::any_of(request.batches.begin(), request.batches.end(), belowOne)
        || std::any_of(request.beams.begin(), request.beams.end(), belowOne))
        throw Error(ErrorKind::Usage, "histories, batches, widths of beams, requests and k are whole numbers from 1",
            "for example --history 50,200 --batch 1 --requests 200");
    for (const std::int64_t history : request.histories)
        for (const std::int64_t batch : request.batches)
            if (history > mostEvents / batch)
                throw Error(ErrorKind::Usage,
                    "a request of " + std::to_string(batch) + " users with " + std::to_string(history)
                        + " events each is not measured",
                    "stay below " + std::to_string(mostEvents) + " events a request");
}

std::vector<Block> shuffledBlocks(std::size_t conditions, const LatencyRequest& request)
{
    std::vector<Block> blocks;
    for (std::size_t c = 0; c < conditions; ++c)
        for (int b = 0; b < blocksPerCondition; ++b) {
            const int requests
                = request.requests / blocksPerCondition + (b < request.requests % blocksPerCondition ? 1 : 0);
            if (requests > 0)
                blocks.push_back({c, requests});
        }
    std::vector<std::int32_t> order(blocks.size());
    std::iota(order.begin(), order.end(), 0);
    RandomStream(request.seed, "latency order").shuffle(order);
    std::vector<Block> shuffled;
    for (std::int32_t at : order)
        shuffled.push_back(blocks[std::size_t(at)]);
    return shuffled;
}

void measureBlock(Measured& measured, Condition& condition, int requests, int warmUp, Progress& progress)
{
    const int discarded = (warmUp + blocksPerCondition - 1) / blocksPerCondition;
    const std::size_t before = condition.samplesUs.size();
    for (int r = 0; r < discarded + requests; ++r) {
        progress.checkCancelled();
        const double begin = steadySeconds();
        const PackedSequences asked = measured.histories.draw(condition.history, condition.batch);
        const RequestServer::Times times
            = measured.server.serve(condition.path, asked.view(), [&] { progress.checkCancelled(); });
        condition.before += std::max(0.0, steadySeconds() - begin - times.total);
        ++condition.served;
        if (r >= discarded)
            condition.add(times);
    }
    condition.blockMediansUs.push_back(
        median({condition.samplesUs.begin() + std::ptrdiff_t(before), condition.samplesUs.end()}));
}

struct Interval {
    double low = 0.0, high = 0.0;
};

Interval bootstrapQuantile(const std::vector<double>& samples, double q, std::uint64_t seed)
{
    constexpr int resamples = 500;
    std::vector<double> estimates, drawn(samples.size());
    for (int r = 0; r < resamples; ++r) {
        RandomStream stream(seed, "latency bootstrap", std::uint64_t(r));
        for (double& v : drawn)
            v = samples[std::size_t(stream.below(samples.size()))];
        std::sort(drawn.begin(), drawn.end());
        estimates.push_back(quantile(drawn, q));
    }
    std::sort(estimates.begin(), estimates.end());
    return {quantile(estimates, 0.025), quantile(estimates, 0.975)};
}

LatencyPoint summarise(Condition& condition, std::uint64_t seed)
{
    LatencyPoint point;
    point.mode = condition.path.mode;
    point.beam = condition.path.beam;
    point.asRanked = condition.path.asRanked;
    point.history = condition.history;
    point.batch = condition.batch;
    std::vector<double> sorted = condition.samplesUs;
    std::sort(sorted.begin(), sorted.end());
    point.p50Us = quantile(sorted, 0.50);
    point.p95Us = quantile(sorted, 0.95);
    point.p99Us = quantile(sorted, 0.99);
    const Interval p50 = bootstrapQuantile(condition.samplesUs, 0.50, seed);
    const Interval p95 = bootstrapQuantile(condition.samplesUs, 0.95, seed);
    point.p50Low = p50.low;
    point.p50High = p50.high;
    point.p95Low = p95.low;
    point.p95High = p95.high;
    if (condition.all.total > 0.0) {
        point.throughput = double(condition.samplesUs.size()) * double(condition.batch) / condition.all.total;
        point.encodeShare = condition.all.encode / condition.all.total;
        point.decodeShare = condition.all.decode / condition.all.total;
    }
    const auto [low, high] = std::minmax_element(condition.blockMediansUs.begin(), condition.blockMediansUs.end());
    point.busy = point.p50Us > 0.0 && (*high - *low) / point.p50Us > busySpread;
    point.samplesUs = std::move(condition.samplesUs);
    return point;
}

Json perUser(const LatencyPoint& p)
{
    const double total = p.p50Us / double(p.batch);
    return {{"total", total}, {"encode", total * p.encodeShare}, {"decode", total * p.decodeShare},
        {"rest", total * (1.0 - p.encodeShare - p.decodeShare)}};
}

} // namespace

std::vector<SessionLatency> measureLatency(
    std::span<const std::shared_ptr<const ServingSession>> sessions, const LatencyRequest& request, Progress& progress)
{
    requireSensible(request);
    const kernels::ThreadScope threads(request.threads);
    const std::function<double()> clock = request.clockSeconds ? request.clockSeconds : steadySeconds;
    std::vector<Condition> conditions;
    std::vector<Measured> measured;
    for (std::size_t s = 0; s < sessions.size(); ++s) {
        addConditions(conditions, s, sessions[s]->model(), request);
        measured.push_back({HistorySource(sessions[s]->data(), request.seed), {*sessions[s], request.k, clock}});
    }
    const std::vector<Block> blocks = shuffledBlocks(conditions.size(), request);
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        Condition& condition = conditions[blocks[b].condition];
        measureBlock(measured[condition.session], condition, blocks[b].requests, request.warmUp, progress);
        progress.update(double(b + 1) / double(blocks.size()),
            "Measuring latency · block " + std::to_string(b + 1) + " / " + std::to_string(blocks.size()));
    }
    std::vector<SessionLatency> results(sessions.size());
    for (Condition& condition : conditions) {
        SessionLatency& result = results[condition.session];
        result.points.push_back(summarise(condition, request.seed));
        result.beforeUs.push_back(1e6 * condition.before / double(std::max<std::int64_t>(condition.served, 1)));
    }
    return results;
}

Json toJson(const std::vector<LatencyPoint>& points, bool withSamples)
{
    Json list = Json::array();
    for (const LatencyPoint& p : points) {
        Json entry = {{"mode", servingModeName(p.mode)}, {"beam", p.beam}, {"history", p.history}, {"batch", p.batch},
            {"p50_us", p.p50Us}, {"p95_us", p.p95Us}, {"p99_us", p.p99Us}, {"p50_ci95_us", {p.p50Low, p.p50High}},
            {"p95_ci95_us", {p.p95Low, p.p95High}}, {"throughput", p.throughput}, {"encode_share", p.encodeShare},
            {"decode_share", p.decodeShare}, {"per_user_us", perUser(p)}, {"as_ranked", p.asRanked}, {"busy", p.busy},
            {"requests", p.samplesUs.size()}};
        if (withSamples)
            entry["samples_us"] = p.samplesUs;
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace recoscope
