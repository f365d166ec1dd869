// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QTest>

#include "widgets/core/attention_reading.h"

using namespace recoscope;

namespace {

// One layer, one head, three events; rows do not sum to 1.
AttentionMaps smallMaps()
{
    AttentionMaps maps;
    maps.layers = maps.heads = 1;
    maps.length = 3;
    maps.rowsSumToOne = false;
    maps.weights = {2, 0, 0, 1, 3, 0, 1, 1, 2};
    maps.items = {5, 6, 7};
    return maps;
}

} // namespace

class TestAttentionLogic : public QObject {
    Q_OBJECT

private slots:
    void predictionReadsTheLastRowLargestFirst()
    {
        const auto reads = predictionReads(smallMaps(), 0, 0, AttentionScale::RowNormalised, 2);
        QCOMPARE(reads.size(), std::size_t(2));
        QCOMPARE(reads[0].event, std::int64_t(2));
        QCOMPARE(reads[0].weight, 0.5);
        QCOMPARE(reads[1].event, std::int64_t(0));
    }

    void thumbnailKeepsTheStrongestWeightOfACell()
    {
        // Rows scaled to sum to 1: (1), (1/4, 3/4), (1/4, 1/4, 1/2).
        const std::vector<float> whole = pooledHead(smallMaps(), 0, 0, 96);
        QCOMPARE(whole, (std::vector<float>{1, 0, 0, 0.25F, 0.75F, 0, 0.25F, 0.25F, 0.5F}));
        // Two cells a side: events 0 and 1 share one.
        QCOMPARE(pooledHead(smallMaps(), 0, 0, 2), (std::vector<float>{1, 0, 0.25F, 0.5F}));
    }

    void liftingEventsStopAtTheirShare()
    {
        const Explanation explanation{1, 1.0, {0.1, 0.6, -0.4, 0.3}, 0.0};
        QCOMPARE(liftingEvents(explanation, 0.5, 10), std::vector<int>{1});
        QCOMPARE(liftingEvents(explanation, 0.85, 10), (std::vector<int>{1, 3}));
        QCOMPARE(liftingEvents(explanation, 1.0, 1), std::vector<int>{1});
        QVERIFY(liftingEvents({1, 1.0, {-1.0}, 0.0}, 0.5, 10).empty());
    }
};

QTEST_GUILESS_MAIN(TestAttentionLogic)
#include "tst_attention_logic.moc"
