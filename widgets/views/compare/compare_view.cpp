// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/compare/compare_view.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/models/registry.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/run_table_model.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/frontier.h"
#include "widgets/plots/parallel_coordinates.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/compare/difference_page.h"
#include "widgets/views/compare/parameter_model.h"
#include "widgets/views/compare/run_lines.h"
#include "widgets/views/context.h"
#include "widgets/views/runs/row_table.h"

namespace recoscope {

namespace {

constexpr int newestChecked = 5;
constexpr std::int64_t latencyHistory = 50;
const QString differenceKey = QStringLiteral("compare");
const QString latencyKey = QStringLiteral("compare-latency");

bool isCounting(const RunRecord& run)
{
    for (const ModelDescriptor& model : modelRegistry()) {
        if (model.name == run.model)
            return model.kind == ModelKind::Counting;
    }
    return false;
}

bool isOffered(const RunRecord& run, const std::string& dataset)
{
    return run.dataset == dataset && !run.test.empty();
}

} // namespace

CompareView::CompareView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Compare"), parent)
{
    setObjectName(QStringLiteral("compareView"));
    m_mode = new SegmentedControl({tr("Difference"), tr("Parallel coordinates"), tr("Parameters"), tr("Pareto")},
        QStringLiteral("compareMode"), tr("What is compared"));
    addTitleAction(m_mode);
    auto* swap = makeButton(tr("Swap A and B"), QStringLiteral("compareSwap"));
    addTitleAction(swap);
    connect(swap, &QPushButton::clicked, this, [this] { this->context().selection.swapRuns(); });
    contentLayout()->addWidget(makeRuns(), 3);
    contentLayout()->addWidget(makeModes(), 7);
    connectParts();
}

QWidget* CompareView::makeRuns()
{
    Theme& theme = context().theme;
    m_runsPanel = new Panel(theme, tr("Checked runs"), QStringLiteral("compareRuns"));
    m_differing = new QCheckBox(tr("Only differing parameters"));
    setNames(m_differing, QStringLiteral("compareDiffering"), tr("Only differing parameters"));
    m_differing->setChecked(true);
    m_filter = new QLineEdit;
    setNames(m_filter, QStringLiteral("compareFilter"), tr("Filter runs"));
    m_filter->setPlaceholderText(tr("Filter: model:lru ndcg@10>0.05"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMinimumWidth(theme.scaled(220));
    m_runsPanel->addControl(m_differing);
    m_runsPanel->addControl(m_filter);
    m_runs = new RunTableModel(this);
    m_runs->setJobs(&context().jobs);
    m_runs->setCheckable(true);
    m_table = new RowTable(theme, m_runs, QStringLiteral("compareTable"), tr("Runs to compare"));
    m_table->setDragEnabled(true);
    m_table->setExportHeader({tr("Checked runs"), {}, {}});
    m_runsPanel->setBodyMargins(0, 0, 0, 4);
    m_runsPanel->setContent(m_table);
    m_runsPanel->setExportable(m_table);
    m_runsPanel->setMinimumHeight(theme.scaled(150));
    return m_runsPanel;
}

QWidget* CompareView::makeModes()
{
    Theme& theme = context().theme;
    m_stack = new QStackedWidget;
    m_difference = new DifferencePage(context());
    m_chooseB = new EmptyState(theme, QStringLiteral("scale"), tr("Choose run B to see a difference."));
    m_chooseB->addAction(
        tr("Choose run B…"), QStringLiteral("compareChooseB"), [this] { chooseRunB(); }, true);
    m_unlike = new EmptyState(theme, QStringLiteral("shield-check"), {});
    m_unlike->addAction(
        tr("Evaluate B with A's protocol"), QStringLiteral("compareReevaluate"), [this] { reevaluate(); });
    m_unlikeDataset = new EmptyState(theme, QStringLiteral("shield-check"), {});
    for (EmptyState* state : {m_unlike, m_unlikeDataset})
        state->addAction(tr("Show side by side"),
            state == m_unlike ? QStringLiteral("compareSideBySide") : QStringLiteral("compareSideBySideData"),
            [this] { setMode(Parameters); });

    m_parallelPanel = new Panel(theme, tr("Parallel coordinates"), QStringLiteral("compareParallel"));
    m_parallelPanel->setSubtitle(tr("drag along an axis to choose lines"));
    m_parallel = new ParallelCoordinates(theme, tr("Checked runs"), QStringLiteral("compareParallel"));
    m_parallelPanel->setContent(m_parallel);
    m_parallelPanel->setExportable(m_parallel);

    m_parametersPanel = new Panel(theme, tr("Parameters"), QStringLiteral("compareParameters"));
    m_parameterModel = new ParameterModel(this);
    m_parameters = new RowTable(
        theme, m_parameterModel, QStringLiteral("compareParameterTable"), tr("Parameters of the checked runs"));
    m_parameters->setExportHeader({tr("Parameters"), {}, {}});
    m_parametersPanel->setSubtitle(tr("bold where runs differ"));
    m_parametersPanel->setBodyMargins(0, 0, 0, 4);
    m_parametersPanel->setContent(m_parameters);
    m_parametersPanel->setExportable(m_parameters);

    m_paretoPanel = new Panel(theme, tr("Accuracy against latency"), QStringLiteral("comparePareto"));
    m_pareto = new PlotView(theme, tr("Accuracy against latency"), QStringLiteral("comparePareto"));
    m_paretoPanel->setContent(m_pareto);
    m_paretoPanel->setExportable(m_pareto);
    m_noLatency = new EmptyState(
        theme, QStringLiteral("timer"), tr("None of the checked runs was measured on this machine yet."));
    m_noLatency->addAction(tr("Measure latency…"), QStringLiteral("compareMeasure"),
        [this] { emit context().navigator.viewRequested(QStringLiteral("latency")); });

    for (QWidget* page : std::initializer_list<QWidget*>{m_difference, m_chooseB, m_unlike, m_unlikeDataset,
             m_parallelPanel, m_parametersPanel, m_paretoPanel, m_noLatency})
        m_stack->addWidget(page);
    return m_stack;
}

void CompareView::connectParts()
{
    connect(m_mode, &SegmentedControl::currentChanged, this, &CompareView::refreshMode);
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & SelectionField::Dataset)
            refreshRuns();
        else if (fields & (SelectionFields(SelectionField::RunA) | SelectionField::RunB))
            refreshSlots();
    });
    connect(&context().library, &Library::runsChanged, this, &CompareView::refreshRuns);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        const RunFilter filter = RunFilter::parse(text);
        m_filter->setToolTip(filter.error());
        m_runs->setFilter(filter);
    });
    connect(m_differing, &QCheckBox::toggled, this, [this](bool on) {
        m_runs->setOnlyDifferingParameters(on);
        if (m_mode->current() == Parameters)
            showParameters();
    });
    connect(m_runs, &RunTableModel::checkedChanged, this, &CompareView::refreshSlots);
    connect(m_table, &QAbstractItemView::doubleClicked, this, [this](const QModelIndex& index) {
        const QString id = QString::fromStdString(m_runs->runAt(index.row()).id);
        if (id != context().selection.runA())
            context().selection.setRunB(id);
    });
    connect(m_difference, &DifferencePage::failed, this,
        [this](const QString& lead, const JobFailure& failure) { banner().showFailure(lead, failure); });
}

