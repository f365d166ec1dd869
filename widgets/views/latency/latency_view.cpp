// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/latency/latency_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

#include "engine/workspace/latency_measurement.h"
#include "widgets/core/formatting.h"
#include "widgets/core/latency_estimate.h"
#include "widgets/core/library.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/compare/compare_data.h"
#include "widgets/views/context.h"
#include "widgets/views/latency/frontier_panel.h"
#include "widgets/views/latency/measurement_form.h"
#include "widgets/views/latency/percentile_panel.h"

namespace recoscope {

namespace {

constexpr int leftWidth = 424;
constexpr int narrowLeftWidth = 336;
const QString loadKey = QStringLiteral("latency");

} // namespace

LatencyView::LatencyView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Latency"), parent)
    , m_requests(new SegmentedControl({tr("One request"), tr("Batch throughput")}, QStringLiteral("latencyRequests"),
          tr("One user a request, or several"), this))
    , m_environment(environmentInfo())
{
    setObjectName(QStringLiteral("latencyView"));
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    contentLayout()->addLayout(row, 1);
    m_stack = new QStackedWidget(this);
    m_here = m_machine = machineOf(m_environment);
    addTitleAction(m_requests);
    addPart([this, row] {
        row->addWidget(makeLeft());
        row->addWidget(m_stack, 1);
    });
    addPart([this] {
        m_stack->addWidget(m_results = makeRight());
        m_empty = new EmptyState(this->context().theme, QStringLiteral("timer"), {});
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
    m_form->setEstimate([this](const LatencyRequest& request) {
        return estimateLatency(m_rows, checkedIds(), machineWith(request.threads), request);
    });
    formPanel->setContent(m_form);
    column->addWidget(formPanel);

    m_percentiles = new PercentilePanel(theme);
    column->addWidget(m_percentiles, 5);
    m_stagesPanel = new Panel(theme, tr("Where the time goes"), QStringLiteral("latencyStages"));
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
    m_frontier = new FrontierPanel(theme, context().library);
    column->addWidget(m_frontier, 11);

    auto* below = new QHBoxLayout;
    below->setSpacing(12);
    m_distributionPanel = new Panel(theme, tr("Latency distribution"), QStringLiteral("latencyDistribution"));
    m_distribution = new PlotView(theme, tr("Latency distribution"), QStringLiteral("latencyDistribution"));
    m_distributionPanel->setContent(m_distribution);
    m_distributionPanel->setExportable(m_distribution);
    m_sweepPanel = new Panel(theme, tr("Length sweep"), QStringLiteral("latencySweep"));
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
    connect(m_frontier, &FrontierPanel::runClicked, this,
        [this](const QString& run) { context().navigator.requestUsers(run, context().selection.runA()); });
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
    connect(m_form, &MeasurementForm::choiceChanged, this, &LatencyView::showChosen);
    connect(m_requests, &SegmentedControl::currentChanged, this, [this] {
        m_form->setBatched(isBatched());
        showChosen();
    });
    connect(m_percentiles, &PercentilePanel::historyChosen, this, &LatencyView::showAll);
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
    return m_frontier->exportable();
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

std::vector<RunId> LatencyView::checkedIds() const
{
    std::vector<RunId> ids;
    for (const RunRecord& run : m_form->checkedRuns())
        ids.push_back(run.id);
    return ids;
}

void LatencyView::load()
{
    context().jobs.run(
        {JobLane::Inspect, tr("Read latencies"), loadKey}, this,
        [workspace = context().workspace, ids = checkedIds()](
            Progress& progress) { return loadLatency(*workspace, ids, progress); },
        [this](std::map<RunId, std::vector<LatencyRow>> rows) { show(std::move(rows)); },
        [this](const JobFailure& failure) { banner().showFailure(tr("The latencies could not be read."), failure); });
}

void LatencyView::show(std::map<RunId, std::vector<LatencyRow>> rows)
{
    m_rows = std::move(rows);
    showChosen();
    m_form->refresh(); // its estimate is of these rows
}

void LatencyView::showChosen()
{
    m_choice = m_form->choice();
    m_here = machineWith(m_form->threads());
    if (isBatched())
        m_choice.batch = nearestBatch(m_rows, m_choice.batch);
    m_chosen = chosenRows();
    const auto isHere = [this](const MeasuredRow& row) { return row.row.machine == m_here; };
    m_machine = std::any_of(m_chosen.begin(), m_chosen.end(), isHere) ? m_here : commonMachine(m_rows);
    m_shown.clear();
    std::copy_if(m_chosen.begin(), m_chosen.end(), std::back_inserter(m_shown),
        [this](const MeasuredRow& row) { return row.row.machine == m_machine; });
    m_empty->setSentence(context().selection.dataset().isEmpty()
            ? tr("Choose a dataset above; its runs can be measured here.")
            : m_rows.empty()
            ? tr("Not measured on this machine yet. Choose runs on the left, then press Measure.")
            : tr("Of these runs, %1 was not measured along the chosen paths yet. Press Measure.").arg(requestName()));
    m_stack->setCurrentWidget(m_chosen.empty() ? static_cast<QWidget*>(m_empty) : m_results);
    m_percentiles->setVisible(!m_shown.empty());
    m_stagesPanel->setVisible(!m_shown.empty());
    m_percentiles->setRows(m_shown);
    showConditions();
    showAll();
}

void LatencyView::showConditions()
{
    std::set<RunId> runs;
    std::string newest;
    for (const MeasuredRow& row : m_chosen) {
        runs.insert(row.row.run);
        if (row.row.machine == m_machine)
            newest = std::max(newest, row.row.measured);
    }
    QString subtitle;
    if (!m_chosen.empty())
        subtitle = tr("%n run(s) · measured %1 on %2", nullptr, static_cast<int>(runs.size()))
                       .arg(format::ago(QString::fromStdString(newest)), QString::fromStdString(m_machine.text));
    if (!m_chosen.empty() && m_machine != m_here)
        subtitle += whatIsMissing();
    setSubtitle(subtitle);
    m_percentiles->setSubtitle(isBatched() ? tr("ms, %1 users").arg(m_choice.batch) : tr("ms"));
    m_stagesPanel->setSubtitle(tr("p50 of %1, ms").arg(requestName()));
    m_sweepPanel->setSubtitle(isBatched() ? tr("batches of %1, at p95, band p99–p50").arg(m_choice.batch)
                                          : tr("p95 per request, band p50–p99"));
}

MachineKey LatencyView::machineWith(int threads) const
{
    Json environment = m_environment;
    environment["threads"] = threads;
    return machineOf(environment);
}

// Which condition tells what the form would measure from what is shown.
QString LatencyView::whatIsMissing() const
{
    const int threads = m_form->threads();
    const bool threadsAlone = machineDifference(m_here, m_machine) == machineOf({{"threads", threads}}).text;
    return threadsAlone ? tr(" · not yet with %n thread(s), as chosen", nullptr, threads)
                        : tr(" · not yet on this machine (%1)").arg(QString::fromStdString(m_here.text));
}

std::vector<MeasuredRow> LatencyView::chosenRows() const
{
    std::vector<MeasuredRow> chosen;
    for (const auto& [run, rows] : m_rows) {
        const QString name = context().library.runName(QString::fromStdString(run));
        const int slot = slotOf(run);
        for (const LatencyRow& row : rows)
            if (m_choice.takes(row.point))
                chosen.push_back({row, name, slot});
    }
    return chosen;
}

bool LatencyView::isBatched() const
{
    return m_requests->current() == 1;
}

QString LatencyView::requestName() const
{
    return isBatched() ? tr("a batch of %1 users").arg(m_choice.batch) : tr("one request");
}

void LatencyView::showAll()
{
    m_stages->setRows(stageRows(m_percentiles->shown()));
    m_frontier->show({m_chosen, m_percentiles->history(), m_machine, requestName()});
    showDistribution();
    m_sweep->setModel(isBatched() ? throughputModel(m_shown) : sweepModel(m_shown));
    showBusy();
}

void LatencyView::showDistribution()
{
    const std::vector<MeasuredRow> fastest = fastestPaths(m_percentiles->shown());
    const std::size_t samples = fastest.empty() ? 0 : fastest.front().row.point.samplesUs.size();
    m_distributionPanel->setSubtitle(samples == 0
            ? tr("no samples stored")
            : tr("% of %1 requests, fastest path").arg(format::count(static_cast<qint64>(samples))));
    m_distribution->setModel(distributionModel(fastest));
}

void LatencyView::showBusy()
{
    if (m_measuring)
        return;
    int busy = 0;
    int blocks = 0;
    for (const MeasuredRow& row : m_chosen) {
        if (row.row.machine == m_here) {
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
    const std::vector<RunId> runs = checkedIds();
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
        [workspace = context().workspace, runs, request = *request](Progress& progress) {
            measureRuns(*workspace, runs, request, progress);
            workspace->store().flush();
        },
        [this] { finishMeasuring(); },
        [this](const JobFailure& failure) {
            finishMeasuring();
            banner().showFailure(tr("The measurement stopped. Nothing of it is kept."), failure);
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
