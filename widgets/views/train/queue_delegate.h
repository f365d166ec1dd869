// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A row of the queue: name, a grey second line, a status chip on the right, a grip on rows that can be dragged.
#pragma once

#include <QStyledItemDelegate>

namespace recoscope {

class Theme;

enum QueueRole {
    QueueRunRole = Qt::UserRole, // QString: run id
    QueueKindRole, // int: QueuePanel::Kind
    QueueDetailRole, // QString: the second line
    QueueChipRole, // QString: word of the chip, or empty
    QueueToneRole, // int: StatusTone of the chip
};

class QueueDelegate : public QStyledItemDelegate {
public:
    QueueDelegate(Theme& theme, QObject* parent);
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    int paintChip(QPainter& painter, const QRect& area, const QModelIndex& index) const; // its left edge

    Theme& m_theme;
};

} // namespace recoscope
