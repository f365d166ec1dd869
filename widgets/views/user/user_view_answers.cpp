// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the User page asks the runs and how it shows what they answer; the rest of the page is in user_view.cpp.
#include <QPushButton>
#include <QStackedWidget>

#include <algorithm>

#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/panel.h"
#include "widgets/views/context.h"
#include "widgets/views/user/answer_pane.h"
#include "widgets/views/user/scenario_menu.h"
#include "widgets/views/user/user_view.h"
#include "widgets/views/user/why_panel.h"

namespace recoscope {

namespace {

const QString answerKey = QStringLiteral("user-answers");

std::size_t sharedItems(const std::vector<RankedItem>& a, const std::vector<RankedItem>& b)
{
    return static_cast<std::size_t>(std::count_if(a.begin(), a.end(), [&](const RankedItem& item) {
        return std::any_of(b.begin(), b.end(), [&](const RankedItem& other) { return other.dataset == item.dataset; });
    }));
}

} // namespace

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
    banner().setLink(tr("Save as scenario…"), [this] { m_scenarios->askAndSave(); });
    banner().setButton(tr("Reset edits"), [this] { edit(m_user.history, tr("Reset edits")); });
}

UserQuestion UserView::question(
    const EditedHistory& shown, const UserEvents& stored, const std::vector<RunId>& runs) const
{
    UserQuestion question;
    question.runs = runs;
    question.events = shown.events(true);
    question.original = stored.history.events(true);
    question.edited = !m_typed && shown.counts().any();
    question.target = stored.target;
    question.count = m_answers->count();
    question.category = m_answers->category();
    return question;
}

void UserView::ask()
{
    const bool pair = m_other.datasetUser >= 0;
    m_why->clear();
    m_answers->clearPick();
    m_right->setCurrentWidget(pair ? static_cast<QWidget*>(m_otherPanel) : m_why);
    m_answers->setThirdRunShown(!pair);
    std::vector<RunId> runs = shownRuns();
    std::erase(runs, RunId());
    m_answers->setHint(runs.empty() ? tr("choose a run to see its list") : tr("seen items hidden"));
    if (runs.empty()) {
        m_answers->setColumns({});
        return;
    }
    std::vector<UserQuestion> questions{question(m_edited, m_user, pair ? std::vector<RunId>{runs.front()} : runs)};
    if (pair)
        questions.push_back(question(m_other.history, m_other, {runs.front()}));
    context().jobs.run(
        {JobLane::Inspect, tr("Rank for the user"), answerKey}, this,
        [workspace = context().workspace, questions](Progress& progress) {
            std::vector<UserAnswer> answers;
            for (const UserQuestion& one : questions) {
                for (UserAnswer& answer : answerUser(*workspace, one, progress))
                    answers.push_back(std::move(answer));
            }
            return answers;
        },
        [this, pair](const std::vector<UserAnswer>& answers) { pair ? showPair(answers) : showAnswers(answers); },
        [this](const JobFailure& failure) { banner().showFailure(tr("The lists could not be computed."), failure); });
}

void UserView::showAnswers(const std::vector<UserAnswer>& answers)
{
    const std::vector<RunId> runs = shownRuns();
    std::vector<AnswerPane::Column> columns;
    for (const UserAnswer& answer : answers) {
        const auto slot = static_cast<int>(std::find(runs.begin(), runs.end(), answer.run) - runs.begin());
        AnswerPane::Column column;
        column.answer = answer;
        column.slot = slot;
        column.heading = context().library.runName(QString::fromStdString(answer.run));
        column.onlyHere = answers.size() > 1 ? tr("only in %1").arg(QChar(u'A' + slot)) : QString();
        column.target = m_user.target >= 0 ? titleOf(m_user.target) : QString();
        columns.push_back(std::move(column));
    }
    m_answers->setColumns(std::move(columns));
}

void UserView::showPair(const std::vector<UserAnswer>& answers)
{
    if (answers.size() != 2)
        return;
    const int slot = answers[0].run == shownRuns()[0] ? 0 : 1;
    std::vector<AnswerPane::Column> columns;
    for (const UserAnswer& answer : answers) {
        const UserEvents& user = columns.empty() ? m_user : m_other;
        const QString name = user.datasetUser >= 0 ? tr("User %1").arg(user.name) : title();
        AnswerPane::Column column;
        column.answer = answer;
        column.slot = slot;
        column.heading = tr("%1 · %2").arg(name, context().library.runName(QString::fromStdString(answer.run)));
        column.onlyHere = tr("only for %1").arg(user.datasetUser >= 0 ? user.name : title());
        column.target = user.target >= 0 ? titleOf(user.target) : QString();
        columns.push_back(std::move(column));
    }
    showPairBanner(answers[0], answers[1]);
    m_answers->setColumns(std::move(columns));
}

void UserView::showPairBanner(const UserAnswer& first, const UserAnswer& second)
{
    const std::vector<std::int32_t> theirs = m_other.history.events(false).items;
    std::vector<std::int32_t> ours = m_edited.events(false).items;
    std::sort(ours.begin(), ours.end());
    ours.erase(std::unique(ours.begin(), ours.end()), ours.end());
    const auto events = std::count_if(ours.begin(), ours.end(),
        [&](std::int32_t item) { return std::find(theirs.begin(), theirs.end(), item) != theirs.end(); });
    banner().showMessage(StatusTone::Info, tr("Two users:"),
        tr("%1 of %2 recommendations and %3 titles of the histories are shared.")
            .arg(sharedItems(first.items, second.items))
            .arg(first.items.size())
            .arg(events));
    banner().setButton(tr("End comparison"), [this] { compareWith(-1); });
}

} // namespace recoscope
