// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSlider>
#include <QTabWidget>
#include <QTimer>
#include <QToolButton>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/models/registry.h"
#include "engine/scaling/reference_curves.h"
#include "engine/workspace/train_command.h"
#include "export_check.h"
#include "page_world.h"
#include "planted_sweep.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/row_table.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/scaling/scaling_parts.h"
#include "widgets/views/scaling/scaling_view.h"
#include "widgets/views/scaling/sweep_dialog.h"

using namespace recoscope;

// A sweep started from the window, and one whose results follow a planted law, by mouse and keyboard.
class TestScalingPage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_world = std::make_unique<PageWorld>(); }
    void cleanupTestCase() { m_world.reset(); }
    void init()
    {
        m_world->choose();
        m_page = m_world->open<ScalingView>();
        m_main = find<PlotView>("scalingMain");
        m_sweeps = find<RowTable>("scalingSweepTable");
    }
    void cleanup()
    {
        m_page.reset();
        m_world->settle();
    }

    void numbersAndCommandsReadAsWritten()
    {
        QCOMPARE(powerText(73536), QStringLiteral("73,536"));
        QCOMPARE(powerText(3.24e13), QStringLiteral("3.2 × 10¹³"));
        QCOMPARE(powerText(2e9), QStringLiteral("2 × 10⁹"));
        QCOMPARE(powerText(9.97e12), QStringLiteral("10¹³"));
        Workspace::NewRun run;
        run.dataset = "it's mine";
        run.model = "sasrec";
        run.parameters = fullSchema(findModel("sasrec")).validate({{"hidden", 48}, {"loss", "bce"}});
        run.protocol.set("filter", "none");
        run.protocol.set("metrics_at", "5,10");
        run.protocol.set("train_users", "0.5:7");
        run.name = "sizes hidden=48";
        run.tags = {"sweep:sizes"};
        QCOMPARE(QString::fromStdString(trainCommand(run)),
            QStringLiteral(
                "recoscope-cli train --dataset 'it'\\''s mine' --model sasrec --set hidden=48 --set loss=bce "
                "--protocol filter=none --protocol metrics_at=5,10 --protocol train_users=0.5:7 --seed 42 "
                "--name 'sizes hidden=48' --tag sweep:sizes"));
    }

    void withoutASweepTheFirstOneIsOffered()
    {
        QVERIFY(!m_main->isVisible());
        SweepDialog* dialog = openDialog("scalingFirst");
        // A share that is none: told, nothing started, the dialog stays.
        type(dialog, "sweepShares", QStringLiteral("half"));
        click(dialog, "sweepStart");
        auto* banner = dialog->findChild<Banner*>();
        QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), 20000);
        QVERIFY2(banner->text().contains(QStringLiteral("train_users")), qPrintable(banner->text()));
        QCOMPARE(runsOf("sasrec-sizes").size(), std::size_t(0));
        // A field with no number is told under the field.
        type(dialog, "parameter_hidden", QStringLiteral("wide"));
        click(dialog, "sweepStart");
        QTRY_VERIFY(banner->isVisible());
        QCOMPARE(runsOf("sasrec-sizes").size(), std::size_t(0));
        click(dialog, "sweepClose");
        QTRY_VERIFY(m_page->findChildren<SweepDialog*>().isEmpty());
    }

    void aSweepIsCheckedStartedAndTrained()
    {
        SweepDialog* dialog = openDialog("scalingFirst");
        fillSweep(dialog, "window-sizes", "0.5, 1", "8, 16", "1");
        click(dialog, "sweepCheck");
        auto* words = dialog->findChild<QLabel*>(QStringLiteral("sweepWords"));
        QTRY_VERIFY_WITH_TIMEOUT(words->text().contains(QStringLiteral("4 runs, 0 of them done")), 20000);
        QCOMPARE(runsOf("window-sizes").size(), std::size_t(0)); // checking writes nothing
        m_world->picture(*dialog, QStringLiteral("scaling-dialog"));
        click(dialog, "sweepStart");
        QTRY_VERIFY_WITH_TIMEOUT(finished("window-sizes") == 4, 60000);
        m_world->settle();
        m_world->library->refresh();
        QTRY_COMPARE_WITH_TIMEOUT(m_sweeps->model()->rowCount(), 1, 20000);
        QTRY_COMPARE_WITH_TIMEOUT(cell(0, 1), QStringLiteral("4 / 4"), 20000);
        QCOMPARE(cell(0, 2), QStringLiteral("done"));
        // The points are those that the command line's table holds.
        Progress progress;
        const Sweep sweep = sweepOfRuns(*m_world->workspace, "small", "window-sizes", progress).sweep;
        const auto expected = scalingPoints(sweep, ScalingForm::Power, SplitPart::Valid);
        QTRY_COMPARE_WITH_TIMEOUT(runPoints().x.size(), expected.size(), 20000);
        for (std::size_t i = 0; i < expected.size(); ++i) {
            QCOMPARE(runPoints().x[i], expected[i].x);
            QCOMPARE(runPoints().y[i], expected[i].y);
        }
        // Started again, nothing is trained twice.
        dialog = openDialog("scalingNew");
        fillSweep(dialog, "window-sizes", "0.5, 1", "8, 16", "1");
        click(dialog, "sweepStart");
        QTRY_VERIFY_WITH_TIMEOUT(m_page->findChildren<SweepDialog*>().isEmpty(), 20000);
        m_world->settle();
        QCOMPARE(runsOf("window-sizes").size(), std::size_t(4));
    }

    // One has its result, one trains, one waits: the first is kept, and so are the others, to be gone on with.
    void theRestOfASweepIsCancelledAndGoneOnWith()
    {
        TrainingQueue& queue = *m_world->training;
        SweepDialog* dialog = openDialog("scalingNew");
        fillSweep(dialog, "long", "1", "8, 16, 32", "100000");
        type(dialog, "parameter_patience", QStringLiteral("0"));
        QSignalSpy epochs(&queue, &TrainingQueue::epochAdded), ended(&queue, &TrainingQueue::runEnded);
        click(dialog, "sweepStart");
        QVERIFY(epochs.wait(30000));
        const RunId first = epochs.back().front().value<RunId>();
        queue.stopKeepBest();
        QVERIFY(ended.wait(30000));
        QCOMPARE(ended.back().front().value<RunId>(), first);
        epochs.clear();
        QVERIFY(epochs.wait(30000));
        const RunId second = epochs.back().front().value<RunId>();
        QCOMPARE(queue.waiting().size(), std::size_t(1));
        const RunId third = queue.waiting().front();
        auto* cancel = find<QPushButton>("scalingCancel");
        QTRY_VERIFY_WITH_TIMEOUT(cancel->isVisible(), 20000);
        ended.clear();
        QTest::mouseClick(cancel, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!queue.running() && queue.waiting().empty(), 30000);
        m_world->settle();
        std::set<RunId> told;
        for (const QList<QVariant>& signal : ended)
            told.insert(signal.front().value<RunId>());
        QCOMPARE(told, (std::set<RunId>{second, third}));
        const auto statusOf = [&](const RunId& id) { return m_world->workspace->store().run(id).status; };
        QCOMPARE(runsOf("long").size(), std::size_t(3)); // none is in the bin
        QCOMPARE(statusOf(first), RunStatus::Stopped);
        QCOMPARE(statusOf(second), RunStatus::Cancelled);
        QCOMPARE(statusOf(third), RunStatus::Cancelled);
        QCOMPARE(m_world->workspace->store().run(third).epochs, 0);
        // The list hears of it by itself, and goes on with both, without a further run.
        auto* goOn = find<QPushButton>("scalingGoOn");
        QTRY_VERIFY_WITH_TIMEOUT(goOn->isVisible(), 20000);
        QCOMPARE(cell(0, 1), QStringLiteral("1 / 3"));
        epochs.clear();
        QTest::mouseClick(goOn, Qt::LeftButton);
        QVERIFY(epochs.wait(30000));
        QCOMPARE(epochs.back().front().value<RunId>(), second);
        QTRY_COMPARE(queue.waiting(), std::vector<RunId>{third});
        ended.clear();
        queue.cancelRunning();
        QVERIFY(ended.wait(30000));
        epochs.clear();
        QVERIFY(epochs.wait(30000)); // it begins now
        QCOMPARE(epochs.back().front().value<RunId>(), third);
        queue.cancelRunning();
        QTRY_VERIFY_WITH_TIMEOUT(!queue.running(), 30000);
        m_world->settle();
        for (const RunId& id : {first, second, third})
            m_world->workspace->store().deleteRun(id);
        m_world->library->refresh();
    }

    void aPlantedLawIsFittedAndReadAtABudget()
    {
        plantSweep(*m_world->workspace, {"planted"});
        chooseSweep(QStringLiteral("planted"));
        auto* table = find<RowTable>("scalingFitTable");
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 5, 60000); // E, A, a, B, b
        const auto constant = [&](int row) { return table->model()->index(row, 1).data(RawRole).toDouble(); };
        // All of them are in sight, each with its interval.
        for (int row = 0; row < 5; ++row) {
            QVERIFY(table->viewport()->rect().contains(table->visualRect(table->model()->index(row, 2))));
            QVERIFY(table->model()->index(row, 2).data().toString().contains(QStringLiteral(" … ")));
        }
        QVERIFY(std::abs(constant(0) - 0.5) < 0.01);
        QVERIFY(std::abs(constant(2) - 0.4) < 0.02);
        QVERIFY(std::abs(constant(4) - 0.3) < 0.02);
        Progress progress;
        const Sweep sweep = sweepOfRuns(*m_world->workspace, "small", "planted", progress).sweep;
        const SweepFit fitted = fitSweep(sweep, ScalingForm::Joint, SplitPart::Valid, {300, 42}, progress);
        const double budget = 2.0 * fitted.compute.high;
        auto* field = find<QLineEdit>("scalingBudget");
        field->setFocus();
        field->selectAll();
        QTest::keyClicks(field, QString::number(budget, 'g', 3));
        QTest::keyClick(field, Qt::Key_Return);
        const double typed = QString::number(budget, 'g', 3).toDouble();
        const FrontPoint expected = frontOf(fitted, std::vector<double>{typed}).front();
        QCOMPARE(find<QLabel>("scalingPlanSize")->text(), powerText(expected.optimum.n));
        QVERIFY(find<QLabel>("scalingPlanValue")
                    ->text()
                    .startsWith(QStringLiteral("%1").arg(expected.optimum.value, 0, 'f', 4)));
        // The plan stands in the chart, and the band around the front is that of the engine.
        QCOMPARE(m_main->model().notes.size(), std::size_t(1));
        QCOMPARE(m_main->model().notes.front().at.x(), typed);
        const PlotSeries& far = m_main->model().series.back();
        const FrontPoint last = frontOf(fitted, std::vector<double>{far.x.back()}).front();
        QCOMPARE(far.low.back(), last.value.low);
        QCOMPARE(far.high.back(), last.value.high);
        // A budget that is none is told under the field.
        field->selectAll();
        QTest::keyClicks(field, QStringLiteral("much"));
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(find<QLabel>("scalingPlanSize")->text(), powerText(expected.optimum.n));
        // The slider moves by keys.
        auto* slider = find<QSlider>("scalingSlider");
        slider->setFocus();
        QTest::keyClick(slider, Qt::Key_Home);
        QVERIFY(std::abs(m_main->model().notes.front().at.x() / fitted.compute.low - 1.0) < 1e-6);
        m_world->picture(*m_page, QStringLiteral("scaling"));
        QCOMPARE(ExportCheck().checkPage(*m_page), 3);
    }

    // What the chart cuts off of a band it says; what it does not cut off is seen whole.
    void aWideBandIsCutVisibly()
    {
        plantSweep(*m_world->workspace, {.name = "planted-scatter", .scatter = 0.15});
        chooseSweep(QStringLiteral("planted-scatter"));
        auto* table = find<RowTable>("scalingFitTable");
        QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() > 0, 60000);
        m_world->settle();
        const PlotModel& plot = m_main->model();
        double low = INFINITY, high = -INFINITY;
        for (const PlotSeries& series : plot.series) {
            for (const double value : series.low)
                low = std::min(low, value);
            for (const double value : series.high)
                high = std::max(high, value);
        }
        const QRectF seen = m_main->visibleRange();
        const bool isCut = low < std::min(seen.top(), seen.bottom()) || high > std::max(seen.top(), seen.bottom());
        const auto tellsCut = std::any_of(plot.notes.begin(), plot.notes.end(),
            [](const PlotNote& note) { return note.text.startsWith(QStringLiteral("band goes on to ")); });
        QVERIFY(isCut);
        QVERIFY(tellsCut);
        // The page asks for so much height that the words below the table cover none of its constants.
        m_page->resize(m_page->width(), m_page->heightForWidth(m_page->width()));
        QCoreApplication::processEvents();
        auto* words = find<QLabel>("scalingFitWords");
        QVERIFY(table->mapTo(m_page.get(), QPoint(0, table->height())).y()
            <= words->mapTo(m_page.get(), QPoint()).y() - words->height());
        m_world->picture(*m_page, QStringLiteral("scaling-cut"));
        for (const RunRecord& run : runsOf("planted-scatter"))
            m_world->workspace->store().deleteRun(run.id);
    }

    // As while a sweep trains: epochs end faster than they are read.
    void runsThatKeepChangingAreShownAllTheSame()
    {
        plantSweep(*m_world->workspace, {.name = "restless"});
        chooseSweep(QStringLiteral("restless"));
        m_world->settle();
        int given = 0, fitted = 0;
        const auto isOurs = [&](JobId id, const char* begin) {
            return m_world->jobs->info(id)->title.startsWith(QLatin1String(begin));
        };
        connect(m_world->jobs.get(), &Jobs::cancelled, m_page.get(),
            [&](JobId id) { given += isOurs(id, "Read the sweep") || isOurs(id, "Fit"); });
        connect(m_world->jobs.get(), &Jobs::finished, m_page.get(), [&](JobId id) { fitted += isOurs(id, "Fit"); });
        Workspace::NewRun another;
        another.dataset = "small";
        another.model = "sasrec";
        another.protocol.set("filter", "none");
        another.tags = {"sweep:restless"};
        RunRecord run = m_world->workspace->store().run(m_world->workspace->createRun(another));
        QTimer restless;
        connect(&restless, &QTimer::timeout, m_page.get(), [&] {
            ++run.epochs;
            m_world->workspace->store().putRun(run);
            m_world->library->refresh();
        });
        restless.start(1);
        QTRY_VERIFY_WITH_TIMEOUT(fitted >= 2, 30000);
        restless.stop();
        QCOMPARE(given, 0);
        // What changed last is read in the end.
        m_world->settle();
        const int before = fitted;
        emit m_world->library->runsChanged();
        m_world->settle();
        QCOMPARE(fitted, before);
    }

    void axesFormsAndPartsChangeTheChart()
    {
        chooseSweep(QStringLiteral("planted"));
        auto* table = find<RowTable>("scalingFitTable");
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 5, 60000);
        click(m_page.get(), "scalingAxis1");
        std::size_t lines = 0, points = 0;
        for (const PlotSeries& series : m_main->model().series)
            (series.mark == PlotMark::Points ? points : lines) += 1;
        QCOMPARE(points, std::size_t(4)); // four amounts of data
        QCOMPARE(lines, std::size_t(4));
        m_world->picture(*m_page, QStringLiteral("scaling-size"));
        click(m_page.get(), "scalingAxis0");
        auto* form = find<QComboBox>("scalingForm");
        form->setFocus();
        QTest::keyClick(form, Qt::Key_End); // the compute curve
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 4, 60000);
        QVERIFY(!find<PlotView>("scalingEqual")->isVisible());
        QTest::keyClick(form, Qt::Key_Home);
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 5, 60000);
        const double valid = runPoints().y.front();
        click(m_page.get(), "scalingPart1");
        QTRY_VERIFY_WITH_TIMEOUT(std::abs(runPoints().y.front() - valid / 2.0) < 1e-9, 60000);
        // A click on a run chooses it as run A, also where its learning curve ends.
        for (const char* part : {"scalingPart1", "scalingPart0"}) {
            click(m_page.get(), part);
            m_world->settle();
            m_world->choose();
            const PlotSeries& runs = runPoints();
            const QPointF at = m_main->toPixel(runs.x.back(), runs.y.back());
            QTest::mouseClick(m_main, Qt::LeftButton, {}, at.toPoint());
            const RunRecord* chosen = m_world->library->run(m_world->selection->runA());
            QVERIFY(chosen && isOfSweep(*chosen, "planted"));
            QCOMPARE(chosen->parameters.at("hidden").get<int>(), 64); // the largest
        }
    }

    void aNarrowWindowHasTabs()
    {
        chooseSweep(QStringLiteral("planted"));
        m_page->setNarrow(true);
        auto* tabs = find<QTabWidget>("scalingSideTabs");
        QVERIFY(tabs->isVisible());
        QCOMPARE(tabs->count(), 3);
        tabs->setCurrentIndex(2);
        QVERIFY(find<QLineEdit>("scalingBudget")->isVisible());
        QVERIFY(!m_sweeps->isVisible());
        m_page->setNarrow(false);
        QVERIFY(!tabs->isVisible() && m_sweeps->isVisible() && find<QLineEdit>("scalingBudget")->isVisible());
    }

    void thePublishedLawStandsBesideTheRuns()
    {
        chooseSweep(QStringLiteral("planted"));
        auto* table = find<RowTable>("scalingFitTable");
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 5, 60000);
        auto* published = find<QCheckBox>("scalingPublished");
        QVERIFY(published->toolTip().contains(QStringLiteral("10,000 sampled negatives")));
        click(m_page.get(), "scalingAxis2");
        const std::size_t without = m_main->model().series.size();
        published->setFocus();
        QTest::keyClick(published, Qt::Key_Space);
        // N is far below what the published law needs to rise above zero, whatever the data.
        QCOMPARE(m_main->model().series.size(), without);
        click(m_page.get(), "scalingAxis1");
        const PlotSeries& line = m_main->model().series.back();
        QVERIFY(line.dashed && line.name.startsWith(QStringLiteral("SRT, Zivic et al. 2024")));
        const double t = 1e9; // the limit for much data is higher than at the T of the runs
        const ScalingLaw& law = referenceCurve("srt_size_data").law;
        for (std::size_t i = 0; i < line.x.size(); ++i)
            QVERIFY(line.y[i] > 0.0 && line.y[i] < law.at(line.x[i], t));
        // Operations of SASRec have no place on the published curve's axis: it is not drawn.
        click(m_page.get(), "scalingAxis0");
        for (const PlotSeries& series : m_main->model().series)
            QVERIFY(!series.name.startsWith(QStringLiteral("SRT")));
        QTest::keyClick(published, Qt::Key_Space);
    }

    // Each in its colour, with its own law, read at one budget; the colours stay when the other one is chosen.
    void familiesStandBesideEachOther()
    {
        plantSweep(*m_world->workspace, {"planted-lru", "lrurec", 0.46});
        plantSweep(
            *m_world->workspace, {"planted-elsewhere", "lrurec", 0.46, {{"filter", "none"}, {"mask_seen", "none"}}});
        chooseSweep(QStringLiteral("planted"));
        auto* table = find<RowTable>("scalingFitTable");
        QTRY_COMPARE_WITH_TIMEOUT(table->model()->rowCount(), 5, 60000);
        const PlotSeries alone = runPoints();
        const std::size_t before = m_main->model().series.size();
        toggleBeside("planted-lru");
        QTRY_VERIFY_WITH_TIMEOUT(m_main->model().series.size() > before && m_main->model().notes.size() == 2, 60000);
        std::map<int, PlotSeries> points, fronts;
        for (const PlotSeries& series : m_main->model().series) {
            if (series.mark == PlotMark::Points)
                points[series.slot] = series;
            else if (!series.low.empty() && !series.name.isEmpty())
                fronts[series.slot] = series;
        }
        QCOMPARE(points.size(), std::size_t(2));
        QCOMPARE(points.at(familySlot).x, alone.x); // the chosen one keeps its colour and its points
        QCOMPARE(fronts.at(familySlot).name, QStringLiteral("SASRec"));
        QCOMPARE(fronts.at(familySlot + 1).name, QStringLiteral("LRURec"));
        // Both laws at one budget: the engine's values, in the chart and in the panel.
        const double budget = m_main->model().notes.front().at.x();
        Progress progress;
        const auto reached = [&](const char* name) {
            const Sweep sweep = sweepOfRuns(*m_world->workspace, "small", name, progress).sweep;
            const SweepFit fitted = fitSweep(sweep, ScalingForm::Joint, SplitPart::Valid, {300, 42}, progress);
            return frontOf(fitted, std::vector<double>{budget}).front().optimum.value;
        };
        const double sasrec = reached("planted"), lrurec = reached("planted-lru");
        QVERIFY(lrurec < sasrec);
        QCOMPARE(m_main->model().notes[0].at.y(), sasrec);
        QCOMPARE(m_main->model().notes[1].at, QPointF(budget, lrurec));
        auto* other = find<QLabel>("scalingPlanOther0");
        QVERIFY(other->isVisible() && !find<QLabel>("scalingPlanOther1")->isVisible());
        QVERIFY2(other->text().startsWith(QString::number(lrurec, 'f', 4)), qPrintable(other->text()));
        QCOMPARE(find<PlotView>("scalingResiduals")->model().series.size(), std::size_t(2));
        m_world->picture(*m_page, QStringLiteral("scaling-families"));
        // On the other axes, too, a colour is a family.
        click(m_page.get(), "scalingAxis1");
        for (const PlotSeries& series : m_main->model().series)
            QVERIFY(series.slot == familySlot || series.slot == familySlot + 1);
        m_world->picture(*m_page, QStringLiteral("scaling-families-size"));
        click(m_page.get(), "scalingAxis0");
        // The other one is chosen: fit and plan are its, the colours are what they were.
        chooseSweep(QStringLiteral("planted-lru"));
        const auto limit = [&] { return table->model()->index(0, 1).data(RawRole).toDouble(); };
        QTRY_VERIFY_WITH_TIMEOUT(std::abs(limit() - 0.46) < 0.01, 60000);
        for (const PlotSeries& series : m_main->model().series)
            if (series.name == QStringLiteral("LRURec"))
                QCOMPARE(series.slot, familySlot + 1);
        // One of another protocol is named and not drawn.
        toggleBeside("planted-elsewhere");
        QTRY_VERIFY_WITH_TIMEOUT(says(QStringLiteral("of another protocol: planted-elsewhere")), 60000);
        std::size_t drawn = 0;
        for (const PlotSeries& series : m_main->model().series)
            drawn += series.mark == PlotMark::Points;
        QCOMPARE(drawn, std::size_t(2));
        toggleBeside("planted-elsewhere");
        toggleBeside("planted");
        QTRY_VERIFY_WITH_TIMEOUT(m_main->model().notes.size() == 1, 60000);
    }

    void aPlannedRunIsQueuedAndCopied()
    {
        chooseSweep(QStringLiteral("planted"));
        auto* queue = find<QPushButton>("scalingQueue");
        QTRY_VERIFY_WITH_TIMEOUT(queue->isEnabled(), 60000);
        click(m_page.get(), "scalingCopy");
        const QString command = QApplication::clipboard()->text();
        QVERIFY2(command.startsWith(QStringLiteral("recoscope-cli train --dataset small --model sasrec --set ")),
            qPrintable(command));
        QVERIFY(command.contains(QStringLiteral("--tag sweep:planted")));
        const std::size_t before = runsOf("planted").size();
        QSignalSpy queued(m_world->training.get(), &TrainingQueue::runsQueued);
        QTest::mouseClick(queue, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(queued.size(), 1, 30000);
        QTRY_VERIFY_WITH_TIMEOUT(m_world->training->running(), 30000);
        m_world->training->cancelRunning();
        QTRY_VERIFY_WITH_TIMEOUT(!m_world->training->running(), 30000);
        QCOMPARE(runsOf("planted").size(), before + 1);
        m_world->workspace->store().deleteRun(runsOf("planted").front().id);
        m_world->library->refresh();
    }

private:
    template <class T> T* find(const char* name) const { return m_page->findChild<T*>(QLatin1String(name)); }

    static void click(QWidget* within, const char* name)
    {
        auto* button = within->findChild<QAbstractButton*>(QLatin1String(name));
        QVERIFY2(button && button->isEnabled(), name);
        QTest::mouseClick(button, Qt::LeftButton);
    }

    static void type(QWidget* within, const char* name, const QString& text)
    {
        auto* field = within->findChild<QLineEdit*>(QLatin1String(name));
        QVERIFY2(field, name);
        field->selectAll();
        QTest::keyClicks(field, text);
    }

    static void chooseModel(QWidget* dialog, const QString& model)
    {
        auto* box = dialog->findChild<QComboBox*>(QStringLiteral("sweepModel"));
        box->setCurrentIndex(box->findData(model));
    }

    static void fillSweep(QWidget* dialog, const char* name, const char* shares, const char* widths, const char* epochs)
    {
        chooseModel(dialog, QStringLiteral("sasrec"));
        type(dialog, "sweepName", QLatin1String(name));
        type(dialog, "sweepShares", QLatin1String(shares));
        type(dialog, "parameter_hidden", QLatin1String(widths));
        type(dialog, "parameter_heads", QStringLiteral("1"));
        type(dialog, "parameter_epochs", QLatin1String(epochs));
    }

    // Whether some label of the page holds these words.
    bool says(const QString& words) const
    {
        const auto labels = m_page->findChildren<QLabel*>();
        return std::any_of(
            labels.begin(), labels.end(), [&](const QLabel* label) { return label->text().contains(words); });
    }

    // In the menu of sweeps beside the chosen one.
    void toggleBeside(const char* sweep)
    {
        auto* button = find<QPushButton>("scalingCompare");
        QVERIFY(button && button->isVisible());
        emit button->menu()->aboutToShow();
        for (QAction* action : button->menu()->actions())
            if (action->text() == QLatin1String(sweep))
                return action->trigger();
        QFAIL(sweep);
    }

    SweepDialog* openDialog(const char* button)
    {
        click(m_page.get(), button);
        auto* dialog = m_page->findChild<SweepDialog*>();
        [&] { QVERIFY(dialog && QTest::qWaitForWindowExposed(dialog)); }();
        return dialog;
    }

    void chooseSweep(const QString& name)
    {
        m_world->library->refresh();
        const auto rowOf = [&] {
            for (int row = 0; row < m_sweeps->model()->rowCount(); ++row)
                if (cell(row, 0) == name)
                    return row;
            return -1;
        };
        QTRY_VERIFY_WITH_TIMEOUT(rowOf() >= 0, 20000);
        m_sweeps->setCurrentIndex(m_sweeps->model()->index(rowOf(), 0));
    }

    QString cell(int row, int column) const { return m_sweeps->model()->index(row, column).data().toString(); }

    const PlotSeries& runPoints() const
    {
        static const PlotSeries none;
        for (const PlotSeries& series : m_main->model().series)
            if (series.mark == PlotMark::Points)
                return series;
        return none;
    }

    std::vector<RunRecord> runsOf(const std::string& sweep) const
    {
        std::vector<RunRecord> runs;
        for (const RunRecord& run : m_world->workspace->store().runs())
            if (isOfSweep(run, sweep))
                runs.push_back(run);
        return runs;
    }

    std::size_t finished(const std::string& sweep) const
    {
        std::size_t count = 0;
        for (const RunRecord& run : runsOf(sweep))
            count += run.status == RunStatus::Finished;
        return count;
    }

    std::unique_ptr<PageWorld> m_world;
    std::unique_ptr<ScalingView> m_page;
    PlotView* m_main = nullptr;
    RowTable* m_sweeps = nullptr;
};

QTEST_MAIN(TestScalingPage)
#include "tst_scaling_page.moc"
