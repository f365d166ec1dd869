// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/state/state_view.h"

#include <QApplication>
#include <QKeyEvent>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/plots/painted_chart.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/context.h"
#include "widgets/views/state/eigen_page.h"
#include "widgets/views/state/kept_panel.h"
#include "widgets/views/state/time_page.h"

namespace recoscope {

namespace {

constexpr int eigenMode = 0;
constexpr int timeMode = 1;
const QString loadKey = QStringLiteral("state");
const QString keptKey = QStringLiteral("state-kept");
const QString effectsKey = QStringLiteral("state-effects");

} // namespace

StateView::StateView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("State"), parent)
    , m_stack(new QStackedWidget)
    , m_page(new QWidget)
    , m_noRun(new EmptyState(context.theme, QStringLiteral("orbit"), {}))
    , m_noState(new EmptyState(context.theme, QStringLiteral("orbit"), tr("This model keeps no recurrent state.")))
{
    setObjectName(QStringLiteral("stateView"));
    makeTitleActions();
    makeEmptyStates();
    auto* column = new QVBoxLayout(m_page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    for (QWidget* page : std::initializer_list<QWidget*>{m_page, m_noRun, m_noState})
        m_stack->addWidget(page);
    contentLayout()->addWidget(m_stack, 1);
    addPart([this, column] {
        m_modes = new QStackedWidget(m_page);
        m_modes->addWidget(m_eigen = new EigenPage(this->context().theme, m_modes));
        m_modes->addWidget(m_time = new TimePage(this->context().theme, m_modes));
        m_eigen->makeDisk();
        column->addWidget(m_modes, 5);
    });
    addPart([this] { m_eigen->makePlots(); });
    addPart([this] { m_time->makePanels(); });
    addPart([this, column] {
        column->addWidget(m_kept = new KeptPanel(this->context().theme, m_page), 4);
        connectParts();
    });
}

void StateView::makeTitleActions()
{
    m_run = new SegmentedControl(
        {tr("Run A"), tr("Run B")}, QStringLiteral("stateRun"), tr("Run that is looked into"), this);
    m_mode = new SegmentedControl({tr("Eigenvalues"), tr("State over time")}, QStringLiteral("stateMode"),
        tr("What is shown of the state"), this);
    addTitleAction(m_run);
    addTitleAction(m_mode);
}

void StateView::makeEmptyStates()
{
    const auto open = [this](const QString& page) { emit context().navigator.viewRequested(page); };
    m_noRun->addAction(tr("Show runs"), QStringLiteral("stateShowRuns"), [open] { open(QStringLiteral("runs")); });
    m_noState->addAction(
        tr("Open attention"), QStringLiteral("stateOpenAttention"), [open] { open(QStringLiteral("attention")); });
}

void StateView::connectParts()
{
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & (SelectionFields(SelectionField::RunA) | SelectionField::RunB))
            m_slot.reset();
        if (fields
            & (SelectionFields(SelectionField::RunA) | SelectionField::RunB | SelectionField::User
                | SelectionField::Dataset))
            load();
        else if (m_data && isVisible()) {
            if (fields & SelectionField::Layer)
                setLayer(layer());
            if (fields & SelectionField::Item)
                loadKept();
        } else if (fields & (SelectionFields(SelectionField::Layer) | SelectionField::Item)) {
            m_stale = true;
        }
    });
    connect(m_run, &SegmentedControl::currentChanged, this, [this](int slot) {
        if (m_choosing)
            return;
        m_slot = slot;
        load();
    });
    connect(m_mode, &SegmentedControl::currentChanged, this, &StateView::showMode);
    connect(m_eigen, &EigenPage::layerChosen, &context().selection, &Selection::setLayer);
    connect(m_eigen, &EigenPage::channelChanged, this, [this](int channel) { m_kept->setChannel(layer(), channel); });
}

SelectionFields StateView::usedFields() const
{
    return SelectionFields(SelectionField::Dataset) | SelectionField::RunA | SelectionField::RunB | SelectionField::User
        | SelectionField::Item | SelectionField::Layer;
}

void StateView::activate()
{
    if (m_stale)
        load();
}

Exportable* StateView::mainExport() const
{
    return m_modes->currentWidget() == m_time ? m_time->mainExport() : m_eigen->mainExport();
}

int StateView::layer() const
{
    const int last = m_data ? static_cast<int>(m_data->layerCount()) - 1 : 0;
    return std::clamp(context().selection.layer(), 0, std::max(0, last));
}

void StateView::keyPressEvent(QKeyEvent* event)
{
    const QWidget* focus = QApplication::focusWidget();
    const bool isPicture = qobject_cast<const PaintedChart*>(focus) || qobject_cast<const PlotView*>(focus);
    const int key = event->key();
    if (!m_data || !isPicture || (key != Qt::Key_BracketLeft && key != Qt::Key_BracketRight)) {
        View::keyPressEvent(event);
        return;
    }
    const int last = static_cast<int>(m_data->layerCount()) - 1;
    context().selection.setLayer(std::clamp(layer() + (key == Qt::Key_BracketLeft ? -1 : 1), 0, last));
}

