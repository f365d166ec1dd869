// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/compare/compare_view.h"

#include <QInputDialog>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

#include "engine/workspace/ranking_keys.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/frontier.h"
#include "widgets/plots/parallel_coordinates.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/compare/checked_runs.h"
#include "widgets/views/compare/curves_page.h"
#include "widgets/views/compare/difference_page.h"
#include "widgets/views/compare/parameter_model.h"
#include "widgets/views/compare/run_lines.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr std::int64_t latencyHistory = 50;
const QString differenceKey = QStringLiteral("compare");
const QString latencyKey = QStringLiteral("compare-latency");

bool canRankAgain(const RunRecord& run, const RunRecord& like)
{
    return run.dataset == like.dataset && run.datasetHash == like.datasetHash
        && trainingDifferences(Protocol::fromJson(run.protocol), Protocol::fromJson(like.protocol)).empty();
}

QString nameOf(const RunRecord& run)
{
    return QString::fromStdString(run.name);
}

} // namespace

CompareView::CompareView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Compare"), parent)
{
    setObjectName(QStringLiteral("compareView"));
    m_mode = new SegmentedControl(
        {tr("Difference"), tr("Curves"), tr("Parallel coordinates"), tr("Parameters"), tr("Pareto")},
        QStringLiteral("compareMode"), tr("What is compared"));
    addTitleAction(m_mode);
    auto* swap = makeButton(tr("Swap A and B"), QStringLiteral("compareSwap"));
    addTitleAction(swap);
    connect(swap, &QPushButton::clicked, this, [this] { this->context().selection.swapRuns(); });
    m_stack = new QStackedWidget(this);
    addPart([this] { contentLayout()->addWidget(m_runs = new CheckedRuns(this->context()), 3); });
    addPart([this] {
        contentLayout()->addWidget(m_stack, 7);
        m_stack->addWidget(m_difference = new DifferencePage(this->context()));
    });
    addPart([this] { m_stack->addWidget(m_curves = new CurvesPage(this->context())); });
    addPart([this] { makeOtherModes(); });
    addPart([this] { connectParts(); });
}

void CompareView::makeOtherModes()
{
    makeRefusals();
    makeParallel();
    makeParameters();
    makePareto();
}

void CompareView::makeRefusals()
{
    Theme& theme = context().theme;
    m_chooseB = new EmptyState(theme, QStringLiteral("scale"), tr("Choose run B to see a difference."));
    m_chooseB->addAction(
        tr("Choose run B…"), QStringLiteral("compareChooseB"), [this] { chooseRunB(); }, true);
    m_unlike = new EmptyState(theme, QStringLiteral("shield-check"), {});
    m_unlike->addAction(tr("Evaluate B with A's protocol"), QStringLiteral("compareReevaluate"), [this] {
        if (const RunRecord* b = runB())
            evaluateAgain({*b});
    });
    m_unlikeTraining = new EmptyState(theme, QStringLiteral("shield-check"), {});
    for (EmptyState* state : {m_unlike, m_unlikeTraining})
        state->addAction(tr("Show side by side"),
            state == m_unlike ? QStringLiteral("compareSideBySide") : QStringLiteral("compareSideBySideData"),
            [this] { setMode(Parameters); });
    for (QWidget* page : {m_chooseB, m_unlike, m_unlikeTraining})
        m_stack->addWidget(page);
}

void CompareView::makeParallel()
{
    Theme& theme = context().theme;
    m_parallelPanel = new Panel(theme, tr("Parallel coordinates"), QStringLiteral("compareParallel"));
    m_parallelPanel->setSubtitle(tr("drag along an axis to choose lines"));
    m_parallel = new ParallelCoordinates(theme, tr("Checked runs"), QStringLiteral("compareParallel"));
    m_parallelPanel->setContent(m_parallel);
    m_parallelPanel->setExportable(m_parallel);
    m_stack->addWidget(m_parallelPanel);
}

