// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/fit_columns.h"

#include <algorithm>

#include <QTableView>

#include "widgets/core/array_table_model.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int titlePadding = 22; // margins of a title and its sort arrow

void fitColumns(QTableView& table, const Theme& theme)
{
    const auto* model = qobject_cast<const ArrayTableModel*>(table.model());
    if (!model)
        return;
    QFont font = theme.font(TextRole::Secondary);
    font.setWeight(QFont::Medium);
    const QFontMetrics metrics(font);
    for (int c = 0; c < static_cast<int>(model->columns().size()); ++c) {
        const TableColumn& column = model->columns()[static_cast<std::size_t>(c)];
        if (column.width > 0)
            table.setColumnWidth(
                c, std::max(theme.scaled(column.width), metrics.horizontalAdvance(column.title) + titlePadding));
    }
}

} // namespace

void keepColumnsFitting(QTableView& table, Theme& theme)
{
    fitColumns(table, theme);
    QObject::connect(&theme, &Theme::changed, &table, [&table, &theme, fitted = theme.textScale()]() mutable {
        if (fitted == theme.textScale())
            return; // widths that were dragged stay
        fitted = theme.textScale();
        fitColumns(table, theme);
    });
}

} // namespace recoscope
