// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/parallel_coordinates.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr double grabDistance = 14.0;
constexpr double keyStep = 0.05;
constexpr double sideMargin = 70.0;
constexpr double nameGap = 10.0;
constexpr double widestTick = 96.0;

Scale axisScale(const ParallelAxis& axis, const std::vector<ParallelLine>& lines, std::size_t index)
{
    if (!axis.categories.empty())
        return {-0.5, static_cast<double>(axis.categories.size()) - 0.5, false};
    std::vector<double> values;
    for (const ParallelLine& line : lines)
        values.push_back(line.values[index]);
    return scaleOf(values, axis.log);
}

} // namespace

ParallelCoordinates::ParallelCoordinates(Theme& theme, const QString& title, const QString& name, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_title(title)
{
    setNames(this, name, title);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    connect(&theme, &Theme::changed, this, [this] {
        m_cache = QPixmap();
        update();
    });
}

void ParallelCoordinates::setData(std::vector<ParallelAxis> axes, std::vector<ParallelLine> lines)
{
    m_lines = std::move(lines);
    const std::vector<Axis> before = std::move(m_axes);
    m_axes.clear();
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const auto same = std::find_if(before.begin(), before.end(), [&](const Axis& axis) {
            return axis.what.name == axes[i].name && axis.what.categories == axes[i].categories;
        });
        m_axes.push_back({axes[i], axisScale(axes[i], m_lines, i), same == before.end() ? std::nullopt : same->brush});
    }
    m_keyAxis = 0;
    m_cache = QPixmap();
    setAccessibleDescription(tr("%1 lines").arg(m_lines.size()));
    update();
}

QRectF ParallelCoordinates::area() const
{
    const double top = m_theme.scaled(namesStaggered() ? 42 : 26);
    return QRectF(sideMargin, top, std::max(10.0, width() - 2 * sideMargin), std::max(10.0, height() - top - 10.0));
}

double ParallelCoordinates::spacing() const
{
    const double gaps = std::max(1.0, static_cast<double>(m_axes.size()) - 1.0);
    return std::max(10.0, width() - 2 * sideMargin) / gaps;
}

QString ParallelCoordinates::nameOf(const Axis& axis) const
{
    return axis.what.log ? tr("%1 (log)").arg(axis.what.name) : axis.what.name;
}

QFont ParallelCoordinates::nameFont() const
{
    QFont bold = m_theme.font(TextRole::Caption);
    bold.setWeight(QFont::DemiBold);
    return bold;
}

bool ParallelCoordinates::namesStaggered() const
{
    const QFontMetricsF metrics(nameFont());
    return std::any_of(m_axes.begin(), m_axes.end(),
        [&](const Axis& axis) { return metrics.horizontalAdvance(nameOf(axis)) + nameGap > spacing(); });
}

QRectF ParallelCoordinates::nameRect(int index) const
{
    // Staggered names share the width of two axes; at the ends they may not leave the picture.
    const double half = (spacing() * (namesStaggered() ? 2 : 1) - nameGap) / 2;
    const double x = axisX(index);
    const double least = std::min({half, x, width() - x});
    const double y = namesStaggered() && index % 2 == 1 ? m_theme.scaled(17) : 0;
    return {x - least, y, 2 * least, static_cast<double>(m_theme.scaled(16))};
}

int ParallelCoordinates::axisX(int axis) const
{
    const QRectF a = area();
    const int gaps = std::max(1, static_cast<int>(m_axes.size()) - 1);
    return qRound(a.left() + a.width() * axis / gaps);
}

double ParallelCoordinates::yOf(const Axis& axis, double value) const
{
    return area().bottom() - axis.scale.toUnit(value) * area().height();
}

double ParallelCoordinates::valueAt(const Axis& axis, double y) const
{
    const double unit = (area().bottom() - y) / area().height();
    // The ends exactly: rounding may not put the best or the worst line outside of a brush that reaches them.
    return unit >= 1.0 ? axis.scale.high : unit <= 0.0 ? axis.scale.low : axis.scale.fromUnit(unit);
}

bool ParallelCoordinates::isInside(const ParallelLine& line) const
{
    for (std::size_t i = 0; i < m_axes.size(); ++i) {
        const auto& brush = m_axes[i].brush;
        const double v = line.values[i];
        if (brush && !(std::isfinite(v) && v >= brush->first && v <= brush->second))
            return false;
    }
    return true;
}

std::vector<int> ParallelCoordinates::brushedLines() const
{
    std::vector<int> inside;
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        if (isInside(m_lines[i]))
            inside.push_back(static_cast<int>(i));
    }
    return inside;
}

void ParallelCoordinates::setBrush(int axis, std::optional<std::pair<double, double>> range)
{
    m_axes[static_cast<std::size_t>(axis)].brush = range;
    changed();
}

void ParallelCoordinates::clearBrushes()
{
    for (Axis& axis : m_axes)
        axis.brush.reset();
    changed();
}

