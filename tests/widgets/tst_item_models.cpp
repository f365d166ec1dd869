// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Every item model of the window under QAbstractItemModelTester: those of all views that the opened pages hold, before
// they are filled, while runs come, selections change, tables are sorted and filtered; and the long-table paths of
// ArrayTableModel, which sort and filter in jobs.
#include <QAbstractItemModelTester>
#include <QAbstractItemView>
#include <QSettings>
#include <QStandardPaths>

#include <QSet>

#include "tests/widgets/page_world.h"
#include "widgets/core/run_table_model.h"
#include "widgets/frame/main_window.h"

using namespace recoscope;

namespace {

constexpr int readCells = 200;

struct Pair {
    QString name;
    int value = 0;
};

std::vector<Pair> pairs(int count)
{
    std::vector<Pair> rows;
    for (int i = 0; i < count; ++i)
        rows.push_back({QStringLiteral("row %1").arg(i * 7919 % count), i});
    return rows;
}

std::shared_ptr<const RunTableModel::Runs> manyRuns(int count, const std::string& prefix)
{
    auto runs = std::make_shared<RunTableModel::Runs>();
    for (int i = 0; i < count; ++i) {
        RunRecord run;
        run.id = prefix + std::to_string(i);
        run.name = "run " + std::to_string(i * 7919 % count);
        run.model = i % 2 ? "sasrec" : "lrurec";
        run.parameters = {{"hidden", 16 << (i % 3)}, {"epochs", 10}};
        run.test["ndcg@10"] = i / double(count);
        runs->push_back(std::move(run));
    }
    return runs;
}

// What the tester does not see: roles with values of a wrong type.
QString wrongRole(const QAbstractItemModel& model)
{
    int read = 0;
    for (int row = 0; row < model.rowCount(); ++row) {
        for (int column = 0; column < model.columnCount() && read < readCells; ++column, ++read) {
            const QModelIndex cell = model.index(row, column);
            const QVariant alignment = cell.data(Qt::TextAlignmentRole);
            const bool aligned = !alignment.isValid() || alignment.canConvert<Qt::Alignment>();
            const QVariant check = cell.data(Qt::CheckStateRole);
            const bool checked = !check.isValid() || check.canConvert<int>();
            const QVariant text = cell.data(Qt::DisplayRole);
            if (!aligned || !checked || (text.isValid() && !text.canConvert<QString>()))
                return QStringLiteral("row %1 column %2").arg(row).arg(column);
        }
    }
    return {};
}

} // namespace

class ItemModelsTest : public QObject {
    Q_OBJECT

private:
    // A tester for each model of ours in a view that has none yet; QtTest mode fails the running test. Qt's own models
    // behind QListWidget and its like are left alone.
    void watch(const QWidget& window)
    {
        for (const QAbstractItemView* view : window.findChildren<QAbstractItemView*>()) {
            QAbstractItemModel* model = view->model();
            const QString name = model ? QLatin1String(model->metaObject()->className()) : QString();
            if (!name.startsWith(QStringLiteral("recoscope::")) || model->findChild<QAbstractItemModelTester*>())
                continue;
            new QAbstractItemModelTester(model, QAbstractItemModelTester::FailureReportingMode::QtTest, model);
            m_classes.insert(name);
            m_models << model;
        }
    }

