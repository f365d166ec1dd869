// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/serving/latency.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/evaluation/score_ranking.h"
#include "engine/evaluation/significance.h"
#include "engine/kernels/quantised_table.h"

namespace recoscope {

namespace {

constexpr int blocksPerCondition = 5;
constexpr double busySpread = 0.30;

double steadySeconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Condition {
    ServingMode mode;
    std::int64_t history, batch;
    std::vector<double> samplesUs, blockMediansUs;
    double encodeSeconds = 0.0, totalSeconds = 0.0;
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

// Seen items of each history, as the kernels take them.
struct SeenItems {
    std::vector<std::int64_t> offsets{0};
    std::vector<std::int32_t> items;

    explicit SeenItems(const PackedView& histories)
    {
        for (std::int64_t b = 0; b < histories.sequences(); ++b) {
            const auto events = histories.sequence(b);
            std::vector<std::int32_t> seen(events.begin(), events.end());
            std::sort(seen.begin(), seen.end());
            seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
            items.insert(items.end(), seen.begin(), seen.end());
            offsets.push_back(static_cast<std::int64_t>(items.size()));
        }
    }
    std::span<const std::int32_t> of(std::size_t b) const
    {
        return std::span(items).subspan(std::size_t(offsets[b]), std::size_t(offsets[b + 1] - offsets[b]));
    }
};

// Serves requests of one block and says how long each took. Buffers are kept, as a server would.
class Server {
public:
    Server(const ServingSession& session, int k, const std::function<double()>& clock)
        : m_model(session.model())
        , m_head(m_model.linearHead())
        , m_k(k)
        , m_clock(clock)
    {
        constexpr std::int64_t worthIt = 10000;
        if (m_head && m_head->items >= worthIt)
            m_bytes = kernels::quantise(m_head->items, m_head->width, m_head->table);
    }

    void serve(Condition& condition, const PackedSequences& histories, bool record)
    {
        const SeenItems seen(histories.view());
        const auto states = condition.mode != ServingMode::Full ? statesBeforeLast(histories.view())
                                                                : std::vector<std::unique_ptr<UserState>>();
        const double begin = m_clock();
        if (condition.mode != ServingMode::Full)
            appendLast(histories.view(), states);
        else
            encode(histories.view());
        const double encoded = m_clock();
        rank(seen);
        const double end = m_clock();
        if (!record)
            return;
        condition.samplesUs.push_back((end - begin) * 1e6);
        condition.encodeSeconds += encoded - begin;
        condition.totalSeconds += end - begin;
    }

private:
    std::vector<std::unique_ptr<UserState>> statesBeforeLast(const PackedView& histories) const
    {
        std::vector<std::unique_ptr<UserState>> states;
        for (std::int64_t b = 0; b < histories.sequences(); ++b) {
            states.push_back(m_model.newState());
            for (std::int64_t t = histories.offsets[std::size_t(b)]; t + 1 < histories.offsets[std::size_t(b) + 1]; ++t)
                states.back()->append(histories.items[std::size_t(t)], timeOf(histories, t));
        }
        return states;
    }

    static std::int64_t timeOf(const PackedView& histories, std::int64_t event)
    {
        return histories.times.empty() ? 0 : histories.times[std::size_t(event)];
    }

    void appendLast(const PackedView& histories, const std::vector<std::unique_ptr<UserState>>& states)
    {
        const auto width = static_cast<std::size_t>(m_head->width);
        m_vectors.resize(states.size() * width);
        for (std::size_t b = 0; b < states.size(); ++b) {
            const std::int64_t last = histories.offsets[b + 1] - 1;
            states[b]->append(histories.items[std::size_t(last)], timeOf(histories, last));
            states[b]->userVector(std::span(m_vectors).subspan(b * width, width));
        }
    }

    void encode(const PackedView& histories)
    {
        const auto rows = static_cast<std::size_t>(histories.sequences());
        m_vectors.resize(rows * static_cast<std::size_t>(m_head ? m_head->width : m_model.items()));
        if (m_head)
            m_model.encodeLast(histories, m_vectors);
        else
            m_model.score(histories, m_vectors);
    }

    void rank(const SeenItems& seen)
    {
        const std::size_t rows = seen.offsets.size() - 1;
        if (!m_head) {
            const auto items = static_cast<std::size_t>(m_model.items());
            for (std::size_t b = 0; b < rows; ++b)
                topItems(std::span<const float>(m_vectors).subspan(b * items, items), seen.of(b), m_k);
            return;
        }
        const std::int64_t k = std::min<std::int64_t>(m_k, m_head->items);
        m_ids.resize(rows * std::size_t(k));
        m_scores.resize(m_ids.size());
        const kernels::TopK request{static_cast<std::int64_t>(rows), m_head->items, m_head->width, k, m_vectors.data(),
            m_head->table, m_head->bias, seen.offsets, seen.items, m_ids.data(), m_scores.data()};
        constexpr std::size_t few = 4; // more share the floats of an item better than they save by bytes
        if (m_bytes && rows < few)
            kernels::topKInt8(request, *m_bytes);
        else
            kernels::topK(request);
    }

    const TrainedModel& m_model;
    std::optional<LinearHead> m_head;
    std::optional<kernels::QuantisedTable> m_bytes; // of a large catalogue
    int m_k;
    const std::function<double()>& m_clock;
    std::vector<float> m_vectors, m_scores;
    std::vector<std::int32_t> m_ids;
};

std::vector<Condition> conditionsOf(const LatencyRequest& request, const TrainedModel& model)
{
    std::vector<Condition> conditions;
    const std::vector<ServingMode> able = servingModes(model);
    for (ServingMode mode : request.modes)
        for (std::int64_t history : request.histories)
            for (std::int64_t batch : request.batches)
                if (std::find(able.begin(), able.end(), mode) != able.end())
                    conditions.push_back({mode, history, batch, {}, {}, 0.0, 0.0});
    return conditions;
}

void requireSensible(const LatencyRequest& request)
{
    const auto belowOne = [](std::int64_t v) { return v < 1; };
    if (request.requests < 1 || request.warmUp < 0 || request.k < 1
        || std::any_of(request.histories.begin(), request.histories.end(), belowOne)
        || std::any_of(request.batches.begin(), request.batches.end(), belowOne))
        throw Error(ErrorKind::Usage, "histories, batches, requests and k are whole numbers from 1",
            "for example --history 50,200 --batch 1 --requests 200");
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
    point.mode = condition.mode;
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
    if (condition.totalSeconds > 0.0) {
        point.throughput = double(condition.samplesUs.size()) * double(condition.batch) / condition.totalSeconds;
        point.encodeShare = condition.encodeSeconds / condition.totalSeconds;
    }
    const auto [low, high] = std::minmax_element(condition.blockMediansUs.begin(), condition.blockMediansUs.end());
    point.busy = point.p50Us > 0.0 && (*high - *low) / point.p50Us > busySpread;
    point.samplesUs = std::move(condition.samplesUs);
    return point;
}

} // namespace

std::vector<LatencyPoint> measureLatency(
    const ServingSession& session, const LatencyRequest& request, Progress& progress)
{
    requireSensible(request);
    const std::function<double()> clock = request.clockSeconds ? request.clockSeconds : steadySeconds;
    std::vector<Condition> conditions = conditionsOf(request, session.model());
    if (conditions.empty())
        throw Error(ErrorKind::Refused, session.model().modelName() + " has none of the modes asked for",
            "every model has the mode \"full\"");
    const std::vector<Block> blocks = shuffledBlocks(conditions.size(), request);
    HistorySource histories(session.data(), request.seed);
    Server server(session, request.k, clock);
    const int warmUp = (request.warmUp + blocksPerCondition - 1) / blocksPerCondition;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        Condition& condition = conditions[blocks[b].condition];
        const std::size_t before = condition.samplesUs.size();
        for (int r = 0; r < warmUp + blocks[b].requests; ++r) {
            progress.checkCancelled();
            server.serve(condition, histories.draw(condition.history, condition.batch), r >= warmUp);
        }
        condition.blockMediansUs.push_back(
            median({condition.samplesUs.begin() + std::ptrdiff_t(before), condition.samplesUs.end()}));
        progress.update(double(b + 1) / double(blocks.size()),
            "Measuring latency · block " + std::to_string(b + 1) + " / " + std::to_string(blocks.size()));
    }
    std::vector<LatencyPoint> points;
    for (Condition& condition : conditions)
        points.push_back(summarise(condition, request.seed));
    return points;
}

Json toJson(const std::vector<LatencyPoint>& points, bool withSamples)
{
    Json list = Json::array();
    for (const LatencyPoint& p : points) {
        Json entry = {{"mode", servingModeName(p.mode)}, {"history", p.history}, {"batch", p.batch},
            {"p50_us", p.p50Us}, {"p95_us", p.p95Us}, {"p99_us", p.p99Us}, {"p50_ci95_us", {p.p50Low, p.p50High}},
            {"p95_ci95_us", {p.p95Low, p.p95High}}, {"throughput", p.throughput}, {"encode_share", p.encodeShare},
            {"busy", p.busy}, {"requests", p.samplesUs.size()}};
        if (withSamples)
            entry["samples_us"] = p.samplesUs;
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace recoscope
