// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The window answers within 50 ms whatever runs, and its thread never touches a file or the database.
#include <QComboBox>
#include <QFile>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>

#include "engine/core/random.h"
#include "engine/core/wait_watch.h"
#include "engine/data/dataset.h"
#include "tests/widgets/heartbeat.h"
#include "tests/widgets/window_bench.h"
#include "widgets/core/array_table_model.h"
#include "widgets/views/data/import_dialog.h"

using namespace recoscope;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Instrumented code is several times slower; what is asked of it is that the work is split up at all.
constexpr int importedRows = 100'000;
constexpr double longestGap = 400.0;
#else
constexpr int importedRows = 1'000'000;
constexpr double longestGap = 50.0; // milliseconds
#endif

// user,item,rating,timestamp with skewed items, in no order of time.
void writeRatings(const QString& path, int rows)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    RandomStream random(5, "ratings");
    QByteArray text = "user,item,rating,timestamp\n";
    for (int i = 0; i < rows; ++i) {
        const int user = i / 40;
        const auto item = static_cast<int>(random.below(200) * random.below(100));
        text += "u" + QByteArray::number(user) + ",i" + QByteArray::number(item) + ","
            + QByteArray::number(1 + static_cast<int>(random.below(5))) + ","
            + QByteArray::number(1'000'000'000 + static_cast<qint64>(random.below(100'000'000))) + "\n";
        if (text.size() > (1 << 20)) {
            file.write(text);
            text.clear();
        }
    }
    file.write(text);
}

} // namespace

class ResponsiveTest : public QObject {
    Q_OBJECT

private:
    // As the user opens a page: through the rail, menu or a link.
    void open(const QString& id)
    {
        m_bench->window->requestView(id);
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->window->currentView(), id, 20000);
        QCoreApplication::processEvents();
    }

    void settle() { QTRY_VERIFY_WITH_TIMEOUT(m_bench->jobs.active().empty(), 120000); }

    void train(const QString& model, const QString& epochs)
    {
        open(QStringLiteral("train"));
        auto* box = m_bench->find<QComboBox>(QStringLiteral("trainModel"));
        box->setCurrentIndex(box->findData(model));
        if (!epochs.isEmpty())
            m_bench->find<QLineEdit>(QStringLiteral("parameter_epochs"))->setText(epochs);
        QSignalSpy ended(&m_bench->training, &TrainingQueue::runEnded);
        QTest::mouseClick(m_bench->find<QPushButton>(QStringLiteral("trainStart")), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 240000);
        settle();
    }

    QTemporaryDir m_folder;
    std::unique_ptr<WindowBench> m_bench;
    std::unique_ptr<WaitWatch> m_watch;
    std::unique_ptr<Heartbeat> m_heartbeat;
    QStringList m_waits;
    double m_slowness = 1.0; // at the beginning

