// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QScrollBar>
#include <QSpinBox>
#include <QToolButton>

#include <algorithm>
#include <cmath>
#include <set>
#include <thread>

#include "export_check.h"
#include "page_world.h"
#include "widgets/frame/row_table.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/latency/latency_view.h"
#include "widgets/views/latency/stage_bars.h"

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
        // The point of run B opens its users beside those of run A, the point of run A its users alone.
        QString opened;
        connect(&m_world->navigator, &Navigator::viewRequested, page.get(), [&](const QString& id) { opened = id; });
        std::set<QString> pages;
        for (const int point : frontierPoints(*page)) {
            emit frontier->pointClicked(point, 0);
            pages.insert(opened + QLatin1Char(' ') + m_world->navigator.takeUsersRequest().value_or(QString()));
        }
        QCOMPARE(pages,
            (std::set<QString>{QStringLiteral("compare ") + m_world->selection->runB(), QStringLiteral("user ")}));
        // Slower paths to the same lists stand beside the fastest.
        QStringList named;
        for (const int point : frontierPoints(*page))
            named << frontier->model().series[static_cast<std::size_t>(point)].name;
        const QString lrurec = QString::fromStdString(m_world->workspace->store().run(m_world->lrurec).name);
        QVERIFY2(named.contains(lrurec + QStringLiteral(", full")), qPrintable(named.join(u';')));
        QVERIFY(named.contains(lrurec + QStringLiteral(", incremental")));
        opened.clear();
        emit frontier->pointClicked(0, 0); // the front's line
        QVERIFY(opened.isEmpty());
        // Every bar has the colour of its own run and the median of its own measurement.
        auto* stages = page->findChild<StageBars*>(QStringLiteral("latencyStages"));
        std::set<int> slotsSeen;
        for (const StageBars::Row& row : stages->rows()) {
            slotsSeen.insert(row.slot);
            QVERIFY(row.encodeMs() > 0 && row.encodeMs() <= row.medianMs);
        }
        QCOMPARE(slotsSeen, (std::set<int>{0, 1}));
        ExportCheck check;
        QCOMPARE(check.checkPage(*page), 4);
        const auto rows = check.csvRows(*stages);
        for (std::size_t i = 0; i < stages->rows().size(); ++i)
            QVERIFY(rows[static_cast<qsizetype>(i) + 1][2].toDouble() == stages->rows()[i].medianMs); // to the last bit
        m_world->picture(*page, QStringLiteral("latency"));
    }

    void pathsThatAreNotCheckedAreNeitherMeasuredNorShown()
    {
        m_world->choose();
        const auto page = m_world->open<LatencyView>();
        m_world->settle();
        auto* table = page->findChild<RowTable*>(QStringLiteral("latencyPercentileTable"));
        QTRY_VERIFY(table->model()->rowCount() >= 4);
        const int all = table->model()->rowCount();
        const std::size_t allPoints = frontierPoints(*page).size();
        auto* incremental = page->findChild<QCheckBox*>(QStringLiteral("latency_incremental"));
        QTest::keyClick(incremental, Qt::Key_Space);
        QVERIFY(table->model()->rowCount() < all);
        for (int row = 0; row < table->model()->rowCount(); ++row)
            QVERIFY(table->model()->index(row, 1).data().toString() != QStringLiteral("incremental"));
        QVERIFY(frontierPoints(*page).size() < allPoints);
        QTest::keyClick(incremental, Qt::Key_Space);
        QCOMPARE(table->model()->rowCount(), all);
    }

    void batchesAreMeasuredAndShownApart()
    {
        m_world->choose();
        const auto page = m_world->open<LatencyView>();
        m_world->settle();
        auto* table = page->findChild<RowTable*>(QStringLiteral("latencyPercentileTable"));
        QTRY_VERIFY(table->model()->rowCount() >= 4);
        const int single = table->model()->rowCount();
        auto* batch = page->findChild<QSpinBox*>(QStringLiteral("latencyBatch"));
        QVERIFY(!batch->isVisible());
        QTest::mouseClick(page->findChild<QToolButton*>(QStringLiteral("latencyRequests1")), Qt::LeftButton);
        QVERIFY(batch->isVisible());
        QVERIFY(!table->isVisible()); // no batch was measured yet: the page says so
        QVERIFY(says(*page, QStringLiteral("a batch of 32 users was not measured")));
        batch->selectAll();
        QTest::keyClicks(batch, QStringLiteral("6"));
        page->findChild<QLineEdit*>(QStringLiteral("latencyLengths"))->setText(QStringLiteral("8"));
        page->findChild<QSpinBox*>(QStringLiteral("latencySamples"))->setValue(20);
        QTest::mouseClick(page->findChild<QPushButton*>(QStringLiteral("latencyMeasure")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(table->isVisible() && m_world->jobs->active().empty(), 120000);
        const auto stored = m_world->workspace->store().latency(m_world->sasrec);
        QVERIFY(!stored.empty() && !stored.back().points.empty());
        for (const LatencyPoint& point : stored.back().points)
            QCOMPARE(point.batch, std::int64_t(6));
        QCOMPARE(table->model()->rowCount(), single); // of length 8 both
        auto* sweep = page->findChild<PlotView*>(QStringLiteral("latencySweep"));
        QCOMPARE(sweep->model().y.name, QStringLiteral("users a second"));
        const double p95 = table->model()->index(0, 3).data(RawRole).toDouble();
        const bool found = std::any_of(sweep->model().series.begin(), sweep->model().series.end(),
            [&](const PlotSeries& series) { return std::abs(series.y.front() / (6000.0 / p95) - 1.0) < 1e-9; });
        QVERIFY(found);
        m_world->picture(*page, QStringLiteral("latency-batch"));
        // Another batch is not stored: the nearest is shown, and named.
        batch->setValue(100);
        QVERIFY(table->isVisible());
        QVERIFY(says(*page, QStringLiteral("a batch of 6 users")));
        QTest::mouseClick(page->findChild<QToolButton*>(QStringLiteral("latencyRequests0")), Qt::LeftButton);
        QCOMPARE(sweep->model().y.name, QStringLiteral("ms"));
        for (const PlotSeries& series : sweep->model().series)
            QCOMPARE(series.x, (std::vector<double>{4, 8, 16}));
    }

    // What was measured with all threads is shown until the chosen number has been measured, too; both are named.
    void requestsAreMeasuredWithTheChosenThreads()
    {
        m_world->choose();
        const auto page = m_world->open<LatencyView>();
        m_world->settle();
        auto* device = page->findChild<QComboBox*>(QStringLiteral("latencyDevice"));
        const int most = static_cast<int>(std::thread::hardware_concurrency());
        QCOMPARE(device->count(), most);
        QCOMPARE(device->currentIndex(), most - 1);
        if (most < 2)
            QSKIP("a processor with one thread leaves no choice");
        QVERIFY(!says(*page, QStringLiteral("not yet")));
        device->setFocus();
        QTest::keyClick(device, Qt::Key_Home);
        QCOMPARE(device->currentText(),
            QStringLiteral("CPU, %n thread(s)").replace(QStringLiteral("%n"), QStringLiteral("1")));
        QVERIFY(says(*page, QStringLiteral("not yet with 1 thread(s), as chosen")));
        page->findChild<QLineEdit*>(QStringLiteral("latencyLengths"))->setText(QStringLiteral("8, 16"));
        page->findChild<QSpinBox*>(QStringLiteral("latencySamples"))->setValue(20);
        auto* amount = page->findChild<QLabel*>(QStringLiteral("latencyAmount"));
        QVERIFY(amount->text().startsWith(QStringLiteral("up to "))); // no such times are stored
        QTest::mouseClick(page->findChild<QPushButton*>(QStringLiteral("latencyMeasure")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!says(*page, QStringLiteral("not yet")) && m_world->jobs->active().empty(), 120000);
        QVERIFY(says(*page, QStringLiteral(" · 1 thread · cpu")));
        QCOMPARE(m_world->workspace->store().latency(m_world->sasrec).back().conditions.at("threads").get<int>(), 1);
        QTRY_VERIFY(amount->text().startsWith(QStringLiteral("about ")));
        QVERIFY(amount->toolTip().contains(QStringLiteral("an estimate")));
        QTest::keyClick(device, Qt::Key_End);
        QVERIFY(says(*page, QStringLiteral(" · %1 threads · cpu").arg(most)));
    }

    void aRunThatIsSelectedLaterIsCheckedOnce()
    {
        m_world->choose();
        m_world->selection->setRunB({});
        const auto page = m_world->open<LatencyView>();
        m_world->settle();
        auto* runs = page->findChild<QListWidget*>(QStringLiteral("latencyRuns"));
        const auto checks = [&] {
            int count = 0;
            for (int i = 0; i < runs->count(); ++i)
                count += runs->item(i)->checkState() == Qt::Checked;
            return count;
        };
        QCOMPARE(checks(), 1);
        m_world->selection->setRunB(QString::fromStdString(m_world->lrurec));
        m_world->settle();
        QCOMPARE(checks(), 2);
        runs->item(1)->setCheckState(Qt::Unchecked);
        m_world->selection->setUser(3);
        emit m_world->library->runsChanged();
        m_world->settle();
        QCOMPARE(checks(), 1);
    }

    void widthsOfBeamsAreChecked()
    {
        m_world->choose();
        const auto page = m_world->open<LatencyView>();
        m_world->settle();
        auto* measure = page->findChild<QPushButton*>(QStringLiteral("latencyMeasure"));
        auto* beams = page->findChild<QLineEdit*>(QStringLiteral("latencyBeams"));
        QTest::keyClicks(beams, QStringLiteral("4, wide"));
        QVERIFY(!measure->isEnabled());
        QVERIFY(says(*page, QStringLiteral("widths of beams")));
        QTest::keyClick(page->findChild<QCheckBox*>(QStringLiteral("latency_beam")), Qt::Key_Space);
        QVERIFY(measure->isEnabled() && !beams->isEnabled());
    }

    void anotherMachineIsShownAndNamed()
    {
        LatencyPoint point;
        point.history = 16;
        point.p50Us = point.p95Us = point.p99Us = 3000.0;
        point.samplesUs = {3000.0};
        m_world->workspace->store().addLatency(
            m_world->otherProtocol, {point}, {{"processor", "Abacus"}, {"threads", 1}});
        m_world->workspace->store().flush();
        m_world->choose();
        m_world->selection->setRunA(QString::fromStdString(m_world->otherProtocol));
        m_world->selection->setRunB({});
        const auto page = m_world->open<LatencyView>();
        m_world->settle();
        auto* table = page->findChild<RowTable*>(QStringLiteral("latencyPercentileTable"));
        QTRY_COMPARE(table->model()->rowCount(), 1);
        QVERIFY(says(*page, QStringLiteral("on Abacus · 1 thread · not yet on this machine (")));
    }

    void longNamesLeaveRoomForTheRunColumn()
    {
        m_world->choose();
        m_world->workspace->store().setRunName(
            m_world->sasrec, "sasrec hidden=64 blocks=2 heads=2 dropout=0.2 learning_rate=0.001 batch=128");
        m_world->library->refresh();
        const auto page = m_world->open<LatencyView>();
        m_world->settle();
        auto* table = page->findChild<RowTable*>(QStringLiteral("latencyPercentileTable"));
        QTRY_VERIFY(table->model()->rowCount() >= 2);
        QVERIFY(table->columnWidth(0) >= 80);
        QVERIFY(!table->horizontalScrollBar()->isVisible());
        auto* sweep = page->findChild<PlotView*>(QStringLiteral("latencySweep"));
        QTRY_VERIFY(!sweep->model().series.empty());
        QCoreApplication::processEvents();
        // The longest history still lies in the right half: labels took no more than their share.
        QVERIFY(sweep->toPixel(16, 1).x() > sweep->width() * 0.55);
        m_world->picture(*page, QStringLiteral("latency-long-names"));
    }

    // Modes of models that the small world does not train: the page shows whatever is stored.
    void showsItemHeadsAndBeams()
    {
        const auto pointOf = [](ServingMode mode, std::int64_t beam, double us) {
            LatencyPoint point;
            point.mode = mode;
            point.history = 16;
            point.beam = beam;
            point.asRanked = beam == 0 || beam == 20;
            point.p50Us = us;
            point.p95Us = 2 * us;
            point.p99Us = 3 * us;
            point.encodeShare = 0.25;
            point.decodeShare = beam > 0 ? 0.5 : 0.0;
            point.throughput = 1e6 / us * (beam == 1 ? 123.0 : beam == 20 ? 900.04 : 1.0);
            point.samplesUs = {us, us, 2 * us};
            return point;
        };
        m_world->choose();
        m_world->workspace->store().addLatency(m_world->markov,
            {pointOf(ServingMode::ItemHead, 0, 400), pointOf(ServingMode::ItemHeadReread, 0, 4000),
                pointOf(ServingMode::Beam, 1, 100), pointOf(ServingMode::Beam, 20, 8000)},
            environmentInfo());
        m_world->workspace->store().flush();
        m_world->selection->setRunB(QString::fromStdString(m_world->markov));
        const auto page = m_world->open<LatencyView>();
        m_world->settle();
        auto* stages = page->findChild<StageBars*>(QStringLiteral("latencyStages"));
        const auto rowOf = [stages](const QString& path) {
            const auto& rows = stages->rows();
            const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.path == path; });
            return row == rows.end() ? StageBars::Row{} : *row;
        };
        QTRY_COMPARE(rowOf(QStringLiteral("beam 20")).medianMs, 8.0);
        QCOMPARE(rowOf(QStringLiteral("beam 20")).decodeMs(), 4.0);
        QCOMPARE(rowOf(QStringLiteral("beam 20")).restMs(), 2.0);
        QCOMPARE(rowOf(QStringLiteral("reread")).medianMs, 4.0);
        QCOMPARE(rowOf(QStringLiteral("item head")).decodeMs(), 0.0);
        // No number is cut off, however many requests a second.
        auto* table = page->findChild<RowTable*>(QStringLiteral("latencyPercentileTable"));
        QSet<QString> rates;
        for (int row = 0; row < table->model()->rowCount(); ++row)
            rates.insert(table->model()->index(row, 5).data().toString());
        QVERIFY(rates.contains(QStringLiteral("1.2M")));
        QVERIFY(rates.contains(QStringLiteral("2,500")));
        QVERIFY(rates.contains(QStringLiteral("113k"))); // of 112,505
        // As cells are painted: a margin of 8 on both sides, numbers in their own font.
        for (int row = 0; row < table->model()->rowCount(); ++row)
            for (int column = 2; column < table->model()->columnCount(); ++column) {
                const QString text = table->model()->index(row, column).data().toString();
                QVERIFY2(QFontMetrics(m_world->theme->numberFont(TextRole::Body)).horizontalAdvance(text) + 16
                        <= table->columnWidth(column),
                    qPrintable(text));
            }
        // Beam 1 gives other lists than the run's metrics are of: it is no point of the run.
        auto* frontier = page->findChild<PlotView*>(QStringLiteral("latencyFrontier"));
        const auto& marks = frontier->model().series;
        const QString name = QString::fromStdString(m_world->workspace->store().run(m_world->markov).name);
        std::set<QString> paths;
        for (const PlotSeries& mark : marks)
            if (mark.name.startsWith(name))
                paths.insert(mark.name.mid(name.size() + 2));
        QCOMPARE(paths,
            (std::set<QString>{QStringLiteral("item head"), QStringLiteral("reread"), QStringLiteral("beam 20")}));
        m_world->picture(*page, QStringLiteral("latency-modes"));
    }

private:
    // Series of the frontier that are points.
    static std::vector<int> frontierPoints(const LatencyView& page)
    {
        const auto& series = page.findChild<PlotView*>(QStringLiteral("latencyFrontier"))->model().series;
        std::vector<int> points;
        for (std::size_t i = 0; i < series.size(); ++i)
            if (series[i].mark == PlotMark::Points)
                points.push_back(static_cast<int>(i));
        return points;
    }

    // Whether some label that is seen holds these words.
    static bool says(const QWidget& page, const QString& words)
    {
        const auto labels = page.findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(),
            [&](const QLabel* label) { return label->isVisible() && label->text().contains(words); });
    }

    std::unique_ptr<PageWorld> m_world;
};

QTEST_MAIN(TestLatencyPage)
#include "tst_latency_page.moc"
