// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/tokens/tokens_view.h"

#include <QVBoxLayout>

#include <algorithm>

#include "widgets/core/jobs.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"
#include "widgets/views/tokens/absorbed_panel.h"
#include "widgets/views/tokens/mask_panel.h"
#include "widgets/views/tokens/read_panel.h"
#include "widgets/views/tokens/savings_panel.h"
#include "widgets/views/tokens/staleness_panel.h"
#include "widgets/views/tokens/worth_side.h"

namespace recoscope {

namespace {

constexpr int leaveOneOut = 1; // of the title's control
constexpr int wideLeft = 318;
constexpr int narrowLeft = 284; // large text has no more room
constexpr int staleness = 4; // of nine parts of the width below
constexpr std::int64_t measuredUsers = 200;
const QString loadKey = QStringLiteral("tokens");
const QString worthKey = QStringLiteral("tokens-worth");
const QString effectsKey = QStringLiteral("tokens-effects");
const QString stalenessKey = QStringLiteral("tokens-staleness");

} // namespace

TokensView::TokensView(WorkbenchContext& context, QWidget* parent)
    : InspectView(context, tr("Tokens"),
        {QStringLiteral("tokens"), QStringLiteral("boxes"),
            tr("Choose a run that compresses the history, such as PerSRec, as run A."),
            tr("Choose a user to see what the tokens keep of the history.")},
        parent)
    , m_noTokens(addEmptyState(tr("This run does not compress the history.")))
    , m_shortHistory(addEmptyState({}))
    , m_measure(new SegmentedControl({tr("Attention"), tr("Leave one out")}, QStringLiteral("tokensMeasureKind"),
          tr("How it is told what a token absorbed"), this))
{
    setObjectName(QStringLiteral("tokensView"));
    addTitleAction(m_measure);
    m_noTokens->addAction(tr("New training…"), QStringLiteral("tokensTrain"),
        [this] { this->context().navigator.requestTraining(QStringLiteral("persrec")); });
    m_shortHistory->addAction(tr("Show the longest history"), QStringLiteral("tokensLongest"),
        [this] { this->context().selection.setUser(m_longestUser); });
    auto* row = new QHBoxLayout(page());
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    addPart([this, row] { row->addWidget(makeLeft()); });
    addPart([this, row] { row->addWidget(makeMiddle(), 1); });
    addPart([this, row] {
        row->addWidget(m_side = new WorthSide(this->context().theme, page()));
        connectParts();
        setNarrow(false);
    });
}

QWidget* TokensView::makeLeft()
{
    m_left = new QWidget(page());
    auto* column = new QVBoxLayout(m_left);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addWidget(m_mask = new MaskPanel(context().theme), 6);
    column->addWidget(m_savings = new SavingsPanel(context().theme), 5);
    return m_left;
}

QWidget* TokensView::makeMiddle()
{
    auto* middle = new QWidget(page());
    auto* column = new QVBoxLayout(middle);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addWidget(m_absorbed = new AbsorbedPanel(context().theme), 6);
    addTitleAction(m_absorbed->layerBox());
    addTitleAction(m_absorbed->headBox());
    m_below = new QHBoxLayout;
    m_below->setSpacing(12);
    m_below->addWidget(m_read = new ReadPanel(context().theme), staleness + 1);
    m_below->addWidget(m_staleness = new StalenessPanel(context().theme), staleness);
    column->addLayout(m_below, 5);
    return middle;
}

void TokensView::connectParts()
{
    followSelection();
    connect(m_measure, &SegmentedControl::currentChanged, this, [this](int kind) {
        m_absorbed->setMeasure(kind == leaveOneOut ? AbsorbedMeasure::LeaveOneOut : AbsorbedMeasure::Attention);
        loadEffects();
    });
    connect(m_absorbed, &AbsorbedPanel::layerChosen, &context().selection, &Selection::setLayer);
    connect(m_absorbed, &AbsorbedPanel::headChosen, this, &TokensView::showRead);
    connect(m_absorbed, &AbsorbedPanel::tokenChosen, this, &TokensView::chooseToken);
    connect(m_side, &WorthSide::tokenChosen, this, &TokensView::chooseToken);
    connect(m_side, &WorthSide::itemChosen, &context().selection, &Selection::setItem);
    m_population = new PopulationJob(context().jobs, this);
    connect(m_side, &WorthSide::populationRequested, this, [this] { m_population->start(m_data); });
    connect(m_side, &WorthSide::populationCancelled, m_population, &PopulationJob::cancel);
    connect(m_population, &PopulationJob::changed, this, &TokensView::showPopulation);
    connect(m_population, &PopulationJob::failed, this, [this](const JobFailure& failure) {
        banner().showFailure(tr("The tokens could not be measured over all users."), failure);
    });
    connect(m_staleness, &StalenessPanel::measureRequested, this, &TokensView::measure);
}

Exportable* TokensView::mainExport() const
{
    return m_absorbed->exportable();
}

void TokensView::setNarrow(bool narrow)
{
    context().theme.keepWidth(m_left, narrow ? narrowLeft : wideLeft);
    m_side->setNarrow(narrow);
    if (narrow) {
        m_side->addTab(m_staleness, tr("Staleness"));
    } else {
        m_below->addWidget(m_staleness, staleness);
        m_staleness->show();
    }
}

int TokensView::layerCount() const
{
    return m_data ? static_cast<int>(m_data->maps->shape.layers) : 0;
}

void TokensView::showBoxes(bool shown)
{
    for (QWidget* box : {m_absorbed->layerBox(), m_absorbed->headBox()})
        box->setVisible(shown);
}

void TokensView::forget()
{
    m_data.reset();
    m_measure->setEnabled(false);
    showBoxes(false);
}

void TokensView::followLayerOrItem(SelectionFields fields)
{
    if (!(fields & SelectionField::Layer))
        return;
    m_absorbed->setLayer(layer());
    showRead();
}

void TokensView::load(const InspectRequest& request, const QString& runName)
{
    m_absorbed->setLoading(true, tr("reading the tokens…"));
    context().jobs.run(
        {JobLane::Inspect, tr("Tokens of %1").arg(runName), loadKey}, this,
        [workspace = context().workspace, request](
            Progress& progress) { return loadTokens(*workspace, request, progress); },
        [this](std::shared_ptr<const TokensData> data) { show(std::move(data)); },
        [this](const JobFailure& failure) {
            m_absorbed->setLoading(false);
            showUnreadable(tr("The tokens could not be read."), failure);
        });
}

void TokensView::show(std::shared_ptr<const TokensData> data)
{
    m_absorbed->setLoading(false);
    m_hasEffects = false;
    m_population->keepTo(data->run ? data->run->run : RunId());
    if (!data->hasTokens()) {
        showEmpty(m_noTokens);
        return;
    }
    setShownSlot(data->slot);
    if (data->maps->segments == 0) {
        const CompressedShape& shape = data->maps->shape;
        m_longestUser = data->longestUser;
        m_shortHistory->setSentence(
            tr("All %n event(s) are recent; this user has no tokens yet. They begin at %1 events.", nullptr,
                static_cast<int>(data->maps->events))
                .arg(shape.recent + shape.segment));
        showEmpty(m_shortHistory);
        return;
    }
    m_data = std::move(data);
    const TokenMaps& maps = *m_data->maps;
    const auto tokens = static_cast<int>(maps.tokens()), held = static_cast<int>(maps.shape.tokensHeld(maps.segments));
    showPage();
    showBoxes(true);
    m_measure->setEnabled(true);
    setSubtitle(tr(
        "%1 · %2 events = %3 older + %4 recent; recent ones see the older ones only through %n token(s)", nullptr, held)
                    .arg(m_data->run->runName)
                    .arg(maps.events)
                    .arg(maps.older())
                    .arg(maps.events - maps.older()));
    m_token = std::clamp(m_token, tokens - held, tokens - 1); // one that recent events read
    m_mask->showData(m_data);
    m_absorbed->showData(m_data, layer());
    m_savings->showData(*m_data, nullptr);
    m_side->showData(m_data, nullptr);
    showPopulation();
    if (m_measured != m_data->run->run) {
        m_measured.clear();
        m_savings->showAccuracy({});
        m_staleness->showCurve({}, m_data->slot, {});
    }
    chooseToken(m_token);
    loadWorth();
    loadEffects();
}

void TokensView::showRead()
{
    m_read->showRead(*m_data, layer(), m_absorbed->head(), m_token);
}

void TokensView::chooseToken(int token)
{
    m_token = token;
    m_absorbed->setToken(token);
    m_side->setToken(token);
    showRead();
}

void TokensView::loadWorth()
{
    m_side->setLoading(true, tr("leaving out one token at a time…"));
    context().jobs.run(
        {JobLane::Inspect, tr("Leave one token out"), worthKey}, this,
        [data = m_data](Progress& progress) { return std::make_pair(data, recoscope::loadWorth(*data, progress)); },
        [this](std::pair<std::shared_ptr<const TokensData>, std::shared_ptr<const TokensWorth>> result) {
            m_side->setLoading(false);
            if (result.first != m_data)
                return;
            m_savings->showData(*m_data, result.second.get());
            m_side->showData(m_data, std::move(result.second));
            m_side->setToken(m_token);
        },
        [this](const JobFailure& failure) {
            m_side->setLoading(false);
            banner().showFailure(tr("The tokens could not be weighed."), failure);
        });
}

void TokensView::loadEffects()
{
    if (!m_data || m_hasEffects || m_measure->current() != leaveOneOut)
        return;
    m_absorbed->setLoading(true, tr("leaving out one event at a time…"));
    context().jobs.run(
        {JobLane::Inspect, tr("What each token lacks without an event"), effectsKey}, this,
        [data = m_data](Progress& progress) {
            const InspectedRun& run = *data->run;
            return std::make_pair(data,
                std::make_shared<const TokenEffects>(tokenEffects(run.session->model(), run.history.view(), progress)));
        },
        [this](std::pair<std::shared_ptr<const TokensData>, std::shared_ptr<const TokenEffects>> result) {
            m_absorbed->setLoading(false);
            if (result.first != m_data)
                return;
            m_hasEffects = true;
            m_absorbed->showEffects(std::move(result.second));
        },
        [this](const JobFailure& failure) {
            m_absorbed->setLoading(false);
            banner().showFailure(tr("The events could not be left out."), failure);
        });
}

void TokensView::showPopulation()
{
    if (m_data)
        m_side->showPopulation(m_population->found(m_data->run->run), m_population->isRunning());
}

void TokensView::measure()
{
    m_staleness->setLoading(true, tr("reading with older tokens…"));
    context().jobs.run(
        {JobLane::Inspect, tr("Staleness of the tokens"), stalenessKey}, this,
        [data = m_data](Progress& progress) {
            return std::make_pair(data, tokenStaleness(*data->run->session, measuredUsers, progress));
        },
        [this](std::pair<std::shared_ptr<const TokensData>, TokenStaleness> result) {
            m_staleness->setLoading(false);
            if (!m_data || result.first->run->run != m_data->run->run)
                return;
            m_measured = m_data->run->run;
            m_savings->showAccuracy(result.second);
            m_staleness->showCurve(result.second, m_data->slot, m_data->header(tr("Staleness")));
        },
        [this](const JobFailure& failure) {
            m_staleness->setLoading(false);
            banner().showFailure(tr("The staleness could not be measured."), failure);
        });
}

} // namespace recoscope