SelectionFields CompareView::usedFields() const
{
    return SelectionFields(SelectionField::Dataset) | SelectionField::RunA | SelectionField::RunB
        | SelectionField::User;
}

void CompareView::activate()
{
    if (m_stale)
        refreshRuns();
}

Exportable* CompareView::mainExport() const
{
    switch (m_mode->current()) {
    case Parallel: return m_parallel;
    case Parameters: return m_parameters;
    case Pareto: return m_pareto;
    default: return m_difference->mainExport();
    }
}

QWidget* CompareView::filterField() const
{
    return m_filter;
}

void CompareView::setMode(Mode mode)
{
    m_mode->setCurrent(mode);
}

void CompareView::refreshRuns()
{
    m_stale = !isVisible();
    if (m_stale)
        return;
    const Selection& selection = context().selection;
    const auto offered
        = [dataset = selection.dataset().toStdString()](const RunRecord& run) { return isOffered(run, dataset); };
    const auto runs = context().library.sharedRuns();
    m_offered = std::count_if(runs->begin(), runs->end(), offered);
    m_runs->setPredicate(offered);
    m_runs->setRuns(runs);
    if (m_dataset != selection.dataset()) {
        m_dataset = selection.dataset();
        // Counting models stand in every comparison; of the others the newest ones and the selected runs.
        QStringList checks;
        int newest = 0;
        for (const RunRecord& run : *runs) {
            if (!offered(run))
                continue;
            const QString id = QString::fromStdString(run.id);
            if (isCounting(run) || id == selection.runA() || id == selection.runB() || newest++ < newestChecked)
                checks.push_back(id);
        }
        m_runs->setChecked(checks);
    }
    m_table->sortByColumn(3, Qt::DescendingOrder);
    refreshSlots();
}

