// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/mask_picture.h"

#include <QKeyEvent>
#include <QMouseEvent>

#include <algorithm>

namespace recoscope {

MaskPicture::MaskPicture(Theme& theme, const QString& objectName, QWidget* parent)
    : PaintedChart(theme, objectName, parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void MaskPicture::setMask(Mask mask)
{
    m_mask = std::move(mask);
    m_first = {0};
    for (const Band& band : m_mask.bands)
        m_first.push_back(m_first.back() + band.rows);
    m_rows = m_first.back();
    m_row = m_column = -1;
    dataChanged();
}

QString MaskPicture::readOut() const
{
    if (m_row < 0)
        return {};
    const QString row = m_mask.title(m_row), column = m_mask.title(m_column);
    if (m_row == m_column)
        return tr("%1 sees itself").arg(row);
    if (m_mask.sees(m_row, m_column))
        return tr("%1 sees %2").arg(row, column);
    return tr("%1 does not see %2").arg(row, column) + u'\n'
        + (m_column > m_row ? tr("it comes later") : tr("it is known through tokens only"));
}

void MaskPicture::point(int row, int column)
{
    if (row == m_row && column == m_column)
        return;
    m_row = row;
    m_column = column;
    dataChanged();
}

void MaskPicture::mouseMoveEvent(QMouseEvent* event)
{
    if (m_rows == 0)
        return;
    const Frame frame = frameOf(QRectF(rect()));
    if (!frame.square.contains(event->position())) {
        point(-1, -1);
        return;
    }
    const QPointF inside = event->position() - frame.square.topLeft();
    point(rowAt(frame, inside.y()), rowAt(frame, inside.x()));
}

void MaskPicture::leaveEvent(QEvent*)
{
    point(-1, -1);
}

void MaskPicture::keyPressEvent(QKeyEvent* event)
{
    const int last = m_rows - 1;
    const int row = m_row < 0 ? last : m_row, column = m_row < 0 ? 0 : m_column;
    switch (event->key()) {
    case Qt::Key_Up: point(std::max(0, row - 1), column); break;
    case Qt::Key_Down: point(std::min(last, row + 1), column); break;
    case Qt::Key_Left: point(row, std::max(0, column - 1)); break;
    case Qt::Key_Right: point(row, std::min(last, column + 1)); break;
    case Qt::Key_Home: point(row, 0); break;
    case Qt::Key_End: point(row, last); break;
    case Qt::Key_Escape: point(-1, -1); break;
    default: QWidget::keyPressEvent(event);
    }
}

QString MaskPicture::csv() const
{
    QString text = QStringLiteral("rows,columns,row_count,column_count,seen_pairs\n");
    for (std::size_t row = 0; row < m_mask.bands.size(); ++row)
        for (std::size_t column = 0; column < m_mask.bands.size(); ++column) {
            const Band &r = m_mask.bands[row], &c = m_mask.bands[column];
            const int all = r.rows * c.rows;
            const int seen = row == column                                   ? r.rows * (r.rows + 1) / 2
                : column < row && m_mask.sees(m_first[row], m_first[column]) ? all
                                                                             : 0;
            text += QStringLiteral("%1,%2,%3,%4,%5\n")
                        .arg(csvField(r.name), csvField(c.name))
                        .arg(r.rows)
                        .arg(c.rows)
                        .arg(seen);
        }
    return text;
}

QString MaskPicture::spoken() const
{
    if (m_row >= 0)
        return readOut().replace(u'\n', QStringLiteral(", "));
    QStringList names;
    for (const Band& band : m_mask.bands)
        names << band.name;
    return tr("Rows and columns: %1.").arg(names.join(QStringLiteral(", ")));
}

} // namespace recoscope
