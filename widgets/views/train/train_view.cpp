// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/train_view.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>

#include "engine/core/error.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/context.h"
#include "widgets/views/train/popularity_line.h"
#include "widgets/views/train/queue_panel.h"
#include "widgets/views/train/run_charts.h"
#include "widgets/views/train/run_controls.h"
#include "widgets/views/train/run_form.h"

namespace recoscope {

namespace {

constexpr int sideWidth = 290;
constexpr int repaintMilliseconds = 150;
constexpr int neutralSlot = 2;
constexpr std::size_t mostRead = 50;

} // namespace

TrainView::TrainView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Train"), parent)
    , m_charts(new RunCharts(context.theme, this))
    , m_popularity(new PopularityLine(context, this))
{
    m_row = new QHBoxLayout;
    m_row->setSpacing(12);
    contentLayout()->addLayout(m_row, 1);
    m_repaint.setSingleShot(true);
    m_repaint.setInterval(repaintMilliseconds);
    addPart([this] { m_row->addWidget(m_form = new RunForm(this->context())); });
    addPart([this] { m_form->addProtocol(); });
    addPart([this] { m_form->addParameters(); });
    addPart([this] { m_row->addWidget(makeMiddle(), 1); });
    addPart([this] { m_row->addWidget(m_side = makeSide()); });
    addPart([this] { bind(); });
}

void TrainView::bind()
{
    TrainingQueue& queue = context().training;
    connect(m_form, &RunForm::startRequested, this, [this] { enqueue(true); });
    connect(m_form, &RunForm::queueRequested, this, [this] { enqueue(false); });
    connect(m_form, &RunForm::modelChanged, this, [this] { setSubtitle(m_form->summary()); });
    connect(m_controls, &RunControls::resumeRequested, this, &TrainView::resume);
    connect(m_popularity, &PopularityLine::changed, this, &TrainView::showCurves);
    connect(&m_repaint, &QTimer::timeout, this, &TrainView::showCurves);
    const auto soon = [this] {
        if (!m_repaint.isActive())
            m_repaint.start();
    };
    connect(&queue, &TrainingQueue::changed, this, soon);
    connect(&queue, &TrainingQueue::runsQueued, this, &TrainView::onQueued);
    connect(&queue, &TrainingQueue::enqueueFailed, this, [this](const JobFailure& failure) {
        m_wantNext.clear();
        showRefusal(failure);
    });
    connect(&queue, &TrainingQueue::epochAdded, this, soon);
    connect(&queue, &TrainingQueue::stepsAdded, this, soon);
    connect(&queue, &TrainingQueue::runEnded, &context().library, &Library::refresh);
    connect(&queue, &TrainingQueue::runFailed, this,
        [this](const RunId&, const JobFailure& failure) { banner().showFailure(tr("Training stopped."), failure); });
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & SelectionField::RunA)
            activate();
    });
    connect(&context().library, &Library::runsChanged, this, soon);
    setSubtitle(m_form->summary());
}

QPushButton* TrainView::primaryButton() const
{
    return m_form->startButton();
}

SelectionFields TrainView::usedFields() const
{
    return SelectionField::Dataset | SelectionField::RunA;
}

Exportable* TrainView::mainExport() const
{
    return m_charts->valid();
}

void TrainView::setNarrow(bool narrow)
{
    const bool isTab = m_tabs->indexOf(m_side) >= 0;
    if (narrow == isTab)
        return;
    m_tabs->tabBar()->setVisible(narrow);
    if (narrow) {
        m_side->setMaximumWidth(QWIDGETSIZE_MAX);
        m_tabs->addTab(m_side, tr("Queue and optimiser"));
        return;
    }
    m_tabs->removeTab(m_tabs->indexOf(m_side));
    m_side->setMaximumWidth(context().theme.scaled(sideWidth));
    m_row->addWidget(m_side);
    m_side->show();
}

QWidget* TrainView::makeMiddle()
{
    auto* curves = new QWidget;
    auto* column = new QVBoxLayout(curves);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    m_controls = new RunControls(context());
    column->addWidget(m_controls);
    column->addWidget(m_charts->makeMain(), 1);
    m_middle = new QStackedWidget;
    m_middle->addWidget(curves);
    m_middle->addWidget(
        new EmptyState(context().theme, QStringLiteral("activity"), tr("No run yet. The preset is a good first try.")));
    m_middle->setCurrentIndex(1);
    m_tabs = new QTabWidget;
    setNames(m_tabs, QStringLiteral("trainTabs"), tr("Parts of the training"));
    m_tabs->setDocumentMode(true);
    m_tabs->tabBar()->setDrawBase(false);
    m_tabs->addTab(m_middle, tr("Curves"));
    m_tabs->tabBar()->hide();
    return m_tabs;
}

