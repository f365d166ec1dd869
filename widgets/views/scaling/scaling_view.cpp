// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/scaling_view.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QStackedWidget>

#include <algorithm>

#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/context.h"
#include "widgets/views/scaling/fit_charts.h"
#include "widgets/views/scaling/fit_panel.h"
#include "widgets/views/scaling/plan_panel.h"
#include "widgets/views/scaling/published_laws.h"
#include "widgets/views/scaling/scaling_parts.h"
#include "widgets/views/scaling/scaling_side.h"
#include "widgets/views/scaling/sweep_dialog.h"
#include "widgets/views/scaling/sweep_panel.h"

namespace recoscope {

namespace {

const QString sweepKey = QStringLiteral("scaling");
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
    , m_noDataset(new EmptyState(context.theme, QStringLiteral("database"), tr("No dataset is chosen.")))
{
    setObjectName(QStringLiteral("scalingView"));
    addTitleAction(m_part);
    addTitleAction(m_axis);
    m_empty->addAction(tr("New sweep…"), QStringLiteral("scalingFirst"), [this] { newSweep(); });
    m_noDataset->addAction(tr("Open data"), QStringLiteral("scalingOpenData"),
        [this] { emit this->context().navigator.viewRequested(QStringLiteral("data")); });
    for (QWidget* page : std::initializer_list<QWidget*>{m_page, m_empty, m_noDataset})
        m_stack->addWidget(page);
    contentLayout()->addWidget(m_stack, 1);
    auto* row = new QHBoxLayout(m_page);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    addPart([this, row] { row->addWidget(makeLeft(), 1); });
    addPart([this, row] {
        row->addWidget(m_side = new ScalingSide(this->context(), m_page));
        connectParts();
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
    m_below = new QWidget(left);
    auto* below = new QHBoxLayout(m_below);
    below->setContentsMargins(0, 0, 0, 0);
    below->setSpacing(12);
    below->addWidget(add(tr("Equal compute"), QStringLiteral("scalingEqual"), m_equalPanel, m_equal), 1);
    below->addWidget(add(tr("Residuals"), QStringLiteral("scalingResiduals"), m_residualPanel, m_residuals), 1);
    column->addWidget(m_below, 8);
    m_published = new QCheckBox(tr("Published"), left);
    setNames(m_published, QStringLiteral("scalingPublished"), tr("Published law beside the runs"));
    m_published->setToolTip(publishedWords());
    m_published->setAccessibleDescription(publishedWords());
    m_mainPanel->addControl(m_published);
    if (QWidget* logs = m_main->makeLogSwitch())
        m_mainPanel->addControl(logs);
    return left;
}

void ScalingView::connectParts()
{
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & SelectionField::Dataset)
            refresh();
    });
    connect(&context().library, &Library::runsChanged, this, &ScalingView::refresh);
    connect(&context().training, &TrainingQueue::changed, this, &ScalingView::refresh);
    connect(&context().jobs, &Jobs::cancelled, this, [this](JobId id) {
        if (id == m_readJob || id == m_fitJob)
            forgetReading();
    });
    connect(&context().training, &TrainingQueue::runEnded, &context().library, &Library::refresh);
    connect(&context().training, &TrainingQueue::enqueueFailed, this,
        [this](const JobFailure& failure) { banner().showFailure(tr("The run was not queued."), failure); });
    connect(m_part, &SegmentedControl::currentChanged, this, [this] {
        showMain();
        fit();
    });
    connect(m_axis, &SegmentedControl::currentChanged, this, [this] { showMain(); });
    connect(m_published, &QCheckBox::toggled, this, [this] { showMain(); });
    connect(m_side->fit(), &FitPanel::formChosen, this, &ScalingView::fit);
    connect(m_side->sweeps(), &SweepPanel::sweepChosen, this, &ScalingView::load);
    connect(m_side->sweeps(), &SweepPanel::newRequested, this, &ScalingView::newSweep);
    connect(m_side->plan(), &PlanPanel::planChanged, this, [this] { showMain(true); });
    connect(m_side->plan(), &PlanPanel::queueRequested, this, &ScalingView::queue);
    connect(m_main, &PlotView::pointClicked, this, [this](int series, int index) {
        if (const RunId run = m_chart.runAt(series, index); !run.empty())
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
    return m_side->plan()->queueButton();
}

Exportable* ScalingView::mainExport() const
{
    return m_main;
}

void ScalingView::setNarrow(bool narrow)
{
    m_side->setNarrow(narrow);
}

SplitPart ScalingView::part() const
{
    return m_part->current() == 1 ? SplitPart::Test : SplitPart::Valid;
}

QString ScalingView::shownSweeps() const
{
    return context().selection.dataset() + u'/' + m_side->sweeps()->drawn().join(u'/');
}

QString ScalingView::signature() const
{
    const QStringList sweeps = m_side->sweeps()->drawn();
    QString text = shownSweeps();
    for (const RunRecord& run : context().library.runs())
        if (std::any_of(sweeps.begin(), sweeps.end(),
                [&](const QString& sweep) { return isOfSweep(run, sweep.toStdString()); }))
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
    m_side->sweeps()->refresh();
    const bool isEmpty = m_side->sweeps()->count() == 0;
    const bool hasDataset = !context().selection.dataset().isEmpty();
    m_stack->setCurrentWidget(!isEmpty ? m_page : static_cast<QWidget*>(hasDataset ? m_empty : m_noDataset));
    for (SegmentedControl* control : {m_part, m_axis})
        control->setVisible(!isEmpty);
    if (!isEmpty)
        load();
    else
        setSubtitle({});
}

void ScalingView::load()
{
    const QString wanted = signature();
    if (wanted == m_loaded || shownSweeps() == m_reading)
        return;
    m_loaded = wanted;
    m_mainPanel->setLoading(true, tr("reading the runs…"));
    std::vector<std::string> sweeps;
    for (const QString& sweep : m_side->sweeps()->drawn())
        sweeps.push_back(sweep.toStdString());
    m_readJob = 0; // that it gives way to the next one does not end the reading
    m_readJob = context().jobs.run(
        {JobLane::Inspect, tr("Read the sweep %1").arg(m_side->sweeps()->current()), sweepKey}, this,
        [workspace = context().workspace, dataset = context().selection.dataset().toStdString(), sweeps,
            known = m_read](Progress& progress) { return loadScaling(*workspace, dataset, sweeps, known, progress); },
        [this](ScalingRead read) { take(std::move(read)); },
        [this](const JobFailure& failure) {
            forgetReading();
            banner().showFailure(tr("The sweep could not be read."), failure);
        });
    m_reading = shownSweeps();
}

void ScalingView::take(ScalingRead read)
{
    m_mainPanel->setLoading(false);
    m_read = std::move(read);
    m_families.clear();
    const auto isAlike = [this](const auto& data) {
        return std::count_if(m_read.begin(), m_read.end(), [&](const auto& r) { return r->model == data->model; }) > 1;
    };
    for (const auto& data : m_read) {
        if (!standTogether(*data, *m_read.front()))
            continue;
        const QString sweep = QString::fromStdString(data->sweep().name);
        ScalingFamily& family = m_families.emplace_back();
        family.data = data;
        family.slot = m_side->sweeps()->slotOf(sweep);
        family.name = isAlike(data) ? tr("%1, %2").arg(data->model, sweep) : data->model;
    }
    if (m_families.empty())
        endReading();
    else
        fit();
}

void ScalingView::fit()
{
    if (m_families.empty())
        return;
    m_fitJob = 0;
    m_fitJob = context().jobs.run(
        {JobLane::Inspect, tr("Fit %1").arg(QString::fromStdString(m_families.front().data->sweep().name)), fitKey},
        this,
        [families = m_families, form = m_side->fit()->form(), part = part()](
            Progress& progress) { return fitFamilies(families, form, part, progress); },
        [this](std::vector<ScalingFamily> families) {
            m_families = std::move(families);
            showAll();
            endReading();
        },
        [this](const JobFailure& failure) {
            banner().showFailure(tr("The runs could not be fitted."), failure);
            endReading();
        });
}

void ScalingView::endReading()
{
    m_reading.clear();
    load();
}

void ScalingView::forgetReading()
{
    m_mainPanel->setLoading(false);
    m_reading.clear();
    m_loaded.clear();
}

void ScalingView::showAll()
{
    showSubtitle();
    const ScalingFamily& chosen = m_families.front();
    const bool several = m_families.size() > 1;
    m_side->fit()->showFamily(chosen, several);
    const bool isJoint = isJointLaw(chosen.study.get());
    m_equalPanel->setVisible(isJoint);
    m_residualPanel->setVisible(chosen.study != nullptr);
    m_below->setVisible(chosen.study != nullptr);
    if (isJoint) {
        m_equal->setModel(equalComputeModel(chosen, !several));
        const QString growth
            = tr("best size grows as C^%1").arg(format::number(sizeExponent(chosen.study->fitted.fit.law), 2));
        m_equalPanel->setSubtitle(several ? tr("%1: %2").arg(chosen.name, growth) : growth);
    }
    if (chosen.study)
        m_residuals->setModel(residualModel(m_families));
    m_side->plan()->showFamilies(m_families);
    showMain();
}

// Of all families together; sweeps that cannot stand beside the chosen one are named.
void ScalingView::showSubtitle()
{
    int runs = 0, done = 0, leftOut = 0;
    QStringList models, apart;
    for (const ScalingFamily& family : m_families) {
        runs += static_cast<int>(family.data->sweep().points.size());
        done += family.data->done();
        leftOut += family.data->runs.leftOut;
        models << family.name;
    }
    for (const auto& data : m_read)
        if (!standTogether(*data, *m_read.front()))
            apart << QString::fromStdString(data->sweep().name);
    QString subtitle = tr("%1 · %2 of %n run(s) done · protocol %3", nullptr, runs)
                           .arg(models.join(QStringLiteral(" · ")))
                           .arg(done)
                           .arg(m_families.front().data->protocol);
    if (leftOut > 0)
        subtitle += tr(" · %n left out: other data or protocol", nullptr, leftOut);
    if (!apart.isEmpty())
        subtitle += tr(" · not beside it, of another protocol: %1").arg(apart.join(QStringLiteral(", ")));
    setSubtitle(subtitle);
}

void ScalingView::showMain(bool keepView)
{
    if (m_families.empty())
        return;
    const std::optional<FrontPoint> planned = m_side->plan()->planned();
    const ScalingWish wish{static_cast<ScalingAxis>(m_axis->current()), part(), m_published->isChecked(),
        planned ? planned->optimum.compute : 0.0};
    m_chart = scalingChart(m_families, wish);
    m_mainPanel->setTitle(m_chart.plot.title);
    m_mainPanel->setSubtitle(m_chart.remark);
    m_main->setModel(m_chart.plot, keepView);
}

void ScalingView::newSweep()
{
    auto* dialog = new SweepDialog(context(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &SweepDialog::started, this, [this](const QString& name, bool isWhole) {
        m_side->sweeps()->choose(name);
        context().library.refresh();
        emit context().navigator.messageRequested(
            (isWhole ? tr("Every run of the sweep %1 was done before.") : tr("The sweep %1 is in the training queue."))
                .arg(name));
    });
    dialog->open();
}

void ScalingView::queue(const Workspace::NewRun& run)
{
    context().training.enqueue({run});
    emit context().navigator.messageRequested(tr("%1 is in the training queue.").arg(QString::fromStdString(run.name)));
}

} // namespace recoscope
