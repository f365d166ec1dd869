// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/home/recent_runs.h"

#include <algorithm>

#include <QPushButton>
#include <QStackedWidget>

#include "engine/workspace/workspace.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/data_table.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/run_words.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"
#include "widgets/views/home/recent_delegate.h"

namespace recoscope {

namespace {

constexpr std::size_t shownRuns = 20;
constexpr int datasetColumn = 2;

using Column = RowTableModel<RecentRun>::Column;
using Values = std::map<std::string, double>;

QString tr(const char* text)
{
    return RecentRuns::tr(text);
}

std::optional<double> ndcg(const Values& values)
{
    const auto found = values.find("ndcg@10");
    return found == values.end() ? std::nullopt : std::optional(found->second);
}

Column metricColumn(const QString& title, const QString& tip, Values RunRecord::*values)
{
    return {{title, tip, true, 86}, [values](const RecentRun& r) { return format::accuracy(ndcg(r.run.*values)); },
        [values](const RecentRun& r) {
            const auto value = ndcg(r.run.*values);
            return value ? QVariant(*value) : QVariant();
        }};
}

std::vector<Column> columns()
{
    const auto text = [](const QString& title, int width, std::function<QString(const RecentRun&)> show) {
        return Column{{title, {}, false, width}, std::move(show), {}};
    };
    std::vector<Column> all{text(tr("Run"), 0, [](const RecentRun& r) { return QString::fromStdString(r.run.name); }),
        text(tr("Model"), 104, [](const RecentRun& r) { return modelTitle(r.run.model); }),
        text(tr("Dataset"), 120, [](const RecentRun& r) { return QString::fromStdString(r.run.dataset); }),
        text(tr("By epoch"), 104, [](const RecentRun&) { return QString(); }),
        metricColumn(tr("Validation"), tr("NDCG@10 at the best epoch"), &RunRecord::valid),
        metricColumn(tr("Test"), tr("NDCG@10 of the best epoch on the test part"), &RunRecord::test),
        text(tr("Ended"), 104, [](const RecentRun& r) {
            return format::ago(QString::fromStdString(r.run.finished.empty() ? r.run.created : r.run.finished));
        })};
    all[0].extras = [](const RecentRun& r, int role) {
        return role == RunSlotRole && r.slot >= 0 ? QVariant(r.slot) : QVariant();
    };
    all[3].extras = [](const RecentRun& r, int role) {
        return role == CurveRole ? QVariant::fromValue(QList<double>(r.curve.begin(), r.curve.end())) : QVariant();
    };
    all[4].extras = [](const RecentRun& r, int role) { return role == BestRole ? QVariant(r.best) : QVariant(); };
    TableColumn& ended = all[6];
    ended.numeric = true;
    all[6].value = [](const RecentRun& r) { return QVariant(QString::fromStdString(r.run.finished)); };
    all[6].extras = [](const RecentRun& r, int role) {
        if (r.run.status == RunStatus::Finished)
            return QVariant();
        return role == ChipTextRole ? QVariant(statusText(r.run.status))
            : role == ChipRole      ? QVariant(static_cast<int>(statusTone(r.run.status)))
                                    : QVariant();
    };
    return all;
}

// A best value means something only among runs on the same data under the same protocol.
void markBest(std::vector<RecentRun>& runs)
{
    RecentRun* best = nullptr;
    int compared = 0;
    for (RecentRun& run : runs) {
        const auto value = ndcg(run.run.valid);
        if (!value)
            continue;
        if (best && (run.run.protocolHash != best->run.protocolHash || run.run.datasetHash != best->run.datasetHash))
            return;
        ++compared;
        if (!best || *value > *ndcg(best->run.valid))
            best = &run;
    }
    if (compared > 1)
        best->best = true;
}

} // namespace

RecentRuns::RecentRuns(WorkbenchContext& context, QWidget* parent)
    : Panel(context.theme, Panel::tr("Recent runs"), QStringLiteral("recentRuns"), parent)
    , m_context(context)
    , m_rows(new RowTableModel<RecentRun>(columns(), this))
    , m_table(new DataTable(context.theme, QObject::tr("Recent runs"), QStringLiteral("recentRunsTable")))
    , m_stack(new QStackedWidget)
{
    setSubtitle(tr("NDCG@10; double-click makes it run A"));
    setEnlargeable(false);
    setBodyMargins(0, 0, 0, 0);
    QPushButton* all = makeButton(tr("All runs"), QStringLiteral("homeAllRuns"), ButtonKind::Link);
    connect(
        all, &QPushButton::clicked, this, [this] { emit m_context.navigator.viewRequested(QStringLiteral("runs")); });
    addControl(all);
    m_rows->setRowRoles([](const RecentRun& r, int role) {
        return role == RowIdRole ? QVariant(QString::fromStdString(r.run.id)) : QVariant();
    });
    m_table->setTable(m_rows);
    m_table->setItemDelegate(new RecentDelegate(context.theme, m_table));
    connect(m_table, &DataTable::rowActivated, this, &RecentRuns::onActivated);
    auto* empty = new EmptyState(
        context.theme, QStringLiteral("table-2"), tr("Nothing here yet. Drop a data file, or try the shipped sample."));
    empty->addAction(
        tr("Open sample"), QStringLiteral("homeEmptySample"), [this] { emit m_context.navigator.sampleRequested(); });
    m_stack->addWidget(m_table);
    m_stack->addWidget(empty);
    setContent(m_stack);
    connect(&context.library, &Library::runsChanged, this, [this] {
        refresh();
        readCurves();
    });
    connect(&context.selection, &Selection::changed, this, &RecentRuns::refresh);
    connect(&context.training, &TrainingQueue::changed, this, &RecentRuns::refresh);
    refresh();
    readCurves();
}

void RecentRuns::setNarrow(bool narrow)
{
    m_table->setColumnHidden(datasetColumn, narrow);
}

void RecentRuns::refresh()
{
    std::vector<RecentRun> rows;
    for (const RunRecord& run : m_context.library.runs()) {
        if (rows.size() == shownRuns)
            break;
        RecentRun row;
        row.run = run;
        const LiveRun* running = m_context.training.running();
        if (running && running->id == run.id && m_context.training.isPaused())
            row.run.status = RunStatus::Paused;
        if (const auto found = m_curves.find(run.id); found != m_curves.end())
            row.curve = found->second;
        const QString id = QString::fromStdString(run.id);
        row.slot = id == m_context.selection.runA() ? 0 : id == m_context.selection.runB() ? 1 : -1;
        rows.push_back(std::move(row));
    }
    markBest(rows);
    m_stack->setCurrentIndex(rows.empty() ? 1 : 0);
    const QVariant current = m_table->currentIndex().data(RowIdRole);
    m_rows->setRows(std::move(rows));
    for (int row = 0; current.isValid() && row < m_rows->rowCount(); ++row) {
        if (m_rows->index(row, 0).data(RowIdRole) == current)
            m_table->selectRow(row);
    }
}

void RecentRuns::readCurves()
{
    std::vector<std::pair<RunId, int>> wanted;
    for (const RecentRun& row : m_rows->rows()) {
        const auto read = m_epochsRead.find(row.run.id);
        if (row.run.epochs > 1 && (read == m_epochsRead.end() || read->second != row.run.epochs))
            wanted.emplace_back(row.run.id, row.run.epochs);
    }
    if (wanted.empty())
        return;
    using Curves = std::vector<std::vector<double>>;
    m_context.jobs.run(
        {JobLane::Inspect, {}, QStringLiteral("home-curves")}, this,
        [workspace = m_context.workspace, wanted](Progress& progress) {
            Curves curves;
            for (const auto& [id, epochs] : wanted) {
                progress.checkCancelled();
                curves.emplace_back();
                for (const EpochRecord& epoch : workspace->store().epochs(id)) {
                    if (const auto value = epoch.valid ? ndcg(epoch.valid->values) : std::nullopt)
                        curves.back().push_back(*value);
                }
            }
            return curves;
        },
        [this, wanted](Curves curves) {
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                m_curves[wanted[i].first] = std::move(curves[i]);
                m_epochsRead[wanted[i].first] = wanted[i].second;
            }
            refresh();
        });
}

void RecentRuns::onActivated(int row)
{
    m_context.selection.setRunA(QString::fromStdString(m_rows->rowAt(row).run.id));
}

} // namespace recoscope
