// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A QTableView set up as tables look here: no grid, compact rows by density, sorting by header (Shift+click adds a
// key), columns chosen by right-click on the header. Millions of rows: every row has the same height.
#pragma once

#include <QTableView>

namespace recoscope {

class ArrayTableModel;
class Theme;

class DataTable : public QTableView {
    Q_OBJECT

public:
    DataTable(Theme& theme, const QString& accessibleName, const QString& name, QWidget* parent = nullptr);
    // Not owned. Column widths come from the model; the first column takes the rest when `stretchFirst`.
    void setTable(ArrayTableModel* model, bool stretchFirst = true);
    // Of a table with a least height that: it takes what is left and wishes for no more.
    QSize sizeHint() const override;

signals:
    void rowActivated(int row);

private:
    void restyle();
    void onHeaderClicked(int column);
    void chooseColumns(const QPoint& at);

    Theme& m_theme;
    ArrayTableModel* m_table = nullptr;
    int m_sortColumn = -1;
    Qt::SortOrder m_order = Qt::AscendingOrder;
};

} // namespace recoscope
