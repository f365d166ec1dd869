// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The User page: a user's history with titles, times and gaps, to be edited; what one to three runs answer, side by
// side; why one row stands above another; how the score falls when events are taken away. Edits rank again in jobs
// of which the latest wins; the stored user never changes.
#pragma once

#include <memory>
#include <vector>

#include "widgets/core/user_history.h"
#include "widgets/core/user_why.h"
#include "widgets/views/user/user_data.h"
#include "widgets/views/view.h"

class QComboBox;
class QHBoxLayout;
class QLabel;
class QStackedWidget;

namespace recoscope {

class AnswerList;
class ChipLabel;
class EmptyState;
class HistoryList;
class HistoryModel;
class Panel;
class PlotView;
class RowBars;
class TitleSearch;

class UserView : public View {
    Q_OBJECT

public:
    explicit UserView(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    void activate() override;
    Exportable* mainExport() const override;

    // A history of our own instead of a stored user's.
    void typeHistory();

private:
    class EditCommand;

    QWidget* makeHistoryPanel();
    QWidget* makeLists();
    QWidget* makeRight();
    void connectParts();

    void loadUser();
    void showUser(UserEvents events);
    void edit(const EditedHistory& next, const QString& text); // one undo step
    void applyHistory(const EditedHistory& history);
    void ask();
    void showAnswers(std::vector<UserAnswer> answers);
    void showBanner();
    void showEmpty(const QString& sentence);
    void pick(int list, int row);
    void explain();
    void showWhy(const PairExplanation& why, const DeletionCurve& curve, int list);
    void clearWhy();
    void fillThirdRun();
    void chooseUser();
    std::vector<RunId> shownRuns() const;
    bool isEdited() const;
    QString titleOf(int datasetItem) const;

    QStackedWidget* m_stack = nullptr;
    QWidget* m_page = nullptr;
    EmptyState* m_empty = nullptr;
    HistoryModel* m_historyModel = nullptr;
    HistoryList* m_history = nullptr;
    TitleSearch* m_search = nullptr;
    QLabel* m_listsTitle = nullptr;
    QComboBox* m_count = nullptr;
    QComboBox* m_third = nullptr;
    std::vector<AnswerList*> m_lists; // A, B, C
    Panel* m_listsPanel = nullptr;
    Panel* m_whyPanel = nullptr;
    QLabel* m_whyFirst = nullptr;
    QLabel* m_whySecond = nullptr;
    QLabel* m_whyHint = nullptr;
    RowBars* m_whyBars = nullptr;
    ChipLabel* m_residual = nullptr;
    QLabel* m_residualText = nullptr;
    Panel* m_curvePanel = nullptr;
    PlotView* m_curve = nullptr;

    UserEvents m_user;
    EditedHistory m_edited;
    bool m_typed = false;
    bool m_stale = true;
    std::vector<UserAnswer> m_answers;
    int m_pickedList = 0, m_first = -1, m_second = -1;
};

} // namespace recoscope