private slots:
    void initTestCase()
    {
        useTestSettings();
        m_bench = std::make_unique<WindowBench>(m_folder.filePath(QStringLiteral("workspace")));
        settle();
        writeRatings(m_folder.filePath(QStringLiteral("ratings.csv")), importedRows);
        m_watch = std::make_unique<WaitWatch>([this](std::string_view operation, const Path& path) {
            const QString wait = QStringLiteral("%1 %2").arg(QString::fromLatin1(operation.data(), operation.size()),
                QString::fromStdString(path.filename().string()));
            if (!m_waits.contains(wait))
                m_waits << wait;
        });
        m_slowness = machineSlowness();
        m_heartbeat = std::make_unique<Heartbeat>();
    }

    void importing()
    {
        m_heartbeat->phase(QStringLiteral("import"));
        emit m_bench->navigator.importRequested({m_folder.filePath(QStringLiteral("ratings.csv"))});
        auto* dialog = m_bench->window->findChild<ImportDialog*>();
        QVERIFY(dialog);
        auto* start = dialog->findChild<QPushButton*>(QStringLiteral("importButton"));
        QTRY_VERIFY_WITH_TIMEOUT(start->isEnabled(), 20000);
        QTest::mouseClick(start, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->library.dataset() != nullptr, 120000);
        QCOMPARE(m_bench->library.dataset()->info().interactions, std::int64_t(importedRows));
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->window->currentView(), QStringLiteral("data"), 20000);
        settle(); // statistics and lint of the Data page
    }

    void sortingAMillionRows()
    {
        m_heartbeat->phase(QStringLiteral("sort"));
        m_bench->find<QTabWidget>(QStringLiteral("dataTabs"))->setCurrentIndex(1);
        auto* table = m_bench->find<QTableView>(QStringLiteral("eventsTable"));
        QVERIFY(table);
        QCOMPARE(table->model()->rowCount(), importedRows);
        auto* model = qobject_cast<ArrayTableModel*>(table->model());
        table->selectRow(7);
        const QPersistentModelIndex kept = model->index(7, 0);
        const qlonglong keptRow = model->index(7, 6).data(RawRole).toLongLong();
        QSignalSpy sorting(model, &ArrayTableModel::sortingChanged);
        int sorts = 0;
        for (const int column : {6, 1, 2, 0, 5}) { // 3 and 4 are hidden: no surfaces, no kinds
            const QPoint header(table->horizontalHeader()->sectionViewportPosition(column) + 8, 8);
            QTest::mouseClick(table->horizontalHeader()->viewport(), Qt::LeftButton, {}, header);
            QCOMPARE(sorting.count(), 2 * sorts + 1); // announced, not done on this thread
            ++sorts;
            QTRY_COMPARE_WITH_TIMEOUT(sorting.count(), 2 * sorts, 60000);
            table->verticalScrollBar()->setValue(table->verticalScrollBar()->maximum() / 2);
            QCoreApplication::processEvents();
        }
        QCOMPARE(kept.sibling(kept.row(), 6).data(RawRole).toLongLong(), keptRow); // the row moved with its index
        QVERIFY(
            model->index(0, 5).data(RawRole).toDouble() >= model->index(importedRows - 1, 5).data(RawRole).toDouble());
    }

    void training()
    {
        m_heartbeat->phase(QStringLiteral("sample"));
        emit m_bench->navigator.sampleRequested();
        QTRY_VERIFY_WITH_TIMEOUT(
            m_bench->library.dataset() && m_bench->library.dataset()->info().name == "sample", 60000);
        settle();
        m_heartbeat->phase(QStringLiteral("train"));
        train(QStringLiteral("markov"), {});
        train(QStringLiteral("sasrec"), QStringLiteral("3"));
        QTRY_COMPARE_WITH_TIMEOUT(m_bench->library.runs().size(), std::size_t(2), 10000);
        for (const RunRecord& run : m_bench->library.runs())
            QVERIFY2(run.status == RunStatus::Finished, run.error.c_str());
    }

    void ranking()
    {
        m_heartbeat->phase(QStringLiteral("ranking"));
        SelectionState state = m_bench->selection.state();
        state.runA = QString::fromStdString(m_bench->library.runs()[0].id);
        state.runB = QString::fromStdString(m_bench->library.runs()[1].id);
        state.user = 3;
        state.layer = state.head = 0;
        m_bench->selection.change(state, QStringLiteral("both runs"));
        open(QStringLiteral("compare")); // ranks run B again
        settle();
    }

    void switchingPages()
    {
        m_heartbeat->phase(QStringLiteral("pages, first"));
        for (const QString& id : m_bench->window->viewIds()) {
            open(id);
            settle();
        }
        m_heartbeat->phase(QStringLiteral("pages, again"));
        for (const QString& id : m_bench->window->viewIds()) {
            open(id);
            settle();
        }
    }

    void selecting()
    {
        m_heartbeat->phase(QStringLiteral("selection"));
        for (const QString& id : {QStringLiteral("user"), QStringLiteral("attention"), QStringLiteral("data")}) {
            open(id);
            for (int user = 0; user < 6; ++user) {
                m_bench->selection.setUser(user);
                m_bench->selection.setItem(user);
                QCoreApplication::processEvents();
            }
            settle();
        }
        m_bench->selection.swapRuns();
        settle();
        m_bench->selection.setDataset(QStringLiteral("ratings")); // a million events again
        QTRY_VERIFY_WITH_TIMEOUT(m_bench->library.dataset() != nullptr, 60000);
        settle();
    }

    void noGapIsLong()
    {
        const auto& longest = m_heartbeat->longest();
        const double limit = longestGap * std::max(m_slowness, machineSlowness());
        qInfo("limit %.0f ms", limit);
        QStringList late;
        for (auto gap = longest.begin(); gap != longest.end(); ++gap) {
            const QString line = QStringLiteral("%1: longest gap %2 ms of processor time, %3 ms by the clock (%4)")
                                     .arg(gap.key(), -14)
                                     .arg(gap->processor, 0, 'f', 1)
                                     .arg(gap->wall, 0, 'f', 1)
                                     .arg(gap->events.join(QStringLiteral("; ")));
            qInfo("%s", qPrintable(line));
            if (gap->processor >= limit)
                late << line;
        }
        QVERIFY2(late.isEmpty(), qPrintable(late.join(QLatin1Char('\n'))));
    }

    void noWaitOnTheWindowsThread() { QVERIFY2(m_waits.isEmpty(), qPrintable(m_waits.join(QLatin1Char('\n')))); }

    void cleanupTestCase()
    {
        m_watch.reset();
        m_heartbeat.reset();
        m_bench.reset();
    }
};

int main(int argc, char** argv)
{
    ResponsiveApplication application(argc, argv);
    ResponsiveTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_responsive.moc"
