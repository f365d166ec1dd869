// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <set>

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QListWidget>
#include <QScopeGuard>
#include <QScrollArea>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTextDocument>

#include "engine/core/error.h"
#include "engine/data/dataset.h"
#include "engine/nn/torch_device.h"
#include "engine/training/trainer.h"
#include "tests/widgets/window_bench.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/train/live_curves.h"
#include "widgets/views/train/parameter_form.h"

using namespace recoscope;

// The Train page of the real window: real trainings, started, paused, resumed, stopped and cut off by hand.
class TrainPageTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    QString workspaceFolder() const { return m_folder.filePath(QStringLiteral("workspace")); }

    static void chooseModel(const WindowBench& bench, const QString& name)
    {
        auto* model = bench.find<QComboBox>(QStringLiteral("trainModel"));
        model->setCurrentIndex(model->findData(name));
    }

    // A SASRec small enough for a test; it would train for very long when nobody stopped it.
    static void fillForm(const WindowBench& bench, const QString& epochs)
    {
        chooseModel(bench, QStringLiteral("sasrec"));
        bench.type(QStringLiteral("parameter_epochs"), epochs);
        bench.type(QStringLiteral("parameter_patience"), QStringLiteral("0"));
        bench.type(QStringLiteral("parameter_hidden"), QStringLiteral("16"));
        bench.type(QStringLiteral("parameter_batch_size"), QStringLiteral("32"));
    }

    static RunStatus statusOf(const WindowBench& bench, const RunId& id)
    {
        return bench.workspace->store().run(id).status;
    }

    static QString stateWord(const WindowBench& bench)
    {
        return bench.find<QLabel>(QStringLiteral("trainRunState"))->text();
    }

    static QStringList listedRuns(const WindowBench& bench)
    {
        auto* list = bench.find<QListWidget>(QStringLiteral("queueList"));
        QStringList ids;
        for (int row = 0; row < list->count(); ++row)
            ids << list->item(row)->data(Qt::UserRole).toString();
        return ids;
    }

    static void stopEverything(WindowBench& bench)
    {
        bench.training.clearWaiting();
        bench.training.cancelRunning();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.training.running() && bench.training.waiting().empty(), 20000);
        bench.settle();
    }

