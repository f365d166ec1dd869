// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/user/user_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QMessageBox>
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
#include "widgets/frame/chip_label.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/plot_view.h"
#include "widgets/plots/row_bars.h"
#include "widgets/views/context.h"
#include "widgets/views/user/answer_list.h"
#include "widgets/views/user/history_list.h"
#include "widgets/views/user/title_search.h"

namespace recoscope {

namespace {

constexpr int historyWidth = 340;
constexpr int rightWidth = 336;
constexpr int curveSteps = 12;
constexpr std::uint64_t curveSeed = 7;
const QString loadKey = QStringLiteral("user");
const QString answerKey = QStringLiteral("user-answers");
const QString whyKey = QStringLiteral("user-why");

QChar slotLetter(int slot)
{
    return QChar(u'A' + slot);
}

} // namespace

// One step of undo: the whole history before and after, which is a few kilobytes.
class UserView::EditCommand : public QUndoCommand {
public:
    EditCommand(UserView* view, EditedHistory before, EditedHistory after, const QString& text)
        : QUndoCommand(text)
        , m_view(view)
        , m_user(view->m_user.datasetUser)
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
        if (m_view && m_view->m_user.datasetUser == m_user)
            m_view->applyHistory(history);
    }

    QPointer<UserView> m_view;
    int m_user;
    EditedHistory m_before, m_after;
};

UserView::UserView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("User"), parent)
    , m_stack(new QStackedWidget)
    , m_page(new QWidget)
    , m_empty(new EmptyState(context.theme, QStringLiteral("user-round"), {}))
{
    setObjectName(QStringLiteral("userView"));
    auto* attention = makeButton(tr("Open attention"), QStringLiteral("userOpenAttention"));
    setThemedIcon(context.theme, attention, QStringLiteral("grid-3x3"));
    connect(attention, &QPushButton::clicked, this,
        [this] { emit this->context().navigator.viewRequested(QStringLiteral("attention")); });
    addTitleAction(attention);
    auto* row = new QHBoxLayout(m_page);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(makeHistoryPanel());
    row->addWidget(makeLists(), 1);
    row->addWidget(makeRight());
    m_stack->addWidget(m_page);
    m_stack->addWidget(m_empty);
    contentLayout()->addWidget(m_stack, 1);
    m_empty->addAction(
        tr("Choose user…"), QStringLiteral("userChoose"), [this] { chooseUser(); }, true);
    m_empty->addAction(tr("Type a history…"), QStringLiteral("userType"), [this] { typeHistory(); });
    connectParts();
}

QWidget* UserView::makeHistoryPanel()
{
    Theme& theme = context().theme;
    auto* panel = new Panel(theme, tr("History"), QStringLiteral("userHistory"));
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
    m_historyModel = new HistoryModel([this](int item) { return ItemWords{titleOf(item), QString()}; }, this);
    m_history = new HistoryList(theme, m_historyModel);
    column->addWidget(m_history, 1);
    panel->setBodyMargins(0, 0, 0, 1);
    panel->setContent(body);
    panel->setFixedWidth(theme.scaled(historyWidth));
    connect(remove, &QToolButton::clicked, this, [this] { emit m_history->removeAsked(m_history->currentPosition()); });
    return panel;
}

QWidget* UserView::makeLists()
{
    Theme& theme = context().theme;
    auto* middle = new QWidget;
    auto* column = new QVBoxLayout(middle);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    auto* head = new QHBoxLayout;
    head->addWidget(makeLabel(tr("Recommendations"), "panel"));
    m_listsTitle = makeLabel(tr("seen items hidden"), "secondary");
    head->addWidget(m_listsTitle, 1);
    m_third = new QComboBox;
    setNames(m_third, QStringLiteral("userThirdRun"), tr("Third run"));
    m_third->setMinimumContentsLength(12);
    head->addWidget(m_third);
    m_count = new QComboBox;
    setNames(m_count, QStringLiteral("userListLength"), tr("Length of the lists"));
    for (const int count : {10, 20, 50})
        m_count->addItem(tr("Top %1").arg(count), count);
    head->addWidget(m_count);
    column->addLayout(head);
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    for (int slot = 0; slot < 3; ++slot) {
        auto* list = new AnswerList(
            theme,
            [this](int item) {
                const auto dataset = context().library.dataset();
                const auto& categories = dataset->catalogue().categories();
                QString category = QString::fromStdString(categories[static_cast<std::size_t>(item)]);
                return ItemWords{titleOf(item), category.replace(u'|', QStringLiteral(", "))};
            },
            slot);
        m_lists.push_back(list);
        row->addWidget(list, 1);
        connect(list, &AnswerList::rowChosen, this, [this, slot](int chosen) { pick(slot, chosen); });
    }
    column->addLayout(row, 1);
    return middle;
}

