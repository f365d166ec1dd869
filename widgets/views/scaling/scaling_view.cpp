// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/scaling_view.h"

#include <QHBoxLayout>
#include <QStackedWidget>

#include <algorithm>

#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/context.h"
#include "widgets/views/scaling/fit_panel.h"
#include "widgets/views/scaling/plan_panel.h"
#include "widgets/views/scaling/scaling_charts.h"
#include "widgets/views/scaling/sweep_dialog.h"
#include "widgets/views/scaling/sweep_panel.h"

namespace recoscope {

namespace {

constexpr int sideWidth = 340;
constexpr int narrowSide = 300;
const QString loadKey = QStringLiteral("scaling");
const QString fitKey = QStringLiteral("scaling-fit");

} // namespace

ScalingView::ScalingView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Scaling"), parent)
    , m_part(new SegmentedControl({tr("Validation"), tr("Test")}, QStringLiteral("scalingPart"),
          tr("Part of the data that the metric is of"), this))
    , m_axis(new SegmentedControl({tr("Compute"), tr("Size"), tr("Data")}, QStringLiteral("scalingAxis"),
          tr("What the runs are drawn against"), this))
    , m_stack(new QStackedWidget)
    , m_page(new QWidget)
    , m_empty(new EmptyState(context.theme, QStringLiteral("trending-up"),
          tr("A fit needs at least 4 sizes of one model. A sweep trains them one after another.")))
{
    setObjectName(QStringLiteral("scalingView"));
    addTitleAction(m_part);
    addTitleAction(m_axis);
    m_empty->addAction(tr("New sweep…"), QStringLiteral("scalingFirst"), [this] { newSweep(); });
    m_stack->addWidget(m_page);
    m_stack->addWidget(m_empty);
    contentLayout()->addWidget(m_stack, 1);
    auto* row = new QHBoxLayout(m_page);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    addPart([this, row] { row->addWidget(makeLeft(), 1); });
    addPart([this, row] { row->addWidget(makeSide()); });
    addPart([this] {
        connectParts();
        setNarrow(false);
    });
}

QWidget* ScalingView::makeLeft()
{
    Theme& theme = context().theme;
    auto* left = new QWidget(m_page);
    auto* column = new QVBoxLayout(left);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    const auto add = [&theme](const QString& title, const QString& name, Panel*& panel, PlotView*& plot) {
        panel = new Panel(theme, title, name);
        plot = new PlotView(theme, title, name);
        panel->setContent(plot);
        panel->setExportable(plot);
        return panel;
    };
    column->addWidget(add(tr("Runs and front"), QStringLiteral("scalingMain"), m_mainPanel, m_main), 11);
    auto* below = new QHBoxLayout;
    below->setSpacing(12);
    below->addWidget(add(tr("Equal compute"), QStringLiteral("scalingEqual"), m_equalPanel, m_equal), 1);
    below->addWidget(add(tr("Residuals"), QStringLiteral("scalingResiduals"), m_residualPanel, m_residuals), 1);
    column->addLayout(below, 8);
    if (QWidget* logs = m_main->makeLogSwitch())
        m_mainPanel->addControl(logs);
    return left;
}

QWidget* ScalingView::makeSide()
{
    m_side = new QWidget(m_page);
    auto* column = new QVBoxLayout(m_side);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addWidget(m_fit = new FitPanel(context().theme), 6);
    column->addWidget(m_sweeps = new SweepPanel(context()), 4);
    column->addWidget(m_plan = new PlanPanel(context().theme), 6);
    return m_side;
}

void ScalingView::connectParts()
{
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & SelectionField::Dataset)
            refresh();
    });
    connect(&context().library, &Library::runsChanged, this, &ScalingView::refresh);
    connect(&context().training, &TrainingQueue::changed, this, &ScalingView::refresh);
    connect(&context().training, &TrainingQueue::enqueueFailed, this,
        [this](const JobFailure& failure) { banner().showFailure(tr("The run was not queued."), failure); });
    connect(m_part, &SegmentedControl::currentChanged, this, [this] {
        showMain();
        fit();
    });
    connect(m_axis, &SegmentedControl::currentChanged, this, &ScalingView::showMain);
    connect(m_fit, &FitPanel::formChosen, this, &ScalingView::fit);
    connect(m_sweeps, &SweepPanel::sweepChosen, this, &ScalingView::load);
    connect(m_sweeps, &SweepPanel::newRequested, this, &ScalingView::newSweep);
    connect(m_plan, &PlanPanel::planChanged, this, &ScalingView::showMain);
    connect(m_plan, &PlanPanel::queueRequested, this, &ScalingView::queue);
    connect(m_main, &PlotView::pointClicked, this, [this](int series, int index) {
        if (const RunId run = m_data ? runAt(m_main->model(), *m_data, part(), series, index) : RunId(); !run.empty())
            context().selection.setRunA(QString::fromStdString(run));
    });
}

SelectionFields ScalingView::usedFields() const
{
    return SelectionFields(SelectionField::Dataset) | SelectionField::RunA;
}

void ScalingView::activate()
{
    refresh();
}

QPushButton* ScalingView::primaryButton() const
{
    return m_plan->queueButton();
}

Exportable* ScalingView::mainExport() const
{
    return m_main;
}

