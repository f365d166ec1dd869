// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/tokens/tokens_view.h"

#include <QApplication>
#include <QKeyEvent>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/core/formatting.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/core/token_reading.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/event_bars.h"
#include "widgets/plots/heat_strips.h"
#include "widgets/plots/mask_picture.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/context.h"
#include "widgets/views/tokens/absorbed_panel.h"
#include "widgets/views/tokens/savings_panel.h"
#include "widgets/views/tokens/staleness_panel.h"
#include "widgets/views/tokens/worth_side.h"

namespace recoscope {

namespace {

constexpr int leaveOneOut = 1; // of the title's control
constexpr int wideLeft = 318;
constexpr int narrowLeft = 262;
constexpr std::int64_t measuredUsers = 200;
const QString loadKey = QStringLiteral("tokens");
const QString worthKey = QStringLiteral("tokens-worth");
const QString effectsKey = QStringLiteral("tokens-effects");
const QString stalenessKey = QStringLiteral("tokens-staleness");

} // namespace

TokensView::TokensView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Tokens"), parent)
    , m_stack(new QStackedWidget)
    , m_page(new QWidget)
    , m_noRun(new EmptyState(context.theme, QStringLiteral("boxes"), {}))
    , m_noTokens(new EmptyState(context.theme, QStringLiteral("boxes"), tr("This run has no compressed tokens.")))
    , m_shortHistory(new EmptyState(context.theme, QStringLiteral("boxes"), {}))
{
    setObjectName(QStringLiteral("tokensView"));
    makeTitleActions();
    makeEmptyStates();
    auto* row = new QHBoxLayout(m_page);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    for (QWidget* page : std::initializer_list<QWidget*>{m_page, m_noRun, m_noTokens, m_shortHistory})
        m_stack->addWidget(page);
    contentLayout()->addWidget(m_stack, 1);
    addPart([this, row] { row->addWidget(makeLeft()); });
    addPart([this, row] { row->addWidget(makeMiddle(), 1); });
    addPart([this, row] {
        row->addWidget(m_side = new WorthSide(this->context().theme, m_page));
        connectParts();
        setNarrow(false);
    });
}

void TokensView::makeTitleActions()
{
    m_run = new SegmentedControl(
        {tr("Run A"), tr("Run B")}, QStringLiteral("tokensRun"), tr("Run that is looked into"), this);
    m_measure = new SegmentedControl({tr("Attention"), tr("Leave one out")}, QStringLiteral("tokensMeasureKind"),
        tr("How it is told what a token absorbed"), this);
    addTitleAction(m_run);
    addTitleAction(m_measure);
}

void TokensView::makeEmptyStates()
{
    Navigator& navigator = context().navigator;
    m_noRun->addAction(tr("Show runs"), QStringLiteral("tokensShowRuns"),
        [&navigator] { emit navigator.viewRequested(QStringLiteral("runs")); });
    m_noTokens->addAction(tr("New training…"), QStringLiteral("tokensTrain"),
        [&navigator] { navigator.requestTraining(QStringLiteral("persrec")); });
}

QWidget* TokensView::makeLeft()
{
    m_left = new QWidget(m_page);
    auto* column = new QVBoxLayout(m_left);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    m_maskPanel = new Panel(context().theme, tr("Who sees whom"), QStringLiteral("tokensMask"));
    m_maskPanel->setSubtitle(tr("rows read columns"));
    m_mask = new MaskPicture(context().theme, QStringLiteral("tokensMask"));
    m_mask->setExportHeader({tr("Who sees whom"), {}, {}});
    m_maskPanel->setContent(m_mask);
    m_maskPanel->setExportable(m_mask);
    column->addWidget(m_maskPanel, 6);
    column->addWidget(m_savings = new SavingsPanel(context().theme), 5);
    return m_left;
}

QWidget* TokensView::makeMiddle()
{
    auto* middle = new QWidget(m_page);
    auto* column = new QVBoxLayout(middle);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addWidget(m_absorbed = new AbsorbedPanel(context().theme), 6);
    m_readPanel = new Panel(context().theme, tr("What recent events read of the tokens"), QStringLiteral("tokensRead"));
    m_read = new EventBars(context().theme, QStringLiteral("tokensRead"));
    m_read->setExportHeader({tr("What recent events read of the tokens"), {}, {}});
    m_readPanel->setContent(m_read);
    m_readPanel->setExportable(m_read);
    auto* below = new QHBoxLayout;
    below->setSpacing(12);
    below->addWidget(m_readPanel, 5);
    below->addWidget(m_staleness = new StalenessPanel(context().theme), 4);
    column->addLayout(below, 5);
    return middle;
}

void TokensView::connectParts()
{
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & (SelectionFields(SelectionField::RunA) | SelectionField::RunB))
            m_slot.reset();
        if (fields
            & (SelectionFields(SelectionField::RunA) | SelectionField::RunB | SelectionField::User
                | SelectionField::Dataset))
            load();
        else if (fields & SelectionField::Layer && m_data)
            setLayer();
    });
    connect(m_run, &SegmentedControl::currentChanged, this, [this](int slot) {
        if (m_choosing)
            return;
        m_slot = slot;
        load();
    });
    connect(m_measure, &SegmentedControl::currentChanged, this, [this](int kind) {
        m_absorbed->setMeasure(kind == leaveOneOut ? AbsorbedMeasure::LeaveOneOut : AbsorbedMeasure::Attention);
        loadEffects();
    });
    connect(m_absorbed, &AbsorbedPanel::layerChosen, &context().selection, &Selection::setLayer);
    connect(m_absorbed, &AbsorbedPanel::headChosen, this, &TokensView::showRead);
    connect(m_absorbed, &AbsorbedPanel::tokenChosen, this, &TokensView::chooseToken);
    connect(m_side, &WorthSide::tokenChosen, this, &TokensView::chooseToken);
    connect(m_side, &WorthSide::itemChosen, &context().selection, &Selection::setItem);
    connect(m_staleness, &StalenessPanel::measureRequested, this, &TokensView::measure);
}

