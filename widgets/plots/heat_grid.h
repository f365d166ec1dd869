// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Small multiples: every layer × head as a thumbnail, one selected. Arrows move the selection. Each thumbnail has its
// own scale, so it shows the pattern, not the size. GUI thread.
#pragma once

#include <functional>
#include <vector>

#include <QImage>
#include <QWidget>

namespace recoscope {

class Theme;

class HeatGrid : public QWidget {
    Q_OBJECT

public:
    HeatGrid(Theme& theme, const QString& title, const QString& name, QWidget* parent = nullptr);

    // `paint(row, column, dark, size)` makes one thumbnail of at most `size`; called on the GUI thread when needed and
    // must be quick: it colours a matrix that was made small before.
    using Thumbnail = std::function<QImage(int row, int column, bool dark, const QSize& size)>;
    void setGrid(int rows, int columns, Thumbnail paint);
    void setTitles(std::function<QString(int)> row, std::function<QString(int)> column);
    void setCurrent(int row, int column); // does not emit
    int currentRow() const { return m_row; }
    int currentColumn() const { return m_column; }
    QRect cellRect(int row, int column) const;

    QSize sizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

signals:
    void currentChanged(int row, int column);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    int labelRoom() const; // for the names beside and over the grid
    int cellSize(int width) const;
    void choose(int row, int column);

    Theme& m_theme;
    Thumbnail m_paint;
    std::function<QString(int)> m_rowTitle, m_columnTitle;
    int m_rows = 0, m_columns = 0;
    int m_row = -1, m_column = -1;
    std::vector<QImage> m_images;
};

} // namespace recoscope
