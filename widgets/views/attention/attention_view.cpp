// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/attention/attention_view.h"

#include <QApplication>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>

#include <algorithm>

#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/picture.h"
#include "widgets/views/attention/head_overview.h"
#include "widgets/views/attention/prediction_side.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr int wideLeft = 262;
constexpr int narrowLeft = 240;
constexpr int roomForAll = 1600; // pinned head and right column beside each other
constexpr double litShare = 0.6;
constexpr int mostLit = 4;
const QString loadKey = QStringLiteral("attention");
const QString explainKey = QStringLiteral("attention-explain");

} // namespace

AttentionPage::AttentionPage(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Attention"), parent)
    , m_stack(new QStackedWidget)
    , m_page(new QWidget)
    , m_noRun(new EmptyState(
          context.theme, QStringLiteral("grid-3x3"), tr("Choose a run with attention, such as SASRec, as run A.")))
    , m_noUser(new EmptyState(
          context.theme, QStringLiteral("grid-3x3"), tr("Choose a user to see what the model read of the history.")))
    , m_empty(new EmptyState(context.theme, QStringLiteral("grid-3x3"), {}))
    , m_toState(new EmptyState(
          context.theme, QStringLiteral("grid-3x3"), tr("This model has no attention. Look at its state instead.")))
    , m_toTokens(new EmptyState(context.theme, QStringLiteral("grid-3x3"),
          tr("This model reads compressed histories. Look at its tokens instead.")))
{
    setObjectName(QStringLiteral("attentionView"));
    makeTitleActions();
    auto* row = new QHBoxLayout(m_page);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    m_stack->addWidget(m_page);
    for (EmptyState* state : {m_noRun, m_noUser, m_empty, m_toState, m_toTokens})
        m_stack->addWidget(state);
    contentLayout()->addWidget(m_stack, 1);
    m_noRun->addAction(tr("Choose run…"), QStringLiteral("attentionChooseRun"),
        [this] { emit this->context().navigator.choiceRequested(SelectionField::RunA); });
    m_noUser->addAction(tr("Choose user…"), QStringLiteral("attentionChooseUser"),
        [this] { emit this->context().navigator.choiceRequested(SelectionField::User); });
    m_empty->addAction(tr("Show runs"), QStringLiteral("attentionShowRuns"),
        [this] { emit this->context().navigator.viewRequested(QStringLiteral("runs")); });
    m_toState->addAction(tr("Open state"), QStringLiteral("attentionOpenState"),
        [this] { emit this->context().navigator.viewRequested(QStringLiteral("state")); });
    m_toTokens->addAction(tr("Open tokens"), QStringLiteral("attentionOpenTokens"),
        [this] { emit this->context().navigator.viewRequested(QStringLiteral("tokens")); });
    addPart([this, row] {
        row->addWidget(m_overview = new HeadOverview(this->context().theme, m_page));
        row->addWidget(makeDetail(), 1);
    });
    addPart([this, row] {
        row->addWidget(makePinned(), 1);
        row->addWidget(m_side = new PredictionSide(this->context().theme, m_page));
    });
    addPart([this] { connectParts(); });
}

void AttentionPage::makeTitleActions()
{
    m_run = new SegmentedControl(
        {tr("Run A"), tr("Run B")}, QStringLiteral("attentionRun"), tr("Run that is looked into"));
    addTitleAction(m_run);
    m_pin = makeButton(tr("Pin"), QStringLiteral("attentionPin"));
    m_pin->setCheckable(true);
    m_pin->setToolTip(tr("Keep this head and user beside the next one"));
    setThemedIcon(context().theme, m_pin, QStringLiteral("pin"));
    addTitleAction(m_pin);
}

QWidget* AttentionPage::makeDetail()
{
    m_detail = new HeadPanel(context().theme, tr("Head"), QStringLiteral("attention"));
    m_scale = new SegmentedControl(
        {tr("Raw"), tr("Row-normalised")}, QStringLiteral("attentionScale"), tr("Scale of the weights"));
    m_scale->setCurrent(1);
    m_last = new QComboBox;
    setNames(m_last, QStringLiteral("attentionLast"), tr("Events shown"));
    m_last->addItem(tr("Last 20"), 20);
    m_last->addItem(tr("Last 50"), 50);
    m_last->addItem(tr("All"), 0);
    m_detail->addControl(m_scale);
    m_detail->addControl(m_last);
    return m_detail;
}

QWidget* AttentionPage::makePinned()
{
    m_pinned = new HeadPanel(context().theme, tr("Pinned head"), QStringLiteral("attentionPinned"));
    m_pinned->setNamesOrigin(true);
    m_pinned->hide();
    QToolButton* close = makeIconButton(
        context().theme, QStringLiteral("x"), tr("Let go of the pinned head"), QStringLiteral("attentionUnpin"));
    connect(close, &QToolButton::clicked, this, [this] { m_pin->setChecked(false); });
    m_pinned->addControl(close);
    return m_pinned;
}

void AttentionPage::connectParts()
{
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields
            & (SelectionFields(SelectionField::RunA) | SelectionField::RunB | SelectionField::User
                | SelectionField::Dataset))
            load();
        else if (fields & (SelectionFields(SelectionField::Layer) | SelectionField::Head))
            showHead();
    });
    connect(m_run, &SegmentedControl::currentChanged, this, [this](int slot) {
        load();
        emit runSlotChanged(slot);
    });
    connect(m_scale, &SegmentedControl::currentChanged, this, [this] { showHead(); });
    connect(m_last, &QComboBox::currentIndexChanged, this, [this] { showHead(); });
    connect(m_pin, &QPushButton::toggled, this, &AttentionPage::pin);
    connect(m_overview, &HeadOverview::headChosen, this, &AttentionPage::chooseHead);
    connect(m_side, &PredictionSide::pointed, this, &AttentionPage::pointAt);
    connect(m_side, &PredictionSide::chosen, &context().selection, &Selection::setItem);
    connect(&context().theme, &Theme::changed, this, &AttentionPage::rescale);
    rescale();
}

