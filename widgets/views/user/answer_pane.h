// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The lists in the middle of the User page: one to three of them side by side, with a third run, a category and a
// length to choose. Two clicked rows of one list are a pair to explain. GUI thread.
#pragma once

#include <QWidget>

#include <vector>

#include "widgets/views/user/answer_list.h"
#include "widgets/views/user/user_data.h"

class QBoxLayout;
class QComboBox;
class QLabel;

namespace recoscope {

struct WorkbenchContext;

class AnswerPane : public QWidget {
    Q_OBJECT

public:
    // One list: whose answer, in which colour, under which words.
    struct Column {
        UserAnswer answer;
        int slot = 0;
        QString heading; // run, and user when there are two
        QString onlyHere; // said of items that no other list has; "" = nothing
        QString target; // title of the held-out item, or ""
    };

    AnswerPane(WorkbenchContext& context, ItemWordsOf words, QWidget* parent = nullptr);

    void setColumns(std::vector<Column> columns);
    const std::vector<Column>& columns() const { return m_columns; }
    void setHint(const QString& hint); // grey words after the title
    void clearPick();
    int count() const;
    std::string category() const; // "" = all
    QString thirdRun() const; // run id, or ""
    AnswerList* list(int index) const { return m_lists[static_cast<std::size_t>(index)]; }
    void setThirdRunShown(bool shown);

public slots:
    void fillThirdRun();
    void fillCategories(); // of the opened dataset, in a job

signals:
    void asked(); // another length, category or third run
    void rowChosen(int column, int row);
    void pairChosen(int column, int first, int second); // first ranks above second

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void pick(int list, int row);
    static std::vector<bool> alone(const std::vector<Column>& columns, std::size_t column);

    WorkbenchContext& m_context;
    QBoxLayout* m_head = nullptr;
    QLabel* m_hint;
    QComboBox* m_third;
    QComboBox* m_category;
    QComboBox* m_count;
    std::vector<AnswerList*> m_lists;
    std::vector<Column> m_columns;
    int m_pickedList = 0, m_first = -1, m_second = -1;
};

} // namespace recoscope
