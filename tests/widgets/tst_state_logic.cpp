// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QTest>

#include <cmath>
#include <limits>
#include <numeric>

#include "engine/inspection/memory.h"
#include "widgets/core/state_reading.h"

using namespace recoscope;

class TestStateLogic : public QObject {
    Q_OBJECT

private slots:
    void ringsAreWhereOnePercentIsLeft()
    {
        for (const MemoryRing& ring : memoryRings())
            QVERIFY(std::abs(eventsUntil(ring.radius) - ring.events) < 1e-9);
        QVERIFY(std::abs(memoryRings()[0].radius - 0.398107) < 1e-6); // 0.01^(1/5)
    }

    void histogramCountsEveryChannelOnce()
    {
        const float endless = std::numeric_limits<float>::infinity();
        const std::vector<float> memory{0.0F, 2.0F, 20.0F, 21.0F, 200.0F, endless};
        const Histogram histogram = memoryHistogram(memory, 30);
        QVERIFY(histogram.logarithmic);
        QCOMPARE(histogram.edges.size(), histogram.counts.size() + 1);
        QCOMPARE(std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::int64_t(0)), std::int64_t(6));
        QCOMPARE(histogram.edges.front(), 1.0); // what is gone at once stands with one event
        QVERIFY(histogram.edges.back() > 200.0);
        QCOMPARE(histogram.counts.back(), std::int64_t(2)); // 200 and the endless one
        // 20 and 21 lie between 10^(10/8) = 17.8 and 10^(11/8) = 23.7.
        QCOMPARE(histogram.counts[10], std::int64_t(2));
        QVERIFY(std::abs(histogram.edges[10] - std::pow(10.0, 1.25)) < 1e-9);
    }

    void histogramReachesTheHistory()
    {
        const Histogram longer = memoryHistogram(std::vector<float>{20.0F}, 500);
        QVERIFY(longer.edges.front() <= 20.0 && longer.edges.back() > 500.0);
        const Histogram shorter = memoryHistogram(std::vector<float>{20.0F}, 3);
        QVERIFY(shorter.edges.front() <= 3.0 && shorter.edges.back() > 20.0);
        QVERIFY(memoryHistogram({}, 10).counts.empty());
    }

    void nearestChannelIsByRatio()
    {
        const float endless = std::numeric_limits<float>::infinity();
        QCOMPARE(channelNearest(std::vector<float>{10.0F, 50.0F, endless}, 30), 1); // 50/30 < 30/10
        QCOMPARE(channelNearest(std::vector<float>{endless, 0.0F}, 30), 1);
        QCOMPARE(channelNearest(std::vector<float>{endless}, 30), 0);
        QCOMPARE(channelNearest({}, 30), -1);
    }

    void comparedChannelsStandAtTheQuartiles()
    {
        const std::vector<float> memory{50.0F, 10.0F, 40.0F, 20.0F, 30.0F};
        // Without channel 4 in order of memory: 1, 3, 2, 0.
        QCOMPARE(channelsToCompare(memory, 4), (std::vector<int>{3, 2}));
        QCOMPARE(channelsToCompare(std::vector<float>{1.0F, 2.0F}, 0), std::vector<int>{1});
        QVERIFY(channelsToCompare(std::vector<float>{1.0F}, 0).empty());
    }

    void sharesKeepTheirSignAndSumToOneInSize()
    {
        QCOMPARE(signedShares(std::vector<double>{3.0, -1.0, 0.0}), (std::vector<double>{0.75, -0.25, 0.0}));
        QCOMPARE(signedShares(std::vector<double>{0.0, 0.0}), (std::vector<double>{0.0, 0.0}));
    }

    void attentionIsTheMeanOverHeadsOfTheLastLayer()
    {
        AttentionMaps maps;
        maps.layers = 2;
        maps.heads = 2;
        maps.length = 2;
        maps.weights.assign(8, 9.0F); // the first layer does not count
        maps.weights.insert(maps.weights.end(), {1.0F, 0.0F, 1.0F, 3.0F}); // last row 1/4, 3/4
        maps.weights.insert(maps.weights.end(), {1.0F, 0.0F, 6.0F, 2.0F}); // last row 3/4, 1/4
        QCOMPARE(attentionShares(maps), (std::vector<double>{0.5, 0.5}));
    }

    void historiesMeetAtTheirEnd()
    {
        QCOMPARE(commonEnd(std::vector<int>{1, 2, 3}, std::vector<int>{9, 2, 3}), std::int64_t(2));
        QCOMPARE(commonEnd(std::vector<int>{2, 3}, std::vector<int>{1, 2, 3}), std::int64_t(2));
        QCOMPARE(commonEnd(std::vector<int>{1, 2}, std::vector<int>{1, 3}), std::int64_t(0));
        const std::vector<double> placed = onAxis(std::vector<double>{0.1, 0.2, 0.7}, 2, 4);
        QVERIFY(std::isnan(placed[0]) && std::isnan(placed[1]));
        QCOMPARE(placed[2], 0.2);
        QCOMPARE(placed[3], 0.7);
    }
};

QTEST_GUILESS_MAIN(TestStateLogic)
#include "tst_state_logic.moc"
