// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include "widgets/core/run_filter.h"
#include "widgets/core/run_table_model.h"

using namespace recoscope;

namespace {

RunRecord makeRun(const std::string& id, const std::string& model, double ndcg, const Json& parameters)
{
    RunRecord run;
    run.id = id;
    run.name = model + "-" + id;
    run.model = model;
    run.dataset = "small";
    run.protocolHash = "aaaa000000000000";
    run.parameters = parameters;
    run.test = {{"ndcg@10", ndcg}, {"hr@10", 2 * ndcg}};
    run.valid = {{"ndcg@10", ndcg + 0.01}};
    run.epochs = 12;
    run.created = "2026-01-0" + id + "T08:00:00Z";
    return run;
}

std::shared_ptr<const RunTableModel::Runs> threeRuns()
{
    RunTableModel::Runs runs{makeRun("1", "sasrec", 0.17, {{"hidden", 64}, {"loss", "ce"}}),
        makeRun("2", "lrurec", 0.15, {{"hidden", 128}, {"loss", "ce"}}), makeRun("3", "markov", 0.19, Json::object())};
    runs[1].tags = {"keep me", "folder/paper"};
    runs[2].protocolHash = "bbbb000000000000";
    return std::make_shared<const RunTableModel::Runs>(std::move(runs));
}

std::string matching(const QString& text)
{
    const RunFilter filter = RunFilter::parse(text);
    std::string ids;
    const auto runs = threeRuns();
    for (const RunRecord& run : *runs)
        ids += filter.matches(run) ? run.id : "";
    return ids;
}

QString shownIds(const RunTableModel& model)
{
    QString ids;
    for (int row = 0; row < model.rowCount(); ++row)
        ids += model.index(row, 0).data(RowIdRole).toString();
    return ids;
}

int columnOf(const RunTableModel& model, const QString& title)
{
    for (int column = 0; column < model.columnCount(); ++column) {
        if (model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString() == title)
            return column;
    }
    return -1;
}

} // namespace

