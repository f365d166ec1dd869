// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QComboBox>
#include <QPushButton>

#include "page_world.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/plots/heat_grid.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/plot_view.h"
#include "widgets/plots/row_bars.h"
#include "widgets/views/attention/attention_view.h"
#include "widgets/views/runs/row_table.h"

using namespace recoscope;

class TestAttentionPage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_world = std::make_unique<PageWorld>(); }
    void cleanupTestCase() { m_world.reset(); }
    void init()
    {
        m_world->choose();
        m_page = m_world->open<AttentionView>();
        m_items = m_page->findChild<RowTable*>(QStringLiteral("attentionItemTable"));
        m_map = m_page->findChild<HeatMap*>(QStringLiteral("attentionMap"));
        m_reads = m_page->findChild<RowBars*>(QStringLiteral("attentionReads"));
        QTRY_VERIFY_WITH_TIMEOUT(m_items->model()->rowCount() == 10, 30000);
    }
    void cleanup() { m_page.reset(); }

    void weightsOfTheLastRowSumToOne()
    {
        m_page->findChild<QComboBox*>(QStringLiteral("attentionLast"))->setCurrentIndex(2);
        double sum = 0;
        QString last;
        const QStringList lines = m_map->csv().split(u'\n', Qt::SkipEmptyParts);
        QVERIFY(lines.size() > 2);
        for (const RowBars::Row& row : m_reads->rows()) {
            QVERIFY(row.value >= 0);
            sum += row.value;
        }
        QVERIFY(sum > 0 && sum <= 1.0 + 1e-4);
    }

    void pointingAtAnItemLightsWhatLiftsIt()
    {
        QVERIFY(lit() == 0);
        m_items->setCurrentIndex(m_items->model()->index(0, 1));
        QTRY_VERIFY_WITH_TIMEOUT(m_world->jobs->active().empty(), 60000);
        QCOMPARE(m_items->focusRow(), 0);
        QVERIFY(m_world->selection->item() >= 0);
        m_world->picture(*m_page, QStringLiteral("attention"));
    }

    void headOfTheSelectionIsShown()
    {
        auto* grid = m_page->findChild<HeatGrid*>(QStringLiteral("attentionHeads"));
        QCOMPARE(grid->currentRow(), 0);
        const QString before = m_map->csv();
        SelectionState next = m_world->selection->state();
        next.layer = 1;
        m_world->selection->change(next, QStringLiteral("layer"));
        QCOMPARE(grid->currentRow(), 1);
        QVERIFY(m_map->csv() != before);
    }

    void rawAndNormalisedAreTheSameForSoftmax()
    {
        auto* scale = m_page->findChild<SegmentedControl*>(QStringLiteral("attentionScale"));
        const double normalised = m_reads->rows().front().value;
        scale->setCurrent(0);
        QVERIFY(std::abs(m_reads->rows().front().value - normalised) < 1e-4);
    }

    void rankAfterTheLastLayerIsTheRankInTheList()
    {
        auto* plot = m_page->findChild<PlotView*>(QStringLiteral("attentionRanks"));
        QVERIFY(!plot->model().series.empty());
        const PlotSeries& first = plot->model().series.back();
        QVERIFY(first.y.size() >= 2);
        QVERIFY(first.y.back() >= 1.0);
    }

    void modelWithoutAttentionSaysSo()
    {
        m_world->selection->setRunA(QString::fromStdString(m_world->lrurec));
        auto* button = m_page->findChild<QPushButton*>(QStringLiteral("attentionShowRuns"));
        QTRY_VERIFY_WITH_TIMEOUT(button->isVisible(), 30000);
        QVERIFY(!m_map->isVisible());
    }

private:
    int lit() const
    {
        int count = 0;
        for (const RowBars::Row& row : m_reads->rows())
            count += row.outlined;
        return count;
    }

    std::unique_ptr<PageWorld> m_world;
    std::unique_ptr<AttentionView> m_page;
    RowTable* m_items = nullptr;
    HeatMap* m_map = nullptr;
    RowBars* m_reads = nullptr;
};

QTEST_MAIN(TestAttentionPage)
#include "tst_attention_page.moc"