QWidget* UserView::makeRight()
{
    Theme& theme = context().theme;
    auto* side = new QWidget;
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    m_whyPanel = new Panel(theme, tr("Why 1 above 3"), QStringLiteral("userWhy"));
    auto* body = new QWidget;
    auto* inner = new QVBoxLayout(body);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(6);
    m_whyHint = makeLabel(tr("Click two rows of one list to see why the first stands above the second."), "secondary");
    m_whyHint->setWordWrap(true);
    inner->addWidget(m_whyHint);
    m_whyFirst = makeLabel({}, "strong");
    m_whySecond = makeLabel({}, "strong");
    for (QLabel* label : {m_whyFirst, m_whySecond}) {
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        inner->addWidget(label);
    }
    inner->addWidget(makeSeparator());
    m_whyBars = new RowBars(theme, QStringLiteral("userWhyBars"), RowBars::Style::Signed);
    m_whyBars->setValueName(QStringLiteral("score_difference"));
    inner->addWidget(m_whyBars, 1);
    auto* foot = new QHBoxLayout;
    m_residual = new ChipLabel(theme);
    m_residual->setToolTip(tr("|residual| as a share of all terms and the residual"));
    m_residualText = makeLabel({}, "secondary");
    foot->addWidget(m_residual);
    foot->addWidget(m_residualText, 1);
    inner->addLayout(foot);
    m_whyPanel->setContent(body);
    m_whyPanel->setExportable(m_whyBars);
    column->addWidget(m_whyPanel, 5);
    m_curvePanel = new Panel(theme, tr("Deletion curve"), QStringLiteral("userCurve"));
    m_curve = new PlotView(theme, tr("Deletion curve"), QStringLiteral("userCurve"));
    m_curvePanel->setContent(m_curve);
    m_curvePanel->setExportable(m_curve);
    column->addWidget(m_curvePanel, 3);
    side->setFixedWidth(theme.scaled(rightWidth));
    return side;
}

void UserView::connectParts()
{
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & (SelectionFields(SelectionField::User) | SelectionField::Dataset)) {
            m_typed = false;
            loadUser();
        } else if (fields & (SelectionFields(SelectionField::RunA) | SelectionField::RunB)) {
            fillThirdRun();
            isEdited() || m_typed ? ask() : loadUser();
        }
    });
    connect(&context().library, &Library::datasetOpened, this, [this] { loadUser(); });
    connect(&context().library, &Library::runsChanged, this, &UserView::fillThirdRun);
    connect(m_count, &QComboBox::currentIndexChanged, this, [this] { ask(); });
    connect(m_third, &QComboBox::activated, this, [this] { ask(); });
    connect(m_search, &TitleSearch::chosen, this, [this](int item) {
        const int position = m_history->currentPosition();
        EditedHistory next = m_edited;
        next.insert(position < 0 ? next.size() : position + 1, item);
        edit(next, tr("Insert an event"));
    });
    connect(m_historyModel, &HistoryModel::insertAsked, this, [this](int before, int item) {
        EditedHistory next = m_edited;
        next.insert(before, item);
        edit(next, tr("Insert an event"));
    });
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
    return m_lists.front();
}

QString UserView::titleOf(int datasetItem) const
{
    return context().library.itemTitle(datasetItem);
}

bool UserView::isEdited() const
{
    return m_typed || m_edited.counts().any();
}