void CompareView::makeParameters()
{
    Theme& theme = context().theme;
    m_parametersPanel = new Panel(theme, tr("Parameters"), QStringLiteral("compareParameters"));
    m_parameterModel = new ParameterModel(this);
    m_parameters = new RowTable(
        theme, m_parameterModel, QStringLiteral("compareParameterTable"), tr("Parameters of the checked runs"));
    m_parameters->setExportHeader({tr("Parameters"), {}, {}});
    m_parametersPanel->setSubtitle(tr("bold where runs differ"));
    m_parametersPanel->setBodyMargins(0, 0, 0, 4);
    m_parametersPanel->setContent(m_parameters);
    m_parametersPanel->setExportable(m_parameters);
    m_stack->addWidget(m_parametersPanel);
}

void CompareView::makePareto()
{
    Theme& theme = context().theme;
    m_paretoPanel = new Panel(theme, tr("Accuracy against latency"), QStringLiteral("comparePareto"));
    m_pareto = new PlotView(theme, tr("Accuracy against latency"), QStringLiteral("comparePareto"));
    m_paretoPanel->setContent(m_pareto);
    m_paretoPanel->setExportable(m_pareto);
    m_noLatency = new EmptyState(
        theme, QStringLiteral("timer"), tr("None of the checked runs was measured on this machine yet."));
    m_noLatency->addAction(tr("Measure latency…"), QStringLiteral("compareMeasure"),
        [this] { emit context().navigator.viewRequested(QStringLiteral("latency")); });
    m_stack->addWidget(m_paretoPanel);
    m_stack->addWidget(m_noLatency);
}

void CompareView::connectParts()
{
    connect(m_mode, &SegmentedControl::currentChanged, this, &CompareView::refreshMode);
    connect(m_pareto, &PlotView::pointClicked, this, [this](int series) {
        const QString run = frontierRun(m_points, series);
        if (run == context().selection.runA())
            context().navigator.requestUsers(run, context().selection.runA());
        else if (!run.isEmpty())
            showUsersOf(run);
    });
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        m_stale = m_stale || !isVisible();
        if (m_stale)
            return;
        if (fields & SelectionField::Dataset)
            m_runs->refresh();
        else if (fields & (SelectionFields(SelectionField::RunA) | SelectionField::RunB))
            m_runs->refreshSlots();
    });
    connect(&context().library, &Library::runsChanged, this, [this] {
        m_stale = m_stale || !isVisible();
        if (!m_stale)
            m_runs->refresh();
    });
    connect(m_runs, &CheckedRuns::changed, this, [this] {
        refreshGuard();
        refreshMode();
    });
    connect(m_runs, &CheckedRuns::differingToggled, this, [this] {
        if (m_mode->current() == Parameters)
            showParameters();
    });
    const auto fail = [this](const QString& lead, const JobFailure& failure) { banner().showFailure(lead, failure); };
    connect(m_runs, &CheckedRuns::failed, this, fail);
    connect(m_difference, &DifferencePage::failed, this, fail);
    connect(m_curves, &CurvesPage::failed, this, fail);
}

SelectionFields CompareView::usedFields() const
{
    return SelectionFields(SelectionField::Dataset) | SelectionField::RunA | SelectionField::RunB
        | SelectionField::User;
}

void CompareView::activate()
{
    if (const auto run = context().navigator.takeUsersRequest())
        showUsersOf(*run);
    if (m_stale) {
        m_stale = false;
        m_runs->refresh();
    }
}

Exportable* CompareView::mainExport() const
{
    switch (m_mode->current()) {
    case Curves: return m_curves->mainExport();
    case Parallel: return m_parallel;
    case Parameters: return m_parameters;
    case Pareto: return m_pareto;
    default: return m_difference->mainExport();
    }
}

QWidget* CompareView::filterField() const
{
    return m_runs->filterField();
}

void CompareView::showUsersOf(const QString& run)
{
    context().selection.setRunB(run);
    setMode(Difference);
}

void CompareView::setMode(Mode mode)
{
    m_mode->setCurrent(mode);
}

const RunRecord* CompareView::runA() const
{
    return m_runs->run(context().selection.runA());
}

const RunRecord* CompareView::runB() const
{
    return m_runs->run(context().selection.runB());
}