SelectionFields AttentionPage::usedFields() const
{
    return SelectionFields(SelectionField::Dataset) | SelectionField::RunA | SelectionField::RunB | SelectionField::User
        | SelectionField::Item | SelectionField::Layer | SelectionField::Head;
}

int AttentionPage::runSlot() const
{
    return m_run->current();
}

void AttentionPage::activate()
{
    if (m_stale)
        load();
}

Exportable* AttentionPage::mainExport() const
{
    return m_detail->map();
}

void AttentionPage::setNarrow(bool narrow)
{
    if (narrow == m_narrow)
        return;
    m_narrow = narrow;
    m_side->setNarrow(narrow);
    // Beside the title there is room for what the head's own header lacks then.
    for (QWidget* control : std::initializer_list<QWidget*>{m_scale, m_last}) {
        if (narrow)
            addTitleAction(control);
        else
            m_detail->addControl(control);
    }
    rescale();
}

void AttentionPage::rescale()
{
    m_overview->setFixedWidth(context().theme.scaled(m_narrow ? narrowLeft : wideLeft));
}

void AttentionPage::resizeEvent(QResizeEvent* event)
{
    View::resizeEvent(event);
    showParts();
}

void AttentionPage::showParts()
{
    const bool pinned = m_pin->isChecked();
    m_pinned->setVisible(pinned);
    m_side->setVisible(!pinned || width() >= context().theme.scaled(roomForAll));
}

void AttentionPage::keyPressEvent(QKeyEvent* event)
{
    const auto step
        = [&](int now, int by, std::int64_t count) { return std::clamp(now + by, 0, static_cast<int>(count) - 1); };
    const int key = event->key();
    if (!m_data || !isPicture(QApplication::focusWidget()))
        View::keyPressEvent(event);
    else if (key == Qt::Key_BracketLeft || key == Qt::Key_BracketRight)
        chooseHead(step(layer(), key == Qt::Key_BracketLeft ? -1 : 1, m_data->maps->layers), head());
    else if (key == Qt::Key_BraceLeft || key == Qt::Key_BraceRight)
        chooseHead(layer(), step(head(), key == Qt::Key_BraceLeft ? -1 : 1, m_data->maps->heads));
    else
        View::keyPressEvent(event);
}

RunId AttentionPage::shownRun() const
{
    const Selection& selection = context().selection;
    return (m_run->current() == 1 ? selection.runB() : selection.runA()).toStdString();
}

int AttentionPage::layer() const
{
    const int last = m_data ? static_cast<int>(m_data->maps->layers) - 1 : 0;
    return std::clamp(context().selection.layer(), 0, std::max(0, last));
}

int AttentionPage::head() const
{
    const int last = m_data ? static_cast<int>(m_data->maps->heads) - 1 : 0;
    return std::clamp(context().selection.head(), 0, std::max(0, last));
}

HeadChoice AttentionPage::choice() const
{
    HeadChoice choice;
    choice.data = m_data;
    choice.layer = layer();
    choice.head = head();
    choice.scale = m_scale->current() == 0 ? AttentionScale::Raw : AttentionScale::RowNormalised;
    choice.last = m_last->currentData().toInt();
    if (m_pointed >= 0 && m_pointed < static_cast<int>(m_explanations.size()))
        choice.lit = liftingEvents(m_explanations[static_cast<std::size_t>(m_pointed)], litShare, mostLit);
    return choice;
}

void AttentionPage::showEmpty(const QString& sentence)
{
    m_empty->setSentence(sentence);
    showEmpty(m_empty);
}