private slots:
    void initTestCase()
    {
        useTestSettings();
        Workspace workspace(Path(workspaceFolder().toStdString()));
        Progress progress;
        workspace.generate({{"users", 160}, {"items", 120}}, 11, "small", progress);
    }

    void aWrongFieldSaysSoAndStartsNothing()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        QVERIFY2(!bench.find<QListWidget>(QStringLiteral("queueList"))->isVisible(), "an empty queue says what to do");
        fillForm(bench, QStringLiteral("many"));
        const auto said = [&bench] {
            for (const QLabel* label : bench.window->findChildren<QLabel*>()) {
                const bool isError = label->property("textRole") == QLatin1String("error");
                if (isError && label->isVisible() && !label->text().isEmpty())
                    return true;
            }
            return false;
        };
        QTRY_VERIFY(said()); // the fields of a model just chosen are shown by an event
        bench.click(QStringLiteral("trainStart"));
        QVERIFY(bench.training.waiting().empty() && !bench.training.running());
    }

    // Help is a tool tip whose lines break, on the words as on the field.
    void refitIsOfferedAndExplained()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        chooseModel(bench, QStringLiteral("lrurec"));
        QTRY_VERIFY(bench.window->findChild<QCheckBox*>(QStringLiteral("parameter_refit")));
        auto* refit = bench.find<QCheckBox>(QStringLiteral("parameter_refit"));
        for (QWidget* around = refit; around; around = around->parentWidget())
            if (auto* area = qobject_cast<QScrollArea*>(around))
                area->ensureWidgetVisible(refit);
        QTRY_VERIFY(!refit->visibleRegion().isEmpty());
        QVERIFY(!refit->isChecked());
        QVERIFY(refit->accessibleDescription().contains(QStringLiteral("train + validation")));
        QVERIFY(Qt::mightBeRichText(refit->toolTip())); // Qt wraps no other
        const QString target = qEnvironmentVariable("RECOSCOPE_PAGE_PICTURES");
        if (!target.isEmpty())
            bench.window->grab().save(target + QStringLiteral("/train-refit.png"));
        QTest::keyClick(refit, Qt::Key_Space);
        QVERIFY(refit->isChecked());
    }

    // Fields come and go with the choices that decide about them, and what is not seen does not count.
    void whatHasNoEffectIsNotShown()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        chooseModel(bench, QStringLiteral("persrec"));
        QTRY_VERIFY(bench.window->findChild<QComboBox*>(QStringLiteral("parameter_backbone")));
        auto* form = bench.window->findChild<ParameterForm*>();
        const auto shows = [&](const char* name) {
            return form->findChild<QWidget*>(QStringLiteral("parameter_%1").arg(QLatin1String(name)))
                ->isVisibleTo(form);
        };
        const auto choose = [&](const char* name, const char* value) {
            bench.find<QComboBox>(QStringLiteral("parameter_%1").arg(QLatin1String(name)))
                ->setCurrentText(QLatin1String(value));
        };
        const auto headings = [&] {
            QStringList all;
            for (const QLabel* label : form->findChildren<QLabel*>())
                if (label->isVisibleTo(form))
                    all << label->text();
            return all;
        };
        QTRY_VERIFY(shows("relative_bias")); // the fields of a model just chosen are shown by an event
        QVERIFY(!shows("activation") && !shows("item_layers"));
        QVERIFY(!headings().contains(QStringLiteral("ITEM TEXT")));
        QCOMPARE(headings().count(QStringLiteral("ARCHITECTURE")), 1); // of PerSRec's own fields and its backbone's
        QVERIFY(!shows("negatives") && shows("temperature"));
        choose("loss", "gbce");
        QVERIFY(shows("negatives") && shows("gbce_t") && !shows("temperature"));
        bench.type(QStringLiteral("parameter_gbce_t"), QStringLiteral("nonsense"));
        QVERIFY_THROWS_EXCEPTION(Error, form->combinations());
        choose("loss", "cross_entropy");
        QVERIFY(form->combinations().front().empty());
        choose("backbone", "hllm");
        QVERIFY(!shows("relative_bias") && shows("item_layers") && !shows("time_width"));
        QVERIFY(headings().contains(QStringLiteral("ITEM TEXT")));
        bench.find<QCheckBox>(QStringLiteral("parameter_time_embedding"))->setChecked(true);
        QVERIFY(shows("time_width"));
        QCOMPARE(form->combinations().front(), (Json{{"backbone", "hllm"}, {"time_embedding", true}}));
    }

    void severalValuesMakeASweepThatTrains()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        fillForm(bench, QStringLiteral("1"));
        bench.type(QStringLiteral("parameter_hidden"), QStringLiteral("8, 16"));
        bench.type(QStringLiteral("trainSeed"), QStringLiteral("1, 2"));
        QCOMPARE(
            bench.find<QPushButton>(QStringLiteral("trainStart"))->text().trimmed(), QStringLiteral("Start 4 runs"));
        QSignalSpy ended(&bench.training, &TrainingQueue::runEnded);
        bench.click(QStringLiteral("trainAdd"));
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 4, 120000);
        std::set<std::pair<int, int>> trained;
        for (const RunRecord& run : bench.workspace->store().runs()) {
            QCOMPARE(run.status, RunStatus::Finished);
            trained.emplace(run.parameters.at("hidden").get<int>(), static_cast<int>(run.seed));
        }
        QCOMPARE(trained, (std::set<std::pair<int, int>>{{8, 1}, {8, 2}, {16, 1}, {16, 2}}));

        // The ended ones are listed until they are cleared; then the panel says what to do.
        QTRY_COMPARE(listedRuns(bench).size(), 4);
        bench.click(QStringLiteral("queueClear"));
        QTRY_VERIFY(listedRuns(bench).isEmpty());
        QVERIFY(!bench.find<QListWidget>(QStringLiteral("queueList"))->isVisible());
        bench.settle();
    }

    void startGoesBeforeWhatWaitsAndAddGoesBehind()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        fillForm(bench, QStringLiteral("5000"));
        bench.click(QStringLiteral("trainStart"));
        QTRY_VERIFY_WITH_TIMEOUT(bench.training.running(), 20000);
        bench.type(QStringLiteral("trainSeed"), QStringLiteral("7"));
        bench.click(QStringLiteral("trainAdd"));
        QTRY_COMPARE(bench.training.waiting().size(), std::size_t(1));
        const RunId added = bench.training.waiting().front();
        bench.type(QStringLiteral("trainSeed"), QStringLiteral("8"));
        bench.click(QStringLiteral("trainStart"));
        QTRY_COMPARE(bench.training.waiting().size(), std::size_t(2));
        QTRY_COMPARE(bench.training.waiting().back(), added);
        QTRY_COMPARE(listedRuns(bench).size(), 2);
        QCOMPARE(listedRuns(bench).back(), QString::fromStdString(added));

        // The chosen one is taken away; it never trained, so it goes to the bin.
        auto* list = bench.find<QListWidget>(QStringLiteral("queueList"));
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(1)).center());
        bench.click(QStringLiteral("queueRemove"));
        QTRY_COMPARE(bench.training.waiting().size(), std::size_t(1));
        QTRY_VERIFY_WITH_TIMEOUT(bench.workspace->store().run(added).deleted, 10000);
        stopEverything(bench);
    }

    void aTrainingIsPausedResumedAndStopped()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        fillForm(bench, QStringLiteral("5000"));
        bench.click(QStringLiteral("trainStart"));
        QTRY_VERIFY_WITH_TIMEOUT(bench.training.running() && bench.training.running()->epochs.size() >= 2, 60000);
        const RunId id = bench.training.running()->id;
        QCOMPARE(stateWord(bench), QStringLiteral("running"));

        bench.click(QStringLiteral("trainPause"));
        QCOMPARE(stateWord(bench), QStringLiteral("paused"));
        // Another job takes its time twice; the paused run does nothing in the second.
        const auto measureOnce = [&bench] {
            bench.click(QStringLiteral("trainEstimate"));
            auto* time = bench.find<QLabel>(QStringLiteral("estimateTime"));
            QTRY_VERIFY_WITH_TIMEOUT(time->text().contains(QStringLiteral("±")), 60000);
        };
        measureOnce();
        const std::size_t before = bench.workspace->store().epochs(id).size();
        measureOnce();
        QCOMPARE(bench.workspace->store().epochs(id).size(), before);

        bench.click(QStringLiteral("trainResume"));
        QTRY_VERIFY_WITH_TIMEOUT(bench.workspace->store().epochs(id).size() > before + 1, 60000);
        QCOMPARE(statusOf(bench, id), RunStatus::Running);
        bench.click(QStringLiteral("trainStop"));
        QTRY_VERIFY_WITH_TIMEOUT(!bench.training.running(), 60000);
        QTRY_COMPARE_WITH_TIMEOUT(stateWord(bench), QStringLiteral("stopped"), 10000);
        const RunRecord run = bench.workspace->store().run(id);
        QCOMPARE(run.status, RunStatus::Stopped);
        QVERIFY(run.bestEpoch >= 1 && run.test.count("ndcg@10") == 1);
        bench.settle();
    }

    void aCancelledRunIsTakenUpAgain()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        fillForm(bench, QStringLiteral("5000"));
        bench.click(QStringLiteral("trainStart"));
        QTRY_VERIFY_WITH_TIMEOUT(bench.training.running() && bench.training.running()->epochs.size() >= 3, 60000);
        const RunId id = bench.training.running()->id;
        answerNextQuestion(QMessageBox::Yes);
        bench.click(QStringLiteral("trainCancel"));
        QTRY_VERIFY_WITH_TIMEOUT(!bench.training.running(), 20000);
        QTRY_COMPARE_WITH_TIMEOUT(stateWord(bench), QStringLiteral("cancelled"), 10000);
        const std::size_t kept = bench.workspace->store().epochs(id).size();
        QVERIFY(kept >= 3);

        bench.click(QStringLiteral("trainResume"));
        QTRY_VERIFY_WITH_TIMEOUT(bench.training.running(), 20000);
        QCOMPARE(bench.training.running()->id, id);
        QTRY_VERIFY_WITH_TIMEOUT(bench.workspace->store().epochs(id).size() > kept + 1, 60000);
        // The curve of the window holds every epoch once.
        int last = 0;
        for (const EpochRecord& epoch : bench.training.running()->epochs)
            QCOMPARE(epoch.epoch, ++last);
        stopEverything(bench);
    }

    void anInterruptedRunResumesToTheSameResult()
    {
        Workspace::NewRun request;
        request.dataset = "small";
        request.model = "sasrec";
        request.parameters = {{"epochs", 4}, {"patience", 0}, {"hidden", 16}, {"batch_size", 32}};
        request.name = "cut off";
        RunId cut;
        RunRecord whole;
        {
            Workspace workspace(Path(workspaceFolder().toStdString()));
            TrainControl control;
            Progress undisturbed;
            whole = workspace.execute(workspace.createRun(request), control, {}, undisturbed);
            cut = workspace.createRun(request);
            Progress progress;
            TrainListener listener;
            listener.onEpoch = [&progress](const EpochRecord& epoch) {
                if (epoch.epoch == 2)
                    progress.requestCancel();
            };
            QVERIFY_THROWS_EXCEPTION(Error, workspace.execute(cut, control, listener, progress));
            // What a program that is killed leaves behind: a row that says it runs.
            RunRecord row = workspace.store().run(cut);
            row.status = RunStatus::Running;
            workspace.store().putRun(row);
        }
        WindowBench bench(workspaceFolder());
        QCOMPARE(statusOf(bench, cut), RunStatus::Interrupted);
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        const QString key = QString::fromStdString(cut);
        QTRY_VERIFY_WITH_TIMEOUT(listedRuns(bench).contains(key), 10000);
        auto* list = bench.find<QListWidget>(QStringLiteral("queueList"));
        const QRect row = list->visualItemRect(list->item(static_cast<int>(listedRuns(bench).indexOf(key))));
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, row.center());
        QSignalSpy ended(&bench.training, &TrainingQueue::runEnded);
        bench.click(QStringLiteral("queueResume"));
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 60000);
        const RunRecord resumed = bench.workspace->store().run(cut);
        QCOMPARE(resumed.status, RunStatus::Finished);
        QCOMPARE(resumed.epochs, 4);
        QVERIFY(resumed.test == whole.test);
        bench.settle();
    }

    // The reason is what the command line says when it refuses.
    void aGpuIsOfferedWhereThereIsOneThatTrainsTheModel()
    {
        const auto refusal = [](const std::string& model) {
            try {
                trainingDevice("cuda", model);
            } catch (const Error& error) {
                return QString::fromStdString(error.message());
            }
            return QString();
        };
        const auto enabled = [](const QComboBox* box) {
            return static_cast<const QStandardItemModel*>(box->model())->item(1)->isEnabled();
        };
        const nn::TorchDevice found = nn::torchDevice();
        const auto restore = qScopeGuard([&] { nn::useTorchDevice(found); });
        nn::useTorchDevice({"cuda", nullptr, "none in this test"});
        {
            WindowBench bench(workspaceFolder());
            bench.open(QStringLiteral("small"), QStringLiteral("train"));
            chooseModel(bench, QStringLiteral("sasrec"));
            auto* box = bench.find<QComboBox>(QStringLiteral("trainDevice"));
            QVERIFY(refusal("sasrec").contains(QStringLiteral("none in this test")));
            QTRY_VERIFY(box->accessibleDescription().contains(refusal("sasrec")));
            QVERIFY(!enabled(box));
            QCOMPARE(box->currentData().toString(), QStringLiteral("cpu"));
            bench.settle();
            if (const QString target = qEnvironmentVariable("RECOSCOPE_PAGE_PICTURES"); !target.isEmpty())
                for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
                    bench.theme.setMode(mode);
                    bench.theme.apply();
                    QTest::qWait(200);
                    bench.window->grab().save(target
                        + (mode == ThemeMode::Light ? QStringLiteral("/train-device-light.png")
                                                    : QStringLiteral("/train-device-dark.png")));
                }
        }
        static const std::byte nothing{}; // of the table no function is called here
        nn::useTorchDevice({"cuda", reinterpret_cast<const kernels::DeviceApi*>(&nothing), "played by the test"});
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        fillForm(bench, QStringLiteral("5000"));
        auto* box = bench.find<QComboBox>(QStringLiteral("trainDevice"));
        QTRY_VERIFY(enabled(box));
        bench.click(QStringLiteral("trainStart")); // on the processor, so that what is added waits
        QTRY_VERIFY_WITH_TIMEOUT(bench.training.running(), 20000);
        QCOMPARE(bench.workspace->store().run(bench.training.running()->id).environment.value("device", ""), "cpu");
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Down);
        QCOMPARE(box->currentData().toString(), QStringLiteral("cuda"));
        bench.click(QStringLiteral("trainAdd"));
        QTRY_COMPARE(bench.training.waiting().size(), std::size_t(1));
        const Json environment = bench.workspace->store().run(bench.training.waiting().front()).environment;
        QCOMPARE(environment.value("device", ""), "cuda");
        QCOMPARE(environment.value("device_asked", ""), "cuda");
        chooseModel(bench, QStringLiteral("markov"));
        QVERIFY(!enabled(box));
        QCOMPARE(box->currentData().toString(), QStringLiteral("cpu"));
        QVERIFY(box->accessibleDescription().contains(refusal("markov")));
        QVERIFY(refusal("markov").contains(QStringLiteral("markov")));
        chooseModel(bench, QStringLiteral("sasrec"));
        QVERIFY(enabled(box));
        stopEverything(bench);
    }

    void theEstimateNamesAnEarlierEqualRun()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        fillForm(bench, QStringLiteral("4"));
        auto* equal = bench.find<QLabel>(QStringLiteral("estimateEqual"));
        QTRY_COMPARE_WITH_TIMEOUT(equal->text(), QStringLiteral("cut off"), 30000);
        bench.type(QStringLiteral("trainSeed"), QStringLiteral("43"));
        QTRY_COMPARE_WITH_TIMEOUT(equal->text(), QStringLiteral("no earlier run"), 30000);
        bench.settle();
    }

    void theCurvesShowPopularityAndTheBestEpoch()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        QTRY_VERIFY_WITH_TIMEOUT(!bench.library.runs().empty(), 10000);
        for (const RunRecord& run : bench.library.runs()) {
            if (run.name == "cut off")
                bench.selection.setRunA(QString::fromStdString(run.id));
        }
        auto* valid = bench.find<PlotView>(QStringLiteral("trainValidPlot"));
        QTRY_COMPARE_WITH_TIMEOUT(valid->model().references.size(), std::size_t(1), 20000);
        QVERIFY(valid->model().references.front().value > 0);
        QCOMPARE(valid->model().series.front().y.size(), std::size_t(4));
        QCOMPARE(valid->model().notes.size(), std::size_t(1));
    }

    void aNarrowWindowKeepsTheQueueInATab()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("train"));
        bench.window->resize(1120, 720);
        auto* tabs = bench.find<QTabWidget>(QStringLiteral("trainTabs"));
        QTRY_COMPARE(tabs->count(), 2);
        QTest::mouseClick(tabs->tabBar(), Qt::LeftButton, {}, tabs->tabBar()->tabRect(1).center());
        QTRY_VERIFY(bench.find<QWidget>(QStringLiteral("queuePanel"))->isVisible());
        bench.window->resize(1440, 900);
        QTRY_COMPARE(tabs->count(), 1);
        QTRY_VERIFY(bench.find<QWidget>(QStringLiteral("queuePanel"))->isVisible());
    }
};

QTEST_MAIN(TrainPageTest)
#include "tst_train_page.moc"
