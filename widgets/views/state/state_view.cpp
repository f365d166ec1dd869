// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/state/state_view.h"

#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/core/jobs.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/segmented_control.h"
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
    : InspectView(context, tr("State"),
        {QStringLiteral("state"), QStringLiteral("orbit"),
            tr("Choose a run with a recurrent state, such as LRURec, as run A."),
            tr("Choose a user to see what the model keeps of the history.")},
        parent)
    , m_noState(addEmptyState(tr("This model keeps no recurrent state.")))
    , m_mode(new SegmentedControl({tr("Eigenvalues"), tr("State over time")}, QStringLiteral("stateMode"),
          tr("What is shown of the state"), this))
{
    setObjectName(QStringLiteral("stateView"));
    addTitleAction(m_mode);
    m_noState->addAction(tr("Open attention"), QStringLiteral("stateOpenAttention"),
        [this] { emit this->context().navigator.viewRequested(QStringLiteral("attention")); });
    auto* column = new QVBoxLayout(page());
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    addPart([this, column] {
        m_modes = new QStackedWidget(page());
        m_modes->addWidget(m_eigen = new EigenPage(this->context().theme, m_modes));
        m_modes->addWidget(m_time = new TimePage(this->context().theme, m_modes));
        m_eigen->makeDisk();
        column->addWidget(m_modes, 5);
    });
    addPart([this] { m_eigen->makePlots(); });
    addPart([this] { m_time->makePanels(); });
    addPart([this, column] {
        column->addWidget(m_kept = new KeptPanel(this->context().theme, page()), 4);
        connectParts();
    });
}

void StateView::connectParts()
{
    followSelection();
    connect(m_mode, &SegmentedControl::currentChanged, this, &StateView::showMode);
    connect(m_eigen, &EigenPage::layerChosen, &context().selection, &Selection::setLayer);
    connect(m_eigen, &EigenPage::channelChanged, this, [this](int channel) { m_kept->setChannel(layer(), channel); });
}

void StateView::followLayerOrItem(SelectionFields fields)
{
    if (fields & SelectionField::Layer)
        setLayer(layer());
    if (fields & SelectionField::Item)
        loadKept();
}

Exportable* StateView::mainExport() const
{
    return m_modes->currentWidget() == m_time ? m_time->mainExport() : m_eigen->mainExport();
}

int StateView::layerCount() const
{
    return m_data ? static_cast<int>(m_data->layerCount()) : 0;
}

void StateView::forget()
{
    m_data.reset();
    m_mode->setEnabled(false);
}

void StateView::load(const InspectRequest& request, const QString& runName)
{
    m_eigen->setLoading(true, tr("reading the state…"));
    context().jobs.run(
        {JobLane::Inspect, tr("State of %1").arg(runName), loadKey}, this,
        [workspace = context().workspace, request](
            Progress& progress) { return loadState(*workspace, request, progress); },
        [this](std::shared_ptr<const StateData> data) { show(std::move(data)); },
        [this](const JobFailure& failure) {
            m_eigen->setLoading(false);
            showUnreadable(tr("The state could not be read."), failure);
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
    setShownSlot(m_data->slot);
    showPage();
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
