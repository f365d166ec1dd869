// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QUndoStack>

#include "engine/workspace/workspace.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/main_window.h"
#include "widgets/frame/selection_chip.h"
#include "widgets/frame/theme.h"

using namespace recoscope;

// The real window on a real workspace, driven by mouse and keyboard.
class WindowTest : public QObject {
    Q_OBJECT

private:
    struct Bench {
        explicit Bench(const QString& folder)
            : workspace(std::make_shared<Workspace>(Path(folder.toStdString())))
            , library(workspace, jobs, selection)
            , training(workspace, jobs)
            , context{selection, jobs, library, training, workspace, theme, undo, navigator}
        {
            theme.apply();
            window = std::make_unique<MainWindow>(context);
            window->show();
        }
        template <class T> T* find(const char* name) { return window->findChild<T*>(QLatin1String(name)); }

        Theme theme;
        std::shared_ptr<Workspace> workspace;
        QUndoStack undo;
        Navigator navigator;
        Selection selection{&undo};
        Jobs jobs;
        Library library;
        TrainingQueue training;
        WorkbenchContext context;
        std::unique_ptr<MainWindow> window;
    };

    QTemporaryDir m_folder;

private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("RecoscopeTest"));
        QCoreApplication::setApplicationName(QStringLiteral("RecoscopeTest"));
        QSettings().clear();
    }

    void railKeysOpenThePages()
    {
        Bench bench(m_folder.filePath(QStringLiteral("empty")));
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("home"));
        QTest::mouseClick(bench.find<QToolButton>("dataRailButton"), Qt::LeftButton);
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("data"));
        QTest::keyClick(bench.find<QToolButton>("dataRailButton"), Qt::Key_Down);
        QTRY_VERIFY(bench.find<QToolButton>("trainRailButton")->hasFocus() || !bench.window->isActiveWindow());
    }

    void everyFocusableWidgetHasNames()
    {
        Bench bench(m_folder.filePath(QStringLiteral("names")));
        for (const QString& id : bench.window->viewIds())
            bench.window->openView(id);
        QStringList missing;
        for (const QWidget* widget : bench.window->findChildren<QWidget*>()) {
            const QString name = widget->objectName();
            if (!(widget->focusPolicy() & Qt::TabFocus) || name.startsWith(QStringLiteral("qt_")))
                continue;
            // The lists behind combo boxes are Qt's own windows.
            if (widget->inherits("QComboBoxListView"))
                continue;
            if (name.isEmpty() || widget->accessibleName().isEmpty())
                missing << QStringLiteral("%1 '%2' in %3")
                               .arg(QLatin1String(widget->metaObject()->className()), name,
                                   widget->parentWidget()->objectName());
        }
        QVERIFY2(missing.isEmpty(), qPrintable(missing.join(QLatin1Char('\n'))));
    }

    void sampleOpensAndTrains()
    {
        Bench bench(m_folder.filePath(QStringLiteral("sample")));
        bench.library.refresh();
        QTest::mouseClick(bench.find<QPushButton>("homeOpenSample"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(bench.library.dataset() != nullptr, 60000);
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("data"));
        QCOMPARE(bench.find<SelectionChip>("datasetChip")->value(), QStringLiteral("sample"));
        QTRY_VERIFY_WITH_TIMEOUT(bench.jobs.active().empty(), 60000);

        bench.window->openView(QStringLiteral("train"));
        auto* model = bench.find<QComboBox>("trainModel");
        model->setCurrentIndex(model->findData(QStringLiteral("most_popular")));
        if (model->currentData().toString() != QStringLiteral("most_popular"))
            model->setCurrentIndex(model->findText(QStringLiteral("popular"), Qt::MatchContains));
        QSignalSpy ended(&bench.training, &TrainingQueue::runEnded);
        QTest::mouseClick(bench.find<QPushButton>("trainStart"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 120000);
        QTRY_COMPARE_WITH_TIMEOUT(bench.library.runs().size(), std::size_t(1), 10000);
        QVERIFY(bench.library.runs().front().status == RunStatus::Finished);
        QVERIFY(bench.library.runs().front().test.count("ndcg@10") == 1);
    }

    void sweepQueuesOneRunPerValue()
    {
        Bench bench(m_folder.filePath(QStringLiteral("sample")));
        bench.selection.setDataset(QStringLiteral("sample"));
        QTRY_VERIFY_WITH_TIMEOUT(bench.library.dataset() != nullptr, 60000);
        bench.window->openView(QStringLiteral("train"));
        auto* model = bench.find<QComboBox>("trainModel");
        model->setCurrentIndex(model->findData(QStringLiteral("sasrec")));
        bench.find<QLineEdit>("trainSeed")->setText(QStringLiteral("1, 2, 3"));
        QTest::mouseClick(bench.find<QPushButton>("trainStart"), Qt::LeftButton);
        // The first one leaves the queue before it reports that it runs.
        QTRY_COMPARE(bench.training.waiting().size() + (bench.training.running() ? 1 : 0), std::size_t(3));
        bench.training.clearWaiting();
        QTRY_VERIFY_WITH_TIMEOUT(bench.training.running() || bench.training.waiting().empty(), 10000);
        bench.training.cancelRunning();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.training.running(), 20000);
    }

    void stateComesBackAfterClosing()
    {
        const QString folder = m_folder.filePath(QStringLiteral("sample"));
        {
            Bench bench(folder);
            bench.selection.setDataset(QStringLiteral("sample"));
            bench.selection.setUser(3);
            bench.window->openView(QStringLiteral("data"));
            bench.window->close();
        }
        Bench bench(folder);
        QCOMPARE(bench.selection.dataset(), QStringLiteral("sample"));
        QCOMPARE(bench.selection.user(), 3);
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("data"));
    }

    void narrowWindowCollapsesTheRail()
    {
        Bench bench(m_folder.filePath(QStringLiteral("empty")));
        bench.window->resize(1150, 720);
        QTRY_COMPARE(bench.find<QWidget>("rail")->width(), 48);
        bench.window->resize(1440, 900);
        QTRY_VERIFY(bench.find<QWidget>("rail")->width() > 100);
    }
};

QTEST_MAIN(WindowTest)
#include "tst_window.moc"
