// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/latency/stage_bars.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

#include "widgets/core/formatting.h"
#include "widgets/frame/run_shapes.h"
#include "widgets/frame/theme.h"
#include "widgets/views/latency/latency_charts.h"

namespace recoscope {

namespace {

constexpr double barHeight = 13;
constexpr double decodeOpacity = 0.62;
constexpr double restOpacity = 0.32;
constexpr int glyphWidth = 18;
constexpr int pathWidth = 80;
constexpr int numberWidth = 54;

QColor faded(const QColor& mark, double opacity)
{
    QColor colour = mark;
    colour.setAlphaF(static_cast<float>(opacity));
    return colour;
}

} // namespace

StageBars::StageBars(Theme& theme, const QString& objectName, QWidget* parent)
    : PaintedChart(theme, objectName, parent)
{
    setExportHeader({tr("Where the time goes"), {}, {}});
}

void StageBars::setRows(std::vector<Row> rows)
{
    m_rows = std::move(rows);
    m_longest = 0.0;
    for (const Row& row : m_rows)
        m_longest = std::max(m_longest, row.medianMs);
    updateGeometry();
    dataChanged();
}

int StageBars::rowHeight() const
{
    return theme().scaled(22);
}

QSize StageBars::sizeHint() const
{
    return {280, (static_cast<int>(m_rows.size()) + 1) * rowHeight() + 4};
}

QSize StageBars::minimumSizeHint() const
{
    return {220, std::min(sizeHint().height(), 5 * rowHeight())};
}

void StageBars::drawRow(QPainter& painter, const QRectF& area, const Row& row, const Palette& palette) const
{
    const QColor mark = palette.run(row.slot).mark;
    drawRunShape(painter, row.slot, QPointF(area.left() + 6, area.center().y()), 10, mark);
    painter.setFont(theme().font(TextRole::Secondary));
    painter.setPen(palette.text2);
    const int pathRoom = theme().scaled(pathWidth);
    drawElided(
        painter, QRectF(area.left() + glyphWidth, area.top(), pathRoom - 6, area.height()), Qt::AlignLeft, row.path);
    const double left = area.left() + glyphWidth + pathRoom;
    const double most = std::max(20.0, area.right() - theme().scaled(numberWidth) - left);
    const double length = m_longest > 0 ? std::max(2.0, most * row.medianMs / m_longest) : 0;
    const QRectF bar(left, area.center().y() - barHeight / 2, length, barHeight);
    const double encoded = length * row.encodeShare;
    const double decoded = length * row.decodeShare;
    painter.fillRect(QRectF(bar.left(), bar.top(), encoded, barHeight), mark);
    painter.fillRect(QRectF(bar.left() + encoded, bar.top(), decoded, barHeight), faded(mark, decodeOpacity));
    painter.fillRect(bar.adjusted(encoded + decoded, 0, 0, 0), faded(mark, restOpacity));
    painter.setPen(palette.text);
    painter.setFont(theme().numberFont(TextRole::BodyStrong));
    painter.drawText(QRectF(bar.right() + 6, area.top(), theme().scaled(numberWidth), area.height()),
        Qt::AlignLeft | Qt::AlignVCenter, latencyText(row.medianMs));
}

void StageBars::drawLegend(QPainter& painter, const QRectF& area, const Palette& palette) const
{
    painter.setFont(theme().font(TextRole::Caption));
    double x = area.left();
    struct Stage {
        QString text;
        double opacity;
    };
    std::vector<Stage> stages = {{tr("encode the history"), 1.0}, {tr("score and pick"), restOpacity}};
    if (std::any_of(m_rows.begin(), m_rows.end(), [](const Row& row) { return row.decodeShare > 0; }))
        stages.insert(stages.begin() + 1, Stage{tr("spell"), decodeOpacity});
    for (const auto& [text, opacity] : stages) {
        painter.fillRect(QRectF(x, area.center().y() - 4, 9, 9), faded(palette.neutralLine, opacity));
        painter.setPen(palette.text2);
        const double width = painter.fontMetrics().horizontalAdvance(text);
        painter.drawText(QRectF(x + 14, area.top(), width + 2, area.height()), Qt::AlignLeft | Qt::AlignVCenter, text);
        x += width + 30;
    }
}

void StageBars::draw(QPainter& painter, const QRectF& area, const Palette& palette) const
{
    if (m_rows.empty())
        return;
    double y = area.top();
    // Rows that do not fit are left out, never drawn over each other; Enlarge shows them all.
    const auto fitting = static_cast<std::size_t>(std::max(0.0, area.height() / rowHeight() - 1));
    for (std::size_t i = 0; i < std::min(fitting, m_rows.size()); ++i, y += rowHeight())
        drawRow(painter, QRectF(area.left(), y, area.width(), rowHeight()), m_rows[i], palette);
    drawLegend(painter, QRectF(area.left(), y, area.width(), rowHeight()), palette);
}

bool StageBars::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return PaintedChart::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int index = help->pos().y() / std::max(1, rowHeight());
    if (index < 0 || index >= static_cast<int>(m_rows.size())) {
        QToolTip::hideText();
        return true;
    }
    const Row& row = m_rows[static_cast<std::size_t>(index)];
    QString text = tr("%1, %2: median %3 ms\nencode the history %4 ms (%5)")
                       .arg(row.run, row.path, latencyText(row.medianMs), latencyText(row.encodeMs()),
                           format::share(row.encodeShare, 0));
    if (row.decodeShare > 0)
        text += tr("\nspell the list %1 ms (%2)").arg(latencyText(row.decodeMs()), format::share(row.decodeShare, 0));
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

QString StageBars::csv() const
{
    QString text = QStringLiteral("run,path,p50_ms,encode_ms,decode_ms,score_ms,encode_share,decode_share\n");
    for (const Row& row : m_rows)
        text += QStringLiteral("%1,%2,%3,%4,%5,%6,%7,%8\n")
                    .arg(csvField(row.run), csvField(row.path), format::exact(row.medianMs),
                        format::exact(row.encodeMs()), format::exact(row.decodeMs()), format::exact(row.restMs()),
                        format::exact(row.encodeShare), format::exact(row.decodeShare));
    return text;
}

QString StageBars::spoken() const
{
    QStringList parts;
    for (const Row& row : m_rows)
        parts.push_back(tr("%1 %2: %3 ms, %4 in encoding")
                            .arg(row.run, row.path, latencyText(row.medianMs), format::share(row.encodeShare, 0)));
    return parts.join(QStringLiteral("; "));
}

} // namespace recoscope
