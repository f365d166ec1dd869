// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/heat_map.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/heat_map_sizes.h"

namespace recoscope {

namespace {

constexpr int wheelStep = 120; // one notch, eighths of a degree
constexpr int cellsPerNotch = 3;

} // namespace

HeatMap::HeatMap(Theme& theme, const QString& title, const QString& name, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_title(title)
{
    setNames(this, name, title);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    connect(&theme, &Theme::changed, this, [this] {
        layoutMap();
        repaintAll();
    });
}

void HeatMap::repaintAll()
{
    m_still = QPixmap();
    update();
}

HeatBlock HeatMap::block() const
{
    HeatBlock block{m_data.values, m_data.columns, 0, 0, m_data.rows, m_data.columns};
    if (m_last > 0 && m_last < m_data.rows) {
        block.rows = m_last;
        block.columns = std::min<std::int64_t>(m_last, m_data.columns);
        block.row0 = m_firstRow;
        block.column0 = m_firstColumn;
    }
    return block;
}

QRect HeatMap::shownCells() const
{
    const HeatBlock shown = block();
    return QRect(static_cast<int>(shown.column0), static_cast<int>(shown.row0), static_cast<int>(shown.columns),
        static_cast<int>(shown.rows));
}

void HeatMap::setData(HeatMapData data)
{
    const bool sameSize = data.rows == m_data.rows && data.columns == m_data.columns;
    m_data = std::move(data);
    m_row = m_column = -1;
    m_markedRow = m_data.rows > 0 ? static_cast<int>(m_data.rows) - 1 : -1;
    if (!sameSize)
        setLast(m_last);
    layoutMap();
    repaintAll();
}

void HeatMap::setLast(int count)
{
    m_last = count;
    m_firstRow = std::max<std::int64_t>(0, m_data.rows - count);
    m_firstColumn = std::max<std::int64_t>(0, m_data.columns - count);
    setCell(-1, -1);
    layoutMap();
    repaintAll();
}

void HeatMap::scrollTo(int firstRow, int firstColumn)
{
    const HeatBlock shown = block();
    const auto row = std::clamp<std::int64_t>(firstRow, 0, m_data.rows - shown.rows);
    // A causal map has nothing right of its rows.
    const std::int64_t lastColumn
        = m_data.style.causal ? std::min(row, m_data.columns - shown.columns) : m_data.columns - shown.columns;
    const auto column = std::clamp<std::int64_t>(firstColumn, 0, lastColumn);
    if (row == shown.row0 && column == shown.column0)
        return;
    setCell(-1, -1);
    m_firstRow = row;
    m_firstColumn = column;
    layoutMap();
    repaintAll();
    emit scrolled();
}

void HeatMap::setFocusColumns(std::vector<int> columns)
{
    if (columns == m_focusColumns)
        return;
    m_focusColumns = std::move(columns);
    repaintAll();
}

void HeatMap::setMarkedRow(int row)
{
    m_markedRow = row;
    repaintAll();
}

bool HeatMap::hasLabels() const
{
    return m_cell >= m_theme.scaled(heat_sizes::smallestLabelledCell);
}

void HeatMap::layoutMap()
{
    const HeatBlock shown = block();
    if (shown.rows <= 0 || !m_data.values) {
        m_map = QRect();
        return;
    }
    m_high = m_data.style.high > 0 ? m_data.style.high : std::max(heatMaximum(shown, m_data.style), 1e-12);
    // With labels when the cells are large enough for them, else without.
    const int labelLeft = std::min(width() / 3, m_theme.scaled(heat_sizes::labelLeft));
    const int labelBelow = m_theme.scaled(heat_sizes::labelBelow);
    const auto place = [&](int left, int below) {
        const int barSpace = m_theme.scaled(heat_sizes::bar);
        const double w = (width() - left - 2.0) / static_cast<double>(shown.columns);
        const double h = (height() - below - barSpace - 2.0) / static_cast<double>(shown.rows);
        m_cell = std::max(0.05, std::min(w, h));
        if (m_cell >= 1.0)
            m_cell = std::floor(m_cell);
        m_map = QRect(left, 1, std::max(1, qRound(m_cell * static_cast<double>(shown.columns))),
            std::max(1, qRound(m_cell * static_cast<double>(shown.rows))));
    };
    place(labelLeft, labelBelow);
    if (!hasLabels())
        place(m_theme.scaled(heat_sizes::endsLeft), m_theme.scaled(heat_sizes::endsBelow));
}

QRect HeatMap::cellRect(int row, int column) const
{
    const HeatBlock shown = block();
    const double x = m_map.left() + static_cast<double>(column - shown.column0) * m_cell;
    const double y = m_map.top() + static_cast<double>(row - shown.row0) * m_cell;
    const int size = std::max(1, qRound(m_cell));
    return QRect(static_cast<int>(x), static_cast<int>(y), size, size);
}

void HeatMap::resizeEvent(QResizeEvent*)
{
    layoutMap();
    m_still = QPixmap();
}

double HeatMap::shownValue(int row, int column) const
{
    const HeatBlock whole{m_data.values, m_data.columns, 0, 0, m_data.rows, m_data.columns};
    return heatValue(whole, m_data.style, row, column);
}

QString HeatMap::currentText() const
{
    if (m_row < 0 || !m_data.values)
        return {};
    const double value = shownValue(m_row, m_column);
    if (m_data.readOut)
        return m_data.readOut(m_row, m_column, value);
    return tr("row %1, column %2: %3").arg(m_row + 1).arg(m_column + 1).arg(format::number(value, 3));
}

void HeatMap::setCell(int row, int column)
{
    const bool masked = m_data.style.causal && column > row;
    if (masked)
        row = column = -1;
    if (row == m_row && column == m_column)
        return;
    update(pointerRegion());
    m_row = row;
    m_column = column;
    setAccessibleDescription(currentText());
    update(pointerRegion());
    emit cellHovered(row, column);
}

void HeatMap::mouseMoveEvent(QMouseEvent* event)
{
    const QPoint at = event->position().toPoint();
    if (m_map.isEmpty() || !m_map.contains(at)) {
        setCell(-1, -1);
        return;
    }
    const HeatBlock shown = block();
    const auto row = std::min<std::int64_t>(static_cast<std::int64_t>((at.y() - m_map.top()) / m_cell), shown.rows - 1);
    const auto column
        = std::min<std::int64_t>(static_cast<std::int64_t>((at.x() - m_map.left()) / m_cell), shown.columns - 1);
    setCell(static_cast<int>(shown.row0 + row), static_cast<int>(shown.column0 + column));
}

void HeatMap::mousePressEvent(QMouseEvent* event)
{
    mouseMoveEvent(event);
    if (m_row < 0)
        return;
    setMarkedRow(m_row);
    emit rowClicked(m_row);
}

void HeatMap::leaveEvent(QEvent*)
{
    setCell(-1, -1);
}

void HeatMap::wheelEvent(QWheelEvent* event)
{
    const QPoint turned = event->angleDelta();
    // Shift turns a wheel sideways on some systems.
    const bool columnsOnly = event->modifiers() & Qt::ShiftModifier;
    m_wheel += turned.y() != 0 ? turned.y() : turned.x();
    const int steps = m_wheel / wheelStep * cellsPerNotch;
    m_wheel %= wheelStep;
    const HeatBlock shown = block();
    if (steps != 0)
        scrollTo(static_cast<int>(shown.row0) - (columnsOnly ? 0 : steps), static_cast<int>(shown.column0) - steps);
    event->accept();
}

bool HeatMap::scrollKey(int key)
{
    const HeatBlock shown = block();
    const int row = static_cast<int>(shown.row0);
    const int column = static_cast<int>(shown.column0);
    const int page = static_cast<int>(shown.rows);
    const int end = static_cast<int>(m_data.rows);
    switch (key) {
    case Qt::Key_PageUp: scrollTo(row - page, column - page); return true;
    case Qt::Key_PageDown: scrollTo(row + page, column + page); return true;
    case Qt::Key_Home: scrollTo(0, 0); return true;
    case Qt::Key_End: scrollTo(end, end); return true;
    default: return false;
    }
}

void HeatMap::showCell(int row, int column)
{
    const HeatBlock shown = block();
    const auto first = [](std::int64_t now, std::int64_t count, int wanted) {
        return static_cast<int>(std::clamp<std::int64_t>(now, wanted - count + 1, wanted));
    };
    scrollTo(first(shown.row0, shown.rows, row), first(shown.column0, shown.columns, column));
    setCell(row, column);
}

void HeatMap::keyPressEvent(QKeyEvent* event)
{
    if (m_data.rows == 0 || scrollKey(event->key())) {
        if (m_data.rows == 0)
            QWidget::keyPressEvent(event);
        return;
    }
    const HeatBlock shown = block();
    const int lastRow = static_cast<int>(m_data.rows) - 1;
    int row = m_row < 0 ? static_cast<int>(shown.row0 + shown.rows) - 1 : m_row;
    int column = m_row < 0 ? static_cast<int>(shown.column0 + shown.columns) - 1 : m_column;
    switch (event->key()) {
    case Qt::Key_Left: --column; break;
    case Qt::Key_Right: ++column; break;
    case Qt::Key_Up: --row; break;
    case Qt::Key_Down: ++row; break;
    case Qt::Key_Escape: setCell(-1, -1); return;
    case Qt::Key_Return:
        setMarkedRow(row);
        emit rowClicked(row);
        return;
    default: QWidget::keyPressEvent(event); return;
    }
    row = std::clamp(row, 0, lastRow);
    showCell(row, std::clamp(column, 0, m_data.style.causal ? row : static_cast<int>(m_data.columns) - 1));
}

ExportHeader HeatMap::exportHeader() const
{
    return {m_title, m_data.protocolHash, m_data.seed};
}

QSizeF HeatMap::exportSize() const
{
    return QSizeF(size());
}

QString HeatMap::csv() const
{
    const HeatBlock shown = block();
    const auto name = [](const std::function<QString(int)>& title, std::int64_t index) {
        return csvField(title ? title(static_cast<int>(index)) : QString::number(index + 1));
    };
    QString text = QStringLiteral("row");
    for (std::int64_t c = 0; c < shown.columns; ++c)
        text += u',' + name(m_data.columnTitle, shown.column0 + c);
    text += u'\n';
    for (std::int64_t r = 0; r < shown.rows; ++r) {
        text += name(m_data.rowTitle, shown.row0 + r);
        for (std::int64_t c = 0; c < shown.columns; ++c) {
            const bool masked = m_data.style.causal && shown.column0 + c > shown.row0 + r;
            text += u','
                + (masked ? QString() : format::exact(static_cast<float>(heatValue(shown, m_data.style, r, c))));
        }
        text += u'\n';
    }
    return text;
}

} // namespace recoscope
