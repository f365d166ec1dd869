// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Latency with a clock that the test moves: every number below is worked out, none is measured.

#include "engine/serving/latency.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>

#include "../data/interaction_table.h"
#include "../evaluation/fake_models.h"
#include "engine/core/error.h"
#include "engine/kernels/ops.h"

namespace recoscope {
namespace {

using testing::SumModel;

std::shared_ptr<const PreparedData> sampleData()
{
    testing::InteractionTable table;
    for (int user = 0; user < 4; ++user)
        for (int t = 0; t < 6; ++t)
            table.add("user " + std::to_string(user), "item " + std::to_string((user + t * 3) % 15), 100 * t);
    return table.prepare(testing::plainProtocol());
}

// A request reads the clock three times: start, encoded, done. Encoding takes 3 ms, ranking 1 ms; in between nothing.
class SteppingClock {
public:
    double operator()()
    {
        constexpr double steps[] = {0.0, 0.003, 0.001};
        m_now += steps[m_calls++ % 3];
        return m_now;
    }
    int calls() const { return m_calls; }

private:
    double m_now = 0.0;
    int m_calls = 0;
};

struct Measured {
    std::vector<LatencyPoint> points;
    int requests = 0;
};

Measured measure(LatencyRequest request, bool head = true, bool compressed = false)
{
    const auto data = sampleData();
    const auto model = std::make_shared<SumModel>(data->items(), head);
    model->compressed = compressed;
    const auto session = std::make_shared<const ServingSession>(model, data);
    const auto clock = std::make_shared<SteppingClock>();
    if (!request.clockSeconds)
        request.clockSeconds = [clock] { return (*clock)(); };
    Progress progress;
    Measured out;
    out.points = measureLatency({&session, 1}, request, progress).front().points;
    out.requests = clock->calls() / 3;
    return out;
}

TEST(Latency, PercentilesShareAndThroughput)
{
    LatencyRequest request;
    request.histories = {3, 50};
    request.batches = {1, 4};
    request.requests = 23;
    request.warmUp = 10;
    const Measured m = measure(request);
    ASSERT_EQ(m.points.size(), 8u); // two modes, two lengths, two batches
    for (const LatencyPoint& p : m.points) {
        EXPECT_NEAR(p.p50Us, 4000.0, 1e-6);
        EXPECT_NEAR(p.p99Us, 4000.0, 1e-6);
        EXPECT_NEAR(p.p50Low, 4000.0, 1e-6);
        EXPECT_NEAR(p.p95High, 4000.0, 1e-6);
        EXPECT_NEAR(p.encodeShare, 0.75, 1e-9);
        EXPECT_NEAR(p.throughput, 250.0 * double(p.batch), 1e-6);
        EXPECT_FALSE(p.busy);
        EXPECT_EQ(p.samplesUs.size(), 23u); // warm-up is not among them
    }
    EXPECT_EQ(m.requests, 8 * (23 + 10)); // two warm-up requests in each of five blocks
}

// Notes how many threads it may use, as its kernels see it.
class ThreadNotingModel : public SumModel {
public:
    using SumModel::SumModel;
    void encodeLast(const PackedView& histories, std::span<float> out) const override
    {
        threads.insert(kernels::threads());
        SumModel::encodeLast(histories, out);
    }
    mutable std::set<int> threads;
};

TEST(Latency, RequestsUseTheThreadsAskedForAndNothingElseDoes)
{
    const auto data = sampleData();
    const auto model = std::make_shared<ThreadNotingModel>(data->items(), true);
    const auto session = std::make_shared<const ServingSession>(model, data);
    const int usual = kernels::threads();
    LatencyRequest request;
    request.histories = {4};
    request.modes = {ServingMode::Full};
    request.requests = 5;
    Progress progress;
    for (const int threads : {usual + 1, 1, 0}) {
        model->threads.clear();
        request.threads = threads;
        int elsewhere = 0;
        request.clockSeconds = [&] {
            if (elsewhere == 0)
                std::thread([&] { elsewhere = kernels::threads(); }).join();
            return 0.0;
        };
        measureLatency({&session, 1}, request, progress);
        EXPECT_EQ(model->threads, std::set<int>{threads > 0 ? threads : usual});
        EXPECT_EQ(elsewhere, usual);
        EXPECT_EQ(kernels::threads(), usual);
    }
}

// Its states take two milliseconds to set up.
class SlowlyStartingModel : public SumModel {
public:
    using SumModel::SumModel;
    std::unique_ptr<UserState> newState() const override
    {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return SumModel::newState();
    }
};

TEST(Latency, WhatACachedPathTakesBeforeItsRequestsIsKeptApart)
{
    const auto data = sampleData();
    const auto session
        = std::make_shared<const ServingSession>(std::make_shared<SlowlyStartingModel>(data->items(), true), data);
    LatencyRequest request;
    request.histories = {4};
    request.requests = 10;
    request.modes = {ServingMode::Full, ServingMode::Incremental};
    Progress progress;
    const auto measured = measureLatency({&session, 1}, request, progress).front();
    ASSERT_EQ(measured.beforeUs.size(), 2u);
    ASSERT_EQ(measured.points[1].mode, ServingMode::Incremental);
    EXPECT_GE(measured.beforeUs[1], 2000.0);
    EXPECT_LT(measured.beforeUs[0], measured.beforeUs[1]);
    EXPECT_LT(measured.points[1].p50Us, 2000.0);
}

TEST(Latency, OnlyModesThatTheModelHas)
{
    LatencyRequest request;
    request.histories = {4};
    request.requests = 5;
    request.warmUp = 0;
    const Measured m = measure(request, false);
    ASSERT_EQ(m.points.size(), 1u);
    EXPECT_EQ(m.points[0].mode, ServingMode::Full);
    request.modes = {ServingMode::Incremental};
    EXPECT_THROW(measure(request, false), Error);
    request.modes = {ServingMode::Compressed};
    EXPECT_THROW(measure(request, true), Error);
}

// Of 4 ms encoding takes 2 and decoding 1.
TEST(Latency, ListsArePartedIntoEncodingDecodingAndTheRest)
{
    const auto data = sampleData();
    const auto session
        = std::make_shared<const ServingSession>(std::make_shared<testing::FirstItems>(data->items(), 3), data);
    LatencyRequest request;
    request.histories = {4};
    request.batches = {2};
    request.requests = 10;
    double now = 0.0;
    request.clockSeconds = [&] { return now += 0.004; };
    Progress progress;
    const auto points = measureLatency({&session, 1}, request, progress).front().points;
    ASSERT_EQ(points.size(), 6u); // the usual widths and its own
    std::vector<std::int64_t> widths;
    for (const LatencyPoint& p : points) {
        EXPECT_EQ(p.mode, ServingMode::Beam);
        EXPECT_EQ(p.asRanked, p.beam == 3);
        EXPECT_NEAR(p.encodeShare, 0.5, 1e-9);
        EXPECT_NEAR(p.decodeShare, 0.25, 1e-9);
        widths.push_back(p.beam);
    }
    EXPECT_EQ(widths, (std::vector<std::int64_t>{1, 3, 5, 10, 20, 50}));
    const Json user = toJson(points, false)[0]["per_user_us"];
    for (const auto& [part, us] :
        {std::pair("total", 2000.0), std::pair("encode", 1000.0), std::pair("decode", 500.0), std::pair("rest", 500.0)})
        EXPECT_NEAR(user[part].get<double>(), us, 1e-6) << part;
}

TEST(Latency, CompressedStatesAreNotCalledIncremental)
{
    LatencyRequest request;
    request.histories = {4};
    request.requests = 5;
    request.warmUp = 0;
    const Measured m = measure(request, true, true);
    ASSERT_EQ(m.points.size(), 2u);
    EXPECT_EQ(m.points[0].mode, ServingMode::Full);
    EXPECT_EQ(m.points[1].mode, ServingMode::Compressed);
    request.modes = {ServingMode::Incremental};
    EXPECT_THROW(measure(request, true, true), Error);
}

// The machine slows down in the second half of the requests: the blocks of every condition spread.
TEST(Latency, ABusyMachineIsNoticed)
{
    LatencyRequest request;
    request.histories = {4};
    request.modes = {ServingMode::Full};
    request.requests = 50;
    request.warmUp = 0;
    int calls = 0;
    double now = 0.0;
    request.clockSeconds = [&] { return now += calls++ < 75 ? 0.001 : 0.002; };
    const auto points = measure(request).points;
    EXPECT_TRUE(points.at(0).busy);
    EXPECT_LT(points[0].p50Low, points[0].p50High);
}

TEST(Latency, TheOrderDependsOnTheSeedAlone)
{
    LatencyRequest request;
    request.histories = {3, 9};
    request.requests = 10;
    request.warmUp = 0;
    const auto samples = [&](std::uint64_t seed) {
        request.seed = seed;
        double now = 0.0, step = 0.0;
        request.clockSeconds = [&]() { return now += step += 1e-4; }; // later requests take longer
        std::vector<std::vector<double>> all;
        for (const LatencyPoint& p : measure(request).points)
            all.push_back(p.samplesUs);
        return all;
    };
    EXPECT_EQ(samples(1), samples(1));
    EXPECT_NE(samples(1), samples(2));
}

TEST(Latency, RefusesNonsenseAndCanBeCancelled)
{
    LatencyRequest request;
    for (auto spoil :
        {+[](LatencyRequest& r) { r.requests = 0; }, +[](LatencyRequest& r) { r.histories = {std::int64_t(1) << 50}; },
            +[](LatencyRequest& r) { r.batches = {1 << 25}; }, +[](LatencyRequest& r) { r.histories = {0}; },
            +[](LatencyRequest& r) { r.batches = {-1}; }, +[](LatencyRequest& r) { r.beams = {0}; },
            +[](LatencyRequest& r) { r.k = 0; }}) {
        LatencyRequest bad = request;
        spoil(bad);
        EXPECT_THROW(measure(bad), Error);
    }
    const auto data = sampleData();
    const auto session = std::make_shared<const ServingSession>(std::make_shared<SumModel>(data->items(), true), data);
    Progress progress;
    progress.requestCancel();
    EXPECT_THROW(measureLatency({&session, 1}, request, progress), Error);
}

// Of two equal runs that are measured together none is the slower one because the machine slows down meanwhile: here
// to a third of its speed. One after the other they would differ by the factor 5 / 3.
TEST(Latency, AMachineThatSlowsDownMeetsAllRunsAlike)
{
    const auto data = sampleData();
    std::vector<std::shared_ptr<const ServingSession>> sessions;
    for (int i = 0; i < 2; ++i)
        sessions.push_back(
            std::make_shared<const ServingSession>(std::make_shared<SumModel>(data->items(), false), data));
    LatencyRequest request;
    request.histories = {3, 5, 7, 9};
    request.requests = 50;
    request.warmUp = 0;
    constexpr double clockCalls = 3.0 * 2 * 4 * 50;
    double now = 0.0, calls = 0.0;
    request.clockSeconds = [&] { return now += 0.001 * (1.0 + 2.0 * calls++ / clockCalls); };
    Progress progress;
    const auto measured = measureLatency(sessions, request, progress);
    ASSERT_EQ(measured.size(), 2u);
    double mean[2] = {0.0, 0.0};
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(measured[i].points.size(), 4u);
        for (const LatencyPoint& p : measured[i].points) {
            mean[i] += p.p50Us / 4.0;
            EXPECT_EQ(p.samplesUs.size(), 50u);
            EXPECT_TRUE(p.busy) << "its blocks are of all times";
        }
    }
    EXPECT_EQ(calls, clockCalls);
    EXPECT_NEAR(mean[0] / mean[1], 1.0, 0.2);
}

// Before anything is measured.
TEST(Latency, ARunWithoutTheModesIsRefusedAtOnce)
{
    const auto data = sampleData();
    std::vector<std::shared_ptr<const ServingSession>> sessions;
    for (const bool head : {true, false})
        sessions.push_back(
            std::make_shared<const ServingSession>(std::make_shared<SumModel>(data->items(), head), data));
    LatencyRequest request;
    request.modes = {ServingMode::Incremental};
    int calls = 0;
    request.clockSeconds = [&] { return ++calls; };
    Progress progress;
    EXPECT_THROW(measureLatency(sessions, request, progress), Error);
    EXPECT_EQ(calls, 0);
}

TEST(Latency, Document)
{
    LatencyRequest request;
    request.histories = {3};
    request.requests = 5;
    const Measured m = measure(request);
    const Json brief = toJson(m.points, false), full = toJson(m.points, true);
    ASSERT_EQ(brief.size(), 2u);
    for (const char* key : {"mode", "history", "batch", "p50_us", "p95_us", "p99_us", "throughput"})
        EXPECT_TRUE(brief[0].contains(key)) << key;
    EXPECT_FALSE(brief[0].contains("samples_us"));
    EXPECT_EQ(full[0]["samples_us"].size(), 5u);
}

} // namespace
} // namespace recoscope
