// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A large matrix with named rows and columns: one head of attention over a history. Rows carry a title and a note (the
// time gap); cells below a pixel are pooled; masked cells are hatched. Hover gives a read-out, arrows move the cell,
// Return selects its row. When only a part is shown, the wheel, Page Up and Page Down move that part along the
// diagonal, Shift+wheel moves the columns alone, Home and End go to the first and last event; arrows scroll too. A
// numbered bar stands below. The still picture is drawn once and kept: pointing repaints only the cell and its
// read-out. 1,024² cells first paint under 16 ms. GUI thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <QPixmap>
#include <QWidget>

#include "widgets/frame/exportable.h"
#include "widgets/plots/heat_image.h"

namespace recoscope {

class Theme;

struct HeatMapData {
    std::shared_ptr<const void> owner; // keeps `values` alive
    const float* values = nullptr; // [size, size] row-major
    std::int64_t rows = 0, columns = 0;
    HeatStyle style; // `high` 0 = the largest value shown
    std::function<QString(int row)> rowTitle;
    std::function<QString(int row)> rowNote; // left of the title; may be empty
    std::function<QString(int column)> columnTitle;
    std::function<QString(int row, int column, double value)> readOut; // "Chill Factor reads Kingpin, 0.092"
    QString valueName; // beside the bar: "row-normalised weight"
    QString focusName; // what an amber column is: "lifts the pointed-at item"
    QString protocolHash, seed;
};

class HeatMap : public QWidget, public Exportable {
    Q_OBJECT

public:
    HeatMap(Theme& theme, const QString& title, const QString& name, QWidget* parent = nullptr);

    void setData(HeatMapData data);
    // Only the last `count` rows and columns; 0 = all.
    void setLast(int count);
    // What is seen: first row, first column, rows, columns.
    QRect shownCells() const;
    void scrollTo(int firstRow, int firstColumn); // as far as there are cells
    // Columns in focus amber (2 px outline, bold label); row outlined as the one that is read.
    void setFocusColumns(std::vector<int> columns);
    void setMarkedRow(int row); // -1 = none
    int markedRow() const { return m_markedRow; }
    const std::vector<int>& focusColumns() const { return m_focusColumns; }
    double shownValue(int row, int column) const; // in the scale of the style
    QString currentText() const; // read-out of the hovered or keyboard cell
    QRect cellRect(int row, int column) const;
    QRect mapRect() const { return m_map; }

    ExportHeader exportHeader() const override;
    QSizeF exportSize() const override;
    void drawForExport(QPainter& painter) override;
    QString csv() const override;
    QSize sizeHint() const override { return QSize(560, 560); }
    QSize minimumSizeHint() const override { return QSize(240, 240); }

signals:
    void cellHovered(int row, int column); // -1, -1 when left
    void rowClicked(int row);
    void scrolled(); // shownCells() is another part

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    HeatBlock block() const;
    void layoutMap();
    void repaintAll(); // the kept picture is out of date
    void draw(QPainter& painter, const Palette& palette) const;
    void drawCells(QPainter& painter, const Palette& palette) const;
    void drawEnds(QPainter& painter, const Palette& palette) const;
    void drawRowLabels(QPainter& painter, const Palette& palette) const;
    void drawColumnLabels(QPainter& painter, const Palette& palette) const;
    void drawBar(QPainter& painter, const Palette& palette) const;
    void drawFocus(QPainter& painter, const Palette& palette) const;
    void drawPointer(QPainter& painter, const Palette& palette) const;
    QRect readOutRect() const;
    QRegion pointerRegion() const; // what drawPointer touches
    void setCell(int row, int column);
    void showCell(int row, int column); // scrolls until it is seen, then points at it
    bool scrollKey(int key);
    bool hasLabels() const;

    Theme& m_theme;
    QString m_title;
    HeatMapData m_data;
    int m_last = 0;
    std::int64_t m_firstRow = 0, m_firstColumn = 0;
    int m_wheel = 0; // eighths of a degree not yet used
    std::vector<int> m_focusColumns;
    int m_markedRow = -1;
    int m_row = -1, m_column = -1; // absolute, of the hovered cell
    QRect m_map;
    double m_cell = 0.0; // logical pixels
    double m_high = 1.0;
    QPixmap m_still; // everything but the pointer
};

} // namespace recoscope
