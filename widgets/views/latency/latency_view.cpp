// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/latency/latency_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

#include "engine/workspace/latency_measurement.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/compare/compare_data.h"
#include "widgets/views/context.h"
#include "widgets/views/latency/measurement_form.h"
#include "widgets/views/latency/percentile_panel.h"

namespace recoscope {

namespace {

constexpr int leftWidth = 404;
constexpr int narrowLeftWidth = 336;
const QString loadKey = QStringLiteral("latency");

// What one request of each checked run takes, stored with the conditions that it was measured under.
void measureRuns(
    Workspace& workspace, const std::vector<RunRecord>& runs, const LatencyRequest& request, Progress& progress)
{
    for (std::size_t i = 0; i < runs.size(); ++i) {
        progress.update(static_cast<double>(i) / static_cast<double>(runs.size()), "Measuring " + runs[i].name);
        measureRun(workspace, runs[i].id, request, progress);
    }
    workspace.store().flush();
}

} // namespace

LatencyView::LatencyView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Latency"), parent)
{
    setObjectName(QStringLiteral("latencyView"));
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    contentLayout()->addLayout(row, 1);
    m_stack = new QStackedWidget(this);
    m_machine = machineOf(environmentInfo());
    addPart([this, row] {
        row->addWidget(makeLeft());
        row->addWidget(m_stack, 1);
    });
    addPart([this] {
        m_stack->addWidget(m_results = makeRight());
        m_empty = new EmptyState(this->context().theme, QStringLiteral("timer"),
            tr("Not measured on this machine yet. Choose runs on the left, then press Measure."));
        m_stack->addWidget(m_empty);
    });
    addPart([this] {
        connectParts();
        setNarrow(false);
    });
}

QWidget* LatencyView::makeLeft()
{
    Theme& theme = context().theme;
    auto* side = m_side = new QWidget;
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    auto* formPanel = new Panel(theme, tr("Measurement"), QStringLiteral("latencyForm"));
    formPanel->setSubtitle(tr("conditions stored with every number"));
    formPanel->setEnlargeable(false);
    m_form = new MeasurementForm;
    formPanel->setContent(m_form);
    column->addWidget(formPanel);

    m_percentiles = new PercentilePanel(theme);
    column->addWidget(m_percentiles, 5);
    m_stagesPanel = new Panel(theme, tr("Where the time goes"), QStringLiteral("latencyStages"));
    m_stagesPanel->setSubtitle(tr("p50, ms"));
    m_stages = new StageBars(theme, QStringLiteral("latencyStages"));
    m_stagesPanel->setContent(m_stages);
    m_stagesPanel->setExportable(m_stages);
    column->addWidget(m_stagesPanel, 4);
    column->addStretch();
    return side;
}

QWidget* LatencyView::makeRight()
{
    Theme& theme = context().theme;
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    m_frontierPanel = new Panel(theme, tr("Accuracy against latency"), QStringLiteral("latencyFrontier"));
    m_frontierPanel->setSubtitle(tr("bars are 95 % CI; line is the Pareto front; click a point for its users"));
    m_metric = new QComboBox;
    setNames(m_metric, QStringLiteral("latencyMetric"), tr("Accuracy"));
    for (const char* metric : {"ndcg@10", "hr@10", "mrr"})
        m_metric->addItem(QString::fromLatin1(metric).toUpper(), QString::fromLatin1(metric));
    m_statistic = new QComboBox;
    setNames(m_statistic, QStringLiteral("latencyStatistic"), tr("Percentile"));
    m_statistic->addItems({QStringLiteral("p50"), QStringLiteral("p95"), QStringLiteral("p99")});
    m_statistic->setCurrentIndex(1);
    m_frontierPanel->addControl(m_metric);
    m_frontierPanel->addControl(m_statistic);
    m_frontier = new PlotView(theme, tr("Accuracy against latency"), QStringLiteral("latencyFrontier"));
    m_frontierPanel->setContent(m_frontier);
    m_frontierPanel->setExportable(m_frontier);
    column->addWidget(m_frontierPanel, 11);

    auto* below = new QHBoxLayout;
    below->setSpacing(12);
    m_distributionPanel = new Panel(theme, tr("Latency distribution"), QStringLiteral("latencyDistribution"));
    m_distribution = new PlotView(theme, tr("Latency distribution"), QStringLiteral("latencyDistribution"));
    m_distributionPanel->setContent(m_distribution);
    m_distributionPanel->setExportable(m_distribution);
    m_sweepPanel = new Panel(theme, tr("Length sweep"), QStringLiteral("latencySweep"));
    m_sweepPanel->setSubtitle(tr("p95 per request, band p50–p99"));
    m_sweep = new PlotView(theme, tr("Length sweep"), QStringLiteral("latencySweep"));
    m_sweepPanel->setContent(m_sweep);
    m_sweepPanel->setExportable(m_sweep);
    below->addWidget(m_distributionPanel, 1);
    below->addWidget(m_sweepPanel, 1);
    column->addLayout(below, 9);
    return page;
}

void LatencyView::connectParts()
{
    connect(m_frontier, &PlotView::pointClicked, this, [this](int series) {
        if (const QString run = frontierRun(m_points, series); !run.isEmpty())
            context().navigator.requestUsers(run, context().selection.runA());
    });
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & (SelectionFields(SelectionField::Dataset) | SelectionField::RunA | SelectionField::RunB))
            refreshRuns();
    });
    connect(&context().library, &Library::runsChanged, this, &LatencyView::refreshRuns);
    connect(&context().jobs, &Jobs::cancelled, this, [this](JobId id) {
        if (m_measuring && id == m_job)
            finishMeasuring();
    });
    connect(m_form, &MeasurementForm::measureAsked, this, &LatencyView::measure);
    connect(m_form, &MeasurementForm::checkedChanged, this, &LatencyView::load);
    connect(m_percentiles, &PercentilePanel::historyChosen, this, &LatencyView::showAll);
    for (QComboBox* box : {m_metric, m_statistic})
        connect(box, &QComboBox::activated, this, &LatencyView::showFrontier);
}