void CompareView::refreshGuard()
{
    const RunRecord* like = m_runs->reference();
    const std::vector<RunRecord> unlike = m_runs->unlike();
    if (unlike.empty() || !like) {
        banner().clear();
        return;
    }
    std::vector<RunRecord> again;
    std::copy_if(unlike.begin(), unlike.end(), std::back_inserter(again),
        [like](const RunRecord& run) { return canRankAgain(run, *like); });
    const QString words = tr("%1 (%2)").arg(
        nameOf(unlike.front()), QString::fromStdString(differenceText(incomparable(*like, unlike.front()))));
    QString text = unlike.size() == 1
        ? tr("%1. It is left out of every chart on this page.").arg(words)
        : tr("%1 and %2 more. They are left out of every chart on this page.").arg(words).arg(unlike.size() - 1);
    if (again.empty())
        text += u' ' + tr("What was trained on differs, so it cannot be evaluated again.");
    banner().showMessage(StatusTone::Warn,
        format::plural(static_cast<qint64>(unlike.size()), tr("%1 checked run uses another protocol:"),
            tr("%1 checked runs use another protocol:")),
        text);
    banner().setLink(tr("Show difference"), [this] { setMode(Parameters); });
    if (!again.empty())
        banner().setButton(tr("Evaluate again…"), [this, again] { evaluateAgain(again); });
}

void CompareView::refreshMode()
{
    const RunRecord* a = runA();
    const RunRecord* b = runB();
    setSubtitle(a && b ? tr("%1 against %2").arg(nameOf(*b), nameOf(*a)) : QString());
    switch (m_mode->current()) {
    case Curves:
        m_curves->show(m_runs->comparable(), m_runs->slotIds());
        m_stack->setCurrentWidget(m_curves);
        break;
    case Parallel: showParallel(); break;
    case Parameters: showParameters(); break;
    case Pareto: break; // shown when its latencies are read
    default: loadDifference(); break;
    }
    loadLatencies();
}

void CompareView::showUnlike(const RunRecord& a, const RunRecord& b)
{
    const bool again = canRankAgain(b, a);
    EmptyState* state = again ? m_unlike : m_unlikeTraining;
    const QString differences = QString::fromStdString(differenceText(incomparable(a, b)));
    state->setSentence(again
            ? tr("These two results cannot be compared: %1.").arg(differences)
            : tr("These two results cannot be compared: %1. B was trained on other data, so ranking it again would not "
                 "help.")
                  .arg(differences));
    m_stack->setCurrentWidget(state);
}

void CompareView::loadDifference()
{
    context().jobs.cancelKey(differenceKey);
    const RunRecord* a = runA();
    const RunRecord* b = runB();
    if (!a || !b || a->id == b->id) {
        m_chooseB->setSentence(
            a ? tr("Choose run B to see a difference.") : tr("Choose runs A and B to see a difference."));
        m_stack->setCurrentWidget(m_chooseB);
        return;
    }
    if (!incomparable(*a, *b).empty()) {
        showUnlike(*a, *b);
        return;
    }
    context().jobs.run(
        {JobLane::Inspect, tr("Compare two runs"), differenceKey}, this,
        [workspace = context().workspace, a = *a, b = *b, again = m_runs->again(b->id)](
            Progress& progress) { return loadComparison(*workspace, a, b, again, progress); },
        [this](std::shared_ptr<const CompareData> data) {
            m_difference->show(std::move(data));
            m_stack->setCurrentWidget(m_difference);
        },
        [this](const JobFailure& failure) { banner().showFailure(tr("The runs could not be compared."), failure); });
}

void CompareView::evaluateAgain(std::vector<RunRecord> runs)
{
    const RunRecord* like = m_runs->reference();
    if (!like || runs.empty())
        return;
    const QString title = runs.size() == 1 ? tr("Evaluate %1 again").arg(nameOf(runs.front()))
                                           : tr("Evaluate %1 runs again").arg(runs.size());
    context().jobs.run(
        {JobLane::Work, title, {}}, this,
        [workspace = context().workspace, runs = std::move(runs), protocol = Protocol::fromJson(like->protocol)](
            Progress& progress) {
            std::vector<RankedAgainPtr> done;
            for (const RunRecord& run : runs)
                done.push_back(rankAgain(*workspace, run, protocol, progress));
            return done;
        },
        [this](const std::vector<RankedAgainPtr>& done) {
            m_runs->putAgain(done);
            emit context().navigator.messageRequested(
                tr("Evaluated again under A's protocol for this page. What is stored is unchanged."));
        },
        [this](const JobFailure& failure) { banner().showFailure(tr("Evaluating again stopped."), failure); });
}