SelectionFields TokensView::usedFields() const
{
    return SelectionFields(SelectionField::Dataset) | SelectionField::RunA | SelectionField::RunB | SelectionField::User
        | SelectionField::Item | SelectionField::Layer;
}

void TokensView::activate()
{
    if (m_stale)
        load();
}

Exportable* TokensView::mainExport() const
{
    return m_absorbed->exportable();
}

void TokensView::setNarrow(bool narrow)
{
    context().theme.keepWidth(m_left, narrow ? narrowLeft : wideLeft);
    m_side->setNarrow(narrow);
}

int TokensView::layer() const
{
    const int last = m_data ? static_cast<int>(m_data->maps->shape.layers) - 1 : 0;
    return std::clamp(context().selection.layer(), 0, std::max(0, last));
}

void TokensView::keyPressEvent(QKeyEvent* event)
{
    const QWidget* focus = QApplication::focusWidget();
    const bool isPicture = qobject_cast<const PaintedChart*>(focus) || qobject_cast<const PlotView*>(focus);
    const int key = event->key();
    if (!m_data || !isPicture || (key != Qt::Key_BracketLeft && key != Qt::Key_BracketRight)) {
        View::keyPressEvent(event);
        return;
    }
    const int last = static_cast<int>(m_data->maps->shape.layers) - 1;
    context().selection.setLayer(std::clamp(layer() + (key == Qt::Key_BracketLeft ? -1 : 1), 0, last));
}

void TokensView::showEmpty(EmptyState* state)
{
    m_data.reset();
    m_stack->setCurrentWidget(state);
    m_measure->setEnabled(false);
    setSubtitle({});
}

void TokensView::load()
{
    m_stale = !isVisible();
    if (m_stale)
        return;
    banner().clear();
    const Selection& selection = context().selection;
    m_run->setSegmentEnabled(1, !selection.runB().isEmpty());
    const TokensRequest request{
        {selection.runA().toStdString(), selection.runB().toStdString()}, selection.user(), m_slot};
    const bool hasRun = !request.runs[0].empty() || !request.runs[1].empty();
    if (!hasRun || request.user < 0) {
        m_noRun->setSentence(hasRun ? tr("Choose a user to see what the tokens keep of the history.")
                                    : tr("Choose a run that compresses the history, such as PerSRec, as run A."));
        showEmpty(m_noRun);
        return;
    }
    m_absorbed->setLoading(true, tr("reading the tokens…"));
    const QString& first = request.runs[0].empty() ? selection.runB() : selection.runA();
    context().jobs.run(
        {JobLane::Inspect, tr("Tokens of %1").arg(context().library.runName(first)), loadKey}, this,
        [workspace = context().workspace, request](
            Progress& progress) { return loadTokens(*workspace, request, progress); },
        [this](std::shared_ptr<const TokensData> data) { show(std::move(data)); },
        [this](const JobFailure& failure) {
            m_absorbed->setLoading(false);
            m_noRun->setSentence(failure.message);
            showEmpty(m_noRun);
            banner().showFailure(tr("The tokens could not be read."), failure);
        });
}