SelectionFields LatencyView::usedFields() const
{
    return SelectionFields(SelectionField::Dataset) | SelectionField::RunA | SelectionField::RunB;
}

void LatencyView::activate()
{
    if (m_stale)
        refreshRuns();
}

QPushButton* LatencyView::primaryButton() const
{
    return m_form->measureButton();
}

Exportable* LatencyView::mainExport() const
{
    return m_frontier;
}

void LatencyView::setNarrow(bool narrow)
{
    m_side->setFixedWidth(context().theme.scaled(narrow ? narrowLeftWidth : leftWidth));
    m_percentiles->setNarrow(narrow);
}

int LatencyView::slotOf(const RunId& run) const
{
    const Selection& selection = context().selection;
    const QString id = QString::fromStdString(run);
    if (id == selection.runA())
        return 0;
    if (id == selection.runB())
        return 1;
    int slot = 2;
    for (const RunRecord& other : m_form->checkedRuns()) {
        if (other.id == run)
            return slot;
        const QString otherId = QString::fromStdString(other.id);
        slot += otherId != selection.runA() && otherId != selection.runB();
    }
    return -1;
}

LatencyStatistic LatencyView::statistic() const
{
    return static_cast<LatencyStatistic>(m_statistic->currentIndex());
}

void LatencyView::refreshRuns()
{
    m_stale = !isVisible();
    if (m_stale)
        return;
    const Selection& selection = context().selection;
    std::vector<RunRecord> runs;
    for (const RunRecord& run : context().library.runs()) {
        if (run.dataset == selection.dataset().toStdString() && !run.test.empty())
            runs.push_back(run);
    }
    m_form->setRuns(runs, {selection.runA(), selection.runB()});
    load();
}

void LatencyView::load()
{
    std::vector<RunId> ids;
    for (const RunRecord& run : m_form->checkedRuns())
        ids.push_back(run.id);
    context().jobs.run(
        {JobLane::Inspect, tr("Read latencies"), loadKey}, this,
        [workspace = context().workspace, ids](Progress& progress) { return loadLatency(*workspace, ids, progress); },
        [this](std::map<RunId, std::vector<LatencyRow>> rows) { show(std::move(rows)); },
        [this](const JobFailure& failure) { banner().showFailure(tr("The latencies could not be read."), failure); });
}

