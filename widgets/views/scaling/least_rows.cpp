// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/least_rows.h"

#include <QTableView>

#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int headerOfRows = 28;

} // namespace

void keepLeastRows(QTableView& table, Theme& theme, int rows)
{
    const auto fit
        = [&table, &theme, rows] { table.setMinimumHeight(theme.scaled(headerOfRows) + rows * theme.rowHeight()); };
    QObject::connect(&theme, &Theme::changed, &table, fit);
    fit();
}

} // namespace recoscope
