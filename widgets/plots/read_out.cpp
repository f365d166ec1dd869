// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/read_out.h"

#include <QPainter>

#include <algorithm>

#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr double slant = -48.0; // degrees
constexpr int widest = 260;
constexpr int boxMargin = 8;
constexpr int endMargin = 6;
constexpr int lineGap = 2; // between the heading and the rest

struct Parts {
    QString heading, rest;
};

Parts partsOf(const QString& text)
{
    return {text.section(u'\n', 0, 0), text.section(u'\n', 1)};
}

QSize wrappedSize(const QFont& font, const QString& text)
{
    if (text.isEmpty())
        return {0, 0};
    return QFontMetrics(font).boundingRect(QRect(0, 0, widest, 400), Qt::TextWordWrap, text).size();
}

} // namespace

QFont boldOf(QFont font)
{
    font.setWeight(QFont::DemiBold);
    return font;
}

QSize readOutSize(const Theme& theme, const QString& text)
{
    if (text.isEmpty())
        return {};
    const Parts parts = partsOf(text);
    const QFont font = theme.font(TextRole::Caption);
    const QSize heading = wrappedSize(boldOf(font), parts.heading);
    const QSize rest = wrappedSize(font, parts.rest);
    const int inner = heading.height() + rest.height() + (rest.isEmpty() ? 0 : lineGap);
    return {std::max(heading.width(), rest.width()) + 2 * boxMargin, inner + 2 * endMargin};
}

void drawReadOut(QPainter& painter, const Theme& theme, const Palette& palette, const QRect& box, const QString& text)
{
    const Parts parts = partsOf(text);
    const QFont font = theme.font(TextRole::Caption);
    painter.setPen(palette.border);
    painter.setBrush(palette.surface);
    painter.drawRoundedRect(box, 4, 4);
    const QRect inner = box.adjusted(boxMargin, endMargin, -boxMargin, -endMargin);
    painter.setFont(boldOf(font));
    painter.setPen(palette.text);
    painter.drawText(inner, Qt::TextWordWrap, parts.heading);
    painter.setFont(font);
    painter.setPen(palette.text2);
    painter.drawText(inner.adjusted(0, wrappedSize(boldOf(font), parts.heading).height() + lineGap, 0, 0),
        Qt::TextWordWrap, parts.rest);
}

void drawSlantedTitle(QPainter& painter, const QPointF& end, int room, const QString& title)
{
    painter.save();
    painter.translate(end);
    painter.rotate(slant);
    const QFontMetrics metrics = painter.fontMetrics();
    painter.drawText(QRect(-room, 0, room, metrics.height()), Qt::AlignRight | Qt::AlignVCenter,
        metrics.elidedText(title, Qt::ElideRight, room));
    painter.restore();
}

} // namespace recoscope
