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
#include <set>

#include "engine/workspace/latency_measurement.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/frontier.h"
#include "widgets/plots/plot_view.h"
#include "widgets/plots/row_bars.h"
#include "widgets/views/compare/compare_data.h"
#include "widgets/views/context.h"
#include "widgets/views/latency/measurement_form.h"
#include "widgets/views/runs/row_table.h"

namespace recoscope {

namespace {

constexpr int leftWidth = 356;
constexpr int histogramBins = 60;
constexpr std::int64_t usualHistory = 64;
const QString loadKey = QStringLiteral("latency");

QString pathName(ServingMode mode)
{
    switch (mode) {
    case ServingMode::Incremental: return LatencyView::tr("incremental");
    case ServingMode::Compressed: return LatencyView::tr("compressed");
    case ServingMode::Full: break;
    }
    return LatencyView::tr("full");
}

QString ms(double value)
{
    return format::number(value, value < 1 ? 3 : value < 10 ? 2 : 1);
}

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
    row->addWidget(makeLeft());
    m_stack = new QStackedWidget;
    m_results = makeRight();
    m_empty = new EmptyState(context.theme, QStringLiteral("timer"), tr("Not measured on this machine yet."));
    m_stack->addWidget(m_results);
    m_stack->addWidget(m_empty);
    row->addWidget(m_stack, 1);
    contentLayout()->addLayout(row, 1);
    m_machine = machineOf(environmentInfo());
    connectParts();
}

QWidget* LatencyView::makeLeft()
{
    Theme& theme = context().theme;
    auto* side = new QWidget;
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    auto* formPanel = new Panel(theme, tr("Measurement"), QStringLiteral("latencyForm"));
    formPanel->setSubtitle(tr("conditions stored with every number"));
    formPanel->setEnlargeable(false);
    m_form = new MeasurementForm;
    formPanel->setContent(m_form);
    column->addWidget(formPanel, 5);

    m_percentilesPanel = new Panel(theme, tr("Percentiles"), QStringLiteral("latencyPercentiles"));
    m_percentilesPanel->setSubtitle(tr("ms"));
    m_length = new QComboBox;
    setNames(m_length, QStringLiteral("latencyLength"), tr("History length"));
    m_percentilesPanel->addControl(m_length);
    const auto value = [](LatencyStatistic statistic) {
        return [statistic](const PercentileRow& r) { return QVariant(milliseconds(r.row.point, statistic)); };
    };
    const auto text = [](LatencyStatistic statistic) {
        return [statistic](const PercentileRow& r) { return ms(milliseconds(r.row.point, statistic)); };
    };
    m_percentileRows = new RowTableModel<PercentileRow>(
        {{{tr("Run"), {}, false, 0}, [](const PercentileRow& r) { return r.name; }, {},
             [](const PercentileRow& r, int role) { return role == RunSlotRole ? QVariant(r.slot) : QVariant(); }},
            {{tr("Path"), {}, false, 84}, [](const PercentileRow& r) { return pathName(r.row.point.mode); }, {}},
            {{QStringLiteral("p50"), {}, true, 52}, text(LatencyStatistic::P50), value(LatencyStatistic::P50)},
            {{QStringLiteral("p95"), {}, true, 52}, text(LatencyStatistic::P95), value(LatencyStatistic::P95)},
            {{QStringLiteral("p99"), {}, true, 52}, text(LatencyStatistic::P99), value(LatencyStatistic::P99)},
            {{tr("req/s"), {}, true, 60},
                [](const PercentileRow& r) { return format::count(static_cast<qint64>(r.row.point.throughput)); },
                [](const PercentileRow& r) { return QVariant(r.row.point.throughput); }}},
        this);
    m_percentiles = new RowTable(
        theme, m_percentileRows, QStringLiteral("latencyPercentileTable"), tr("Percentiles in milliseconds"));
    m_percentiles->setStretchedColumn(0);
    m_percentiles->setExportHeader({tr("Latency percentiles"), {}, {}});
    m_percentilesPanel->setBodyMargins(0, 0, 0, 4);
    m_percentilesPanel->setContent(m_percentiles);
    m_percentilesPanel->setExportable(m_percentiles);
    column->addWidget(m_percentilesPanel, 3);

    m_stagesPanel = new Panel(theme, tr("Where the time goes"), QStringLiteral("latencyStages"));
    m_stagesPanel->setSubtitle(tr("share in encoding; the rest scores and picks"));
    m_stages = new RowBars(theme, QStringLiteral("latencyStages"), RowBars::Style::FromLeft);
    m_stages->setValueName(QStringLiteral("encode_share"));
    m_stagesPanel->setContent(m_stages);
    m_stagesPanel->setExportable(m_stages);
    column->addWidget(m_stagesPanel, 2);
    side->setFixedWidth(theme.scaled(leftWidth));
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
    m_frontierPanel->setSubtitle(tr("bars are 95 % CI; line is the Pareto front"));
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
    for (QComboBox* box : {m_length, m_metric, m_statistic})
        connect(box, &QComboBox::activated, this, &LatencyView::showAll);
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

QString LatencyView::nameOf(const RunId& run) const
{
    return context().library.runName(QString::fromStdString(run));
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
    const std::vector<LatencyRow> all = allRows();
    const bool here
        = std::any_of(all.begin(), all.end(), [this](const LatencyRow& row) { return row.machine == m_machine; });
    m_stack->setCurrentWidget(all.empty() ? static_cast<QWidget*>(m_empty) : m_results);
    QString subtitle = all.empty() ? QString() : tr("%n run(s)", nullptr, static_cast<int>(m_rows.size()));
    if (here) {
        const auto newest = std::max_element(
            all.begin(), all.end(), [](const auto& a, const auto& b) { return a.measured < b.measured; });
        subtitle
            += tr(" · measured %1 on %2")
                   .arg(format::ago(QString::fromStdString(newest->measured)), QString::fromStdString(m_machine.text));
    } else if (!all.empty()) {
        subtitle += tr(" · measured on another machine or with other threads");
    }
    setSubtitle(subtitle);
    fillLengths();
    showAll();
}

std::vector<LatencyRow> LatencyView::allRows() const
{
    std::vector<LatencyRow> all;
    for (const auto& [run, rows] : m_rows)
        all.insert(all.end(), rows.begin(), rows.end());
    return all;
}

void LatencyView::fillLengths()
{
    std::set<std::int64_t> lengths;
    for (const LatencyRow& row : allRows())
        lengths.insert(row.point.history);
    const QVariant kept = m_length->currentData();
    m_length->clear();
    int nearest = -1;
    for (const std::int64_t length : lengths) {
        m_length->addItem(tr("%n event(s)", nullptr, static_cast<int>(length)), static_cast<qlonglong>(length));
        if (length <= usualHistory || nearest < 0)
            nearest = m_length->count() - 1;
    }
    const int same = kept.isValid() ? m_length->findData(kept) : -1;
    m_length->setCurrentIndex(same >= 0 ? same : nearest);
}

void LatencyView::showAll()
{
    showPercentiles();
    showStages();
    showFrontier();
    showDistribution();
    showSweep();
    showBusy();
}

std::vector<LatencyView::PercentileRow> LatencyView::shownRows() const
{
    std::vector<PercentileRow> shown;
    const qlonglong length = m_length->currentData().toLongLong();
    const MachineKey machine = m_machine;
    for (const LatencyRow& row : allRows()) {
        if (row.point.batch == 1 && row.point.history == length && row.machine == machine)
            shown.push_back({row, nameOf(row.run), slotOf(row.run)});
    }
    std::stable_sort(shown.begin(), shown.end(), [](const PercentileRow& a, const PercentileRow& b) {
        return static_cast<unsigned>(a.slot) < static_cast<unsigned>(b.slot);
    });
    return shown;
}

void LatencyView::showPercentiles()
{
    m_percentileRows->setRows(shownRows());
}

void LatencyView::showStages()
{
    std::vector<RowBars::Row> bars;
    for (const PercentileRow& row : shownRows())
        bars.push_back({tr("%1, %2").arg(row.name, pathName(row.row.point.mode)), row.row.point.encodeShare,
            format::share(row.row.point.encodeShare, 0), false, false});
    m_stages->setRows(std::move(bars));
}

void LatencyView::showFrontier()
{
    const std::string metric = m_metric->currentData().toString().toStdString();
    const qlonglong length = m_length->currentData().toLongLong();
    std::set<std::string> machines;
    for (const LatencyRow& row : allRows())
        machines.insert(row.machine.text);
    std::vector<FrontierPoint> points;
    for (const auto& [id, rows] : m_rows) {
        const RunRecord* run = context().library.run(QString::fromStdString(id));
        if (!run || !run->test.contains(metric))
            continue;
        for (const std::string& machine : machines) {
            const auto row = servingRow(rows, {machine}, length, statistic());
            if (!row)
                continue;
            const double cost = milliseconds(row->point, statistic());
            const bool p95 = statistic() == LatencyStatistic::P95;
            const bool p50 = statistic() == LatencyStatistic::P50;
            const auto half = run->testHalfWidth.find(metric);
            points.push_back({nameOf(id), slotOf(id), cost,
                p95       ? row->point.p95Low / 1000
                    : p50 ? row->point.p50Low / 1000
                          : cost,
                p95       ? row->point.p95High / 1000
                    : p50 ? row->point.p50High / 1000
                          : cost,
                run->test.at(metric), half == run->testHalfWidth.end() ? 0.0 : half->second,
                QString::fromStdString(machine + run->protocolHash)});
        }
    }
    m_frontier->setModel(frontierModel(
        points, tr("%1 latency, ms, one request").arg(m_statistic->currentText()), m_metric->currentText()));
}

void LatencyView::showDistribution()
{
    const std::vector<PercentileRow> rows = shownRows();
    // One path per run: the fastest, which is what the run would be served with.
    std::vector<const PercentileRow*> fastest;
    for (const PercentileRow& row : rows) {
        const auto same = std::find_if(
            fastest.begin(), fastest.end(), [&](const PercentileRow* r) { return r->row.run == row.row.run; });
        if (same == fastest.end())
            fastest.push_back(&row);
        else if (row.row.point.p95Us < (*same)->row.point.p95Us)
            *same = &row;
    }
    std::vector<const LatencyPoint*> points;
    for (const PercentileRow* row : fastest)
        points.push_back(&row->row.point);
    const LatencyHistogram histogram = latencyHistogram(points, histogramBins);
    PlotModel plot;
    plot.title = tr("Latency distribution");
    plot.x.name = tr("latency, ms");
    plot.x.log = true;
    plot.y.fromZero = true;
    plot.y.logAllowed = false;
    plot.y.decimals = 1;
    for (std::size_t i = 0; i < histogram.shares.size(); ++i) {
        PlotSeries series;
        series.name = fastest[i]->name;
        series.slot = fastest[i]->slot;
        series.mark = PlotMark::Steps;
        series.solid = true;
        for (std::size_t bin = 0; bin < histogram.shares[i].size(); ++bin) {
            series.x.push_back(histogram.edgesMs[bin]);
            series.y.push_back(histogram.shares[i][bin]);
        }
        series.x.push_back(histogram.edgesMs.back());
        series.y.push_back(0.0);
        plot.series.push_back(std::move(series));
        plot.references.push_back({Qt::Vertical, fastest[i]->row.point.p95Us / 1000,
            tr("p95 %1").arg(ms(fastest[i]->row.point.p95Us / 1000)), PlotTone::Neutral, false});
    }
    const std::size_t samples = points.empty() ? 0 : points.front()->samplesUs.size();
    m_distributionPanel->setSubtitle(
        tr("% of %1 requests, fastest path").arg(format::count(static_cast<qint64>(samples))));
    m_distribution->setModel(std::move(plot));
}

void LatencyView::showSweep()
{
    PlotModel plot;
    plot.title = tr("Length sweep");
    plot.x.name = tr("history length, events");
    plot.x.log = true;
    plot.y.log = true;
    plot.y.name = tr("ms");
    for (const LengthSweep& sweep : lengthSweeps(allRows(), 1)) {
        PlotSeries series;
        series.name = sweep.mode == ServingMode::Full ? nameOf(sweep.run)
                                                      : tr("%1, %2").arg(nameOf(sweep.run), pathName(sweep.mode));
        if (sweep.machine != m_machine)
            series.name += QStringLiteral(" · ") + QString::fromStdString(sweep.machine.text);
        series.slot = slotOf(sweep.run);
        series.mark = PlotMark::LinePoints;
        series.x = sweep.history;
        series.y = sweep.p95;
        series.low = sweep.p50;
        series.high = sweep.p99;
        plot.series.push_back(std::move(series));
    }
    m_sweep->setModel(std::move(plot));
}

void LatencyView::showBusy()
{
    if (m_measuring)
        return;
    int busy = 0;
    int blocks = 0;
    for (const LatencyRow& row : allRows()) {
        if (row.machine == m_machine) {
            ++blocks;
            busy += row.point.busy;
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
    m_percentilesPanel->setLoading(true, tr("measuring…"));
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
    m_percentilesPanel->setLoading(false);
    if (m_resumesTraining)
        context().training.resume();
    load();
}

} // namespace recoscope
