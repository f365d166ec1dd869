// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QInputDialog>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QTimer>

#include "export_check.h"
#include "page_world.h"
#include "widgets/frame/banner.h"
#include "widgets/plots/plot_view.h"
#include "widgets/plots/row_bars.h"
#include "widgets/views/user/answer_list.h"
#include "widgets/views/user/history_list.h"
#include "widgets/views/user/scenario_menu.h"
#include "widgets/views/user/title_search.h"
#include "widgets/views/user/user_view.h"

using namespace recoscope;

class TestUserPage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_world = std::make_unique<PageWorld>(); }
    void cleanupTestCase() { m_world.reset(); }
    void init()
    {
        m_world->choose();
        m_page = m_world->open<UserView>();
        m_history = m_page->findChild<HistoryList*>(QStringLiteral("userHistory"));
        m_lists = {m_page->findChild<AnswerList*>(QStringLiteral("userListA")),
            m_page->findChild<AnswerList*>(QStringLiteral("userListB"))};
        QTRY_VERIFY_WITH_TIMEOUT(m_lists[1]->model()->rowCount() == 10, 30000);
    }
    void cleanup() { m_page.reset(); }

    void modelsKeepTheRules()
    {
        QAbstractItemModelTester history(m_history->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester answer(m_lists[0]->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        m_history->setCurrentPosition(0);
        QTest::keyClick(m_history, Qt::Key_Delete);
        m_world->settle();
        m_world->undo->undo();
        m_world->settle();
    }

    void heldOutItemIsNotPartOfTheHistory()
    {
        Progress progress;
        const auto session = m_world->workspace->openSession(m_world->sasrec, progress);
        const auto user = session->data().preparedUser(UserIndex{m_world->selection->user()});
        const auto c = session->data().evaluationCase(SplitPart::Test, user);
        QCOMPARE(m_history->model()->rowCount(), static_cast<int>(c.history.size()));
        QCOMPARE(m_history->model()->index(0, 0).data(HistoryModel::ItemRole).toInt(),
            session->data().datasetItem(c.history.back()));
    }

    void removingAnEventRanksAgainAndUndoBringsTheListBack()
    {
        const auto before = items(0);
        m_history->setFocus();
        m_history->setCurrentPosition(m_history->model()->rowCount() - 1);
        QTest::keyClick(m_history, Qt::Key_Delete);
        QTRY_VERIFY_WITH_TIMEOUT(items(0) != before && m_world->jobs->active().empty(), 30000);
        auto* banner = m_page->findChild<Banner*>();
        QVERIFY(banner->isVisible());
        QVERIFY(banner->text().contains(QStringLiteral("1 ")));
        // What was removed is no longer "seen", so ranks move and are said to.
        bool moved = false;
        for (int row = 0; row < 10; ++row)
            moved = moved
                || m_lists[0]->model()->index(row).data(AnswerModel::MoveRole).toString() != QStringLiteral("=");
        QVERIFY(moved);
        m_world->undo->undo();
        QTRY_VERIFY_WITH_TIMEOUT(items(0) == before, 30000);
        QVERIFY(!banner->isVisible());
    }

    void typedTitleIsInsertedAtTheCursor()
    {
        auto* search = m_page->findChild<TitleSearch*>(QStringLiteral("userInsert"));
        const QString title = m_world->library->itemTitle(3);
        search->setFocus();
        QTest::keyClicks(search, title);
        auto* found = m_page->findChild<QListWidget*>(QStringLiteral("userInsertFound"));
        QTRY_VERIFY_WITH_TIMEOUT(found->count() > 0 && found->isVisible(), 20000);
        const int rows = m_history->model()->rowCount();
        QTest::keyClick(search, Qt::Key_Return);
        QCOMPARE(m_history->model()->rowCount(), rows + 1);
        m_world->settle();
        m_world->picture(*m_page, QStringLiteral("user-edited"));
        m_world->undo->undo();
        m_world->settle();
    }

    void whyOneAboveAnotherAddsUpToTheScoreDifference()
    {
        emit m_lists[0]->rowChosen(0);
        emit m_lists[0]->rowChosen(2);
        auto* bars = m_page->findChild<RowBars*>(QStringLiteral("userWhyBars"));
        QTRY_VERIFY_WITH_TIMEOUT(!bars->rows().empty(), 60000);
        double sum = 0;
        for (const RowBars::Row& row : bars->rows())
            sum += row.value;
        const auto& answers = m_lists[0]->model()->items();
        QVERIFY2(std::abs(sum - (answers[0].score - answers[2].score)) < 1e-3, qPrintable(QString::number(sum)));
        auto* curve = m_page->findChild<PlotView*>(QStringLiteral("userCurve"));
        QCOMPARE(curve->model().series.size(), std::size_t(2));
        QVERIFY(std::abs(curve->model().series[1].y.front() - answers[0].score) < 1e-3);
        m_world->settle();
        m_world->picture(*m_page, QStringLiteral("user"));
    }

    void typedHistoryGetsListsWithoutAUser()
    {
        m_page->typeHistory();
        m_world->settle();
        auto* search = m_page->findChild<TitleSearch*>(QStringLiteral("userInsert"));
        emit search->chosen(5);
        emit search->chosen(9);
        QTRY_VERIFY_WITH_TIMEOUT(m_lists[0]->model()->rowCount() == 10 && m_world->jobs->active().empty(), 30000);
        QCOMPARE(m_history->model()->rowCount(), 2);
        for (const auto item : items(0))
            QVERIFY(item != 5 && item != 9);
    }

    void typedHistoryIsKeptAsAScenarioAndReopened()
    {
        m_page->typeHistory();
        auto* search = m_page->findChild<TitleSearch*>(QStringLiteral("userInsert"));
        emit search->chosen(5);
        emit search->chosen(9);
        QTRY_VERIFY_WITH_TIMEOUT(m_lists[0]->model()->rowCount() == 10 && m_world->jobs->active().empty(), 30000);
        const auto answer = items(0);
        auto* menu = m_page->findChild<ScenarioMenu*>();
        QTimer::singleShot(0, this, [] {
            auto* dialog = qobject_cast<QInputDialog*>(QApplication::activeModalWidget());
            QVERIFY(dialog);
            QTest::keyClicks(dialog->findChild<QLineEdit*>(), QStringLiteral("two films"));
            QTest::keyClick(dialog, Qt::Key_Return);
        });
        menu->askAndSave();
        QTRY_COMPARE_WITH_TIMEOUT(menu->scenarios().size(), std::size_t(1), 20000);
        // Another page, as after a restart, reads it back from the workspace.
        m_page = m_world->open<UserView>();
        m_world->settle();
        menu = m_page->findChild<ScenarioMenu*>();
        QTRY_COMPARE_WITH_TIMEOUT(menu->scenarios().size(), std::size_t(1), 20000);
        QAction* open = nullptr;
        for (QAction* action : menu->menu()->actions())
            open = action->text() == QStringLiteral("two films") ? action : open;
        QVERIFY(open);
        open->trigger();
        m_lists = {m_page->findChild<AnswerList*>(QStringLiteral("userListA"))};
        QCOMPARE(m_page->title(), QStringLiteral("two films"));
        QTRY_VERIFY_WITH_TIMEOUT(m_world->jobs->active().empty() && items(0) == answer, 30000);
        // Deleting is one step of undo.
        menu->remove(menu->scenarios().front());
        QTRY_VERIFY_WITH_TIMEOUT(menu->scenarios().empty(), 20000);
        m_world->undo->undo();
        QTRY_COMPARE_WITH_TIMEOUT(menu->scenarios().size(), std::size_t(1), 20000);
        m_world->settle();
    }

    void twoUsersStandSideBySide()
    {
        const auto first = items(0);
        m_page->compareWith(12);
        auto* other = m_page->findChild<HistoryList*>(QStringLiteral("userOtherHistory"));
        QTRY_VERIFY_WITH_TIMEOUT(other->isVisible() && m_world->jobs->active().empty(), 30000);
        QCOMPARE(items(0), first);
        Progress progress;
        const auto session = m_world->workspace->openSession(m_world->sasrec, progress);
        const auto user = session->data().preparedUser(UserIndex{12});
        const auto c = session->data().evaluationCase(SplitPart::Test, user);
        QCOMPARE(other->model()->rowCount(), static_cast<int>(c.history.size()));
        PackedSequences history;
        history.offsets = {0, static_cast<std::int64_t>(c.history.size())};
        history.items.assign(c.history.begin(), c.history.end());
        history.times.assign(c.times.begin(), c.times.end());
        std::vector<int> expected;
        for (const Recommendation& r : session->recommend(history.view(), 10))
            expected.push_back(session->data().datasetItem(r.item));
        QCOMPARE(items(1), expected);
        m_world->picture(*m_page, QStringLiteral("user-pair"));
        auto* banner = m_page->findChild<Banner*>();
        QTest::mouseClick(banner->findChild<QPushButton*>(QStringLiteral("bannerButton")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!other->isVisible() && m_world->jobs->active().empty(), 30000);
        QVERIFY(!banner->isVisible());
    }

    void aCategoryKeepsTheRanksAmongAllItems()
    {
        auto* box = m_page->findChild<QComboBox*>(QStringLiteral("userCategory"));
        QTRY_VERIFY(box->count() > 2);
        const QString category = box->itemText(1);
        box->setCurrentIndex(1);
        emit box->activated(1);
        QTRY_VERIFY_WITH_TIMEOUT(m_world->jobs->active().empty() && m_lists[0]->model()->rowCount() > 0, 30000);
        int last = 0;
        for (const RankedItem& item : m_lists[0]->model()->items()) {
            QVERIFY(item.rank > last);
            last = item.rank;
            const QString words = m_lists[0]->model()->index(0).data(AnswerModel::DetailRole).toString();
            QVERIFY2(words.contains(category), qPrintable(words));
        }
        QVERIFY(last > 10);
        box->setCurrentIndex(0);
        emit box->activated(0);
        m_world->settle();
    }

    void clickedRowsAreExplainedAndEveryPanelExports()
    {
        auto* view = m_page->findChild<QListView*>(QStringLiteral("userListAView"));
        for (const int row : {0, 2})
            QTest::mouseClick(
                view->viewport(), Qt::LeftButton, {}, view->visualRect(view->model()->index(row, 0)).center());
        auto* bars = m_page->findChild<RowBars*>(QStringLiteral("userWhyBars"));
        QTRY_VERIFY_WITH_TIMEOUT(!bars->rows().empty() && m_world->jobs->active().empty(), 60000);
        ExportCheck check;
        QCOMPARE(check.checkPage(*m_page), 2);
        const auto rows = check.csvRows(*bars);
        for (std::size_t i = 0; i < bars->rows().size(); ++i)
            QVERIFY(std::abs(rows[static_cast<qsizetype>(i) + 1].last().toDouble() - bars->rows()[i].value) < 1e-6);
        const auto list = check.csvRows(*m_lists[0]);
        QCOMPARE(list.size(), qsizetype(11));
        QCOMPARE(list[1][0], QStringLiteral("1"));
    }

private:
    std::vector<int> items(int list) const
    {
        std::vector<int> result;
        for (const RankedItem& item : m_lists[static_cast<std::size_t>(list)]->model()->items())
            result.push_back(item.dataset);
        return result;
    }

    std::unique_ptr<PageWorld> m_world;
    std::unique_ptr<UserView> m_page;
    HistoryList* m_history = nullptr;
    std::vector<AnswerList*> m_lists;
};

QTEST_MAIN(TestUserPage)
#include "tst_user_page.moc"
