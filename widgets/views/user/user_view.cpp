// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/user/user_view.h"

#include <QHBoxLayout>
#include <QInputDialog>
#include <QPointer>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QUndoStack>
#include <QVBoxLayout>

#include <algorithm>

#include "engine/data/catalogue.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"
#include "widgets/views/user/answer_pane.h"
#include "widgets/views/user/history_list.h"
#include "widgets/views/user/scenario_menu.h"
#include "widgets/views/user/title_search.h"
#include "widgets/views/user/why_panel.h"

namespace recoscope {

namespace {

constexpr int historyWidth = 340;
constexpr int rightWidth = 336;
constexpr int narrowHistoryWidth = 256;
constexpr int narrowRightWidth = 272;
const QString loadKey = QStringLiteral("user");
const QString otherKey = QStringLiteral("user-other");

} // namespace

// One step of undo: the whole history before and after, which is a few kilobytes.
class UserView::EditCommand : public QUndoCommand {
public:
    EditCommand(UserView* view, EditedHistory before, EditedHistory after, const QString& text)
        : QUndoCommand(text)
        , m_view(view)
        , m_subject(view->m_subject)
        , m_before(std::move(before))
        , m_after(std::move(after))
    {
    }

    void undo() override { apply(m_before); }
    void redo() override { apply(m_after); }

private:
    // An edit belongs to its user: after another one was chosen there is nothing to change.
    void apply(const EditedHistory& history)
    {
        if (m_view && m_view->m_subject == m_subject)
            m_view->applyHistory(history);
    }

    QPointer<UserView> m_view;
    int m_subject;
    EditedHistory m_before, m_after;
};

UserView::UserView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("User"), parent)
    , m_stack(new QStackedWidget)
    , m_page(new QWidget)
    , m_empty(new EmptyState(context.theme, QStringLiteral("user-round"), {}))
{
    setObjectName(QStringLiteral("userView"));
    makeTitleActions();
    auto* row = new QHBoxLayout(m_page);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    m_stack->addWidget(m_page);
    m_stack->addWidget(m_empty);
    contentLayout()->addWidget(m_stack, 1);
    m_empty->addAction(
        tr("Choose user…"), QStringLiteral("userChoose"),
        [this] { emit this->context().navigator.choiceRequested(SelectionField::User); }, true);
    m_empty->addAction(tr("Type a history…"), QStringLiteral("userType"), [this] { typeHistory(); });
    addPart([this, row] { row->addWidget(makeHistoryPanel()); });
    addPart([this, row] {
        m_answers = new AnswerPane(this->context(), [this](int item) { return wordsOf(item); });
        row->addWidget(m_answers, 1);
    });
    addPart([this, row] { row->addWidget(makeRight()); });
    addPart([this] {
        connectHistory();
        connectParts();
        setNarrow(false);
    });
}

void UserView::makeTitleActions()
{
    auto* other = makeButton(tr("Compare with another user…"), QStringLiteral("userCompareWith"));
    connect(other, &QPushButton::clicked, this, &UserView::chooseOtherUser);
    m_scenarios = new ScenarioMenu(context(), [this] { return presentScenario(); });
    auto* attention = makeButton(tr("Open attention"), QStringLiteral("userOpenAttention"));
    setThemedIcon(context().theme, attention, QStringLiteral("grid-3x3"));
    connect(attention, &QPushButton::clicked, this,
        [this] { emit context().navigator.viewRequested(QStringLiteral("attention")); });
    for (QWidget* action : std::initializer_list<QWidget*>{other, m_scenarios, attention})
        addTitleAction(action);
}

