// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A table of 10,000 runs that is sorted and filtered while the window is shown: the longest time the GUI thread is
// away. The baseline is a QStandardItemModel behind a QSortFilterProxyModel with the same texts and the same steps.
#include <algorithm>

#include <QEventLoop>
#include <QSortFilterProxyModel>
#include <QStandardItemModel>
#include <QTableView>

#include "engine/core/random.h"
#include "tests/benchmarks/window/window_benchmarks.h"
#include "tests/widgets/heartbeat.h"
#include "widgets/core/run_table_model.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

const std::vector<int> sortedColumns{3, 0, 2, 9};
const char* const filters[] = {"s", "sas", "sasrec ndcg@10>0.1", "hidden=64", ""};

std::shared_ptr<const RunTableModel::Runs> manyRuns(int count)
{
    RandomStream random(9, "runs");
    auto runs = std::make_shared<RunTableModel::Runs>();
    for (int i = 0; i < count; ++i) {
        RunRecord run;
        run.id = "20261121-" + std::to_string(100000 + i);
        run.model = i % 3 == 0 ? "sasrec" : "lrurec";
        run.name = run.model + " " + std::to_string(random.below(1000000));
        run.dataset = "beauty";
        run.parameters = {{"hidden", 16 << random.below(4)}, {"dropout", 0.1 * double(random.below(6))},
            {"learning_rate", 1e-3}, {"layers", 1 + int(random.below(3))}, {"epochs", 200}, {"loss", "cross_entropy"}};
        run.protocolHash = "7c1f000000000000";
        run.created = "2026-11-21T00:00:00Z";
        run.seconds = 10 * random.uniform();
        run.tags = {"sweep"};
        run.status = RunStatus::Finished;
        for (const char* metric : {"ndcg@10", "hr@10", "mrr", "coverage@10"})
            run.test[metric] = 0.2 * random.uniform();
        runs->push_back(std::move(run));
    }
    return runs;
}

// Waits for the model to be done with jobs, while the heart beats.
template <class Step> void stepThenWait(Jobs& jobs, Step step)
{
    step();
    QEventLoop loop;
    QTimer poll;
    QObject::connect(&poll, &QTimer::timeout, &loop, [&] {
        if (jobs.active().empty())
            loop.quit();
    });
    poll.start(2);
    loop.exec();
    QApplication::processEvents();
}

double longestOf(Heartbeat& heartbeat)
{
    double longest = 0;
    for (const Heartbeat::Gap& gap : heartbeat.longest())
        longest = std::max(longest, gap.processor);
    return longest;
}

double ours(const std::shared_ptr<const RunTableModel::Runs>& runs)
{
    Theme theme;
    theme.apply();
    Jobs jobs;
    RunTableModel model;
    model.setJobs(&jobs);
    RowTable table(theme, &model, QStringLiteral("runs"), QStringLiteral("Runs"));
    table.resize(1200, 700);
    table.show();
    Heartbeat heartbeat;
    heartbeat.phase(QStringLiteral("run table"));
    stepThenWait(jobs, [&] { model.setRuns(runs); });
    for (const int column : sortedColumns)
        stepThenWait(jobs, [&] { model.sort(column, Qt::DescendingOrder); });
    for (const char* filter : filters)
        stepThenWait(jobs, [&] { model.setFilter(RunFilter::parse(QString::fromLatin1(filter))); });
    return longestOf(heartbeat);
}

double baseline(const std::shared_ptr<const RunTableModel::Runs>& runs)
{
    RunTableModel texts;
    texts.setRuns(runs);
    QStandardItemModel items(texts.rowCount(), texts.columnCount());
    for (int row = 0; row < texts.rowCount(); ++row) {
        for (int column = 0; column < texts.columnCount(); ++column) {
            auto* item = new QStandardItem(texts.index(row, column).data().toString());
            item->setData(texts.index(row, column).data(RawRole), SortRole);
            items.setItem(row, column, item);
        }
    }
    QSortFilterProxyModel proxy;
    proxy.setSourceModel(&items);
    proxy.setSortRole(SortRole);
    proxy.setFilterKeyColumn(-1);
    proxy.setFilterCaseSensitivity(Qt::CaseInsensitive);
    QTableView table;
    table.setModel(&proxy);
    table.resize(1200, 700);
    table.show();
    Jobs none;
    Heartbeat heartbeat;
    heartbeat.phase(QStringLiteral("proxy"));
    for (const int column : sortedColumns)
        stepThenWait(none, [&] { proxy.sort(column, Qt::DescendingOrder); });
    for (const char* filter : filters)
        stepThenWait(none, [&] { proxy.setFilterFixedString(QString::fromLatin1(filter).section(u' ', 0, 0)); });
    return longestOf(heartbeat);
}

} // namespace

std::vector<BenchmarkRow> benchRunTable(bool quick)
{
    const int count = quick ? 2000 : 10'000;
    const auto runs = manyRuns(count);
    BenchmarkRow row;
    row.name = "run_table";
    row.shape = std::to_string(count) + " runs, 4 sorts and 5 filters";
    ours(runs); // fonts and styles are loaded by the first table
    row.ours = ours(runs);
    row.baseline = baseline(runs);
    row.ratio = row.baseline / row.ours;
    row.unit = "ms";
    row.note
        = "longest gap of the GUI thread in processor time; baseline: QStandardItemModel and QSortFilterProxyModel";
    return {row};
}

} // namespace recoscope
