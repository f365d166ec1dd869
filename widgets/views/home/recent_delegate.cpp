// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/home/recent_delegate.h"

#include <algorithm>

#include <QPainter>
#include <QPainterPath>

#include "widgets/frame/run_shapes.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int cellMargin = 8;
constexpr int glyphWidth = 18;

} // namespace

RecentDelegate::RecentDelegate(Theme& theme, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_theme(theme)
{
}

void RecentDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Palette& palette = m_theme.palette();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->fillRect(option.rect, option.state & QStyle::State_Selected ? palette.accentSoft : palette.surface);
    painter->setPen(palette.grid);
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    const QRect area = option.rect.adjusted(cellMargin, 0, -cellMargin, -1);
    const QVariant curve = index.data(CurveRole);
    if (curve.isValid())
        paintCurve(*painter, QRectF(area).adjusted(0, 5, 0, -5), curve.value<QList<double>>());
    else if (!index.data(ChipTextRole).toString().isEmpty())
        paintChip(*painter, area, index);
    else
        paintText(*painter, area, index);
    painter->restore();
}

void RecentDelegate::paintCurve(QPainter& painter, const QRectF& area, const QList<double>& values) const
{
    if (values.size() < 2)
        return;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double range = *high > *low ? *high - *low : 1.0;
    const auto at = [&](qsizetype i) {
        return QPointF(area.left() + 3 + (area.width() - 6) * i / (values.size() - 1),
            area.bottom() - 2 - (area.height() - 4) * (values[i] - *low) / range);
    };
    QPainterPath path(at(0));
    for (qsizetype i = 1; i < values.size(); ++i)
        path.lineTo(at(i));
    const QColor colour = m_theme.palette().neutralLine;
    painter.setPen(QPen(colour, 1.4));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawEllipse(at(high - values.begin()), 2.6, 2.6);
}

void RecentDelegate::paintChip(QPainter& painter, const QRect& area, const QModelIndex& index) const
{
    const QString word = index.data(ChipTextRole).toString();
    const StatusColours colours = m_theme.palette().status(static_cast<StatusTone>(index.data(ChipRole).toInt()));
    painter.setFont(m_theme.font(TextRole::Caption));
    const int width = painter.fontMetrics().horizontalAdvance(word) + 14;
    const int height = painter.fontMetrics().height() + 4;
    const QRect chip(area.right() - width, area.center().y() - height / 2, width, height);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colours.soft);
    painter.drawRoundedRect(chip, 4, 4);
    painter.setPen(colours.text);
    painter.drawText(chip, Qt::AlignCenter, word);
}

void RecentDelegate::paintText(QPainter& painter, QRect area, const QModelIndex& index) const
{
    const Palette& palette = m_theme.palette();
    const int slot = index.data(RunSlotRole).isValid() ? index.data(RunSlotRole).toInt() : -1;
    if (slot >= 0) {
        drawRunShape(painter, slot, QPointF(area.left() + 5, area.center().y() + 0.5), 9, palette.run(slot).mark);
        area.setLeft(area.left() + glyphWidth);
    }
    const auto alignment = index.data(Qt::TextAlignmentRole).value<Qt::Alignment>();
    const TextRole role = slot >= 0 || index.data(BestRole).toBool() ? TextRole::BodyStrong : TextRole::Body;
    painter.setFont(alignment & Qt::AlignRight ? m_theme.numberFont(role) : m_theme.font(role));
    painter.setPen(palette.text);
    painter.drawText(area, static_cast<int>(alignment),
        painter.fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, area.width()));
}

} // namespace recoscope