void TokensView::show(std::shared_ptr<const TokensData> data)
{
    m_absorbed->setLoading(false);
    m_hasEffects = false;
    if (!data->hasTokens()) {
        showEmpty(m_noTokens);
        return;
    }
    m_choosing = true;
    m_run->setCurrent(data->slot);
    m_choosing = false;
    if (data->maps->segments == 0) {
        m_shortHistory->setSentence(tr(
            "All %n event(s) are recent; this user has no tokens yet.", nullptr, static_cast<int>(data->maps->events)));
        showEmpty(m_shortHistory);
        return;
    }
    m_data = std::move(data);
    const TokenMaps& maps = *m_data->maps;
    m_stack->setCurrentWidget(m_page);
    m_measure->setEnabled(true);
    setSubtitle(tr("%1 · %2 events = %3 older + %4 recent; recent ones see the older ones only through %5 tokens")
                    .arg(m_data->run->runName)
                    .arg(maps.events)
                    .arg(maps.older())
                    .arg(maps.events - maps.older())
                    .arg(maps.tokens()));
    m_token = std::min(m_token, static_cast<int>(maps.tokens()) - 1);
    showMask();
    m_absorbed->showData(m_data, layer());
    m_savings->showData(*m_data, nullptr);
    m_side->showData(m_data, nullptr);
    if (m_measured != m_data->run->run) {
        m_measured.clear();
        m_savings->showAccuracy({});
        m_staleness->showCurve({}, m_data->slot, {});
    }
    chooseToken(m_token);
    loadWorth();
    loadEffects();
}

void TokensView::showMask()
{
    const TokenMaps& maps = *m_data->maps;
    MaskPicture::Mask mask;
    for (const MaskBand& band : maskBands(maps)) {
        const QString name = band.kind == BandKind::Older ? tr("%1 older").arg(band.count)
            : band.kind == BandKind::Tokens               ? tr("%n token(s)", nullptr, band.count)
                                                          : tr("%1 recent").arg(band.count);
        const bool isTokens = band.kind == BandKind::Tokens;
        mask.bands.push_back({name, isTokens ? tr("tok.") : QString::number(band.count), band.count, isTokens});
    }
    mask.sees = [data = m_data](int row, int column) { return data->maps->rows.sees(row, column); };
    mask.title = [data = m_data](int row) { return data->rowTitle(row); };
    m_mask->setExportHeader(m_data->header(tr("Who sees whom")));
    m_mask->setMask(std::move(mask));
}

void TokensView::showRead()
{
    const TokenMaps& maps = *m_data->maps;
    const std::vector<float> shares = maps.readBy(layer(), m_absorbed->head());
    std::vector<EventBars::Row> rows(2);
    rows[0].name = maps.tokens() > 1 ? tr("all %1 tokens").arg(maps.tokens()) : tr("the token");
    rows[0].values = recentShares(maps, shares, -1);
    rows[1].name = tr("token %1").arg(m_token % maps.shape.tokens + 1);
    rows[1].values = recentShares(maps, shares, m_token);
    if (maps.segments > 1)
        rows[1].caption = tr("of segment %1").arg(m_token / maps.shape.tokens + 1);
    for (EventBars::Row& row : rows)
        row.text = [](double value) { return format::share(value); };
    rows[0].slot = m_data->slot;
    if (maps.tokens() == 1)
        rows.pop_back();
    m_read->setExportHeader(m_data->header(tr("What recent events read of the tokens, layer %1").arg(layer() + 1)));
    m_read->setRows({m_data->titles.begin() + maps.older(), m_data->titles.end()}, std::move(rows));
    m_readPanel->setSubtitle(tr("% of what each reads, layer %1").arg(layer() + 1));
}

void TokensView::setLayer()
{
    m_absorbed->setLayer(layer());
    showRead();
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
