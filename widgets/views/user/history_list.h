// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The history editor's list: newest first, two lines a row, the gap to the event before at the right; inserted events
// on green with "+", removed ones struck on red. Rows are dragged to another place; Alt+Up and Alt+Down move, Del
// removes or takes the removal back. The list only asks: the page makes the edits (one undo step each). GUI thread.
#pragma once

#include <QAbstractListModel>
#include <QListView>

#include <functional>

#include "widgets/core/user_history.h"

namespace recoscope {

class Theme;

// What a row says about a dataset item.
struct ItemWords {
    QString title, category;
};
using ItemWordsOf = std::function<ItemWords(int datasetItem)>;

class HistoryModel : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role { TitleRole = Qt::UserRole + 1, CategoryRole, GapRole, MarkRole, NumberRole, ItemRole };

    explicit HistoryModel(ItemWordsOf words, QObject* parent = nullptr);

    void setHistory(const EditedHistory& history);
    const EditedHistory& history() const { return m_history; }
    int positionOf(int row) const { return m_history.size() - 1 - row; } // row 0 is the newest event
    int rowOf(int position) const { return m_history.size() - 1 - position; }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    Qt::DropActions supportedDropActions() const override { return Qt::MoveAction | Qt::CopyAction; }
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;
    bool dropMimeData(
        const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent) override;

signals:
    void moveAsked(int from, int to); // positions
    void insertAsked(int before, int item); // position, dataset item: a title was dropped

private:
    QString gapText(int position) const;

    ItemWordsOf m_words;
    EditedHistory m_history;
};

// Dataset items dragged from a list into a history (newline-separated).
inline constexpr const char* itemMimeType = "application/x-recoscope-items";

class HistoryList : public QListView {
    Q_OBJECT

public:
    HistoryList(Theme& theme, HistoryModel* model, QWidget* parent = nullptr); // the model is not owned

    int currentPosition() const; // -1 when none
    void setCurrentPosition(int position);

signals:
    void removeAsked(int position);
    void moveAsked(int from, int to);
    void insertFocusAsked(); // Ctrl+I

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    HistoryModel* m_history;
};

} // namespace recoscope