void ParallelCoordinates::changed()
{
    m_cache = QPixmap();
    emit brushed(brushedLines());
    update();
}

QPolygonF ParallelCoordinates::polyline(const ParallelLine& line, std::size_t from, std::size_t* end) const
{
    QPolygonF points;
    std::size_t i = from;
    for (; i < m_axes.size() && std::isfinite(line.values[i]); ++i)
        points << QPointF(axisX(static_cast<int>(i)), yOf(m_axes[i], line.values[i]));
    *end = std::max(i, from + 1);
    return points;
}

void ParallelCoordinates::drawLine(QPainter& painter, const ParallelLine& line) const
{
    for (std::size_t i = 0; i < m_axes.size();) {
        const QPolygonF points = polyline(line, i, &i);
        if (points.size() == 1)
            painter.drawEllipse(points.front(), 2, 2);
        else
            painter.drawPolyline(points);
    }
}

void ParallelCoordinates::draw(QPainter& painter, const Palette& palette) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette.line, 1));
    for (const ParallelLine& line : m_lines) {
        if (!isInside(line))
            drawLine(painter, line);
    }
    // Runs in slots are drawn over the neutral ones.
    for (const bool slotted : {false, true}) {
        for (const ParallelLine& line : m_lines) {
            if (!isInside(line) || (line.slot >= 0) != slotted)
                continue;
            QColor colour = palette.run(line.slot).mark;
            if (!slotted && m_lines.size() > 40)
                colour.setAlphaF(0.45F);
            painter.setPen(QPen(colour, slotted ? 2.2 : 1.2));
            drawLine(painter, line);
        }
    }
    for (int i = 0; i < static_cast<int>(m_axes.size()); ++i)
        drawAxis(painter, palette, i);
}

void ParallelCoordinates::drawAxis(QPainter& painter, const Palette& palette, int index) const
{
    const Axis& axis = m_axes[static_cast<std::size_t>(index)];
    const QRectF a = area();
    const int x = axisX(index);
    painter.setPen(QPen(palette.border, 1));
    painter.drawLine(QPointF(x, a.top()), QPointF(x, a.bottom()));
    painter.setFont(nameFont());
    painter.setPen(palette.text);
    const QRectF name = nameRect(index);
    painter.drawText(
        name, Qt::AlignCenter, painter.fontMetrics().elidedText(nameOf(axis), Qt::ElideRight, qRound(name.width())));
    drawTicks(painter, palette, index);
    if (axis.brush) {
        const double top = yOf(axis, axis.brush->second);
        const QRectF bar(x - 5, top, 10, yOf(axis, axis.brush->first) - top);
        QColor fill = palette.focusSoft;
        fill.setAlphaF(0.8F);
        painter.setPen(QPen(palette.focusMark, 1.5));
        painter.setBrush(fill);
        painter.drawRect(bar);
        painter.setBrush(Qt::NoBrush);
    }
}

void ParallelCoordinates::drawTicks(QPainter& painter, const Palette& palette, int index) const
{
    const Axis& axis = m_axes[static_cast<std::size_t>(index)];
    std::vector<PlotTick> ticks = axis.what.categories.empty() ? axis.scale.ticks(4) : std::vector<PlotTick>();
    for (std::size_t i = 0; i < axis.what.categories.size(); ++i)
        ticks.push_back({static_cast<double>(i), axis.what.categories[i]});
    painter.setFont(m_theme.numberFont(TextRole::Caption));
    const double lineHeight = painter.fontMetrics().height();
    const double room = index == 0 ? axisX(0) : spacing();
    QColor halo = palette.surface;
    halo.setAlphaF(0.8F);
    double lastY = std::numeric_limits<double>::infinity();
    for (const PlotTick& tick : ticks) {
        const double y = yOf(axis, tick.value);
        if (lastY - y < lineHeight)
            continue; // too many categories to name all of them
        lastY = y;
        const QString text
            = painter.fontMetrics().elidedText(tick.text, Qt::ElideRight, qRound(std::min(room - 14, widestTick)));
        const double textWidth = painter.fontMetrics().horizontalAdvance(text);
        const QRectF place(axisX(index) - 6 - textWidth, y - lineHeight / 2, textWidth, lineHeight);
        painter.fillRect(place.adjusted(-2, 0, 1, 0), halo);
        painter.setPen(palette.text2);
        painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter, text);
    }
}

void ParallelCoordinates::paintEvent(QPaintEvent*)
{
    const double ratio = devicePixelRatioF();
    if (m_cache.isNull()) {
        m_cache = QPixmap(size() * ratio);
        m_cache.setDevicePixelRatio(ratio);
        m_cache.fill(Qt::transparent);
        QPainter painter(&m_cache);
        draw(painter, m_theme.palette());
    }
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_cache);
    if (hasFocus() && !m_axes.empty()) {
        painter.setPen(QPen(m_theme.palette().accent, 2));
        painter.drawRoundedRect(QRectF(axisX(m_keyAxis) - 9, area().top() - 2, 18, area().height() + 4), 3, 3);
    }
}