QWidget* UserView::makeHistoryPanel()
{
    Theme& theme = context().theme;
    auto* panel = m_historyPanel = new Panel(theme, tr("History"), QStringLiteral("userHistory"));
    panel->setSubtitle(tr("newest first"));
    panel->setEnlargeable(false);
    auto* remove = makeIconButton(
        theme, QStringLiteral("trash-2"), tr("Remove the event (Del)"), QStringLiteral("userRemoveEvent"));
    panel->addControl(remove);
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    auto* searchRow = new QHBoxLayout;
    searchRow->setContentsMargins(12, 0, 12, 0);
    m_search = new TitleSearch(context(), QStringLiteral("userInsert"));
    searchRow->addWidget(m_search);
    column->addLayout(searchRow);
    m_historyModel = new HistoryModel([this](int item) { return wordsOf(item); }, this);
    m_history = new HistoryList(theme, m_historyModel);
    column->addWidget(m_history, 1);
    panel->setBodyMargins(0, 0, 0, 1);
    panel->setContent(body);
    connect(remove, &QToolButton::clicked, this, [this] { emit m_history->removeAsked(m_history->currentPosition()); });
    return panel;
}

QWidget* UserView::makeRight()
{
    Theme& theme = context().theme;
    m_right = new QStackedWidget;
    m_why = new WhyPanel(context(), [this](int item) { return titleOf(item); });
    m_otherPanel = new Panel(theme, tr("History"), QStringLiteral("userOtherHistory"));
    m_otherPanel->setEnlargeable(false);
    m_otherPanel->setBodyMargins(0, 0, 0, 1);
    m_otherModel = new HistoryModel([this](int item) { return wordsOf(item); }, this);
    auto* list = new HistoryList(theme, m_otherModel);
    list->setObjectName(QStringLiteral("userOtherHistory"));
    list->setAcceptDrops(false);
    list->setDragEnabled(false);
    m_otherPanel->setContent(list);
    m_right->addWidget(m_why);
    m_right->addWidget(m_otherPanel);
    return m_right;
}

void UserView::connectHistory()
{
    connect(m_search, &TitleSearch::chosen, this, [this](int item) {
        const int position = m_history->currentPosition();
        insertItem(position < 0 ? m_edited.size() : position + 1, item);
    });
    connect(m_historyModel, &HistoryModel::insertAsked, this, &UserView::insertItem);
    connect(m_history, &HistoryList::removeAsked, this, [this](int position) {
        if (position < 0 || position >= m_edited.size())
            return;
        EditedHistory next = m_edited;
        const bool removed = next.events()[static_cast<std::size_t>(position)].mark == EditedHistory::Mark::Removed;
        removed ? next.restore(position) : next.remove(position);
        edit(next, removed ? tr("Take an event back") : tr("Remove an event"));
        m_history->setCurrentPosition(std::min(position, m_edited.size() - 1));
    });
    connect(m_history, &HistoryList::moveAsked, this, [this](int from, int to) {
        EditedHistory next = m_edited;
        next.move(from, to);
        edit(next, tr("Move an event"));
        m_history->setCurrentPosition(to);
    });
    connect(m_history, &HistoryList::insertFocusAsked, m_search, qOverload<>(&QWidget::setFocus));
}

void UserView::connectParts()
{
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & (SelectionFields(SelectionField::User) | SelectionField::Dataset)) {
            m_typed = false;
            m_other = {};
            loadUser();
        } else if (fields & (SelectionFields(SelectionField::RunA) | SelectionField::RunB)) {
            m_answers->fillThirdRun();
            isEdited() || m_typed ? ask() : loadUser();
        }
    });
    connect(&context().library, &Library::datasetOpened, this, [this] {
        m_answers->fillCategories();
        m_scenarios->refresh();
        loadUser();
    });
    connect(&context().library, &Library::runsChanged, m_answers, &AnswerPane::fillThirdRun);
    connect(m_answers, &AnswerPane::asked, this, &UserView::ask);
    connect(m_answers, &AnswerPane::rowChosen, this, [this](int column, int row) {
        const auto& items = m_answers->columns()[static_cast<std::size_t>(column)].answer.items;
        context().selection.setItem(items[static_cast<std::size_t>(row)].dataset);
    });
    connect(m_answers, &AnswerPane::pairChosen, this, [this](int column, int first, int second) {
        const AnswerPane::Column& chosen = m_answers->columns()[static_cast<std::size_t>(column)];
        m_why->explain(chosen.answer, chosen.slot, first, second);
    });
    connect(m_scenarios, &ScenarioMenu::opened, this, &UserView::openScenario);
    connect(m_scenarios, &ScenarioMenu::saved, this, [this](const QString& name) {
        emit context().navigator.messageRequested(tr("Saved as scenario “%1”.").arg(name));
    });
    const auto fail = [this](const QString& lead, const JobFailure& failure) { banner().showFailure(lead, failure); };
    connect(m_scenarios, &ScenarioMenu::failed, this, fail);
    connect(m_why, &WhyPanel::failed, this, fail);
    m_answers->fillCategories();
    m_scenarios->refresh();
}

