// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <cmath>
#include <limits>

#include "tests/engine/store/store_fixture.h"

using namespace recoscope;
using namespace recoscope::test;

using Results = StoreTest;

TEST_F(Results, EpochsKeepTheirValuesAndBringTheRunUpToDate)
{
    Store store(database());
    store.putRun(makeRun("a"));
    EpochRecord first = makeEpoch(1, 100);
    first.trainLoss = 7.5;
    first.learningRate = 1e-3;
    first.gradientNorm = 0.5;
    first.maxGradientNorm = 2.5;
    first.seconds = 3.0;
    first.validSeconds = 0.25;
    first.eventsPerSecond = 1e5;
    first.memoryBytes = 1 << 20;
    first.valid = MetricSummary{{{"ndcg@10", 0.2}}, {{"ndcg@10", 0.01}}, 50};
    first.isBest = true;
    EpochRecord second = makeEpoch(2, 200);
    second.trainLoss = std::numeric_limits<double>::quiet_NaN(); // a diverged run must still be stored
    store.addEpoch("a", first);
    store.addEpoch("a", second);
    store.flush();

    const std::vector<EpochRecord> epochs = store.epochs("a");
    ASSERT_EQ(epochs.size(), 2u);
    EXPECT_EQ(epochs[0].step, 100);
    EXPECT_EQ(epochs[0].trainLoss, 7.5);
    EXPECT_EQ(epochs[0].learningRate, 1e-3);
    EXPECT_EQ(epochs[0].gradientNorm, 0.5);
    EXPECT_EQ(epochs[0].maxGradientNorm, 2.5);
    EXPECT_EQ(epochs[0].seconds, 3.0);
    EXPECT_EQ(epochs[0].validSeconds, 0.25);
    EXPECT_EQ(epochs[0].eventsPerSecond, 1e5);
    EXPECT_EQ(epochs[0].memoryBytes, 1 << 20);
    ASSERT_TRUE(epochs[0].valid.has_value());
    EXPECT_EQ(epochs[0].valid->at("ndcg@10"), 0.2);
    EXPECT_EQ(epochs[0].valid->halfWidth95.at("ndcg@10"), 0.01);
    EXPECT_EQ(epochs[0].valid->users, 50);
    EXPECT_TRUE(epochs[0].isBest);
    EXPECT_TRUE(std::isnan(epochs[1].trainLoss));
    EXPECT_FALSE(epochs[1].valid.has_value());
    EXPECT_EQ(store.run("a").epochs, 2);
    EXPECT_EQ(store.run("a").bestEpoch, 1);
    EXPECT_EQ(store.run("a").valid.at("ndcg@10"), 0.2);

    store.truncateEpochs("a", 1);
    EXPECT_EQ(store.epochs("a").size(), 1u);
    EXPECT_EQ(store.run("a").epochs, 1);
    store.addEpoch("a", second);
    store.addEpoch("a", second); // the same epoch again after a resume takes the place of the old one
    store.flush();
    EXPECT_EQ(store.epochs("a").size(), 2u);
}

TEST_F(Results, UserMetricsAreKeptByPartAndReplacedWhole)
{
    Store store(database());
    store.putRun(makeRun("a"));
    store.putUserMetrics("a", SplitPart::Test, {{5, 50, 1.5, 7, 70}, {2, 20, 3.0, 4, 40}, {9, 1, 1, 1, 1}});
    store.putUserMetrics("a", SplitPart::Valid, {{1, 10, 2.0, 3, 30}});
    store.putUserMetrics("a", SplitPart::Test, {{5, 50, 1.5, 7, 70}, {2, 20, 3.0, 4, 40}});
    store.flush();
    const std::vector<UserMetricRow> rows = store.userMetrics("a", SplitPart::Test);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].user, 2);
    EXPECT_EQ(rows[1].user, 5);
    EXPECT_EQ(rows[1].target, 50);
    EXPECT_EQ(rows[1].rank, 1.5);
    EXPECT_EQ(rows[1].historyLength, 7);
    EXPECT_EQ(rows[1].targetPopularity, 70);
    EXPECT_EQ(store.userMetrics("a", SplitPart::Valid).size(), 1u);
    EXPECT_TRUE(store.userMetrics("a", SplitPart::Train).empty());
}

TEST_F(Results, TopDifferencesAreThoseOfNdcg)
{
    Store store(database());
    store.putRun(makeRun("a"));
    store.putRun(makeRun("b"));
    // Users 0 and 4 are in one run only; 2 is outside the first ten in both.
    store.putUserMetrics(
        "a", SplitPart::Test, {{0, 9, 1, 3, 1}, {1, 8, 1, 4, 1}, {2, 7, 20, 5, 1}, {3, 6, 11, 6, 1}, {5, 5, 2, 7, 1}});
    store.putUserMetrics(
        "b", SplitPart::Test, {{1, 8, 3, 4, 1}, {2, 7, 11, 5, 1}, {3, 6, 1, 6, 1}, {4, 5, 1, 7, 1}, {5, 5, 2, 7, 1}});
    store.flush();
    const auto rows = store.topDifferences("a", "b", SplitPart::Test, 10, 10);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].user, 3); // from nothing to 1
    EXPECT_DOUBLE_EQ(rows[0].difference, 1.0);
    EXPECT_EQ(rows[0].rankA, 11);
    EXPECT_EQ(rows[0].rankB, 1);
    EXPECT_EQ(rows[0].target, 6);
    EXPECT_EQ(rows[0].historyLength, 6);
    EXPECT_EQ(rows[1].user, 1); // from 1 to 1 / log2(4)
    EXPECT_DOUBLE_EQ(rows[1].difference, -0.5);
    EXPECT_EQ(store.topDifferences("a", "b", SplitPart::Test, 10, 1).size(), 1u);
    EXPECT_EQ(store.topDifferences("a", "b", SplitPart::Test, 20, 10).size(), 3u);
    EXPECT_TRUE(store.topDifferences("a", "b", SplitPart::Valid, 10, 10).empty());
    EXPECT_EQ(kindOf([&] { store.topDifferences("a", "x", SplitPart::Test, 10, 1); }), ErrorKind::NotFound);
}