class TestRunsLogic : public QObject {
    Q_OBJECT

private slots:
    void filterFindsWhatItsTermsSay_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("ids");
        QTest::newRow("nothing asked") << ""
                                       << "123";
        QTest::newRow("bare word, any case") << "LRU"
                                             << "2";
        QTest::newRow("field") << "model:sas"
                               << "1";
        QTest::newRow("metric and field together") << "ndcg@10>0.16 model:sasrec"
                                                   << "1";
        QTest::newRow("bounds are inclusive with =") << "ndcg@10>=0.17"
                                                     << "13";
        QTest::newRow("strictly less") << "ndcg@10<0.17"
                                       << "2";
        QTest::newRow("validation metric") << "valid.ndcg@10<=0.16"
                                           << "2";
        QTest::newRow("negated") << "-model:markov"
                                 << "12";
        QTest::newRow("quoted text with a space") << "tag:\"keep me\""
                                                  << "2";
        QTest::newRow("parameter number") << "hidden>64"
                                          << "2";
        QTest::newRow("parameter text") << "loss=ce"
                                        << "12";
        QTest::newRow("unequal number") << "hidden!=64"
                                        << "23";
        QTest::newRow("folder") << "folder:paper"
                                << "2";
        QTest::newRow("unknown field matches none") << "colour:red"
                                                    << "";
    }
    void filterFindsWhatItsTermsSay()
    {
        QFETCH(QString, text);
        QFETCH(QString, ids);
        QCOMPARE(QString::fromStdString(matching(text)), ids);
    }

    void halfTypedTermSaysWhatIsMissingAndHidesNothing()
    {
        const RunFilter filter = RunFilter::parse(QStringLiteral("ndcg@10>"));
        QVERIFY(filter.error().contains(QStringLiteral("number")));
        QCOMPARE(matching(QStringLiteral("ndcg@10>")), std::string("123"));
        QVERIFY(RunFilter::parse(QStringLiteral("ndcg@10>x")).error().contains(QStringLiteral("number")));
    }

    void onlyUnlikeParametersDiffer()
    {
        const auto runs = threeRuns();
        QCOMPARE(differingParameters({&(*runs)[0], &(*runs)[1]}), std::vector<std::string>{"hidden"});
        QCOMPARE(differingParameters({&(*runs)[0], &(*runs)[2]}), std::vector<std::string>()); // markov has none
        QVERIFY(differingParameters({&(*runs)[0]}).empty());
    }

    void folderIsOneTag()
    {
        const std::vector<std::string> tags = withFolder({"a", "folder/old"}, "new");
        QCOMPARE(tags, (std::vector<std::string>{"a", "folder/new"}));
        QCOMPARE(withFolder(tags, ""), std::vector<std::string>{"a"});
    }

    void tableKeepsTheRulesOfItemModels()
    {
        RunTableModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setCheckable(true);
        model.setRuns(threeRuns());
        model.setFilter(RunFilter::parse(QStringLiteral("ndcg@10>0.16")));
        QCOMPARE(shownIds(model), QStringLiteral("13"));
        model.sort(columnOf(model, QStringLiteral("NDCG@10")), Qt::DescendingOrder);
        QCOMPARE(shownIds(model), QStringLiteral("31"));
        model.setFilter({});
        QCOMPARE(shownIds(model), QStringLiteral("312"));
    }

    void secondKeyDecidesWhatTheFirstLeavesOpen()
    {
        auto runs = *threeRuns();
        runs[2].model = "sasrec";
        RunTableModel model;
        model.setRuns(std::make_shared<const RunTableModel::Runs>(runs));
        model.sort(columnOf(model, QStringLiteral("Model")), Qt::AscendingOrder);
        QCOMPARE(shownIds(model), QStringLiteral("213"));
        model.addSortKey(columnOf(model, QStringLiteral("NDCG@10")), Qt::DescendingOrder);
        QCOMPARE(shownIds(model), QStringLiteral("231"));
    }

    void bestIsAmongComparableRuns()
    {
        auto runs = *threeRuns();
        runs.push_back(makeRun("4", "sasrec", 0.35, Json::object()));
        runs.push_back(makeRun("5", "sasrec", 0.36, Json::object()));
        runs[3].datasetHash = runs[4].datasetHash = "another";
        RunTableModel model;
        model.setRuns(std::make_shared<const RunTableModel::Runs>(runs));
        const int metric = columnOf(model, QStringLiteral("NDCG@10"));
        QString best;
        for (const RunRecord& run : runs)
            if (model.index(model.rowOf(run.id), metric).data(BestRole).toBool())
                best += QString::fromStdString(run.id);
        QCOMPARE(best, QStringLiteral("15")); // 3 has nothing to be compared with; 4 and 5 are on other data
    }

    void runsOfAnotherProtocolAreNeverBest()
    {
        RunTableModel model;
        model.setRuns(threeRuns());
        const int metric = columnOf(model, QStringLiteral("NDCG@10"));
        model.setReferenceProtocol("aaaa000000000000");
        QVERIFY(!model.index(model.rowOf("3"), metric).data(BestRole).toBool());
        QVERIFY(model.index(model.rowOf("3"), metric).data(DimmedRole).toBool());
        QVERIFY(model.index(model.rowOf("1"), metric).data(BestRole).toBool());
    }

    void checksOutliveTheFilter()
    {
        RunTableModel model;
        model.setCheckable(true);
        model.setRuns(threeRuns());
        QSignalSpy changed(&model, &RunTableModel::checkedChanged);
        QVERIFY(model.setData(model.index(model.rowOf("2"), 0), Qt::Checked, Qt::CheckStateRole));
        model.setFilter(RunFilter::parse(QStringLiteral("model:sasrec")));
        QCOMPARE(model.checked(), QStringList{QStringLiteral("2")});
        QCOMPARE(changed.count(), 1);
    }

    void missingValueIsADash()
    {
        RunTableModel model;
        model.setRuns(threeRuns());
        QCOMPARE(model.index(0, columnOf(model, QStringLiteral("p95 ms"))).data().toString(), QStringLiteral("—"));
        model.setLatency({{"1", 0.25}});
        QCOMPARE(model.index(model.rowOf("1"), columnOf(model, QStringLiteral("p95 ms"))).data().toString(),
            QStringLiteral("0.250"));
    }
};

QTEST_GUILESS_MAIN(TestRunsLogic)
#include "tst_runs_logic.moc"