void ParallelCoordinates::resizeEvent(QResizeEvent*)
{
    m_cache = QPixmap();
}

int ParallelCoordinates::axisNear(double x) const
{
    for (int i = 0; i < static_cast<int>(m_axes.size()); ++i) {
        if (std::fabs(axisX(i) - x) <= grabDistance)
            return i;
    }
    return -1;
}

int ParallelCoordinates::lineNear(const QPointF& at) const
{
    for (int i = 0; i + 1 < static_cast<int>(m_axes.size()); ++i) {
        const double x0 = axisX(i);
        const double x1 = axisX(i + 1);
        if (at.x() < x0 || at.x() > x1)
            continue;
        const double t = (at.x() - x0) / (x1 - x0);
        const auto a = static_cast<std::size_t>(i);
        for (std::size_t l = 0; l < m_lines.size(); ++l) {
            const double y
                = (1 - t) * yOf(m_axes[a], m_lines[l].values[a]) + t * yOf(m_axes[a + 1], m_lines[l].values[a + 1]);
            if (std::fabs(y - at.y()) < 4 && isInside(m_lines[l]))
                return static_cast<int>(l);
        }
    }
    return -1;
}

void ParallelCoordinates::mousePressEvent(QMouseEvent* event)
{
    m_dragAxis = axisNear(event->position().x());
    m_dragStart = event->position().y();
    if (m_dragAxis < 0) {
        if (const int line = lineNear(event->position()); line >= 0)
            emit lineClicked(line);
    }
}

void ParallelCoordinates::mouseMoveEvent(QMouseEvent* event)
{
    if (m_dragAxis < 0) {
        const int line = lineNear(event->position());
        setToolTip(line < 0 ? QString() : m_lines[static_cast<std::size_t>(line)].name);
        return;
    }
    Axis& axis = m_axes[static_cast<std::size_t>(m_dragAxis)];
    const auto [low, high] = std::minmax({valueAt(axis, m_dragStart), valueAt(axis, event->position().y())});
    axis.brush = {low, high};
    changed();
}

void ParallelCoordinates::mouseReleaseEvent(QMouseEvent* event)
{
    if (m_dragAxis >= 0 && std::fabs(event->position().y() - m_dragStart) < 3)
        setBrush(m_dragAxis, std::nullopt);
    m_dragAxis = -1;
}

void ParallelCoordinates::keyPressEvent(QKeyEvent* event)
{
    if (m_axes.empty()) {
        QWidget::keyPressEvent(event);
        return;
    }
    Axis& axis = m_axes[static_cast<std::size_t>(m_keyAxis)];
    const auto narrow = [&](double lowStep, double highStep) {
        const auto range = axis.brush.value_or(std::pair(axis.scale.low, axis.scale.high));
        const double low = std::clamp(axis.scale.toUnit(range.first) + lowStep, 0.0, 1.0);
        const double high = std::clamp(axis.scale.toUnit(range.second) + highStep, low, 1.0);
        setBrush(m_keyAxis, std::pair(axis.scale.fromUnit(low), axis.scale.fromUnit(high)));
    };
    const bool shift = event->modifiers() & Qt::ShiftModifier;
    switch (event->key()) {
    case Qt::Key_Left: m_keyAxis = std::max(0, m_keyAxis - 1); break;
    case Qt::Key_Right: m_keyAxis = std::min(static_cast<int>(m_axes.size()) - 1, m_keyAxis + 1); break;
    // Up and down move the lower end of the brush, with Shift the upper end.
    case Qt::Key_Up: shift ? narrow(0, keyStep) : narrow(keyStep, 0); break;
    case Qt::Key_Down: shift ? narrow(0, -keyStep) : narrow(-keyStep, 0); break;
    case Qt::Key_Escape: clearBrushes(); break;
    default: QWidget::keyPressEvent(event); return;
    }
    update();
}

void ParallelCoordinates::drawForExport(QPainter& painter)
{
    painter.fillRect(rect(), Palette::light().surface);
    draw(painter, Palette::light());
}

QString ParallelCoordinates::csv() const
{
    QString text = QStringLiteral("name");
    for (const Axis& axis : m_axes)
        text += u',' + csvField(axis.what.name);
    text += u'\n';
    for (const int index : brushedLines()) {
        const ParallelLine& line = m_lines[static_cast<std::size_t>(index)];
        text += csvField(line.name);
        for (std::size_t i = 0; i < m_axes.size(); ++i) {
            const double v = line.values[i];
            const auto& categories = m_axes[i].what.categories;
            text += u','
                + (categories.empty() || !std::isfinite(v) ? format::exact(v)
                                                           : csvField(categories[static_cast<std::size_t>(v)]));
        }
        text += u'\n';
    }
    return text;
}

} // namespace recoscope