SelectionFields UserView::usedFields() const
{
    return SelectionFields(SelectionField::Dataset) | SelectionField::RunA | SelectionField::RunB | SelectionField::User
        | SelectionField::Item;
}

void UserView::activate()
{
    if (m_stale)
        loadUser();
}

Exportable* UserView::mainExport() const
{
    return m_answers->list(0);
}

void UserView::setNarrow(bool narrow)
{
    m_historyPanel->setFixedWidth(context().theme.scaled(narrow ? narrowHistoryWidth : historyWidth));
    m_right->setFixedWidth(context().theme.scaled(narrow ? narrowRightWidth : rightWidth));
}

QString UserView::titleOf(int datasetItem) const
{
    return context().library.itemTitle(datasetItem);
}

ItemWords UserView::wordsOf(int datasetItem) const
{
    const auto dataset = context().library.dataset();
    if (!dataset)
        return {};
    const auto& categories = dataset->catalogue().categories();
    QString category = QString::fromStdString(categories[static_cast<std::size_t>(datasetItem)]);
    return {titleOf(datasetItem), category.replace(u'|', QStringLiteral(", "))};
}

bool UserView::isEdited() const
{
    return m_typed || m_edited.counts().any();
}

std::vector<RunId> UserView::shownRuns() const
{
    std::vector<RunId> runs;
    const Selection& selection = context().selection;
    for (const QString& id : {selection.runA(), selection.runB(), m_answers->thirdRun()}) {
        const RunRecord* run = context().library.run(id);
        runs.push_back(run && run->dataset == selection.dataset().toStdString() ? run->id : RunId());
    }
    return runs;
}

void UserView::askForUser(const QString& title, std::function<void(int)> found)
{
    bool accepted = false;
    const QString raw
        = QInputDialog::getText(this, title, tr("Raw id of the user:"), QLineEdit::Normal, {}, &accepted).trimmed();
    const auto dataset = context().library.dataset();
    if (!accepted || !dataset)
        return;
    context().jobs.run(
        {JobLane::Inspect, {}, QStringLiteral("find-user")}, this,
        [dataset, wanted = raw.toStdString()](Progress&) { return dataset->catalogue().findUser(wanted); },
        [this, raw, found = std::move(found)](std::optional<UserIndex> user) {
            if (user)
                found(user->value);
            else
                banner().showMessage(
                    StatusTone::Warn, tr("No user has the id “%1”.").arg(raw), tr("Ids are those of the source file."));
        });
}

void UserView::chooseOtherUser()
{
    askForUser(tr("Compare with another user"), [this](int user) { compareWith(user); });
}

void UserView::startTyped(const EditedHistory& history, const QString& title, const QString& subtitle)
{
    m_typed = true;
    ++m_subject;
    m_user = {};
    m_other = {};
    m_user.history = history;
    m_stack->setCurrentWidget(m_page);
    setTitle(title);
    setSubtitle(subtitle);
    applyHistory(history);
    m_search->setFocus();
}

void UserView::typeHistory()
{
    startTyped(EditedHistory(), tr("Typed history"), tr("insert titles to see what the runs would answer"));
}

void UserView::openScenario(const Scenario& scenario)
{
    const auto dataset = context().library.dataset();
    if (!dataset)
        return;
    const ScenarioEvents events = scenarioEvents(scenario, dataset->catalogue());
    QString subtitle = tr("scenario · %n event(s)", nullptr, static_cast<int>(events.items.size()));
    if (events.unknown > 0)
        subtitle += tr(" · %n title(s) are no longer in the dataset", nullptr, events.unknown);
    startTyped(EditedHistory(events.items, events.times), QString::fromStdString(scenario.name), subtitle);
}