void ScalingView::setNarrow(bool narrow)
{
    context().theme.keepWidth(m_side, narrow ? narrowSide : sideWidth);
}

SplitPart ScalingView::part() const
{
    return m_part->current() == 1 ? SplitPart::Test : SplitPart::Valid;
}

QString ScalingView::signature() const
{
    const QString sweep = m_sweeps->current();
    QString text = context().selection.dataset() + u'/' + sweep;
    for (const RunRecord& run : context().library.runs())
        if (isOfSweep(run, sweep.toStdString()))
            text += QStringLiteral(" %1:%2:%3")
                        .arg(QString::fromStdString(run.id))
                        .arg(static_cast<int>(run.status))
                        .arg(run.epochs);
    return text;
}

void ScalingView::refresh()
{
    if (!isVisible())
        return;
    m_sweeps->refresh();
    const bool isEmpty = m_sweeps->count() == 0;
    m_stack->setCurrentWidget(isEmpty ? static_cast<QWidget*>(m_empty) : m_page);
    for (SegmentedControl* control : {m_part, m_axis})
        control->setEnabled(!isEmpty);
    if (!isEmpty)
        load();
    else
        setSubtitle({});
}

void ScalingView::load()
{
    const QString wanted = signature();
    if (wanted == m_loaded)
        return;
    m_loaded = wanted;
    m_mainPanel->setLoading(true, tr("reading the runs…"));
    context().jobs.run(
        {JobLane::Inspect, tr("Read the sweep %1").arg(m_sweeps->current()), loadKey}, this,
        [workspace = context().workspace, sweep = m_sweeps->current().toStdString()](
            Progress& progress) { return loadScaling(*workspace, sweep, progress); },
        [this](std::shared_ptr<const ScalingData> data) {
            m_mainPanel->setLoading(false);
            m_data = std::move(data);
            fit();
        },
        [this](const JobFailure& failure) {
            m_mainPanel->setLoading(false);
            m_loaded.clear();
            banner().showFailure(tr("The sweep could not be read."), failure);
        });
}

void ScalingView::fit()
{
    if (!m_data)
        return;
    context().jobs.run(
        {JobLane::Inspect, tr("Fit %1").arg(m_sweeps->current()), fitKey}, this,
        [data = m_data, form = m_fit->form(), part = part()](
            Progress& progress) { return fitScaling(*data, form, part, progress); },
        [this](std::shared_ptr<const ScalingStudy> study) {
            m_study = std::move(study);
            m_fit->showFit(*m_data, *m_study);
            showAll();
        },
        [this](const JobFailure& failure) {
            m_study.reset();
            m_fit->showProblem(failure.message + QStringLiteral(". ") + failure.hint + u'.');
            showAll();
        });
}

void ScalingView::showAll()
{
    const Sweep& sweep = m_data->sweep();
    const auto done = std::count_if(
        sweep.points.begin(), sweep.points.end(), [](const SweepPoint& point) { return point.isDone(); });
    QString subtitle
        = tr("%1 · %2 of %n run(s) done", nullptr, static_cast<int>(sweep.points.size())).arg(m_data->model).arg(done);
    if (m_data->runs.leftOut > 0)
        subtitle += tr(" · %n left out: other data or protocol", nullptr, m_data->runs.leftOut);
    setSubtitle(subtitle);
    const bool isJoint = m_study && m_study->fitted.fit.law.form == ScalingForm::Joint;
    m_equalPanel->setVisible(isJoint);
    m_residualPanel->setVisible(m_study != nullptr);
    if (isJoint) {
        m_equal->setModel(equalComputeModel(*m_data, *m_study));
        m_equalPanel->setSubtitle(
            tr("best size grows as C^%1").arg(format::number(sizeExponent(m_study->fitted.fit.law), 2)));
    }
    if (m_study)
        m_residuals->setModel(residualModel(*m_data, *m_study));
    m_plan->showStudy(m_data, m_study);
    showMain();
}

void ScalingView::showMain()
{
    if (!m_data)
        return;
    const auto axis = static_cast<ScalingAxis>(m_axis->current());
    const ScalingStudy* study = m_study && m_study->part == part() ? m_study.get() : nullptr;
    PlotModel plot = axis == ScalingAxis::Compute ? computeModel(*m_data, study, part(), m_plan->planned())
                                                  : growthModel(*m_data, study, part(), axis);
    m_mainPanel->setTitle(plot.title);
    m_mainPanel->setSubtitle(axis != ScalingAxis::Compute ? tr("lines: the law through the runs")
            : study ? tr("band 95 %, runs drawn again; dashed: learning curves, and beyond the runs")
                    : tr("dashed: learning curves"));
    m_main->setModel(std::move(plot));
}

void ScalingView::newSweep()
{
    auto* dialog = new SweepDialog(context(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &SweepDialog::started, this, [this](const QString& name) {
        m_sweeps->choose(name);
        context().library.refresh();
        emit context().navigator.messageRequested(tr("The sweep %1 is in the training queue.").arg(name));
    });
    dialog->open();
}

void ScalingView::queue(const Workspace::NewRun& run)
{
    context().training.enqueue({run});
    emit context().navigator.messageRequested(tr("%1 is in the training queue.").arg(QString::fromStdString(run.name)));
}

} // namespace recoscope
