// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/queue_delegate.h"

#include <QPainter>

#include "widgets/frame/icons.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int rowHeight = 42;
constexpr int gripSize = 14;

} // namespace

QueueDelegate::QueueDelegate(Theme& theme, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_theme(theme)
{
}

QSize QueueDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const
{
    return QSize(0, m_theme.scaled(rowHeight));
}

int QueueDelegate::paintChip(QPainter& painter, const QRect& area, const QModelIndex& index) const
{
    const QString word = index.data(QueueChipRole).toString();
    if (word.isEmpty())
        return area.right();
    const auto tone = static_cast<StatusTone>(index.data(QueueToneRole).toInt());
    const StatusColours colours = m_theme.palette().status(tone);
    painter.setFont(m_theme.font(TextRole::Caption));
    const int width = painter.fontMetrics().horizontalAdvance(word) + 14;
    const int height = painter.fontMetrics().height() + 4;
    const QRect chip(area.right() - width, area.center().y() - height / 2, width, height);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colours.soft);
    painter.drawRoundedRect(chip, 4, 4);
    painter.setPen(colours.text);
    painter.drawText(chip, Qt::AlignCenter, word);
    return chip.left() - 8;
}

void QueueDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Palette& palette = m_theme.palette();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const bool selected = option.state & QStyle::State_Selected;
    painter->fillRect(option.rect, selected ? palette.accentSoft : palette.surface);
    painter->setPen(palette.grid);
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    QRect area = option.rect.adjusted(6, 4, -6, -4);
    if (index.flags() & Qt::ItemIsDragEnabled) {
        const double ratio = painter->device()->devicePixelRatioF();
        painter->drawPixmap(QPointF(area.left(), area.center().y() - gripSize / 2.0),
            iconPixmap(QStringLiteral("grip-vertical"), palette.text3, gripSize, ratio));
    }
    area.setLeft(area.left() + gripSize + 6);
    area.setRight(paintChip(*painter, area, index));
    const auto line = [&](const QRect& place, const QString& text, TextRole role, const QColor& colour) {
        painter->setFont(m_theme.font(role));
        painter->setPen(colour);
        painter->drawText(place, Qt::AlignLeft | Qt::AlignVCenter,
            painter->fontMetrics().elidedText(text, Qt::ElideRight, place.width()));
    };
    const int half = area.height() / 2;
    line(QRect(area.left(), area.top(), area.width(), half), index.data().toString(), TextRole::Body, palette.text);
    line(QRect(area.left(), area.top() + half, area.width(), half), index.data(QueueDetailRole).toString(),
        TextRole::Caption, palette.text2);
    painter->restore();
}

} // namespace recoscope
