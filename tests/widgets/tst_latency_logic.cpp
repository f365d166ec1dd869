// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QTest>

#include <cmath>

#include "widgets/core/latency_estimate.h"

using namespace recoscope;

namespace {

LatencyPoint pointOf(ServingMode mode, std::int64_t history, double p50Us, double p95Us)
{
    LatencyPoint point;
    point.mode = mode;
    point.history = history;
    point.p50Us = p50Us;
    point.p95Us = p95Us;
    point.p99Us = 2 * p95Us;
    point.samplesUs = {p50Us, p50Us, p95Us, p95Us};
    return point;
}

const Json here = {{"processor", "X1"}, {"threads", 2}, {"device", "cpu"}};
const Json there = {{"processor", "X2"}, {"threads", 1}};

} // namespace

class TestLatencyLogic : public QObject {
    Q_OBJECT

private slots:
    void machineSaysProcessorThreadsAndDevice()
    {
        QCOMPARE(machineOf(here).text, std::string("X1 · 2 threads · cpu"));
        QCOMPARE(machineOf(there).text, std::string("X2 · 1 thread"));
        QVERIFY(machineOf(here) != machineOf(there));
    }

    void newestMeasurementOfAConditionCounts()
    {
        const auto rows = latestRows("r",
            {{"2026-02-02", here, {pointOf(ServingMode::Full, 50, 100, 200)}},
                {"2026-02-01", here, {pointOf(ServingMode::Full, 50, 900, 990), pointOf(ServingMode::Full, 200, 1, 2)}},
                {"2026-02-03", there, {pointOf(ServingMode::Full, 50, 7, 8)}}});
        QCOMPARE(rows.size(), std::size_t(3));
        const auto row = servingRow(rows, machineOf(here), 50, LatencyStatistic::P95);
        QCOMPARE(row->point.p95Us, 200.0);
    }

    void servingNumberIsTheFastestModeAtTheNearestLength()
    {
        const auto rows = latestRows("r",
            {{"2026-02-02", here,
                {pointOf(ServingMode::Full, 50, 100, 200), pointOf(ServingMode::Incremental, 50, 10, 20),
                    pointOf(ServingMode::Full, 200, 1, 1)}}});
        const auto row = servingRow(rows, machineOf(here), 60, LatencyStatistic::P95);
        QCOMPARE(row->point.mode, ServingMode::Incremental);
        QCOMPARE(milliseconds(row->point, LatencyStatistic::P95), 0.02);
        QVERIFY(!servingRow(rows, machineOf(there), 60, LatencyStatistic::P95));
    }

    void everyPathToTheRunsListsServesFastestFirst()
    {
        auto wider = pointOf(ServingMode::Beam, 50, 1, 1);
        wider.asRanked = false;
        const auto rows = latestRows("r",
            {{"2026-02-02", here,
                {pointOf(ServingMode::Full, 50, 100, 200), pointOf(ServingMode::Incremental, 50, 10, 20), wider,
                    pointOf(ServingMode::Full, 200, 1, 1)}}});
        const auto serving = servingRows(rows, machineOf(here), 60, LatencyStatistic::P95);
        QCOMPARE(serving.size(), std::size_t(2));
        QCOMPARE(serving[0].point.mode, ServingMode::Incremental);
        QCOMPARE(serving[1].point.mode, ServingMode::Full);
        QCOMPARE(serving[1].point.history, std::int64_t(50));
    }

    void aChoiceTakesItsBatchPathsAndWidths()
    {
        LatencyPoint point = pointOf(ServingMode::Beam, 50, 1, 2);
        point.batch = 32;
        point.beam = 10;
        QVERIFY((LatencyChoice{32, {ServingMode::Beam}, {}}.takes(point)));
        QVERIFY((LatencyChoice{32, {ServingMode::Full, ServingMode::Beam}, {5, 10}}.takes(point)));
        QVERIFY(!(LatencyChoice{1, {ServingMode::Beam}, {}}.takes(point)));
        QVERIFY(!(LatencyChoice{32, {ServingMode::Full}, {}}.takes(point)));
        QVERIFY(!(LatencyChoice{32, {ServingMode::Beam}, {5}}.takes(point)));
        point.mode = ServingMode::Full; // of a model of lists: with its own width, whatever beams are chosen
        QVERIFY((LatencyChoice{32, {ServingMode::Full}, {5}}.takes(point)));
    }

    void theNearestStoredBatchIsShown()
    {
        std::map<RunId, std::vector<LatencyRow>> rows;
        QCOMPARE(nearestBatch(rows, 32), std::int64_t(32));
        for (const std::int64_t batch : {1, 8, 300}) {
            LatencyRow row{"r", machineOf(here), "2026-02-02", pointOf(ServingMode::Full, 50, 1, 2)};
            row.point.batch = batch;
            rows["r"].push_back(row);
        }
        QCOMPARE(nearestBatch(rows, 32), std::int64_t(8));
        QCOMPARE(nearestBatch(rows, 100), std::int64_t(300));
        QCOMPARE(nearestBatch(rows, 2), std::int64_t(8)); // one user is no batch
    }

    void machinesAreToldApartByWhatDiffers()
    {
        QCOMPARE(machineDifference(machineOf(here), machineOf(here)), std::string());
        QCOMPARE(machineDifference(machineOf(there), machineOf(here)), std::string("X2 · 1 thread"));
        const Json single = {{"processor", "X1"}, {"threads", 1}, {"device", "cpu"}};
        QCOMPARE(machineDifference(machineOf(single), machineOf(here)), std::string("1 thread"));
    }

