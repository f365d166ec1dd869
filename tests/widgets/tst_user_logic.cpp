// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QTest>

#include <cmath>

#include "widgets/core/user_history.h"
#include "widgets/core/user_why.h"

using namespace recoscope;

namespace {

EditedHistory fourEvents()
{
    return EditedHistory({10, 11, 12, 13}, {100, 200, 300, 400});
}

} // namespace

class TestUserLogic : public QObject {
    Q_OBJECT

private slots:
    void removedEventStaysVisibleButIsNotSeenByTheModel()
    {
        EditedHistory history = fourEvents();
        history.remove(1);
        QCOMPARE(history.size(), 4);
        QCOMPARE(history.events(true).items, (std::vector<std::int32_t>{10, 12, 13}));
        QCOMPARE(history.events(true).times, (std::vector<std::int64_t>{100, 300, 400}));
        QCOMPARE(*history.gapBefore(2), std::int64_t(200));
        history.restore(1);
        QVERIFY(history == fourEvents());
    }

    void insertedEventTakesTheTimeBeforeIt()
    {
        EditedHistory history = fourEvents();
        history.insert(2, 99);
        QCOMPARE(history.events(true).items, (std::vector<std::int32_t>{10, 11, 99, 12, 13}));
        QCOMPARE(history.events(true).times[2], std::int64_t(200));
        QCOMPARE(history.counts().inserted, 1);
        history.remove(2);
        QVERIFY(history == fourEvents());
    }

    void movedEventKeepsTimesInOrder()
    {
        EditedHistory history = fourEvents();
        history.move(3, 0);
        QCOMPARE(history.events(true).items, (std::vector<std::int32_t>{13, 10, 11, 12}));
        const auto times = history.events(true).times;
        QVERIFY(std::is_sorted(times.begin(), times.end()));
        QCOMPARE(history.counts().moved, 1);
        QVERIFY(history.original() == fourEvents());
    }

    void originalTakesEveryEditBack()
    {
        EditedHistory history = fourEvents();
        history.insert(0, 5);
        history.remove(2);
        history.move(3, 1);
        QVERIFY(history.counts().any());
        const EditedHistory original = history.original();
        QCOMPARE(original.events(false).items, (std::vector<std::int32_t>{10, 11, 12, 13}));
        QVERIFY(!original.counts().any());
    }

    void editsOutsideTheHistoryChangeNothing()
    {
        EditedHistory history = fourEvents();
        history.insert(9, 1);
        history.remove(-1);
        history.remove(4);
        history.move(0, 4);
        history.restore(7);
        QVERIFY(history == fourEvents());
    }

    void historyWithoutTimesHasNoGaps()
    {
        EditedHistory history({1, 2}, {});
        QVERIFY(!history.gapBefore(1));
        history.insert(1, 3);
        QVERIFY(history.events(true).times.empty());
    }

    void pairTermsAndResidualAddUpToTheDifference()
    {
        const Explanation a{1, 3.0, {1.0, 0.2, -0.1, 0.4}, 0.0};
        const Explanation b{2, 2.0, {0.2, 0.5, -0.1, 0.1}, 0.0};
        const PairExplanation why = explainPair(a, b, 2);
        QCOMPARE(why.difference, 1.0);
        QCOMPARE(why.terms.size(), std::size_t(2));
        QCOMPARE(why.terms[0].event, 0);
        QVERIFY(std::abs(why.terms[0].value - 0.8) < 1e-12);
        QCOMPARE(why.otherEvents, 2);
        double sum = why.otherValue + why.residual;
        for (const auto& term : why.terms)
            sum += term.value;
        QVERIFY(std::abs(sum - why.difference) < 1e-12);
        // 0.8 - 0.3 + 0 + 0.3 = 0.8 of 1.0 is explained; the share is 0.2 of (0.8 + 0.3 + 0.3 + 0.2).
        QVERIFY(std::abs(why.residual - 0.2) < 1e-12);
        QVERIFY(std::abs(why.residualShare - 0.125) < 1e-12);
    }
};

QTEST_GUILESS_MAIN(TestUserLogic)
#include "tst_user_logic.moc"