void LatencyView::show(std::map<RunId, std::vector<LatencyRow>> rows)
{
    m_rows = std::move(rows);
    const std::vector<MeasuredRow> all = measuredRows();
    std::vector<MeasuredRow> here;
    std::copy_if(all.begin(), all.end(), std::back_inserter(here),
        [this](const MeasuredRow& row) { return row.row.machine == m_machine; });
    m_stack->setCurrentWidget(all.empty() ? static_cast<QWidget*>(m_empty) : m_results);
    QString subtitle = all.empty() ? QString() : tr("%n run(s)", nullptr, static_cast<int>(m_rows.size()));
    if (!here.empty()) {
        const auto newest = std::max_element(
            here.begin(), here.end(), [](const auto& a, const auto& b) { return a.row.measured < b.row.measured; });
        subtitle += tr(" · measured %1 on %2")
                        .arg(format::ago(QString::fromStdString(newest->row.measured)),
                            QString::fromStdString(m_machine.text));
    } else if (!all.empty()) {
        subtitle += tr(" · measured on another machine or with other threads");
    }
    setSubtitle(subtitle);
    m_percentiles->setVisible(!here.empty());
    m_stagesPanel->setVisible(!here.empty());
    m_percentiles->setRows(std::move(here));
    showAll();
}

std::vector<MeasuredRow> LatencyView::measuredRows() const
{
    std::vector<MeasuredRow> all;
    for (const auto& [run, rows] : m_rows) {
        const QString name = context().library.runName(QString::fromStdString(run));
        const int slot = slotOf(run);
        for (const LatencyRow& row : rows)
            all.push_back({row, name, slot});
    }
    return all;
}

void LatencyView::showAll()
{
    m_stages->setRows(stageRows(m_percentiles->shown()));
    showFrontier();
    showDistribution();
    m_sweep->setModel(sweepModel(measuredRows(), m_machine));
    showBusy();
}

void LatencyView::showFrontier()
{
    const FrontierRequest request{
        m_metric->currentData().toString().toStdString(), statistic(), m_percentiles->history()};
    m_points = frontierPoints(
        m_rows, request, [this](const RunId& id) { return context().library.run(QString::fromStdString(id)); },
        [this](const RunId& id) { return slotOf(id); });
    PlotModel plot = frontierModel(
        m_points, tr("%1 latency, ms, one request").arg(m_statistic->currentText()), m_metric->currentText());
    plot.title = tr("Accuracy against latency");
    m_frontier->setModel(std::move(plot));
}

void LatencyView::showDistribution()
{
    const std::vector<MeasuredRow> fastest = fastestPaths(m_percentiles->shown());
    const std::size_t samples = fastest.empty() ? 0 : fastest.front().row.point.samplesUs.size();
    m_distributionPanel->setSubtitle(samples == 0
            ? tr("not measured here yet")
            : tr("% of %1 requests, fastest path").arg(format::count(static_cast<qint64>(samples))));
    m_distribution->setModel(distributionModel(fastest));
}

void LatencyView::showBusy()
{
    if (m_measuring)
        return;
    int busy = 0;
    int blocks = 0;
    for (const MeasuredRow& row : measuredRows()) {
        if (row.row.machine == m_machine) {
            ++blocks;
            busy += row.row.point.busy;
        }
    }
    if (busy == 0) {
        banner().clear();
        return;
    }
    banner().showMessage(StatusTone::Warn, tr("Machine was busy in %1 of %2 conditions.").arg(busy).arg(blocks),
        tr("Their spread between blocks is over 30 %."));
    banner().setButton(tr("Repeat it"), [this] { measure(); });
}

void LatencyView::measure()
{
    const auto request = m_form->request();
    const std::vector<RunRecord> runs = m_form->checkedRuns();
    if (!request || runs.empty() || m_measuring)
        return;
    m_measuring = true;
    m_form->measureButton()->setEnabled(false);
    m_resumesTraining = m_form->pausesTraining() && context().training.running() && !context().training.isPaused();
    if (m_resumesTraining)
        context().training.pause();
    m_percentiles->setLoading(true, tr("measuring…"));
    m_job = context().jobs.run(
        {JobLane::Work, tr("Measure latency"), {}}, this,
        [workspace = context().workspace, runs, request = *request](
            Progress& progress) { measureRuns(*workspace, runs, request, progress); },
        [this] { finishMeasuring(); },
        [this](const JobFailure& failure) {
            finishMeasuring();
            banner().showFailure(tr("The measurement stopped. Runs measured before it are stored."), failure);
        });
}

void LatencyView::finishMeasuring()
{
    m_measuring = false;
    m_form->measureButton()->setEnabled(true);
    m_percentiles->setLoading(false);
    if (m_resumesTraining)
        context().training.resume();
    load();
}

} // namespace recoscope