QWidget* TrainView::makeSide()
{
    auto* box = new QWidget;
    box->setMinimumWidth(context().theme.scaled(sideWidth));
    box->setMaximumWidth(context().theme.scaled(sideWidth));
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    auto* queue = new QueuePanel(context());
    connect(queue, &QueuePanel::resumeRequested, this, &TrainView::resume);
    connect(queue, &QueuePanel::runChosen, this, &TrainView::look);
    column->addWidget(queue, 1);
    m_charts->addSide(box);
    return box;
}

void TrainView::enqueue(bool next)
{
    try {
        context().training.enqueue(m_form->requests());
        m_wantNext.push_back(next);
        banner().clear();
    } catch (const Error& error) {
        showRefusal({error.kind(), QString::fromStdString(error.message()), QString::fromStdString(error.hint())});
    }
}

void TrainView::onQueued(const std::vector<RunId>& ids)
{
    const bool next = !m_wantNext.empty() && m_wantNext.front();
    if (!m_wantNext.empty())
        m_wantNext.pop_front();
    if (next) {
        for (std::size_t i = 0; i < ids.size(); ++i)
            context().training.moveWaiting(ids[i], static_cast<int>(i));
        m_shown = ids.front();
    }
    emit context().navigator.messageRequested(
        format::plural(static_cast<qint64>(ids.size()), tr("%1 run queued"), tr("%1 runs queued")));
}

void TrainView::showRefusal(const JobFailure& failure)
{
    banner().showFailure(tr("The run cannot start."), failure);
}

void TrainView::resume(const RunId& id)
{
    const RunRecord* run = context().library.run(QString::fromStdString(id));
    if (!run)
        return;
    banner().clear();
    m_shown = id;
    context().training.enqueueResume(*run);
}

void TrainView::activate()
{
    if (const auto model = context().navigator.takeTrainingRequest()) {
        m_form->chooseModel(*model);
        m_form->startButton()->setFocus(Qt::OtherFocusReason);
    }
    const QString a = context().selection.runA();
    if (!context().training.running() && !a.isEmpty())
        look(a.toStdString());
    else
        showSoon();
}

void TrainView::look(const RunId& id)
{
    m_shown = id;
    m_read.erase(id); // it may have been trained further since
    showSoon();
}

// After the page itself was laid out and painted.
void TrainView::showSoon()
{
    QTimer::singleShot(0, this, &TrainView::showCurves);
}

const LiveRun* TrainView::curvesOf(const RunId& id)
{
    if (const LiveRun* live = context().training.live(id))
        return live;
    if (const auto found = m_read.find(id); found != m_read.end())
        return &found->second;
    if (m_read.size() > mostRead)
        m_read.clear();
    context().jobs.run(
        {JobLane::Inspect, {}, QStringLiteral("train-curves-%1").arg(QString::fromStdString(id))}, this,
        [workspace = context().workspace, id](Progress&) { return workspace->store().epochs(id); },
        [this, id](std::vector<EpochRecord> epochs) {
            LiveRun& run = m_read[id];
            run.id = id;
            run.epochs = std::move(epochs);
            showCurves();
        });
    return nullptr;
}

int TrainView::slotOf(const RunId& id) const
{
    const QString name = QString::fromStdString(id);
    return name == context().selection.runA() ? 0 : name == context().selection.runB() ? 1 : neutralSlot;
}

void TrainView::showCurves()
{
    if (const LiveRun* running = context().training.running())
        m_shown = running->id;
    m_controls->setRun(m_shown);
    m_middle->setCurrentIndex(m_shown.empty() ? 1 : 0);
    const LiveRun* shown = m_shown.empty() ? nullptr : curvesOf(m_shown);
    if (!shown)
        return;
    const RunRecord* record = context().library.run(QString::fromStdString(m_shown));
    std::vector<LiveRun> named{*shown};
    if (record)
        named.front().name = QString::fromStdString(record->name);
    const QString a = context().selection.runA();
    const RunRecord* other = context().library.run(a);
    // Run A beside the run that trains, when both learn from the same data.
    if (other && record && other->id != m_shown && other->datasetHash == record->datasetHash) {
        if (const LiveRun* curves = curvesOf(other->id)) {
            named.push_back(*curves);
            named.back().name = QString::fromStdString(other->name);
            named.back().steps.clear();
        }
    }
    std::vector<CurveRun> curves;
    for (const LiveRun& run : named)
        curves.push_back({&run, slotOf(run.id)});
    m_charts->show(curves, record ? m_popularity->ndcg(*record) : std::nullopt);
}

} // namespace recoscope
