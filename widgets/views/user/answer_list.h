// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The list one run gives to the user: rank, title and category, move since the edit, score. The held-out item carries
// the target mark. Rows are chosen for "Why n above m" and can be dragged into the history. GUI thread.
#pragma once

#include <QAbstractListModel>
#include <QWidget>

#include "widgets/frame/exportable.h"
#include "widgets/views/user/history_list.h"
#include "widgets/views/user/user_data.h"

class QLabel;
class QListView;

namespace recoscope {

class AnswerModel : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role {
        TitleRole = Qt::UserRole + 1,
        DetailRole,
        MoveRole,
        MoveSignRole,
        RankRole,
        ScoreRole,
        TargetRole,
        PickRole
    };

    explicit AnswerModel(ItemWordsOf words, QObject* parent = nullptr);

    // `onlyHere` is what is said of items that no other shown list has, e.g. "only in A"; "" = nothing is said.
    void setAnswer(std::vector<RankedItem> items, bool edited, std::vector<bool> alone, const QString& onlyHere);
    const std::vector<RankedItem>& items() const { return m_items; }
    // The rows named in "Why n above m": first (focus) and second (accent), -1 = none.
    void setPicked(int first, int second);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;

private:
    QString moveText(int row) const;

    ItemWordsOf m_words;
    std::vector<RankedItem> m_items;
    std::vector<bool> m_alone;
    QString m_onlyHere;
    bool m_edited = false;
    int m_first = -1, m_second = -1;
};

class AnswerList : public QFrame, public Exportable {
    Q_OBJECT

public:
    AnswerList(Theme& theme, ItemWordsOf words, int slot, QWidget* parent = nullptr);

    void setHeading(const QString& heading, int slot);
    void setAnswer(
        const UserAnswer& answer, std::vector<bool> alone, const QString& onlyHere, const QString& targetTitle);
    void setPicked(int first, int second);
    AnswerModel* model() const { return m_model; }

    ExportHeader exportHeader() const override { return {m_heading, {}, {}}; }
    QString csv() const override;

signals:
    void rowChosen(int row); // clicked or moved to by keyboard

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    class SlotGlyph;
    void elideHeading();
    void elideFoot();

    SlotGlyph* m_glyph;
    AnswerModel* m_model;
    QListView* m_view;
    QLabel* m_title;
    QLabel* m_time;
    QLabel* m_problem;
    QLabel* m_foot;
    QLabel* m_footRank;
    ItemWordsOf m_words;
    QString m_heading, m_footText;
};

} // namespace recoscope
