// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Column widths of a table over an ArrayTableModel: what the model wishes at the present text size, and never less than
// the title takes. GUI thread.
#pragma once

class QTableView;

namespace recoscope {

class Theme;

// Now, and again whenever the text size changes; the table has its model.
void keepColumnsFitting(QTableView& table, Theme& theme);

} // namespace recoscope