    // 100 requests a second of the full path at 20 events, 50 at 60; each with 2 ms besides.
    void anEstimateIsOfStoredTimesOfTheSameRuns()
    {
        std::map<RunId, std::vector<LatencyRow>> rows;
        const auto add = [&](const Json& machine, ServingMode mode, std::int64_t history, double rate) {
            LatencyPoint point = pointOf(mode, history, 1, 2);
            point.throughput = rate;
            rows["r"].push_back({"r", machineOf(machine), "2026-02-02", point, 2000.0});
        };
        add(here, ServingMode::Full, 20, 100);
        add(here, ServingMode::Full, 60, 50);
        add(there, ServingMode::Full, 40, 1);
        LatencyRequest request;
        request.modes = {ServingMode::Full};
        request.requests = 90;
        request.warmUp = 10;
        const auto secondsOf = [&](std::vector<std::int64_t> histories) {
            request.histories = std::move(histories);
            const auto estimate = estimateLatency(rows, {"r"}, machineOf(here), request);
            return estimate ? estimate->seconds : -1.0;
        };
        const auto isNear = [](double a, double b) { return std::abs(a - b) < 1e-9; };
        QVERIFY(isNear(secondsOf({20}), 1.2));
        QVERIFY(isNear(secondsOf({40}), 1.7)); // halfway
        QVERIFY(isNear(secondsOf({10, 600}), 1.2 + 2.2)); // the nearest
        add(here, ServingMode::Incremental, 20, 1000);
        request.modes = {ServingMode::Full, ServingMode::Incremental};
        QVERIFY(isNear(secondsOf({20}), 1.2 + 0.3));
        QCOMPARE(estimateLatency(rows, {"r"}, machineOf(here), request)->paths, 2);
        // Nothing is known of another run, another batch, another path, another machine.
        QVERIFY(!estimateLatency(rows, {"r", "s"}, machineOf(here), request));
        QVERIFY(!estimateLatency(rows, {"r"}, {"X3"}, request));
        request.batches = {32};
        QVERIFY(!estimateLatency(rows, {"r"}, machineOf(here), request));
        request.batches = {1};
        request.modes = {ServingMode::Beam};
        QVERIFY(!estimateLatency(rows, {"r"}, machineOf(here), request));
        // A cached path whose requests alone are known says nothing, the full one enough.
        for (LatencyRow& row : rows["r"])
            row.beforeUs.reset();
        request.modes = {ServingMode::Full};
        QVERIFY(isNear(secondsOf({20}), 1.0));
        request.modes = {ServingMode::Full, ServingMode::Incremental};
        QCOMPARE(secondsOf({20}), -1.0);
    }

    void whatWentByBesidesRequestsIsReadWithThem()
    {
        Json kept = here;
        kept["before_us"] = {7.0, 9.0};
        const std::vector<LatencyPoint> points{
            pointOf(ServingMode::Full, 50, 1, 2), pointOf(ServingMode::Incremental, 50, 1, 2)};
        const auto rows = latestRows("r", {{"2026-02-01", here, points}, {"2026-02-02", kept, points}});
        QCOMPARE(rows.size(), std::size_t(2));
        QCOMPARE(rows[0].beforeUs, std::optional(7.0));
        QCOMPARE(rows[1].beforeUs, std::optional(9.0));
        QCOMPARE(latestRows("r", {{"2026-02-01", here, points}})[0].beforeUs, std::nullopt);
    }

    void histogramSharesAddUpToAHundred()
    {
        const LatencyPoint a = pointOf(ServingMode::Full, 50, 100, 200);
        const LatencyPoint b = pointOf(ServingMode::Full, 50, 1000, 2000);
        const LatencyHistogram histogram = latencyHistogram({&a, &b}, 20);
        QCOMPARE(histogram.edgesMs.size(), std::size_t(21));
        QVERIFY(histogram.edgesMs.front() < 0.1 && histogram.edgesMs.back() > 2.0);
        for (const auto& shares : histogram.shares) {
            double sum = 0;
            for (const double share : shares)
                sum += share;
            QVERIFY(std::abs(sum - 100.0) < 1e-9);
        }
        QVERIFY(latencyHistogram({}, 20).edgesMs.empty());
    }

    // Of beams only the one that the run's metrics are of may stand for the run.
    void beamsOfOtherWidthsAreShownAndNeverCounted()
    {
        std::vector<LatencyPoint> beams;
        for (const std::int64_t width : {1, 10, 50}) {
            beams.push_back(pointOf(ServingMode::Beam, 50, 100.0 * width, 200.0 * width));
            beams.back().beam = width;
            beams.back().asRanked = width == 10;
        }
        const auto rows = latestRows("r", {{"2026-02-02", here, beams}});
        QCOMPARE(rows.size(), std::size_t(3));
        QCOMPARE(servingRow(rows, machineOf(here), 50, LatencyStatistic::P95)->point.beam, std::int64_t(10));
        const auto sweeps = lengthSweeps(rows);
        QCOMPARE(sweeps.size(), std::size_t(3));
        QCOMPARE(sweeps[2].beam, std::int64_t(50));
        QCOMPARE(sweeps[2].p50, std::vector<double>{5.0});
    }

    void sweepsOfUnlikeMachinesStayApart()
    {
        auto rows = latestRows("r",
            {{"2026-02-02", here, {pointOf(ServingMode::Full, 200, 3, 4), pointOf(ServingMode::Full, 50, 1, 2)}},
                {"2026-02-02", there, {pointOf(ServingMode::Full, 100, 1, 2)}}});
        const auto sweeps = lengthSweeps(rows);
        QCOMPARE(sweeps.size(), std::size_t(2));
        for (const LengthSweep& sweep : sweeps) {
            if (sweep.machine == machineOf(here))
                QCOMPARE(sweep.history, (std::vector<double>{50, 200}));
        }
    }
};

QTEST_GUILESS_MAIN(TestLatencyLogic)
#include "tst_latency_logic.moc"
