// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The User page: a user's history with titles, times and gaps, to be edited; what one to three runs answer, side by
// side; why one row stands above another; how the score falls when events are taken away. A typed or edited history can
// be kept as a scenario. A second user can stand beside the first: both lists of one run and both histories. Edits rank
// again in jobs of which the latest wins; the stored user never changes.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "widgets/core/scenarios.h"
#include "widgets/core/user_history.h"
#include "widgets/views/user/user_data.h"
#include "widgets/views/view.h"

class QStackedWidget;

namespace recoscope {

class AnswerPane;
class EmptyState;
class HistoryList;
class HistoryModel;
class Panel;
class ScenarioMenu;
class TitleSearch;
class WhyPanel;
struct ItemWords;

class UserView : public View {
    Q_OBJECT

public:
    explicit UserView(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    void activate() override;
    Exportable* mainExport() const override;
    void setNarrow(bool narrow) override;

    // A history of our own instead of a stored user's.
    void typeHistory();
    void openScenario(const Scenario& scenario);
    // Puts another user (an index of the dataset) beside the shown one; -1 ends it.
    void compareWith(int datasetUser);

private:
    class EditCommand;

    void makeTitleActions();
    QWidget* makeHistoryPanel();
    QWidget* makeRight();
    void connectHistory();
    void connectParts();

    void loadUser();
    void showUser(UserEvents events);
    void startTyped(const EditedHistory& history, const QString& title, const QString& subtitle);
    void edit(const EditedHistory& next, const QString& text); // one undo step
    void insertItem(int before, int item);
    void applyHistory(const EditedHistory& history);
    void ask();
    UserQuestion question(const EditedHistory& shown, const UserEvents& stored, const std::vector<RunId>& runs) const;
    void showAnswers(const std::vector<UserAnswer>& answers);
    void showPair(const std::vector<UserAnswer>& answers);
    void showBanner();
    void showPairBanner(const UserAnswer& first, const UserAnswer& second);
    void showEmpty(const QString& sentence);
    void chooseOtherUser();
    void askForUser(const QString& title, std::function<void(int)> found); // `found` gets the dataset's user
    Scenario presentScenario() const;
    std::vector<RunId> shownRuns() const; // A, B, C; "" for a missing one
    bool isEdited() const;
    QString titleOf(int datasetItem) const;
    ItemWords wordsOf(int datasetItem) const;

    QStackedWidget* m_stack = nullptr;
    QWidget* m_page = nullptr;
    Panel* m_historyPanel = nullptr;
    EmptyState* m_empty = nullptr;
    ScenarioMenu* m_scenarios = nullptr;
    HistoryModel* m_historyModel = nullptr;
    HistoryList* m_history = nullptr;
    TitleSearch* m_search = nullptr;
    AnswerPane* m_answers = nullptr;
    QStackedWidget* m_right = nullptr;
    WhyPanel* m_why = nullptr;
    Panel* m_otherPanel = nullptr; // history of the second user
    HistoryModel* m_otherModel = nullptr;

    UserEvents m_user, m_other;
    EditedHistory m_edited;
    int m_subject = 0; // counts users and scenarios shown, so that an edit knows its own
    bool m_typed = false;
    bool m_stale = true;
};

} // namespace recoscope
