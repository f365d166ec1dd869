// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QToolButton>

#include "tests/widgets/window_bench.h"
#include "widgets/frame/selection_chip.h"

using namespace recoscope;

// The real window on a real workspace, driven by mouse and keyboard.
class WindowTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;

private slots:
    void initTestCase() { useTestSettings(); }

    void railKeysOpenThePages()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("empty")));
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("home"));
        QTest::mouseClick(bench.find<QToolButton>(QStringLiteral("dataRailButton")), Qt::LeftButton);
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("data"));
        QTest::keyClick(bench.find<QToolButton>(QStringLiteral("dataRailButton")), Qt::Key_Down);
        QTRY_VERIFY(
            bench.find<QToolButton>(QStringLiteral("trainRailButton"))->hasFocus() || !bench.window->isActiveWindow());
    }

    void everyFocusableWidgetHasNames()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("names")));
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
        WindowBench bench(m_folder.filePath(QStringLiteral("sample")));
        bench.library.refresh();
        QTest::mouseClick(bench.find<QPushButton>(QStringLiteral("homeOpenSample")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(bench.library.dataset() != nullptr, 60000);
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("data"));
        QCOMPARE(bench.find<SelectionChip>(QStringLiteral("datasetChip"))->value(), QStringLiteral("sample"));
        QTRY_VERIFY_WITH_TIMEOUT(bench.jobs.active().empty(), 60000);

        bench.window->openView(QStringLiteral("train"));
        auto* model = bench.find<QComboBox>(QStringLiteral("trainModel"));
        model->setCurrentIndex(model->findData(QStringLiteral("most_popular")));
        if (model->currentData().toString() != QStringLiteral("most_popular"))
            model->setCurrentIndex(model->findText(QStringLiteral("popular"), Qt::MatchContains));
        QSignalSpy ended(&bench.training, &TrainingQueue::runEnded);
        QTest::mouseClick(bench.find<QPushButton>(QStringLiteral("trainStart")), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 120000);
        QTRY_COMPARE_WITH_TIMEOUT(bench.library.runs().size(), std::size_t(1), 10000);
        QVERIFY(bench.library.runs().front().status == RunStatus::Finished);
        QVERIFY(bench.library.runs().front().test.count("ndcg@10") == 1);
    }

    void sweepQueuesOneRunPerValue()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("sample")));
        bench.selection.setDataset(QStringLiteral("sample"));
        QTRY_VERIFY_WITH_TIMEOUT(bench.library.dataset() != nullptr, 60000);
        bench.window->openView(QStringLiteral("train"));
        auto* model = bench.find<QComboBox>(QStringLiteral("trainModel"));
        model->setCurrentIndex(model->findData(QStringLiteral("sasrec")));
        bench.find<QLineEdit>(QStringLiteral("trainSeed"))->setText(QStringLiteral("1, 2, 3"));
        QTest::mouseClick(bench.find<QPushButton>(QStringLiteral("trainStart")), Qt::LeftButton);
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
            WindowBench bench(folder);
            bench.selection.setDataset(QStringLiteral("sample"));
            bench.selection.setUser(3);
            bench.window->openView(QStringLiteral("data"));
            bench.window->close();
        }
        WindowBench bench(folder);
        QCOMPARE(bench.selection.dataset(), QStringLiteral("sample"));
        QCOMPARE(bench.selection.user(), 3);
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("data"));
    }

    void narrowWindowCollapsesTheRail()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("empty")));
        bench.window->resize(1150, 720);
        QTRY_COMPARE(bench.find<QWidget>(QStringLiteral("rail"))->width(), 48);
        bench.window->resize(1440, 900);
        QTRY_VERIFY(bench.find<QWidget>(QStringLiteral("rail"))->width() > 100);
    }
};

QTEST_MAIN(WindowTest)
#include "tst_window.moc"
