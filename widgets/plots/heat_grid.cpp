// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/heat_grid.h"

#include <algorithm>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int spacing = 6;
constexpr int captionRoom = 18;
constexpr int largestCell = 96;

} // namespace

HeatGrid::HeatGrid(Theme& theme, const QString& title, const QString& name, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setNames(this, name, title);
    setFocusPolicy(Qt::StrongFocus);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    connect(&theme, &Theme::changed, this, [this] {
        m_images.clear();
        update();
    });
}

void HeatGrid::setGrid(int rows, int columns, Thumbnail paint)
{
    m_rows = rows;
    m_columns = columns;
    m_paint = std::move(paint);
    m_images.clear();
    if (m_row >= rows || m_column >= columns)
        m_row = m_column = -1;
    updateGeometry();
    update();
}

void HeatGrid::setTitles(std::function<QString(int)> row, std::function<QString(int)> column)
{
    m_rowTitle = std::move(row);
    m_columnTitle = std::move(column);
}

void HeatGrid::setCurrent(int row, int column)
{
    m_row = row;
    m_column = column;
    update();
}

int HeatGrid::labelRoom() const
{
    return m_theme.scaled(captionRoom);
}

int HeatGrid::cellSize(int width) const
{
    if (m_columns == 0)
        return 0;
    return std::clamp((width - labelRoom() - spacing * (m_columns - 1)) / m_columns, 16, largestCell);
}

int HeatGrid::heightForWidth(int width) const
{
    return labelRoom() + m_rows * (cellSize(width) + spacing);
}

QSize HeatGrid::sizeHint() const
{
    return QSize(240, heightForWidth(240));
}

QRect HeatGrid::cellRect(int row, int column) const
{
    const int size = cellSize(width());
    return QRect(labelRoom() + column * (size + spacing), labelRoom() + row * (size + spacing), size, size);
}

void HeatGrid::resizeEvent(QResizeEvent*)
{
    m_images.clear();
}

void HeatGrid::paintEvent(QPaintEvent*)
{
    const Palette& palette = m_theme.palette();
    QPainter painter(this);
    if (m_images.empty() && m_paint) {
        const QSize size = cellRect(0, 0).size() * devicePixelRatioF();
        for (int r = 0; r < m_rows; ++r) {
            for (int c = 0; c < m_columns; ++c)
                m_images.push_back(m_paint(r, c, palette.dark, size));
        }
    }
    painter.setFont(m_theme.font(TextRole::Caption));
    painter.setPen(palette.text2);
    for (int c = 0; m_rows > 0 && c < m_columns && m_columnTitle; ++c)
        painter.drawText(QRect(cellRect(0, c).left(), 0, cellRect(0, c).width(), labelRoom() - 2), Qt::AlignCenter,
            m_columnTitle(c));
    for (int r = 0; r < m_rows; ++r) {
        if (m_rowTitle) {
            painter.save();
            painter.translate(0, cellRect(r, 0).bottom());
            painter.rotate(-90);
            painter.drawText(QRect(0, 0, cellRect(r, 0).height(), labelRoom() - 4), Qt::AlignCenter, m_rowTitle(r));
            painter.restore();
        }
        for (int c = 0; c < m_columns; ++c) {
            const QRect area = cellRect(r, c);
            painter.fillRect(area, palette.sunk);
            painter.drawImage(area, m_images[static_cast<std::size_t>(r * m_columns + c)]);
            painter.setPen(QPen(palette.line, 1));
            painter.drawRect(area.adjusted(0, 0, -1, -1));
            painter.setPen(palette.text2);
        }
    }
    if (m_row >= 0 && m_column >= 0) {
        painter.setPen(QPen(palette.accent, hasFocus() ? 3 : 2));
        painter.drawRect(cellRect(m_row, m_column).adjusted(-1, -1, 0, 0));
    }
}

void HeatGrid::choose(int row, int column)
{
    if (row == m_row && column == m_column)
        return;
    setCurrent(row, column);
    setAccessibleDescription(tr("row %1, column %2").arg(row + 1).arg(column + 1));
    emit currentChanged(row, column);
}

void HeatGrid::mousePressEvent(QMouseEvent* event)
{
    for (int r = 0; r < m_rows; ++r) {
        for (int c = 0; c < m_columns; ++c) {
            if (cellRect(r, c).contains(event->position().toPoint()))
                choose(r, c);
        }
    }
}

void HeatGrid::keyPressEvent(QKeyEvent* event)
{
    int row = std::max(0, m_row);
    int column = std::max(0, m_column);
    switch (event->key()) {
    case Qt::Key_Left: --column; break;
    case Qt::Key_Right: ++column; break;
    case Qt::Key_Up: --row; break;
    case Qt::Key_Down: ++row; break;
    default: QWidget::keyPressEvent(event); return;
    }
    if (m_rows > 0 && m_columns > 0)
        choose(std::clamp(row, 0, m_rows - 1), std::clamp(column, 0, m_columns - 1));
}

} // namespace recoscope