std::vector<RunId> UserView::shownRuns() const
{
    std::vector<RunId> runs;
    const Selection& selection = context().selection;
    for (const QString& id : {selection.runA(), selection.runB(), m_third->currentData().toString()}) {
        const RunRecord* run = context().library.run(id);
        runs.push_back(run && run->dataset == selection.dataset().toStdString() ? run->id : RunId());
    }
    return runs;
}

void UserView::fillThirdRun()
{
    const QString kept = m_third->currentData().toString();
    m_third->clear();
    m_third->addItem(tr("Run C: none"), QString());
    const Selection& selection = context().selection;
    for (const RunRecord& run : context().library.runs()) {
        const QString id = QString::fromStdString(run.id);
        if (run.status == RunStatus::Finished && run.dataset == selection.dataset().toStdString()
            && id != selection.runA() && id != selection.runB())
            m_third->addItem(tr("Run C: %1").arg(QString::fromStdString(run.name)), id);
    }
    m_third->setCurrentIndex(std::max(0, m_third->findData(kept)));
}

void UserView::chooseUser()
{
    bool accepted = false;
    const QString raw
        = QInputDialog::getText(this, tr("Choose user"), tr("Raw id of the user:"), QLineEdit::Normal, {}, &accepted);
    const auto dataset = context().library.dataset();
    if (!accepted || !dataset)
        return;
    context().jobs.run(
        {JobLane::Inspect, {}, QStringLiteral("find-user")}, this,
        [dataset, wanted = raw.trimmed().toStdString()](Progress&) { return dataset->catalogue().findUser(wanted); },
        [this, raw](std::optional<UserIndex> found) {
            if (found)
                context().selection.setUser(found->value);
            else
                banner().showMessage(
                    StatusTone::Warn, tr("No user has the id “%1”.").arg(raw), tr("Ids are those of the source file."));
        });
}

