// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/heat_map.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr double smallestLabelledCell = 13.0;
constexpr int columnLabelWidth = 128;
constexpr double columnLabelAngle = -48.0;
constexpr int barHeight = 34;

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
        update();
    });
}

HeatBlock HeatMap::block() const
{
    HeatBlock block{m_data.values, m_data.columns, 0, 0, m_data.rows, m_data.columns};
    if (m_last > 0 && m_last < m_data.rows) {
        block.row0 = m_data.rows - m_last;
        block.column0 = std::max<std::int64_t>(0, m_data.columns - m_last);
        block.rows = m_data.rows - block.row0;
        block.columns = m_data.columns - block.column0;
    }
    return block;
}

void HeatMap::setData(HeatMapData data)
{
    m_data = std::move(data);
    m_row = m_column = -1;
    m_markedRow = m_data.rows > 0 ? static_cast<int>(m_data.rows) - 1 : -1;
    layoutMap();
    update();
}

void HeatMap::setLast(int count)
{
    m_last = count;
    layoutMap();
    update();
}

void HeatMap::setFocusColumns(std::vector<int> columns)
{
    m_focusColumns = std::move(columns);
    update();
}

void HeatMap::setMarkedRow(int row)
{
    m_markedRow = row;
    update();
}

bool HeatMap::hasLabels() const
{
    return m_cell >= smallestLabelledCell;
}

