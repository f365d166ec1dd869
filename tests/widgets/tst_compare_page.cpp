// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QPushButton>

#include "page_world.h"
#include "widgets/frame/banner.h"
#include "widgets/plots/density_scatter.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/compare/compare_view.h"
#include "widgets/views/compare/forest_chart.h"
#include "widgets/views/runs/row_table.h"

using namespace recoscope;

class TestComparePage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_world = std::make_unique<PageWorld>(); }
    void cleanupTestCase() { m_world.reset(); }
    void init()
    {
        m_world->choose();
        m_page = m_world->open<CompareView>();
        m_world->settle();
    }
    void cleanup() { m_page.reset(); }

    void differenceShowsEveryTestedUserOnce()
    {
        auto* forest = m_page->findChild<ForestChart*>(QStringLiteral("compareForest"));
        QTRY_VERIFY_WITH_TIMEOUT(forest->csv().count(u'\n') == 6, 30000);
        auto* table = m_page->findChild<RowTable*>(QStringLiteral("compareLassoTable"));
        const auto users = m_world->workspace->store().userMetrics(m_world->sasrec, SplitPart::Test).size();
        QCOMPARE(static_cast<std::size_t>(table->model()->rowCount()), std::min<std::size_t>(users, 200));
        m_world->settle();
        m_world->picture(*m_page, QStringLiteral("compare"));
    }

    void runOfAnotherProtocolIsNamedAndNeverBest()
    {
        auto* banner = m_page->findChild<Banner*>();
        QTRY_VERIFY(banner->isVisible());
        QVERIFY2(banner->text().contains(QStringLiteral("mask_seen")), qPrintable(banner->text()));
        auto* table = m_page->findChild<RowTable*>(QStringLiteral("compareTable"));
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            const bool other
                = table->model()->index(row, 0).data(RowIdRole).toString().toStdString() == m_world->otherProtocol;
            QCOMPARE(table->model()->index(row, 3).data(DimmedRole).toBool(), other);
            if (other)
                QVERIFY(!table->model()->index(row, 3).data(BestRole).toBool());
        }
    }

    void unlikeProtocolsAreRefusedAndCanBeEvaluatedAgain()
    {
        m_world->selection->setRunB(QString::fromStdString(m_world->otherProtocol));
        auto* again = m_page->findChild<QPushButton*>(QStringLiteral("compareReevaluate"));
        QTRY_VERIFY(again->isVisible());
        QVERIFY(!m_page->findChild<ForestChart*>()->isVisible());
        QTest::mouseClick(again, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_page->findChild<ForestChart*>()->isVisible(), 30000);
        m_world->settle();
    }

    void chosenUserOpensTheUserPage()
    {
        auto* table = m_page->findChild<RowTable*>(QStringLiteral("compareLassoTable"));
        QTRY_VERIFY(table->model()->rowCount() > 0);
        QSignalSpy asked(&m_world->navigator, &Navigator::viewRequested);
        table->setCurrentIndex(table->model()->index(0, 0));
        QTest::mouseClick(m_page->findChild<QPushButton*>(QStringLiteral("compareOpenUser")), Qt::LeftButton);
        QCOMPARE(asked.count(), 1);
        const QString name = table->model()->index(0, 0).data().toString();
        QCOMPARE(m_world->library->userName(m_world->selection->user()), name);
    }

    void swappingTurnsTheDifferenceRound()
    {
        auto* forest = m_page->findChild<ForestChart*>();
        QTRY_VERIFY_WITH_TIMEOUT(forest->csv().count(u'\n') == 6, 30000);
        const auto difference = [forest] { return forest->csv().split(u'\n')[1].split(u',')[3].toDouble(); };
        const double before = difference();
        m_world->selection->swapRuns();
        QTRY_VERIFY_WITH_TIMEOUT(std::abs(difference() + before) < 1e-9 && m_world->jobs->active().empty(), 30000);
    }

    void everyModeHasAPicture()
    {
        m_page->setMode(CompareView::Parallel);
        m_world->picture(*m_page, QStringLiteral("compare-parallel"));
        m_page->setMode(CompareView::Parameters);
        auto* parameters = m_page->findChild<RowTable*>(QStringLiteral("compareParameterTable"));
        QVERIFY(parameters->isVisible());
        QVERIFY(parameters->model()->rowCount() > 4);
        m_world->picture(*m_page, QStringLiteral("compare-parameters"));
        m_page->setMode(CompareView::Pareto);
        m_world->settle();
        QVERIFY(m_page->findChild<QPushButton*>(QStringLiteral("compareMeasure"))->isVisible());
    }

private:
    std::unique_ptr<PageWorld> m_world;
    std::unique_ptr<CompareView> m_page;
};

QTEST_MAIN(TestComparePage)
#include "tst_compare_page.moc"
