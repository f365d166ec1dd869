// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QComboBox>
#include <QLabel>
#include <QTableView>
#include <QTemporaryDir>
#include <QToolButton>

#include "tests/widgets/window_bench.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/views/home/recent_delegate.h"

using namespace recoscope;

// Home and Settings of the real window.
class HomePageTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    QString workspaceFolder() const { return m_folder.filePath(QStringLiteral("workspace")); }

    static RunId train(Workspace& workspace, const std::string& name, int epochs)
    {
        Workspace::NewRun request;
        request.dataset = "small";
        request.model = epochs > 0 ? "sasrec" : "most_popular";
        if (epochs > 0)
            request.parameters = {{"epochs", epochs}, {"patience", 0}, {"hidden", 8}, {"batch_size", 32}};
        request.name = name;
        const RunId id = workspace.createRun(request);
        TrainControl control;
        Progress progress;
        workspace.execute(id, control, {}, progress);
        return id;
    }

    static QString newsText(const WindowBench& bench)
    {
        QStringList texts;
        for (const QLabel* label : bench.find<QWidget>(QStringLiteral("newsPanel"))->findChildren<QLabel*>())
            texts << label->text();
        return texts.join(u'\n');
    }

private slots:
    void initTestCase()
    {
        useTestSettings();
        Workspace workspace(Path(workspaceFolder().toStdString()));
        Progress progress;
        workspace.generate({{"users", 120}, {"items", 100}}, 3, "small", progress);
    }

    void aNewWorkspaceShowsFirstStepsAndStartsNothing()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("new")));
        for (const char* name : {"homeOpenDataset", "homeOpenSample", "homeNewTraining"})
            QVERIFY(bench.find<QPushButton>(QLatin1String(name))->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(bench.library.loaded(), 10000);
        bench.settle();
        QVERIFY(!bench.find<QWidget>(QStringLiteral("newsPanel"))->isVisible());
        QVERIFY(bench.library.datasets().empty());
        bench.click(QStringLiteral("homeNewTraining"));
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("train"));
        QVERIFY(!bench.find<QPushButton>(QStringLiteral("trainStart"))->isEnabled());
    }

    void whatFinishedMeanwhileIsToldOnce()
    {
        { // the first opening: nothing is news
            WindowBench bench(workspaceFolder());
            QTRY_VERIFY_WITH_TIMEOUT(bench.library.loaded(), 10000);
            bench.settle();
            QVERIFY(!bench.find<QWidget>(QStringLiteral("newsPanel"))->isVisible());
            bench.window->close();
        }
        // Times are kept to the second: the next run ends in a later one.
        RunId id;
        RunRecord record;
        {
            Workspace workspace(Path(workspaceFolder().toStdString()));
            const std::string seen = workspace.store().document("home")->at("seen").get<std::string>();
            do {
                if (!id.empty())
                    workspace.store().deleteRun(id);
                id = train(workspace, "over lunch", 0);
                record = workspace.store().run(id);
            } while (record.finished <= seen);
        }
        {
            WindowBench bench(workspaceFolder());
            auto* news = bench.find<QWidget>(QStringLiteral("newsPanel"));
            QTRY_VERIFY_WITH_TIMEOUT(news->isVisible(), 10000);
            QTRY_VERIFY(newsText(bench).contains(QStringLiteral("<b>over lunch</b> finished")));
            bench.settle();
            bench.click(QStringLiteral("news_%1").arg(QString::fromStdString(id)));
            QCOMPARE(bench.selection.runA(), QString::fromStdString(id));
            bench.settle();
            bench.window->openView(QStringLiteral("home"));
            bench.window->close();
        }
        WindowBench bench(workspaceFolder());
        QTRY_VERIFY_WITH_TIMEOUT(bench.library.loaded(), 10000);
        bench.settle();
        QVERIFY2(!bench.find<QWidget>(QStringLiteral("newsPanel"))->isVisible(), qPrintable(newsText(bench)));
    }

    void aCutOffRunIsResumedFromHome()
    {
        RunId id;
        {
            Workspace workspace(Path(workspaceFolder().toStdString()));
            Workspace::NewRun request;
            request.dataset = "small";
            request.model = "most_popular";
            request.name = "cut off";
            id = workspace.createRun(request);
            RunRecord row = workspace.store().run(id);
            row.status = RunStatus::Running;
            workspace.store().putRun(row);
        }
        WindowBench bench(workspaceFolder());
        QTRY_VERIFY_WITH_TIMEOUT(bench.find<QWidget>(QStringLiteral("newsPanel"))->isVisible(), 10000);
        QVERIFY(newsText(bench).contains(QStringLiteral("was cut off")));
        bench.click(QStringLiteral("news_%1").arg(QString::fromStdString(id)));
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("train"));
        QTRY_COMPARE_WITH_TIMEOUT(bench.workspace->store().run(id).status, RunStatus::Finished, 30000);
        bench.settle();
    }

    void recentRunsShowModelTitlesAndCurves()
    {
        {
            Workspace workspace(Path(workspaceFolder().toStdString()));
            train(workspace, "with a curve", 3);
        }
        WindowBench bench(workspaceFolder());
        bench.window->openView(QStringLiteral("home"));
        auto* table = bench.find<QTableView>(QStringLiteral("recentRunsTable"));
        const auto curve = [table] { return table->model()->index(0, 3).data(CurveRole).value<QList<double>>(); };
        QTRY_COMPARE_WITH_TIMEOUT(curve().size(), qsizetype(3), 10000);
        QCOMPARE(table->model()->index(0, 0).data().toString(), QStringLiteral("with a curve"));
        QCOMPARE(table->model()->index(0, 1).data().toString(), QStringLiteral("SASRec"));
        QCOMPARE(table->model()->index(1, 1).data().toString(), QStringLiteral("Most popular"));
        // Double click makes it run A; its shape says so.
        const QRect cell = table->visualRect(table->model()->index(0, 0));
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, cell.center());
        QTest::mouseDClick(table->viewport(), Qt::LeftButton, {}, cell.center());
        QTRY_COMPARE(table->model()->index(0, 0).data(RunSlotRole).toInt(), 0);
        QCOMPARE(bench.selection.dataset(), QStringLiteral("small"));
        bench.settle();
    }

    void settingsChangeTheLookAtOnce()
    {
        WindowBench bench(workspaceFolder());
        bench.window->openView(QStringLiteral("settings"));
        QTest::mouseClick(bench.find<QToolButton>(QStringLiteral("themeChoice2")), Qt::LeftButton);
        QVERIFY(bench.theme.isDark());
        QCOMPARE(qApp->palette().color(QPalette::Window), bench.theme.palette().window);
        QTest::mouseClick(bench.find<QToolButton>(QStringLiteral("themeChoice1")), Qt::LeftButton);
        QVERIFY(!bench.theme.isDark());

        auto* size = bench.find<QComboBox>(QStringLiteral("textSizeChoice"));
        const int before = qApp->font().pixelSize();
        size->setFocus();
        while (size->currentData().toInt() != 150)
            QTest::keyClick(size, Qt::Key_Down);
        QCOMPARE(qApp->font().pixelSize(), qRound(before * 1.5));
        const int rows = bench.theme.rowHeight();
        QTest::mouseClick(bench.find<QToolButton>(QStringLiteral("densityChoice2")), Qt::LeftButton);
        QVERIFY(bench.theme.rowHeight() > rows);
    }
};

QTEST_MAIN(HomePageTest)
#include "tst_home_page.moc"