std::vector<RunRecord> CompareView::checkedRuns() const
{
    std::vector<RunRecord> runs;
    for (const QString& id : m_slots) {
        if (const RunRecord* run = context().library.run(id))
            runs.push_back(*run);
    }
    return runs;
}

std::string CompareView::referenceProtocol() const
{
    const RunRecord* a = context().library.run(context().selection.runA());
    if (a)
        return a->protocolHash;
    const auto runs = checkedRuns();
    return runs.empty() ? std::string() : runs.front().protocolHash;
}

std::vector<RunRecord> CompareView::comparableRuns() const
{
    std::vector<RunRecord> runs = checkedRuns();
    std::erase_if(
        runs, [reference = referenceProtocol()](const RunRecord& run) { return run.protocolHash != reference; });
    return runs;
}

int CompareView::slotOf(const RunId& run) const
{
    return static_cast<int>(m_slots.indexOf(QString::fromStdString(run)));
}

void CompareView::refreshSlots()
{
    m_stale = !isVisible();
    if (m_stale)
        return;
    const Selection& selection = context().selection;
    m_slots.clear();
    for (const QString& id : {selection.runA(), selection.runB()})
        m_slots.push_back(id);
    for (const QString& id : m_runs->checked()) {
        if (!m_slots.contains(id))
            m_slots.push_back(id);
    }
    m_runs->setSlots(m_slots);
    m_runs->setReferenceProtocol(referenceProtocol());
    m_runsPanel->setSubtitle(
        tr("%1 of %2 · best epoch by validation NDCG@10").arg(m_runs->checked().size()).arg(m_offered));
    refreshGuard();
    refreshMode();
}

void CompareView::refreshGuard()
{
    const std::string reference = referenceProtocol();
    std::vector<RunRecord> unlike = checkedRuns();
    std::erase_if(unlike, [&](const RunRecord& run) { return run.protocolHash == reference; });
    if (unlike.empty()) {
        banner().clear();
        return;
    }
    const auto all = checkedRuns();
    const auto like
        = std::find_if(all.begin(), all.end(), [&](const RunRecord& run) { return run.protocolHash == reference; });
    QString text
        = tr("%1: %2. It is left out of every chart on this page.")
              .arg(QString::fromStdString(unlike.front().name),
                  like == all.end() ? QString()
                                    : QString::fromStdString(differenceText(incomparable(*like, unlike.front()))));
    banner().showMessage(StatusTone::Warn,
        format::plural(static_cast<qint64>(unlike.size()), tr("%1 checked run uses another protocol:"),
            tr("%1 checked runs use another protocol:")),
        text);
    banner().setLink(tr("Show difference"), [this] { setMode(Parameters); });
}

void CompareView::refreshMode()
{
    const RunRecord* a = context().library.run(context().selection.runA());
    const RunRecord* b = context().library.run(context().selection.runB());
    setSubtitle(
        a && b ? tr("%1 against %2").arg(QString::fromStdString(b->name), QString::fromStdString(a->name)) : QString());
    switch (m_mode->current()) {
    case Parallel: showParallel(); break;
    case Parameters: showParameters(); break;
    case Pareto: loadPareto(); break;
    default: loadDifference(); break;
    }
}

void CompareView::showUnlike(const QString& differences, bool sameDataset)
{
    EmptyState* state = sameDataset ? m_unlike : m_unlikeDataset;
    state->setSentence(tr("These two results cannot be compared: %1.").arg(differences));
    m_stack->setCurrentWidget(state);
}

void CompareView::loadDifference()
{
    context().jobs.cancelKey(differenceKey);
    const RunRecord* a = context().library.run(context().selection.runA());
    const RunRecord* b = context().library.run(context().selection.runB());
    if (!a || !b || a->id == b->id) {
        m_chooseB->setSentence(
            a ? tr("Choose run B to see a difference.") : tr("Choose runs A and B to see a difference."));
        m_stack->setCurrentWidget(m_chooseB);
        return;
    }
    const auto unlike = incomparable(*a, *b);
    if (!unlike.empty()) {
        showUnlike(QString::fromStdString(differenceText(unlike)), a->dataset == b->dataset);
        return;
    }
    context().jobs.run(
        {JobLane::Inspect, tr("Compare two runs"), differenceKey}, this,
        [workspace = context().workspace, a = *a, b = *b](
            Progress& progress) { return loadComparison(*workspace, a, b, progress); },
        [this](std::shared_ptr<const CompareData> data) {
            m_difference->show(std::move(data));
            m_stack->setCurrentWidget(m_difference);
        },
        [this](const JobFailure& failure) { banner().showFailure(tr("The runs could not be compared."), failure); });
}

