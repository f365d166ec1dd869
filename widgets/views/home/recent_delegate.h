// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Cells of the recent runs: the shape of run A or B before the name, the curve as a line with a dot at its best, a
// status as a chip.
#pragma once

#include <QStyledItemDelegate>

#include "widgets/core/array_table_model.h"

namespace recoscope {

class Theme;

enum RecentRole {
    CurveRole = DimmedRole + 1, // QList<double>
    ChipTextRole, // QString
};

class RecentDelegate : public QStyledItemDelegate {
public:
    RecentDelegate(Theme& theme, QObject* parent);
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    void paintCurve(QPainter& painter, const QRectF& area, const QList<double>& values) const;
    void paintChip(QPainter& painter, const QRect& area, const QModelIndex& index) const;
    void paintText(QPainter& painter, QRect area, const QModelIndex& index) const;

    Theme& m_theme;
};

} // namespace recoscope
