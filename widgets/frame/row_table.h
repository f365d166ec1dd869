// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A DataTable whose cells say more than their text: run shapes, best values bold, incomparable rows grey, a focus row,
// a box for checks, links, grey words beside a name. Its data exports as CSV. GUI thread.
#pragma once

#include "widgets/core/array_table_model.h"
#include "widgets/frame/data_table.h"
#include "widgets/frame/exportable.h"

namespace recoscope {

class Theme;

class RowTable : public DataTable, public Exportable {
    Q_OBJECT

public:
    // The model is not owned and outlives the table.
    RowTable(Theme& theme, ArrayTableModel* model, const QString& objectName, const QString& accessibleName,
        QWidget* parent = nullptr);

    void setFocusRow(int row); // focus amber; -1 = none
    int focusRow() const { return m_focusRow; }
    void setStretchedColumn(int column);
    void setExportHeader(const ExportHeader& header) { m_header = header; }

    ExportHeader exportHeader() const override { return m_header; }
    QString csv() const override;

signals:
    void rowHovered(int row); // -1 when left
    void linkClicked(int row); // a cell with LinkRole

protected:
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    ArrayTableModel* m_rows;
    ExportHeader m_header;
    int m_focusRow = -1;
};

} // namespace recoscope
