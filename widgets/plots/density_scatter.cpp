// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/density_scatter.h"

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

constexpr int bins = 56;
constexpr double clickDistance = 4.0;

} // namespace

DensityScatter::DensityScatter(Theme& theme, const QString& title, const QString& name, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_title(title)
{
    setNames(this, name, title);
    setFocusPolicy(Qt::StrongFocus);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void DensityScatter::setData(DensityData data)
{
    m_data = std::move(data);
    m_scale = scaleOf(m_data.x, true);
    const Scale y = scaleOf(m_data.y, true);
    m_scale.low = 1.0;
    m_scale.high = std::max({m_scale.high, y.high, 2.0});
    m_selected.clear();
    m_outline.clear();
    m_pinned = -1;
    setAccessibleDescription(
        format::plural(static_cast<qint64>(m_data.x.size()), tr("%1 point; %2; %3"), tr("%1 points; %2; %3"))
            .arg(m_data.aboveText, m_data.belowText));
    update();
}

void DensityScatter::setPinned(int index)
{
    m_pinned = index;
    update();
}

void DensityScatter::clearSelection()
{
    if (m_selected.empty() && m_outline.isEmpty())
        return;
    m_selected.clear();
    m_outline.clear();
    emit selected({});
    update();
}

QRectF DensityScatter::area() const
{
    const double left = m_theme.scaled(38);
    const double top = m_theme.scaled(20);
    return QRectF(left, top, std::max(10.0, width() - left - 10), std::max(10.0, height() - top - m_theme.scaled(36)));
}

QPointF DensityScatter::toPixel(double x, double y) const
{
    const QRectF a = area();
    return QPointF(a.left() + m_scale.toUnit(x) * a.width(), a.top() + m_scale.toUnit(y) * a.height());
}

QPointF DensityScatter::pixelOf(int index) const
{
    const auto i = static_cast<std::size_t>(index);
    return toPixel(m_data.x[i], m_data.y[i]);
}

void DensityScatter::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    draw(painter, m_theme.palette());
    if (!m_drag.isEmpty()) {
        painter.setPen(QPen(m_theme.palette().focusMark, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolygon(m_drag);
    }
    if (hasFocus()) {
        painter.setPen(QPen(m_theme.palette().accent, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    }
}

void DensityScatter::draw(QPainter& painter, const Palette& palette)
{
    drawDensity(painter, palette);
    drawAxes(painter, palette);
    drawMarks(painter, palette);
}

void DensityScatter::drawDensity(QPainter& painter, const Palette& palette)
{
    std::vector<int> counts(bins * bins, 0);
    int largest = 0;
    const auto binOf = [this](double v) { return std::clamp(static_cast<int>(m_scale.toUnit(v) * bins), 0, bins - 1); };
    for (std::size_t i = 0; i < m_data.x.size(); ++i) {
        int& count = counts[static_cast<std::size_t>(binOf(m_data.y[i]) * bins + binOf(m_data.x[i]))];
        largest = std::max(largest, ++count);
    }
    if (largest == 0)
        return;
    QImage image(bins, bins, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    const auto& table = colourTable(ColourMap::Magnitude, palette.dark);
    for (int y = 0; y < bins; ++y) {
        for (int x = 0; x < bins; ++x) {
            const int count = counts[static_cast<std::size_t>(y * bins + x)];
            // The lowest fifth of the map is left out, so that one user is seen.
            if (count > 0)
                image.setPixel(
                    x, y, table[50 + static_cast<std::size_t>(205 * std::pow(double(count) / largest, 0.6))]);
        }
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(area(), image);
}

void DensityScatter::drawAxes(QPainter& painter, const Palette& palette) const
{
    const QRectF a = area();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette.border, 1));
    painter.drawLine(a.bottomLeft(), a.bottomRight());
    painter.drawLine(a.topLeft(), a.bottomLeft());
    QPen diagonal(palette.neutralLine, 1.2);
    diagonal.setDashPattern({4, 3});
    painter.setPen(diagonal);
    painter.drawLine(a.topLeft(), a.bottomRight());
    painter.setFont(m_theme.numberFont(TextRole::Caption));
    painter.setPen(palette.text2);
    for (const PlotTick& tick : m_scale.ticks(5)) {
        const QPointF at = toPixel(tick.value, tick.value);
        painter.drawText(
            QRectF(at.x() - 30, a.bottom() + 3, 60, 14), Qt::AlignHCenter | Qt::AlignTop | Qt::TextDontClip, tick.text);
        painter.drawText(
            QRectF(0, at.y() - 7, a.left() - 5, 14), Qt::AlignRight | Qt::AlignVCenter | Qt::TextDontClip, tick.text);
    }
    painter.setFont(m_theme.font(TextRole::Caption));
    painter.drawText(QRectF(a.left(), height() - m_theme.scaled(17), a.width(), 16),
        Qt::AlignRight | Qt::AlignVCenter | Qt::TextDontClip, tr("%1 (log)").arg(m_data.xName));
    painter.drawText(QRectF(0, 0, a.right(), 16), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip,
        tr("%1 (log)").arg(m_data.yName));
    QFont bold = m_theme.font(TextRole::Caption);
    bold.setWeight(QFont::DemiBold);
    painter.setFont(bold);
    painter.setPen(palette.run(1).text);
    painter.drawText(a.adjusted(4, 4, -4, -4), Qt::AlignRight | Qt::AlignTop, m_data.aboveText);
    painter.setPen(palette.run(0).text);
    painter.drawText(a.adjusted(4, 4, -4, -4), Qt::AlignLeft | Qt::AlignBottom, m_data.belowText);
}

void DensityScatter::drawMarks(QPainter& painter, const Palette& palette) const
{
    QFont bold = m_theme.font(TextRole::Caption);
    bold.setWeight(QFont::DemiBold);
    painter.setFont(bold);
    if (!m_outline.isEmpty()) {
        const QRectF a = area();
        QPolygonF pixels;
        for (const QPointF& unit : m_outline)
            pixels << QPointF(a.left() + unit.x() * a.width(), a.top() + unit.y() * a.height());
        painter.setPen(QPen(palette.focusMark, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolygon(pixels);
        painter.setPen(palette.text);
        painter.drawText(pixels.boundingRect().bottomLeft() + QPointF(4, -4),
            format::plural(static_cast<qint64>(m_selected.size()), tr("%1 user"), tr("%1 users")));
    }
    if (m_pinned >= 0 && m_pinned < static_cast<int>(m_data.x.size())) {
        const QPointF at = pixelOf(m_pinned);
        painter.setPen(QPen(palette.surface, 1.5));
        painter.setBrush(palette.focusMark);
        painter.drawEllipse(at, 4.5, 4.5);
        painter.setPen(palette.text);
        if (static_cast<std::size_t>(m_pinned) < m_data.names.size())
            painter.drawText(at + QPointF(8, 4), m_data.names[static_cast<std::size_t>(m_pinned)]);
    }
}

void DensityScatter::resizeEvent(QResizeEvent*)
{
    update();
}

void DensityScatter::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->position();
    m_lasso = event->modifiers() & Qt::AltModifier;
    m_drag.clear();
}

void DensityScatter::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_pressed)
        return;
    if (m_lasso)
        m_drag << event->position();
    else
        m_drag = QPolygonF(QRectF(*m_pressed, event->position()).normalized());
    update();
}

void DensityScatter::mouseReleaseEvent(QMouseEvent* event)
{
    if (!m_pressed)
        return;
    const double moved = (event->position() - *m_pressed).manhattanLength();
    m_pressed.reset();
    const QPolygonF drag = std::exchange(m_drag, {});
    if (moved < clickDistance && !m_lasso) {
        clearSelection();
        if (const int point = nearest(event->position()); point >= 0)
            emit pointClicked(point);
        return;
    }
    choose(drag);
}

int DensityScatter::nearest(const QPointF& pixel) const
{
    int best = -1;
    double distance = 64.0;
    for (std::size_t i = 0; i < m_data.x.size(); ++i) {
        const QPointF d = toPixel(m_data.x[i], m_data.y[i]) - pixel;
        if (QPointF::dotProduct(d, d) < distance) {
            distance = QPointF::dotProduct(d, d);
            best = static_cast<int>(i);
        }
    }
    return best;
}

void DensityScatter::choose(const QPolygonF& pixels)
{
    m_selected.clear();
    for (std::size_t i = 0; i < m_data.x.size(); ++i) {
        if (pixels.containsPoint(toPixel(m_data.x[i], m_data.y[i]), Qt::OddEvenFill))
            m_selected.push_back(static_cast<int>(i));
    }
    const QRectF a = area();
    m_outline.clear();
    for (const QPointF& p : pixels)
        m_outline << QPointF((p.x() - a.left()) / a.width(), (p.y() - a.top()) / a.height());
    emit selected(m_selected);
    update();
}

void DensityScatter::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape) {
        clearSelection();
        return;
    }
    const bool forward = event->key() == Qt::Key_Right || event->key() == Qt::Key_Down;
    const bool back = event->key() == Qt::Key_Left || event->key() == Qt::Key_Up;
    const int count = static_cast<int>(m_data.x.size());
    if ((forward || back) && count > 0) {
        setPinned(std::clamp(m_pinned + (forward ? 1 : -1), 0, count - 1));
        return;
    }
    if (event->key() == Qt::Key_Return && m_pinned >= 0) {
        emit pointClicked(m_pinned);
        return;
    }
    QWidget::keyPressEvent(event);
}

void DensityScatter::drawForExport(QPainter& painter)
{
    painter.fillRect(rect(), Palette::light().surface);
    draw(painter, Palette::light());
}

QString DensityScatter::csv() const
{
    QString text = QStringLiteral("name,") + csvField(m_data.xName) + u',' + csvField(m_data.yName)
        + QStringLiteral(",chosen\n");
    std::vector<bool> chosen(m_data.x.size(), false);
    for (const int i : m_selected)
        chosen[static_cast<std::size_t>(i)] = true;
    for (std::size_t i = 0; i < m_data.x.size(); ++i) {
        text += (i < m_data.names.size() ? csvField(m_data.names[i]) : QString::number(i)) + u','
            + format::exact(m_data.x[i]) + u',' + format::exact(m_data.y[i]) + u',' + (chosen[i] ? u'1' : u'0') + u'\n';
    }
    return text;
}

} // namespace recoscope