void AttentionPage::showEmpty(EmptyState* state)
{
    m_data.reset();
    m_stack->setCurrentWidget(state);
    m_pin->setEnabled(m_pin->isChecked());
    setSubtitle({});
}

void AttentionPage::load()
{
    m_stale = !isVisible();
    if (m_stale)
        return;
    banner().clear();
    m_run->setSegmentEnabled(1, !context().selection.runB().isEmpty());
    const RunId run = shownRun();
    const int user = context().selection.user();
    if (run.empty() || user < 0) {
        showEmpty(run.empty() ? m_noRun : m_noUser);
        return;
    }
    m_detail->setLoading(true, tr("reading attention…"));
    context().jobs.run(
        {JobLane::Inspect, tr("Attention of %1").arg(context().library.runName(QString::fromStdString(run))), loadKey},
        this,
        [workspace = context().workspace, run, user](
            Progress& progress) { return loadAttention(*workspace, run, user, progress); },
        [this](std::shared_ptr<const AttentionData> data) { show(std::move(data)); },
        [this](const JobFailure& failure) {
            m_detail->setLoading(false);
            showEmpty(failure.message);
            banner().showFailure(tr("The attention could not be read."), failure);
        });
}

void AttentionPage::show(std::shared_ptr<const AttentionData> data)
{
    m_detail->setLoading(false);
    m_explanations.clear();
    m_explaining = false;
    m_pointed = -1;
    if (!data->hasAttention) {
        switch (data->elsewhere) {
        case AttentionData::Elsewhere::State: showEmpty(m_toState); break;
        case AttentionData::Elsewhere::Tokens: showEmpty(m_toTokens); break;
        case AttentionData::Elsewhere::Nowhere:
            showEmpty(tr("This run has no attention to show. Choose one that has, such as SASRec's, as run A."));
        }
        return;
    }
    m_data = std::move(data);
    m_stack->setCurrentWidget(m_page);
    m_pin->setEnabled(true);
    m_overview->showData(m_data, m_run->current());
    m_side->showData(*m_data, m_run->current());
    setSubtitle(m_data->maps->rowsSumToOne ? tr("softmax weights: each row sums to 1")
                                           : tr("weights do not sum to 1; rows are normalised here"));
    showHead();
}

void AttentionPage::chooseHead(int layer, int head)
{
    if (layer == this->layer() && head == this->head())
        return;
    SelectionState next = context().selection.state();
    next.layer = layer;
    next.head = head;
    context().selection.change(next, tr("Choose head"));
}

void AttentionPage::showHead()
{
    if (!m_data)
        return;
    const HeadChoice shown = choice();
    m_overview->setCurrent(shown.layer, shown.head);
    m_detail->showHead(shown);
    m_side->showReads(shown);
    if (!m_pin->isChecked())
        return;
    // Scale and range are shared, so that the two pictures can be compared.
    HeadChoice pinned = m_pinned->choice();
    pinned.scale = shown.scale;
    pinned.last = shown.last;
    m_pinned->showHead(pinned);
}

void AttentionPage::pin(bool on)
{
    m_pin->setText(on ? tr(" Unpin") : tr(" Pin"));
    m_pin->setAccessibleName(m_pin->text().trimmed());
    if (on)
        m_pinned->showHead(choice());
    else
        m_pin->setEnabled(m_data != nullptr);
    showParts();
}

void AttentionPage::pointAt(int recommendation)
{
    if (!m_data || recommendation == m_pointed)
        return;
    m_pointed = recommendation;
    m_side->setPointed(recommendation);
    m_overview->showRanks(recommendation);
    if (recommendation >= 0 && m_explanations.empty())
        explainAll();
    showLit();
}

void AttentionPage::explainAll()
{
    if (m_explaining || m_data->recommendations.empty())
        return;
    m_explaining = true;
    context().jobs.run(
        {JobLane::Inspect, tr("Leave one event out"), explainKey}, this,
        [data = m_data](Progress& progress) {
            std::vector<std::int32_t> items;
            for (const InspectedItem& item : data->recommendations)
                items.push_back(item.prepared);
            return std::make_pair(data, data->session->explain(data->history.view(), items, progress));
        },
        [this](std::pair<std::shared_ptr<const AttentionData>, std::vector<Explanation>> result) {
            if (result.first != m_data)
                return;
            m_explaining = false;
            m_explanations = std::move(result.second);
            showLit();
        },
        [this](const JobFailure& failure) {
            m_explaining = false;
            banner().showFailure(tr("The events could not be weighed."), failure);
        });
}

void AttentionPage::showLit()
{
    if (!m_data)
        return;
    const HeadChoice shown = choice();
    m_detail->setLit(shown.lit);
    m_side->showReads(shown);
}

} // namespace recoscope