void CompareView::reevaluate()
{
    const RunRecord* a = context().library.run(context().selection.runA());
    const RunRecord* b = context().library.run(context().selection.runB());
    if (!a || !b)
        return;
    context().jobs.run(
        {JobLane::Work, tr("Evaluate %1 again").arg(QString::fromStdString(b->name)), {}}, this,
        [workspace = context().workspace, a = *a, b = *b](
            Progress& progress) { return loadReevaluated(*workspace, a, b, progress); },
        [this](std::shared_ptr<const CompareData> data) {
            banner().showMessage(StatusTone::Info, tr("Evaluated again:"),
                tr("%1 was ranked under A's protocol for this page. What is stored is unchanged.")
                    .arg(QString::fromStdString(data->b.name)));
            m_difference->show(std::move(data));
            m_stack->setCurrentWidget(m_difference);
        },
        [this](
            const JobFailure& failure) { banner().showFailure(tr("Run B could not be evaluated again."), failure); });
}

void CompareView::showParallel()
{
    const RunLines lines = runLines(comparableRuns(), m_slots);
    m_parallel->setData(lines.axes, lines.lines);
    m_stack->setCurrentWidget(m_parallelPanel);
}

void CompareView::showParameters()
{
    m_parameterModel->setRuns(checkedRuns(), m_differing->isChecked());
    for (int column = 0; column < m_parameterModel->columnCount(); ++column)
        m_parameters->setColumnWidth(column, context().theme.scaled(column == 0 ? 190 : 160));
    m_stack->setCurrentWidget(m_parametersPanel);
}

void CompareView::loadPareto()
{
    std::vector<RunId> ids;
    for (const RunRecord& run : comparableRuns())
        ids.push_back(run.id);
    context().jobs.run(
        {JobLane::Inspect, tr("Read latencies"), latencyKey}, this,
        [workspace = context().workspace, ids](Progress& progress) { return loadLatency(*workspace, ids, progress); },
        [this](const std::map<RunId, std::vector<LatencyRow>>& rows) { showPareto(rows); },
        [this](const JobFailure& failure) { banner().showFailure(tr("The latencies could not be read."), failure); });
}

void CompareView::showPareto(const std::map<RunId, std::vector<LatencyRow>>& rows)
{
    if (m_mode->current() != Pareto)
        return;
    const MachineKey machine = commonMachine(rows);
    std::vector<FrontierPoint> points;
    std::map<RunId, double> p95;
    for (const RunRecord& run : comparableRuns()) {
        const auto found = rows.find(run.id);
        const auto row = found == rows.end()
            ? std::nullopt
            : servingRow(found->second, machine, latencyHistory, LatencyStatistic::P95);
        if (!row || !run.test.contains("ndcg@10"))
            continue;
        const double ms = milliseconds(row->point, LatencyStatistic::P95);
        p95[run.id] = ms;
        const auto half = run.testHalfWidth.find("ndcg@10");
        points.push_back({QString::fromStdString(run.name), slotOf(run.id), ms, row->point.p95Low / 1000,
            row->point.p95High / 1000, run.test.at("ndcg@10"), half == run.testHalfWidth.end() ? 0.0 : half->second,
            QString::fromStdString(machine.text)});
    }
    m_runs->setLatency(std::move(p95));
    if (points.empty()) {
        m_stack->setCurrentWidget(m_noLatency);
        return;
    }
    m_paretoPanel->setSubtitle(
        tr("bars are 95 % CI; line is the Pareto front · %1").arg(QString::fromStdString(machine.text)));
    PlotModel plot = frontierModel(points, tr("p95 latency, ms, one request"), QStringLiteral("NDCG@10"));
    plot.protocolHash = QString::fromStdString(referenceProtocol());
    m_pareto->setModel(std::move(plot));
    m_stack->setCurrentWidget(m_paretoPanel);
}

void CompareView::chooseRunB()
{
    QStringList names;
    QStringList ids;
    for (const RunRecord& run : *m_runs->runs()) {
        const QString id = QString::fromStdString(run.id);
        if (id == context().selection.runA() || !isOffered(run, context().selection.dataset().toStdString()))
            continue;
        ids.push_back(id);
        names.push_back(QString::fromStdString(run.name));
    }
    bool accepted = false;
    const QString name = QInputDialog::getItem(this, tr("Choose run B"), tr("Run:"), names, 0, false, &accepted);
    if (accepted && !names.isEmpty())
        context().selection.setRunB(ids[names.indexOf(name)]);
}

} // namespace recoscope
