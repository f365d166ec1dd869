// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include "page_world.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/latency/latency_view.h"
#include "widgets/views/runs/row_table.h"

using namespace recoscope;

class TestLatencyPage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_world = std::make_unique<PageWorld>(); }
    void cleanupTestCase() { m_world.reset(); }

    void measuresFromTheWindowAndShowsEveryPart()
    {
        m_world->choose();
        const auto page = m_world->open<LatencyView>();
        m_world->settle();
        auto* measure = page->findChild<QPushButton*>(QStringLiteral("latencyMeasure"));
        auto* lengths = page->findChild<QLineEdit*>(QStringLiteral("latencyLengths"));
        lengths->setText(QStringLiteral("4, many"));
        QVERIFY(!measure->isEnabled());
        lengths->setText(QStringLiteral("4, 8, 16"));
        page->findChild<QSpinBox*>(QStringLiteral("latencyWarmUp"))->setValue(2);
        page->findChild<QSpinBox*>(QStringLiteral("latencySamples"))->setValue(30);
        QVERIFY(measure->isEnabled());
        QTest::mouseClick(measure, Qt::LeftButton);
        auto* table = page->findChild<RowTable*>(QStringLiteral("latencyPercentileTable"));
        QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() >= 2 && m_world->jobs->active().empty(), 120000);

        const auto stored = m_world->workspace->store().latency(m_world->sasrec);
        QCOMPARE(stored.size(), std::size_t(1));
        QVERIFY(stored.front().conditions.contains("processor"));
        QCOMPARE(stored.front().conditions.at("requests").get<int>(), 30);
        for (const LatencyPoint& point : stored.front().points)
            QCOMPARE(point.samplesUs.size(), std::size_t(30));

        auto* sweep = page->findChild<PlotView*>(QStringLiteral("latencySweep"));
        QVERIFY(sweep->model().series.size() >= 2);
        for (const PlotSeries& series : sweep->model().series)
            QCOMPARE(series.x, (std::vector<double>{4, 8, 16}));
        auto* distribution = page->findChild<PlotView*>(QStringLiteral("latencyDistribution"));
        QCOMPARE(distribution->model().series.size(), std::size_t(2));
        auto* frontier = page->findChild<PlotView*>(QStringLiteral("latencyFrontier"));
        QVERIFY(!frontier->model().series.empty());
        m_world->picture(*page, QStringLiteral("latency"));
    }

private:
    std::unique_ptr<PageWorld> m_world;
};

QTEST_MAIN(TestLatencyPage)
#include "tst_latency_page.moc"
