// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/split_bars.h"

#include <algorithm>
#include <cmath>

#include <QPainter>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int rowHeight = 22;
constexpr int barHeight = 13;
constexpr int legendHeight = 24;
constexpr int labelWidth = 128;
constexpr double smallestPart = 10.0;
constexpr double smallestBar = 60.0;

} // namespace

SplitBars::SplitBars(Theme& theme, const QString& name, int rows, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_rows(rows)
{
    setNames(this, name, tr("Split of some users"));
    connect(&theme, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

QSize SplitBars::sizeHint() const
{
    const int rows = std::max(1, static_cast<int>(m_examples.size()));
    return QSize(m_theme.scaled(320), m_theme.scaled(rows * rowHeight + legendHeight));
}

QSize SplitBars::minimumSizeHint() const
{
    return QSize(m_theme.scaled(220), sizeHint().height());
}

void SplitBars::setSplit(const SplitSummary& split)
{
    m_examples.clear();
    const std::size_t wanted = std::min(split.examples.size(), static_cast<std::size_t>(m_rows));
    for (std::size_t i = 0; i < wanted; ++i)
        m_examples.push_back(split.examples[wanted > 1 ? i * (split.examples.size() - 1) / (wanted - 1) : 0]);
    m_longest = 1;
    m_hasUnused = false;
    QStringList spoken;
    for (const SplitExample& one : m_examples) {
        m_longest = std::max(m_longest, one.events);
        m_hasUnused = m_hasUnused || one.train + one.valid + one.test < one.events;
        spoken << tr("user %1: %2 training events, %3 validation, %4 test")
                      .arg(one.user)
                      .arg(one.train)
                      .arg(one.valid)
                      .arg(one.test);
    }
    setAccessibleDescription(spoken.join(QStringLiteral("; ")));
    setToolTip(spoken.join(u'\n'));
    updateGeometry();
    update();
}

void SplitBars::paintBar(QPainter& painter, const QRectF& area, const SplitExample& example) const
{
    const Palette& palette = m_theme.palette();
    // Square roots: a bar of 2,000 events may stand beside one of 20 without hiding it.
    const double share = std::sqrt(static_cast<double>(example.events) / static_cast<double>(m_longest));
    const double width = std::max(smallestBar, area.width() * share);
    const double perEvent = width / static_cast<double>(std::max<qint64>(example.events, 1));
    const qint64 unused = example.events - example.train - example.valid - example.test;
    const auto target = [perEvent](qint64 events) {
        return events > 0 ? std::max(smallestPart, perEvent * static_cast<double>(events)) : 0.0;
    };
    const double rest = std::max(0.0, width - target(example.valid) - target(example.test));
    const double restPerEvent = rest / static_cast<double>(std::max<qint64>(example.train + unused, 1));
    double x = area.left();
    const auto part = [&](double wide, const QColor& fill, Qt::BrushStyle style) {
        if (wide <= 0)
            return;
        painter.setPen(QPen(palette.neutralLine, 1));
        painter.setBrush(QBrush(fill, style));
        painter.drawRect(QRectF(x + 0.5, area.top() + 0.5, wide - 3, area.height() - 1));
        x += wide;
    };
    part(restPerEvent * static_cast<double>(example.train), palette.neutralFill, Qt::SolidPattern);
    part(restPerEvent * static_cast<double>(unused), palette.neutralLine, Qt::BDiagPattern);
    part(target(example.valid), palette.neutralLine, Qt::SolidPattern);
    part(target(example.test), palette.accent, Qt::SolidPattern);
}

void SplitBars::paintLegend(QPainter& painter, const QRectF& area) const
{
    const Palette& palette = m_theme.palette();
    painter.setFont(m_theme.font(TextRole::Caption));
    double x = area.left();
    const auto entry = [&](const QColor& colour, Qt::BrushStyle style, const QString& text) {
        const double box = 9;
        painter.setPen(QPen(palette.neutralLine, 1));
        painter.setBrush(QBrush(colour, style));
        painter.drawRect(QRectF(x + 0.5, area.center().y() - box / 2, box, box));
        painter.setPen(palette.text2);
        x += box + 6;
        painter.drawText(QPointF(x, area.center().y() + painter.fontMetrics().ascent() / 2.0 - 1), text);
        x += painter.fontMetrics().horizontalAdvance(text) + 14;
    };
    entry(palette.neutralFill, Qt::SolidPattern, tr("train"));
    entry(palette.neutralLine, Qt::SolidPattern, tr("validation"));
    entry(palette.accent, Qt::SolidPattern, tr("test"));
    if (m_hasUnused)
        entry(palette.neutralLine, Qt::BDiagPattern, tr("in no part"));
}

void SplitBars::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double row = m_theme.scaled(rowHeight);
    const double label = m_theme.scaled(labelWidth);
    double y = 0;
    for (const SplitExample& example : m_examples) {
        painter.setFont(m_theme.font(TextRole::Caption));
        painter.setPen(m_theme.palette().text2);
        const QString text = tr("%1 · %2 events").arg(example.user, format::count(example.events));
        painter.drawText(QRectF(0, y, label - 8, row), Qt::AlignLeft | Qt::AlignVCenter,
            painter.fontMetrics().elidedText(text, Qt::ElideMiddle, static_cast<int>(label) - 8));
        const double bar = m_theme.scaled(barHeight);
        paintBar(painter, QRectF(label, y + (row - bar) / 2, width() - label - 2, bar), example);
        y += row;
    }
    if (!m_examples.empty())
        paintLegend(painter, QRectF(label, y, width() - label, m_theme.scaled(legendHeight)));
}

} // namespace recoscope