void StateView::showEmpty(EmptyState* state)
{
    m_data.reset();
    m_stack->setCurrentWidget(state);
    m_mode->setEnabled(false);
    setSubtitle({});
}

void StateView::load()
{
    m_stale = !isVisible();
    if (m_stale)
        return;
    banner().clear();
    const Selection& selection = context().selection;
    m_run->setSegmentEnabled(1, !selection.runB().isEmpty());
    const StateRequest request{
        {selection.runA().toStdString(), selection.runB().toStdString()}, selection.user(), m_slot};
    const bool hasRun = !request.runs[0].empty() || !request.runs[1].empty();
    if (!hasRun || request.user < 0) {
        m_noRun->setSentence(hasRun ? tr("Choose a user to see what the model keeps of the history.")
                                    : tr("Choose a run with a recurrent state, such as LRURec, as run A."));
        showEmpty(m_noRun);
        return;
    }
    m_eigen->setLoading(true, tr("reading the state…"));
    const QString& first = request.runs[0].empty() ? selection.runB() : selection.runA();
    context().jobs.run(
        {JobLane::Inspect, tr("State of %1").arg(context().library.runName(first)), loadKey}, this,
        [workspace = context().workspace, request](
            Progress& progress) { return loadState(*workspace, request, progress); },
        [this](std::shared_ptr<const StateData> data) { show(std::move(data)); },
        [this](const JobFailure& failure) {
            m_eigen->setLoading(false);
            m_noRun->setSentence(failure.message);
            showEmpty(m_noRun);
            banner().showFailure(tr("The state could not be read."), failure);
        });
}

void StateView::show(std::shared_ptr<const StateData> data)
{
    m_eigen->setLoading(false);
    m_hasEffects = false;
    if (!data->states) {
        showEmpty(m_noState);
        return;
    }
    m_data = std::move(data);
    m_choosing = true;
    m_run->setCurrent(m_data->slot);
    m_choosing = false;
    m_stack->setCurrentWidget(m_page);
    m_mode->setEnabled(true);
    m_mode->setSegmentEnabled(eigenMode, m_data->hasEigenvalues());
    const QString name = m_data->shown().runName;
    const auto& sizes = m_data->magnitudes;
    const bool isStable = std::all_of(sizes.begin(), sizes.end(), [](float size) { return size < 1.0F; });
    if (!m_data->hasEigenvalues())
        setSubtitle(tr("%1 · gated recurrence, which has no eigenvalues").arg(name));
    else if (isStable)
        setSubtitle(tr("%1 · linear recurrence, |λ| < 1 in every channel").arg(name));
    else
        setSubtitle(tr("%1 · linear recurrence, |λ| reaches 1").arg(name));
    m_kept->showData(m_data, nullptr);
    if (m_data->hasEigenvalues())
        m_eigen->showData(m_data, layer());
    else
        m_kept->setChannel(0, -1);
    m_time->showData(m_data, layer());
    showMode();
    loadKept();
}

void StateView::showMode()
{
    if (!m_data)
        return;
    const bool overTime = m_mode->current() == timeMode || !m_data->hasEigenvalues();
    if (overTime && m_mode->current() != timeMode) {
        m_mode->setCurrent(timeMode); // comes here again
        return;
    }
    m_modes->setCurrentWidget(overTime ? static_cast<QWidget*>(m_time) : m_eigen);
    if (overTime)
        loadEffects();
}

void StateView::setLayer(int layer)
{
    if (m_data->hasEigenvalues())
        m_eigen->setLayer(layer);
    m_time->setLayer(layer);
}

void StateView::loadKept()
{
    m_kept->setLoading(true, tr("leaving out one event at a time…"));
    context().jobs.run(
        {JobLane::Inspect, tr("Leave one event out"), keptKey}, this,
        [data = m_data, item = context().selection.item()](
            Progress& progress) { return std::make_pair(data, recoscope::loadKept(*data, item, progress)); },
        [this](std::pair<std::shared_ptr<const StateData>, std::shared_ptr<const KeptShares>> result) {
            if (result.first != m_data)
                return;
            m_kept->setLoading(false);
            m_kept->showData(m_data, std::move(result.second));
        },
        [this](const JobFailure& failure) {
            m_kept->setLoading(false);
            banner().showFailure(tr("The events could not be weighed."), failure);
        });
}

void StateView::loadEffects()
{
    if (m_hasEffects)
        return;
    m_time->setLoading(true, tr("leaving out one event at a time…"));
    context().jobs.run(
        {JobLane::Inspect, tr("What one event changes"), effectsKey}, this,
        [data = m_data](Progress& progress) {
            const InspectedRun& run = data->shown();
            return std::make_pair(data, eventEffects(run.session->model(), run.history.view(), progress));
        },
        [this](std::pair<std::shared_ptr<const StateData>, EventEffects> result) {
            if (result.first != m_data)
                return;
            m_hasEffects = true;
            m_time->setLoading(false);
            m_time->showEffects(result.second);
        },
        [this](const JobFailure& failure) {
            m_time->setLoading(false);
            banner().showFailure(tr("The effects could not be worked out."), failure);
        });
}

} // namespace recoscope