TEST_F(Results, DifferencesOfUnlikeDataAreRefused)
{
    Store store(database());
    store.putRun(makeRun("a"));
    RunRecord other = makeRun("dataset");
    other.datasetHash = "def";
    store.putRun(other);
    RunRecord filtered = makeRun("filter");
    filtered.protocol["filter"] = "none";
    store.putRun(filtered);
    RunRecord masked = makeRun("mask");
    masked.protocol["mask_seen"] = "none"; // other ranks, the same users
    store.putRun(masked);
    for (const char* id : {"dataset", "filter"})
        EXPECT_EQ(kindOf([&] { store.topDifferences("a", id, SplitPart::Test, 10, 1); }), ErrorKind::Refused) << id;
    EXPECT_TRUE(store.topDifferences("a", "mask", SplitPart::Test, 10, 1).empty());
}

TEST_F(Results, SlicesAndLatencyComeBackInOrder)
{
    {
        Store store(database());
        store.putRun(makeRun("a"));
        MetricSlice shorter{"history length", "≤ 50", 10, {{{"hr@10", 0.1}}, {}, 10}};
        MetricSlice longer{"history length", "> 50", 5, {{{"hr@10", 0.3}}, {}, 5}};
        store.putSlices("a", SplitPart::Test, {longer});
        store.putSlices("a", SplitPart::Test, {shorter, longer});
        LatencyPoint point;
        point.mode = ServingMode::Incremental;
        point.history = 200;
        point.batch = 4;
        point.p50Us = 1;
        point.p95Us = 2;
        point.p99Us = 3;
        point.p50Low = 4;
        point.p50High = 5;
        point.p95Low = 6;
        point.p95High = 7;
        point.throughput = 8;
        point.encodeShare = 0.75;
        point.decodeShare = 0.125;
        point.beam = 10;
        point.asRanked = false;
        point.busy = true;
        point.samplesUs = {3.5, 1.25, 2.0};
        store.addLatency("a", {LatencyPoint{}, point}, {{"threads", 1}});
        store.addLatency("a", {LatencyPoint{}}, {{"threads", 2}});
    }
    const Store store(database());
    const std::vector<MetricSlice> slices = store.slices("a", SplitPart::Test);
    ASSERT_EQ(slices.size(), 2u);
    EXPECT_EQ(slices[0].name, "≤ 50");
    EXPECT_EQ(slices[1].users, 5);
    EXPECT_EQ(slices[1].metrics.at("hr@10"), 0.3);
    const auto latency = store.latency("a");
    ASSERT_EQ(latency.size(), 2u);
    EXPECT_EQ(latency[0].conditions.at("threads"), 1);
    EXPECT_EQ(latency[1].conditions.at("threads"), 2);
    ASSERT_EQ(latency[0].points.size(), 2u);
    const LatencyPoint& point = latency[0].points[1];
    EXPECT_EQ(point.mode, ServingMode::Incremental);
    EXPECT_EQ(point.history, 200);
    EXPECT_EQ(point.batch, 4);
    EXPECT_EQ((std::vector<double>{point.p50Us, point.p95Us, point.p99Us, point.p50Low, point.p50High, point.p95Low,
                  point.p95High, point.throughput, point.encodeShare}),
        (std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 0.75}));
    EXPECT_TRUE(point.busy);
    EXPECT_EQ(point.beam, 10);
    EXPECT_FALSE(point.asRanked);
    EXPECT_EQ(point.decodeShare, 0.125);
    EXPECT_TRUE(latency[0].points[0].asRanked);
    EXPECT_EQ(point.samplesUs, (std::vector<double>{3.5, 1.25, 2.0}));
}

TEST_F(Results, EveryServingModeComesBack)
{
    Store store(database());
    store.putRun(makeRun("a"));
    std::vector<LatencyPoint> points(allServingModes.size());
    for (std::size_t i = 0; i < points.size(); ++i)
        points[i].mode = allServingModes[i];
    store.addLatency("a", points, Json::object());
    store.flush();
    for (std::size_t i = 0; i < points.size(); ++i)
        EXPECT_EQ(store.latency("a").at(0).points.at(i).mode, allServingModes[i]);
    EXPECT_EQ(servingModeNamed("nothing of the kind"), std::nullopt);
}

TEST_F(Results, UnknownMetricNamesTheNearest)
{
    const MetricSummary summary{{{"ndcg@10", 0.1}, {"hr@10", 0.2}}, {}, 3};
    EXPECT_EQ(summary.at("hr@10"), 0.2);
    try {
        summary.at("ndgc@10");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::NotFound);
        EXPECT_EQ(error.hint().find("did you mean ndcg@10"), 0u) << error.hint();
    }
}