    std::unique_ptr<PageWorld> m_world;
    QList<QAbstractItemModel*> m_models; // of the window of the running test
    QSet<QString> m_classes;

private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("RecoscopeTest"));
        QCoreApplication::setApplicationName(QStringLiteral("RecoscopeItemModelsTest"));
        QSettings().clear();
        m_world = std::make_unique<PageWorld>();
    }

    void modelsOfAllPages()
    {
        MainWindow window(*m_world->context);
        window.show();
        for (const QString& id : window.viewIds()) {
            window.openView(id);
            watch(window); // before the first result of a job comes
        }
        m_world->choose();
        for (const QString& id : window.viewIds()) {
            window.openView(id);
            watch(window);
            m_world->settle();
        }
        for (int user = 0; user < 3; ++user) {
            m_world->selection->setUser(user);
            m_world->settle();
        }
        m_world->selection->swapRuns();
        m_world->settle();
        m_world->train("most_popular", Json::object(), {});
        m_world->library->refresh();
        m_world->settle();
        watch(window);
        for (QAbstractItemModel* model : std::as_const(m_models)) {
            const QString wrong = wrongRole(*model);
            QVERIFY2(wrong.isEmpty(), qPrintable(QLatin1String(model->metaObject()->className()) + u' ' + wrong));
            for (int column = -1; column < model->columnCount(); ++column)
                model->sort(column, column % 2 ? Qt::DescendingOrder : Qt::AscendingOrder);
        }
        m_world->settle();
        m_world->selection->setDataset({});
        m_world->settle();
        for (const char* name : {"EventModel", "ItemModel", "RunTableModel", "ParameterModel", "AnswerModel",
                 "HistoryModel", "ArrayTableModel"})
            QVERIFY2(m_classes.contains(QStringLiteral("recoscope::") + QLatin1String(name)), name);
    }

    void longTableIsSortedInAJob()
    {
        Jobs jobs;
        RowTableModel<Pair> model({{{QStringLiteral("Name"), {}, false, 0}, [](const Pair& p) { return p.name; }, {}},
            {{QStringLiteral("Value"), {}, true, 0}, [](const Pair& p) { return QString::number(p.value); },
                [](const Pair& p) { return QVariant(p.value); }}});
        model.setJobs(&jobs);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const int count = 5 * static_cast<int>(mostRowsAtOnce);
        model.setRows(pairs(count));
        QSignalSpy sorting(&model, &ArrayTableModel::sortingChanged);
        const QPersistentModelIndex kept = model.index(3, 1);
        model.sort(1, Qt::DescendingOrder);
        QCOMPARE(sorting.count(), 1);
        QCOMPARE(model.rowAt(0).value, 0); // not yet
        QTRY_COMPARE(sorting.count(), 2);
        QCOMPARE(model.rowAt(0).value, count - 1);
        QCOMPARE(kept.data().toString(), QStringLiteral("3"));
        QCOMPARE(kept.row(), count - 1 - 3);
        // A newer wish takes the place of the older one, also while values are still being taken.
        model.sort(0, Qt::AscendingOrder);
        model.sort(1, Qt::AscendingOrder);
        QTRY_VERIFY(jobs.active().empty());
        QTRY_COMPARE(model.rowAt(0).value, 0);
        QCOMPARE(model.rowAt(count - 1).value, count - 1);
        // New rows are put into the same order.
        model.sort(1, Qt::DescendingOrder);
        model.setRows(pairs(count + 1));
        QTRY_COMPARE(model.rowAt(0).value, count);
        model.setRows({});
        QCOMPARE(model.rowCount(), 0);
    }

    void manyRunsAreFilteredInAJob()
    {
        Jobs jobs;
        RunTableModel model;
        model.setJobs(&jobs);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const int count = 4 * static_cast<int>(mostRowsAtOnce);
        QSignalSpy shown(&model, &RunTableModel::shownChanged);
        model.setRuns(manyRuns(count, "a"));
        QCOMPARE(model.rowCount(), 0); // not on this thread
        QTRY_COMPARE(shown.count(), 1);
        QCOMPARE(model.rowCount(), count);
        const int metric = 3;
        model.setFilter(RunFilter::parse(QStringLiteral("model:sasrec")));
        model.sort(metric, Qt::DescendingOrder); // asked for while the filter is at work
        QTRY_COMPARE(model.rowCount(), count / 2);
        QTRY_COMPARE(QString::fromStdString(model.runAt(0).id), QStringLiteral("a%1").arg(count - 1));
        QTRY_VERIFY(jobs.active().empty());
        QVERIFY(model.index(0, metric).data(BestRole).toBool());
        // A reload keeps filter and order.
        model.setRuns(manyRuns(count, "b"));
        QTRY_COMPARE(QString::fromStdString(model.runAt(0).id), QStringLiteral("b%1").arg(count - 1));
        QCOMPARE(model.rowCount(), count / 2);
    }
};

QTEST_MAIN(ItemModelsTest)
#include "tst_item_models.moc"