Scenario UserView::presentScenario() const
{
    Scenario scenario;
    scenario.name = m_typed && title() != tr("Typed history") ? title().toStdString() : std::string();
    const auto dataset = context().library.dataset();
    if (!dataset)
        return scenario;
    const auto& raw = dataset->catalogue().rawItems();
    const PackedSequences events = m_edited.events(true);
    for (const std::int32_t item : events.items)
        scenario.items.push_back(raw[static_cast<std::size_t>(item)]);
    scenario.times.assign(events.times.begin(), events.times.end());
    return scenario;
}

void UserView::showEmpty(const QString& sentence)
{
    m_empty->setSentence(sentence);
    m_stack->setCurrentWidget(m_empty);
    setTitle(tr("User"));
    setSubtitle({});
}

void UserView::loadUser()
{
    m_stale = !isVisible();
    if (m_stale || m_typed)
        return;
    banner().clear();
    m_answers->fillThirdRun();
    const Selection& selection = context().selection;
    if (selection.user() < 0 || selection.dataset().isEmpty() || !context().library.dataset()) {
        showEmpty(tr("Choose a user, or type a history."));
        return;
    }
    const std::vector<RunId> runs = shownRuns();
    const RunId base = !runs[0].empty() ? runs[0] : runs[1];
    context().jobs.run(
        {JobLane::Inspect, tr("Open user"), loadKey}, this,
        [workspace = context().workspace, dataset = selection.dataset().toStdString(), base, user = selection.user()](
            Progress& progress) { return loadUserEvents(*workspace, dataset, base, user, progress); },
        [this](UserEvents events) { showUser(std::move(events)); },
        [this](const JobFailure& failure) {
            showEmpty(failure.message);
            banner().showFailure(tr("The user could not be opened."), failure);
        });
}

void UserView::showUser(UserEvents events)
{
    m_user = std::move(events);
    ++m_subject;
    m_stack->setCurrentWidget(m_page);
    setTitle(tr("User %1").arg(m_user.name));
    QString subtitle = tr("%n event(s)", nullptr, m_user.history.size());
    if (m_user.target >= 0)
        subtitle += tr(" · held out: %1").arg(titleOf(m_user.target));
    setSubtitle(subtitle);
    applyHistory(m_user.history);
}

void UserView::compareWith(int datasetUser)
{
    m_other = {};
    if (datasetUser < 0) {
        applyHistory(m_edited);
        return;
    }
    const std::vector<RunId> runs = shownRuns();
    const RunId base = !runs[0].empty() ? runs[0] : runs[1];
    context().jobs.run(
        {JobLane::Inspect, tr("Open user"), otherKey}, this,
        [workspace = context().workspace, dataset = context().selection.dataset().toStdString(), base, datasetUser](
            Progress& progress) { return loadUserEvents(*workspace, dataset, base, datasetUser, progress); },
        [this](UserEvents events) {
            m_other = std::move(events);
            m_otherPanel->setTitle(tr("History of user %1").arg(m_other.name));
            m_otherPanel->setSubtitle(tr("%n event(s)", nullptr, m_other.history.size()));
            m_otherModel->setHistory(m_other.history);
            applyHistory(m_edited);
        },
        [this](const JobFailure& failure) { banner().showFailure(tr("The user could not be opened."), failure); });
}

void UserView::insertItem(int before, int item)
{
    EditedHistory next = m_edited;
    next.insert(before, item);
    edit(next, tr("Insert an event"));
}

void UserView::edit(const EditedHistory& next, const QString& text)
{
    if (next == m_edited)
        return;
    context().undo.push(new EditCommand(this, m_edited, next, text));
}

void UserView::applyHistory(const EditedHistory& history)
{
    m_edited = history;
    m_historyModel->setHistory(history);
    showBanner();
    ask();
}

} // namespace recoscope
