// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Tables in a column of panels, where each takes what is left and none asks for more. GUI thread.
#pragma once

class QTableView;

namespace recoscope {

class Theme;

// The table shows at least so many rows at the present text size and density, and wishes for no more.
void keepLeastRows(QTableView& table, Theme& theme, int rows);

} // namespace recoscope