void HeatMap::layoutMap()
{
    m_image = QImage();
    const HeatBlock shown = block();
    if (shown.rows <= 0 || !m_data.values) {
        m_map = QRect();
        return;
    }
    m_high = m_data.style.high > 0 ? m_data.style.high : std::max(heatMaximum(shown, m_data.style), 1e-12);
    // With labels when the cells are large enough for them, else without.
    const int labelLeft = std::min(width() / 3, m_theme.scaled(190));
    const int labelBelow = m_theme.scaled(96);
    const auto place = [&](int left, int below) {
        const int barSpace = m_theme.scaled(barHeight);
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
        place(m_theme.scaled(40), m_theme.scaled(22));
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
}

void HeatMap::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    draw(painter, m_theme.palette());
    drawReadOut(painter, m_theme.palette());
    if (hasFocus()) {
        painter.setPen(QPen(m_theme.palette().accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    }
}

void HeatMap::draw(QPainter& painter, const Palette& palette)
{
    if (m_map.isEmpty())
        return;
    if (m_image.isNull() || m_imageIsDark != palette.dark) {
        HeatStyle style = m_data.style;
        style.high = m_high;
        m_image = heatImage(block(), style, palette.dark, m_map.size() * devicePixelRatioF());
        m_imageIsDark = palette.dark;
    }
    if (m_data.style.causal) {
        painter.fillRect(m_map, palette.sunk);
        painter.fillRect(m_map, QBrush(palette.line, Qt::BDiagPattern));
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(m_map, m_image);
    painter.setPen(QPen(palette.line, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(m_map.adjusted(-1, -1, 0, 0));
    drawLabels(painter, palette);
    drawFocus(painter, palette);
    drawBar(painter, palette);
}

void HeatMap::drawLabels(QPainter& painter, const Palette& palette) const
{
    const HeatBlock shown = block();
    QFont font = m_theme.font(TextRole::Caption);
    painter.setFont(font);
    if (!hasLabels()) {
        painter.setPen(palette.text2);
        const QString first = format::count(shown.row0 + 1);
        const QString last = format::count(shown.row0 + shown.rows);
        painter.drawText(QRect(0, m_map.top(), m_map.left() - 5, 14), Qt::AlignRight | Qt::AlignVCenter, first);
        painter.drawText(QRect(0, m_map.bottom() - 14, m_map.left() - 5, 14), Qt::AlignRight | Qt::AlignVCenter, last);
        painter.drawText(
            QRect(m_map.left(), m_map.bottom() + 3, m_map.width(), 16), Qt::AlignLeft, tr("event %1").arg(first));
        painter.drawText(
            QRect(m_map.left(), m_map.bottom() + 3, m_map.width(), 16), Qt::AlignRight, tr("event %1").arg(last));
        return;
    }
    QFont bold = font;
    bold.setWeight(QFont::DemiBold);
    const int noteWidth = m_data.rowNote ? m_theme.scaled(50) : 0;
    for (int r = 0; r < shown.rows; ++r) {
        const int row = static_cast<int>(shown.row0) + r;
        const int y = m_map.top() + static_cast<int>(r * m_cell);
        painter.setFont(font);
        painter.setPen(palette.text2);
        if (m_data.rowNote)
            painter.drawText(
                QRect(0, y, noteWidth, qRound(m_cell)), Qt::AlignLeft | Qt::AlignVCenter, m_data.rowNote(row));
        painter.setFont(row == m_markedRow ? bold : font);
        painter.setPen(palette.text);
        const QRect area(noteWidth, y, m_map.left() - noteWidth - 6, qRound(m_cell));
        const QString text = m_data.rowTitle ? m_data.rowTitle(row) : QString::number(row + 1);
        painter.drawText(area, Qt::AlignRight | Qt::AlignVCenter,
            painter.fontMetrics().elidedText(text, Qt::ElideRight, area.width()));
    }
    for (int c = 0; c < shown.columns; ++c) {
        const int column = static_cast<int>(shown.column0) + c;
        const bool focused = std::find(m_focusColumns.begin(), m_focusColumns.end(), column) != m_focusColumns.end();
        painter.setFont(focused ? bold : font);
        painter.save();
        painter.translate(m_map.left() + (c + 0.65) * m_cell, m_map.bottom() + 6);
        painter.rotate(columnLabelAngle);
        const QString text = m_data.columnTitle ? m_data.columnTitle(column) : QString::number(column + 1);
        const int room = m_theme.scaled(columnLabelWidth);
        painter.drawText(QRect(-room, 0, room, 14), Qt::AlignRight | Qt::AlignVCenter,
            painter.fontMetrics().elidedText(text, Qt::ElideRight, room));
        painter.restore();
    }
}

void HeatMap::drawFocus(QPainter& painter, const Palette& palette) const
{
    const HeatBlock shown = block();
    painter.setBrush(Qt::NoBrush);
    if (m_markedRow >= shown.row0 && m_markedRow < shown.row0 + shown.rows) {
        const QRect cell = cellRect(m_markedRow, static_cast<int>(shown.column0));
        painter.setPen(QPen(palette.text, 1.5));
        painter.drawRect(QRect(m_map.left(), cell.top(), m_map.width() - 1, cell.height() - 1));
    }
    painter.setPen(QPen(palette.focusMark, 2));
    for (const int column : m_focusColumns) {
        if (column < shown.column0 || column >= shown.column0 + shown.columns)
            continue;
        const int top
            = m_data.style.causal ? std::max<int>(column, static_cast<int>(shown.row0)) : static_cast<int>(shown.row0);
        const QRect first = cellRect(top, column);
        painter.drawRect(QRect(first.left(), first.top(), first.width(), m_map.bottom() - first.top()));
    }
    if (m_row >= 0)
        painter.drawRect(cellRect(m_row, m_column));
}

void HeatMap::drawBar(QPainter& painter, const Palette& palette) const
{
    painter.setFont(m_theme.font(TextRole::Caption));
    const QFontMetrics metrics = painter.fontMetrics();
    const int y = height() - m_theme.scaled(16);
    int x = 0;
    const auto text = [&](const QString& t, const QColor& colour) {
        painter.setPen(colour);
        painter.drawText(QRect(x, y, metrics.horizontalAdvance(t) + 2, 14), Qt::AlignLeft | Qt::AlignVCenter, t);
        x += metrics.horizontalAdvance(t) + 8;
    };
    const bool isSigned = m_data.style.map == ColourMap::Signed;
    text(tr("%1, exponent %2").arg(m_data.valueName, format::number(m_data.style.exponent, 1)), palette.text2);
    x += 8;
    text(isSigned ? format::compact(-m_high) : QStringLiteral("0"), palette.text);
    const QRect bar(x, y + 2, m_theme.scaled(108), 10);
    for (int i = 0; i < bar.width(); ++i) {
        double unit = static_cast<double>(i) / (bar.width() - 1);
        if (isSigned)
            unit = 0.5 + 0.5 * std::copysign(std::pow(std::fabs(2 * unit - 1), m_data.style.exponent), 2 * unit - 1);
        else
            unit = std::pow(unit, m_data.style.exponent);
        painter.setPen(QColor(colourTable(
            m_data.style.map, palette.dark)[static_cast<std::size_t>(std::clamp(qRound(unit * 255), 0, 255))]));
        painter.drawLine(bar.left() + i, bar.top(), bar.left() + i, bar.bottom());
    }
    painter.setPen(palette.border);
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(bar.adjusted(0, 0, -1, -1));
    x = bar.right() + 8;
    text(format::number(m_high, m_high < 0.1 ? 3 : 2), palette.text);
    if (!m_data.style.causal)
        return;
    x += 12;
    const QRect hatch(x, y + 2, 14, 10);
    painter.fillRect(hatch, QBrush(palette.border, Qt::BDiagPattern));
    painter.setPen(palette.border);
    painter.drawRect(hatch);
    x += 22;
    text(tr("masked: later than the query"), palette.text2);
}

void HeatMap::drawReadOut(QPainter& painter, const Palette& palette) const
{
    const QString text = currentText();
    if (text.isEmpty())
        return;
    painter.setFont(m_theme.font(TextRole::Caption));
    const QRect bounds = painter.fontMetrics().boundingRect(QRect(0, 0, 260, 200), Qt::TextWordWrap, text);
    const QRect cell = cellRect(m_row, m_column);
    QRect box(cell.right() + 12, cell.top() - bounds.height() / 2, bounds.width() + 16, bounds.height() + 12);
    if (box.right() > width())
        box.moveRight(cell.left() - 12);
    box.moveTop(std::clamp(box.top(), 0, std::max(0, height() - box.height())));
    painter.setPen(palette.border);
    painter.setBrush(palette.surface);
    painter.drawRoundedRect(box, 4, 4);
    painter.setPen(palette.text);
    painter.drawText(box.adjusted(8, 6, -8, -6), Qt::TextWordWrap, text);
}

QString HeatMap::currentText() const
{
    if (m_row < 0 || !m_data.values)
        return {};
    const HeatBlock whole{m_data.values, m_data.columns, 0, 0, m_data.rows, m_data.columns};
    const double value = heatValue(whole, m_data.style, m_row, m_column);
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
    m_row = row;
    m_column = column;
    setAccessibleDescription(currentText());
    emit cellHovered(row, column);
    update();
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

void HeatMap::keyPressEvent(QKeyEvent* event)
{
    if (m_data.rows == 0) {
        QWidget::keyPressEvent(event);
        return;
    }
    const HeatBlock shown = block();
    const int lastRow = static_cast<int>(m_data.rows) - 1;
    int row = m_row < 0 ? lastRow : m_row;
    int column = m_row < 0 ? static_cast<int>(m_data.columns) - 1 : m_column;
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
    row = std::clamp(row, static_cast<int>(shown.row0), lastRow);
    column = std::clamp(
        column, static_cast<int>(shown.column0), m_data.style.causal ? row : static_cast<int>(m_data.columns) - 1);
    setCell(row, column);
}

ExportHeader HeatMap::exportHeader() const
{
    return {m_title, m_data.protocolHash, m_data.seed};
}

QSizeF HeatMap::exportSize() const
{
    return QSizeF(size());
}

void HeatMap::drawForExport(QPainter& painter)
{
    painter.fillRect(rect(), Palette::light().surface);
    draw(painter, Palette::light());
    update();
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
            text += u',' + (masked ? QString() : QString::number(heatValue(shown, m_data.style, r, c), 'g', 6));
        }
        text += u'\n';
    }
    return text;
}

} // namespace recoscope
