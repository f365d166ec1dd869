// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QTest>

#include <cmath>

#include "engine/core/error.h"
#include "widgets/core/compare_summary.h"

using namespace recoscope;

namespace {

PairedUser pairOf(int user, double a, double b, int length = 10, int popularity = 5)
{
    return {user, 0, a, b, length, popularity};
}

} // namespace

class TestCompareLogic : public QObject {
    Q_OBJECT

private slots:
    void metricsOfARankAreTheTextbookOnes()
    {
        QCOMPARE(metricOfRank("hr@10", 10.0), 1.0);
        QCOMPARE(metricOfRank("hr@10", 11.0), 0.0);
        QCOMPARE(metricOfRank("ndcg@10", 3.0), 0.5);
        QCOMPARE(metricOfRank("mrr", 4.0), 0.25);
        QVERIFY_THROWS_EXCEPTION(Error, metricOfRank("gini@10", 1.0));
        QVERIFY_THROWS_EXCEPTION(Error, metricOfRank("hr@", 1.0));
    }

    void onlyUsersWithTheSameTargetArePaired()
    {
        const std::vector<UserMetricRow> a{{1, 7, 2, 10, 3}, {2, 8, 5, 20, 4}, {4, 9, 1, 5, 2}};
        const std::vector<UserMetricRow> b{{2, 8, 6, 20, 4}, {3, 8, 6, 20, 4}, {4, 1, 3, 5, 2}};
        const auto users = pairUsers(a, b);
        QCOMPARE(users.size(), std::size_t(1));
        QCOMPARE(users[0].user, 2);
        QCOMPARE(users[0].rankA, 5.0);
        QCOMPARE(users[0].rankB, 6.0);
    }

    void differencesAreBMinusAAndHolmNeverLowersAP()
    {
        std::vector<PairedUser> users;
        for (int i = 0; i < 200; ++i)
            users.push_back(pairOf(i, 1 + i % 20, 1 + (i + 5) % 20));
        Progress progress;
        const auto differences = metricDifferences(users, {"ndcg@10", "hr@10", "mrr"}, progress);
        QCOMPARE(differences.size(), std::size_t(3));
        for (const MetricDifference& difference : differences) {
            QVERIFY(std::abs(difference.test.meanDifference - (difference.b - difference.a)) < 1e-12);
            QVERIFY(difference.permutationHolm >= difference.test.permutationP);
            QCOMPARE(difference.test.n, std::int64_t(200));
        }
    }

    void theChosenTestDecides()
    {
        MetricDifference difference;
        difference.test.ciLow = 0.01;
        difference.test.ciHigh = 0.03;
        difference.test.bootstrapLow = -0.01;
        difference.test.bootstrapHigh = 0.04;
        difference.permutationHolm = 0.2;
        difference.tHolm = 0.01;
        difference.wilcoxonHolm = 0.05;
        QVERIFY(!difference.decided(SignificanceTest::Permutation));
        QVERIFY(difference.decided(SignificanceTest::TTest));
        QVERIFY(!difference.decided(SignificanceTest::Wilcoxon)); // 0.05 itself is not under it
        QCOMPARE(difference.interval(SignificanceTest::TTest).low, 0.01);
        QCOMPARE(difference.interval(SignificanceTest::Permutation).low, -0.01);
    }

    void slicesHoldEveryUserOnce()
    {
        std::vector<PairedUser> users;
        for (int i = 0; i < 100; ++i)
            users.push_back(pairOf(i, 1, 20, 3 + i));
        const auto slices = sliceUsers(users, SliceBy::HistoryLength, "hr@10");
        QCOMPARE(slices.size(), std::size_t(5));
        std::int64_t total = 0;
        for (const SlicePair& slice : slices) {
            total += slice.users;
            QCOMPARE(slice.a, 1.0);
            QCOMPARE(slice.b, 0.0);
            QCOMPARE(slice.aHalf, 0.0);
        }
        QCOMPARE(total, std::int64_t(100));
        QVERIFY(QString::fromStdString(slices.front().name).startsWith(QStringLiteral("≤ ")));
        QVERIFY(QString::fromStdString(slices.back().name).startsWith(QStringLiteral("> ")));
    }

    void oneLengthGivesOneSlice()
    {
        const auto slices = sliceUsers({pairOf(1, 1, 1), pairOf(2, 1, 1)}, SliceBy::HistoryLength, "mrr");
        QCOMPARE(slices.size(), std::size_t(1));
        QCOMPARE(slices[0].users, std::int64_t(2));
    }

    void winnersLeaveTiesOut()
    {
        const Winners result = winners({pairOf(1, 1, 1), pairOf(2, 1, 100), pairOf(3, 100, 1), pairOf(4, 2, 1)});
        QCOMPARE(result.a, 0.25);
        QCOMPARE(result.b, 0.5);
    }

    void losersComeFirst()
    {
        const std::vector<PairedUser> users{pairOf(1, 2, 2), pairOf(2, 1, 50), pairOf(3, 1, 5), pairOf(4, 90, 90)};
        QCOMPARE(losersFirst(users, {0, 1, 2}, "ndcg@10"), (std::vector<int>{1, 2, 0}));
    }

    void overlapCountsCommonItemsInTheTopK()
    {
        // Depth 3, top 2 counted: user 0 shares both in another order, user 1 none, user 2 one (and -1 never counts).
        const std::vector<std::int32_t> a{1, 2, 9, 3, 4, 9, 5, -1, -1};
        const std::vector<std::int32_t> b{2, 1, 8, 9, 8, 3, 5, -1, -1};
        const ListOverlap overlap = listOverlap(a, b, 3, 2);
        QCOMPARE(overlap.users, std::int64_t(3));
        for (const double share : overlap.share)
            QVERIFY(std::abs(share - 1.0 / 3) < 1e-12);
        QCOMPARE(overlap.median, 1.0);
    }

    void unlikeProtocolsAreNamedByKey()
    {
        RunRecord a;
        RunRecord b;
        a.dataset = b.dataset = "small";
        a.datasetHash = b.datasetHash = "h";
        Protocol protocol;
        a.protocol = protocol.toJson();
        a.protocolHash = protocol.hash();
        b.protocol = a.protocol;
        b.protocolHash = a.protocolHash;
        QVERIFY(incomparable(a, b).empty());
        protocol.set("max_length", "50");
        b.protocol = protocol.toJson();
        b.protocolHash = protocol.hash();
        const auto unlike = incomparable(a, b);
        QCOMPARE(unlike.size(), std::size_t(1));
        QCOMPARE(unlike[0].key, std::string("max_length"));
        QVERIFY(differenceText(unlike).find("200 and 50") != std::string::npos);
        b.dataset = "other";
        QCOMPARE(incomparable(a, b).front().key, std::string("dataset"));
    }
};

QTEST_GUILESS_MAIN(TestCompareLogic)
#include "tst_compare_logic.moc"