void CompareView::showParallel()
{
    const RunLines lines = runLines(m_runs->comparable(), m_runs->slotIds());
    m_parallel->setData(lines.axes, lines.lines);
    m_stack->setCurrentWidget(m_parallelPanel);
}

void CompareView::showParameters()
{
    m_parameterModel->setRuns(m_runs->checked(), m_runs->onlyDiffering());
    for (int column = 0; column < m_parameterModel->columnCount(); ++column)
        m_parameters->setColumnWidth(column, context().theme.scaled(column == 0 ? 190 : 160));
    m_stack->setCurrentWidget(m_parametersPanel);
}

void CompareView::loadLatencies()
{
    std::vector<RunId> ids;
    for (const RunRecord& run : m_runs->comparable())
        ids.push_back(run.id);
    context().jobs.run(
        {JobLane::Inspect, tr("Read latencies"), latencyKey}, this,
        [workspace = context().workspace, ids](Progress& progress) { return loadLatency(*workspace, ids, progress); },
        [this](const std::map<RunId, std::vector<LatencyRow>>& rows) { showLatencies(rows); },
        [this](const JobFailure& failure) { banner().showFailure(tr("The latencies could not be read."), failure); });
}

void CompareView::showLatencies(const std::map<RunId, std::vector<LatencyRow>>& rows)
{
    const MachineKey machine = commonMachine(rows);
    std::vector<FrontierPoint> points;
    std::map<RunId, double> p95;
    for (const RunRecord& run : m_runs->comparable()) {
        const auto found = rows.find(run.id);
        const auto row = found == rows.end()
            ? std::nullopt
            : servingRow(found->second, machine, latencyHistory, LatencyStatistic::P95);
        if (!row || !run.test.contains("ndcg@10"))
            continue;
        const double ms = milliseconds(row->point, LatencyStatistic::P95);
        p95[run.id] = ms;
        const auto half = run.testHalfWidth.find("ndcg@10");
        points.push_back({nameOf(run), m_runs->slotOf(run.id), ms, row->point.p95Low / 1000, row->point.p95High / 1000,
            run.test.at("ndcg@10"), half == run.testHalfWidth.end() ? 0.0 : half->second,
            QString::fromStdString(machine.text), QString::fromStdString(run.id)});
    }
    m_runs->setLatency(std::move(p95));
    if (m_mode->current() == Pareto)
        showPareto(points, machine);
}

void CompareView::showPareto(const std::vector<FrontierPoint>& points, const MachineKey& machine)
{
    if (points.empty()) {
        m_stack->setCurrentWidget(m_noLatency);
        return;
    }
    m_paretoPanel->setSubtitle(tr("bars are 95 % CI; line is the Pareto front; click a point for its users · %1")
                                   .arg(QString::fromStdString(machine.text)));
    PlotModel plot = frontierModel(points, tr("p95 latency, ms, one request"), QStringLiteral("NDCG@10"));
    plot.title = tr("Accuracy against latency");
    if (const RunRecord* like = m_runs->reference())
        plot.protocolHash = QString::fromStdString(like->protocolHash);
    m_pareto->setModel(std::move(plot));
    m_points = points;
    m_stack->setCurrentWidget(m_paretoPanel);
}

void CompareView::chooseRunB()
{
    QStringList names;
    QStringList ids;
    for (const RunRecord& run : m_runs->records()) {
        const QString id = QString::fromStdString(run.id);
        if (id == context().selection.runA())
            continue;
        ids.push_back(id);
        names.push_back(nameOf(run));
    }
    bool accepted = false;
    const QString name = QInputDialog::getItem(this, tr("Choose run B"), tr("Run:"), names, 0, false, &accepted);
    if (accepted && !names.isEmpty())
        context().selection.setRunB(ids[names.indexOf(name)]);
}

} // namespace recoscope