void UserView::typeHistory()
{
    m_typed = true;
    m_user = {};
    m_user.history = EditedHistory();
    m_stack->setCurrentWidget(m_page);
    setTitle(tr("Typed history"));
    setSubtitle(tr("insert titles to see what the runs would answer"));
    applyHistory(EditedHistory());
    m_search->setFocus();
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
    fillThirdRun();
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
    m_stack->setCurrentWidget(m_page);
    setTitle(tr("User %1").arg(m_user.name));
    QString subtitle = tr("%n event(s)", nullptr, m_user.history.size());
    if (m_user.target >= 0)
        subtitle += tr(" · held out: %1").arg(titleOf(m_user.target));
    setSubtitle(subtitle);
    applyHistory(m_user.history);
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

void UserView::showBanner()
{
    const EditedHistory::Counts counts = m_edited.counts();
    if (!counts.any() || m_typed) {
        banner().clear();
        return;
    }
    QStringList parts;
    if (counts.removed > 0)
        parts << tr("%n event(s) removed", nullptr, counts.removed);
    if (counts.inserted > 0)
        parts << tr("%n event(s) inserted", nullptr, counts.inserted);
    if (counts.moved > 0)
        parts << tr("%n event(s) moved", nullptr, counts.moved);
    banner().showMessage(StatusTone::Info, tr("What-if:"),
        tr("%1. The lists belong to the edited history; the stored user is unchanged.")
            .arg(parts.join(QStringLiteral(", "))));
    banner().setButton(tr("Reset edits"), [this] { edit(m_user.history, tr("Reset edits")); });
}

void UserView::ask()
{
    clearWhy();
    UserQuestion question;
    const std::vector<RunId> runs = shownRuns();
    std::copy_if(
        runs.begin(), runs.end(), std::back_inserter(question.runs), [](const RunId& run) { return !run.empty(); });
    for (std::size_t slot = 0; slot < m_lists.size(); ++slot)
        m_lists[slot]->setVisible(!runs[slot].empty());
    m_listsTitle->setText(question.runs.empty() ? tr("choose a run to see its list") : tr("seen items hidden"));
    question.events = m_edited.events(true);
    question.original = m_user.history.events(true);
    question.edited = !m_typed && isEdited();
    question.target = m_user.target;
    question.count = m_count->currentData().toInt();
    if (question.runs.empty())
        return;
    context().jobs.run(
        {JobLane::Inspect, tr("Rank for the user"), answerKey}, this,
        [workspace = context().workspace, question](
            Progress& progress) { return answerUser(*workspace, question, progress); },
        [this](std::vector<UserAnswer> answers) { showAnswers(std::move(answers)); },
        [this](const JobFailure& failure) { banner().showFailure(tr("The lists could not be computed."), failure); });
}

void UserView::showAnswers(std::vector<UserAnswer> answers)
{
    m_answers = std::move(answers);
    const std::vector<RunId> runs = shownRuns();
    const QString target = m_user.target >= 0 ? titleOf(m_user.target) : QString();
    for (std::size_t slot = 0; slot < m_lists.size(); ++slot) {
        const auto answer = std::find_if(
            m_answers.begin(), m_answers.end(), [&](const UserAnswer& a) { return a.run == runs[slot]; });
        if (runs[slot].empty() || answer == m_answers.end())
            continue;
        std::vector<bool> alone;
        for (const RankedItem& item : answer->items) {
            alone.push_back(std::none_of(m_answers.begin(), m_answers.end(), [&](const UserAnswer& other) {
                return &other != &*answer
                    && std::any_of(other.items.begin(), other.items.end(),
                        [&](const RankedItem& i) { return i.dataset == item.dataset; });
            }));
        }
        const QString onlyHere
            = m_answers.size() > 1 ? tr("only in %1").arg(slotLetter(static_cast<int>(slot))) : QString();
        m_lists[slot]->setRunName(context().library.runName(QString::fromStdString(answer->run)));
        m_lists[slot]->setAnswer(*answer, std::move(alone), onlyHere, target);
    }
}

void UserView::pick(int list, int row)
{
    if (list != m_pickedList || (m_first >= 0 && m_second >= 0)) {
        m_lists[static_cast<std::size_t>(m_pickedList)]->setPicked(-1, -1);
        m_first = m_second = -1;
        m_pickedList = list;
    }
    if (m_first < 0 || m_first == row)
        m_first = row;
    else
        m_second = row;
    if (m_second >= 0 && m_second < m_first)
        std::swap(m_first, m_second);
    m_lists[static_cast<std::size_t>(list)]->setPicked(m_first, m_second);
    const auto& items = m_lists[static_cast<std::size_t>(list)]->model()->items();
    context().selection.setItem(items[static_cast<std::size_t>(row)].dataset);
    if (m_second >= 0)
        explain();
}

void UserView::explain()
{
    const RunId run = shownRuns()[static_cast<std::size_t>(m_pickedList)];
    const auto answer
        = std::find_if(m_answers.begin(), m_answers.end(), [&](const UserAnswer& a) { return a.run == run; });
    if (answer == m_answers.end())
        return;
    struct Why {
        PairExplanation pair;
        DeletionCurve curve;
    };
    m_whyPanel->setLoading(true, tr("leaving one event out at a time…"));
    context().jobs.run(
        {JobLane::Inspect, tr("Explain two rows"), whyKey}, this,
        [answer = *answer, first = m_first, second = m_second](Progress& progress) {
            const PackedView history = answer.history.history.view();
            const std::vector<Explanation> both = answer.session->explain(history,
                {answer.items[static_cast<std::size_t>(first)].prepared,
                    answer.items[static_cast<std::size_t>(second)].prepared},
                progress);
            return Why{explainPair(both[0], both[1]),
                deletionCurve(*answer.session, history, both[0], curveSteps, curveSeed, progress)};
        },
        [this, list = m_pickedList](const Why& why) { showWhy(why.pair, why.curve, list); },
        [this](const JobFailure& failure) {
            m_whyPanel->setLoading(false);
            banner().showFailure(tr("The rows could not be explained."), failure);
        });
}

void UserView::clearWhy()
{
    context().jobs.cancelKey(whyKey);
    for (AnswerList* list : m_lists)
        list->setPicked(-1, -1);
    m_first = m_second = -1;
    m_whyPanel->setLoading(false);
    m_whyPanel->setTitle(tr("Why one above another"));
    m_whyPanel->setSubtitle({});
    m_whyHint->show();
    m_whyFirst->hide();
    m_whySecond->hide();
    m_whyBars->setRows({});
    m_whyBars->setTotal({}, {});
    m_whyBars->setSides({}, {});
    m_residual->setChip(StatusTone::Neutral, {});
    m_residualText->clear();
    m_curvePanel->setSubtitle(tr("follows the first chosen row"));
    m_curve->setModel({});
}

void UserView::showWhy(const PairExplanation& why, const DeletionCurve& curve, int list)
{
    m_whyPanel->setLoading(false);
    const RunId run = shownRuns()[static_cast<std::size_t>(list)];
    const auto answer
        = std::find_if(m_answers.begin(), m_answers.end(), [&](const UserAnswer& a) { return a.run == run; });
    if (answer == m_answers.end() || m_second < 0)
        return;
    m_whyHint->hide();
    m_whyFirst->show();
    m_whySecond->show();
    m_whyPanel->setTitle(tr("Why %1 above %2").arg(m_first + 1).arg(m_second + 1));
    m_whyPanel->setSubtitle(tr("run %1, score terms").arg(slotLetter(list)));
    m_whyFirst->setText(
        tr("%1  %2").arg(m_first + 1).arg(titleOf(answer->items[static_cast<std::size_t>(m_first)].dataset)));
    m_whySecond->setText(
        tr("%1  %2").arg(m_second + 1).arg(titleOf(answer->items[static_cast<std::size_t>(m_second)].dataset)));
    m_whyBars->setSides(tr("← pulls %1 up").arg(m_second + 1), tr("pulls %1 up →").arg(m_first + 1));
    const PreparedData& data = answer->session->data();
    const auto& events = answer->history.history.items;
    // Contributions cover the events that the model sees, which are the last ones.
    const std::size_t skipped
        = events.size() - std::min(events.size(), static_cast<std::size_t>(answer->session->model().maxLength()));
    std::vector<RowBars::Row> rows;
    for (const PairExplanation::Term& term : why.terms) {
        const std::int32_t item = data.datasetItem(events[skipped + static_cast<std::size_t>(term.event)]);
        rows.push_back({titleOf(item), term.value, format::signedNumber(term.value, 3), false, false});
    }
    if (why.otherEvents > 0)
        rows.push_back({tr("%n other event(s)", nullptr, why.otherEvents), why.otherValue,
            format::signedNumber(why.otherValue, 3), false, true});
    rows.push_back({tr("Residual (interactions)"), why.residual, format::signedNumber(why.residual, 3), false, true});
    m_whyBars->setRows(std::move(rows));
    m_whyBars->setTotal(tr("Score difference"), format::signedNumber(why.difference, 3));
    m_residual->setChip(why.residualShare > 0.5 ? StatusTone::Warn : StatusTone::Neutral,
        tr("residual %1").arg(format::share(why.residualShare, 0)));
    m_residualText->setText(tr("belongs to no single event"));

    PlotModel plot;
    plot.title = tr("Deletion curve");
    plot.x.name = tr("events removed");
    plot.x.logAllowed = false;
    plot.y.logAllowed = false;
    PlotSeries random;
    PlotSeries ordered;
    random.name = tr("random order");
    random.dashed = true;
    ordered.name = tr("by contribution");
    ordered.slot = list;
    ordered.solid = true;
    for (std::size_t i = 0; i < curve.byContribution.size(); ++i) {
        random.x.push_back(static_cast<double>(i));
        ordered.x.push_back(static_cast<double>(i));
    }
    random.y = curve.random;
    ordered.y = curve.byContribution;
    plot.series = {random, ordered};
    m_curvePanel->setSubtitle(
        tr("score of row %1; random is the mean of %2 orders").arg(m_first + 1).arg(curve.randomOrders));
    m_curve->setModel(std::move(plot));
}

} // namespace recoscope
