// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/unit_disk.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "widgets/core/formatting.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/read_out.h"

namespace recoscope {

namespace {

constexpr double dotSize = 8.0;
constexpr double markSize = 15.0;
constexpr double channelReach = 11.0;
constexpr double diskRoom = 18.0; // for the names beside the circle
constexpr double memoryBarRoom = 28.0;
constexpr double memoryBarWidth = 90.0;
constexpr double memoryBarHeight = 10.0;
constexpr double palest = 0.3; // of the colour map: its first colours do not stand out from the ground
constexpr double nearAxis = 20.0; // degrees
constexpr double firstName = 129; // degrees: where the names of rings are looked for first
constexpr double nameStep = 4;

QRectF around(const QPointF& centre, double size)
{
    return QRectF(centre.x() - size / 2, centre.y() - size / 2, size, size);
}

} // namespace

UnitDisk::UnitDisk(Theme& theme, const QString& objectName, QWidget* parent)
    : PaintedChart(theme, objectName, parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void UnitDisk::setDisk(std::vector<Dot> dots, std::vector<Ring> rings, double longest)
{
    m_dots = std::move(dots);
    m_rings = std::move(rings);
    m_scale.high = std::max(longest, 10.0);
    m_current = m_hovered = -1;
    dataChanged();
}

void UnitDisk::setCurrent(int dot)
{
    if (dot == m_current)
        return;
    m_current = dot;
    dataChanged();
}

void UnitDisk::choose(int dot)
{
    if (dot < 0 || dot == m_current)
        return;
    setCurrent(dot);
    emit dotChosen(dot);
}

void UnitDisk::setHovered(int dot)
{
    if (dot == m_hovered)
        return;
    m_hovered = dot;
    update();
}

UnitDisk::Frame UnitDisk::frameOf(const QRectF& area) const
{
    const double room = theme().scaled(qRound(diskRoom));
    const double height = area.height() - theme().scaled(qRound(memoryBarRoom)) - room;
    const double radius = std::max(20.0, std::min(area.width() / 2 - room - 8, height / 2 - 2));
    return {QPointF(area.center().x(), area.top() + room + radius), radius};
}

QColor UnitDisk::colourOf(double memory, const Palette& palette) const
{
    const double unit = std::isfinite(memory) ? std::clamp(m_scale.toUnit(std::max(memory, 1.0)), 0.0, 1.0) : 1.0;
    const auto& table = colourTable(ColourMap::Magnitude, palette.dark);
    return QColor(table[static_cast<std::size_t>(qRound((palest + (1 - palest) * unit) * 255))]);
}

QPoint UnitDisk::dotPosition(int dot) const
{
    return frameOf(QRectF(rect())).at(m_dots[static_cast<std::size_t>(dot)].at).toPoint();
}

QString UnitDisk::readOut() const
{
    const int dot = m_hovered >= 0 ? m_hovered : m_current;
    return dot < 0 ? QString() : m_dots[static_cast<std::size_t>(dot)].text;
}

void UnitDisk::draw(QPainter& painter, const QRectF& area, const Palette& palette) const
{
    const Frame frame = frameOf(area);
    drawGround(painter, frame, palette);
    drawRings(painter, frame, palette);
    drawDots(painter, frame, palette);
    drawRingNames(painter, frame, palette);
    drawCurrent(painter, frame, palette);
    drawBar(painter, area, palette);
    drawWords(painter, frame, palette);
}

void UnitDisk::drawGround(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    painter.setPen(QPen(palette.border, 1));
    painter.setBrush(palette.sunk);
    painter.drawEllipse(frame.centre, frame.radius, frame.radius);
    painter.setPen(QPen(palette.line, 1));
    painter.drawLine(frame.at(-1.0), frame.at(1.0));
    painter.drawLine(frame.at({0, -1}), frame.at({0, 1}));
    painter.setFont(theme().font(TextRole::Caption));
    painter.setPen(palette.text2);
    const double line = painter.fontMetrics().height();
    const double side = diskRoom * 2;
    const QPointF top = frame.at({0, 1}), right = frame.at(1.0), left = frame.at(-1.0);
    painter.drawText(QRectF(top.x() - side / 2, top.y() - line, side, line), Qt::AlignCenter, QStringLiteral("i"));
    painter.drawText(
        QRectF(right.x() + 6, right.y() - line, side, line), Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("1"));
    painter.drawText(QRectF(left.x() - 6 - side, left.y() - line / 2, side, line), Qt::AlignRight | Qt::AlignVCenter,
        format::number(-1, 0));
}

void UnitDisk::drawRings(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    QPen pen(palette.border, 1);
    pen.setDashPattern({3, 3});
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    for (const Ring& ring : m_rings)
        painter.drawEllipse(frame.centre, ring.radius * frame.radius, ring.radius * frame.radius);
}

std::ptrdiff_t UnitDisk::dotsWithin(const Frame& frame, const QRectF& box) const
{
    const QRectF room = box.adjusted(-dotSize / 2, -dotSize / 2, dotSize / 2, dotSize / 2);
    return std::count_if(m_dots.begin(), m_dots.end(),
        [&](const Dot& dot) { return room.contains(frame.at(dot.at)) || room.contains(frame.at(std::conj(dot.at))); });
}

// Each on its ring, where it covers the fewest dots and no other name.
void UnitDisk::drawRingNames(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    painter.setFont(theme().font(TextRole::Caption));
    const QFontMetrics metrics = painter.fontMetrics();
    QColor halo = palette.sunk;
    halo.setAlphaF(0.85F);
    std::vector<QRectF> names;
    for (const Ring& ring : m_rings) {
        QRectF best;
        std::ptrdiff_t fewest = -1;
        for (double degrees = firstName; degrees < firstName + 180 && fewest != 0; degrees += nameStep) {
            QRectF label(QPointF(), QSizeF(metrics.horizontalAdvance(ring.text) + 6, metrics.height()));
            label.moveCenter(frame.at(std::polar(ring.radius, degrees * std::numbers::pi / 180.0)));
            const std::ptrdiff_t covered = dotsWithin(frame, label);
            const bool onAxisName = std::abs(degrees - 180.0) < nearAxis; // "−1" stands there
            const bool onOther
                = std::any_of(names.begin(), names.end(), [&](const QRectF& name) { return name.intersects(label); });
            if (onAxisName || onOther || (fewest >= 0 && covered >= fewest))
                continue;
            fewest = covered;
            best = label;
        }
        if (best.isNull())
            continue; // no room for it
        names.push_back(best);
        painter.fillRect(best, halo);
        painter.setPen(palette.text);
        painter.drawText(best, Qt::AlignCenter, ring.text);
    }
}

void UnitDisk::drawDots(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    painter.setPen(QPen(palette.surface, 1));
    for (const Dot& dot : m_dots) {
        painter.setBrush(colourOf(dot.memory, palette));
        painter.drawEllipse(around(frame.at(dot.at), dotSize));
        painter.drawEllipse(around(frame.at(std::conj(dot.at)), dotSize));
    }
}

void UnitDisk::drawCurrent(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    painter.setBrush(Qt::NoBrush);
    for (const int dot : {m_current, m_hovered}) {
        if (dot < 0)
            continue;
        const std::complex<double> at = m_dots[static_cast<std::size_t>(dot)].at;
        QPen pen(palette.focusMark, 2);
        painter.setPen(pen);
        painter.drawEllipse(around(frame.at(at), markSize));
        pen.setWidthF(1.2);
        pen.setDashPattern({2, 2});
        painter.setPen(pen);
        painter.drawEllipse(around(frame.at(std::conj(at)), markSize));
    }
}

void UnitDisk::drawBar(QPainter& painter, const QRectF& area, const Palette& palette) const
{
    painter.setFont(theme().font(TextRole::Caption));
    const QFontMetrics metrics = painter.fontMetrics();
    const QString name = tr("memory, events (log)"), low = QStringLiteral("1"), high = format::compact(m_scale.high);
    const double width = theme().scaled(qRound(memoryBarWidth)), height = theme().scaled(qRound(memoryBarHeight));
    const double whole = metrics.horizontalAdvance(name) + metrics.horizontalAdvance(low)
        + metrics.horizontalAdvance(high) + width + 26;
    const double y = area.bottom() - metrics.height() / 2.0 - 2;
    double x = std::max(area.left(), area.center().x() - whole / 2);
    const auto text = [&](const QString& words, const QColor& colour, double gap) {
        const double advance = metrics.horizontalAdvance(words) + 1;
        painter.setPen(colour);
        painter.drawText(
            QRectF(x, y - metrics.height() / 2.0, advance, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter, words);
        x += advance + gap;
    };
    text(name, palette.text2, 10);
    text(low, palette.text, 6);
    const QRectF bar(x, y - height / 2, width, height);
    QLinearGradient gradient(bar.topLeft(), bar.topRight());
    constexpr int stops = 8;
    for (int i = 0; i <= stops; ++i)
        gradient.setColorAt(
            static_cast<double>(i) / stops, colourOf(m_scale.fromUnit(static_cast<double>(i) / stops), palette));
    painter.setPen(QPen(palette.border, 1));
    painter.setBrush(gradient);
    painter.drawRect(bar);
    x = bar.right() + 6;
    text(high, palette.text, 0);
}

void UnitDisk::drawWords(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    const QString text = readOut();
    if (text.isEmpty())
        return;
    // Inside the circle, where it covers the fewest dots.
    const QSize size = readOutSize(theme(), text);
    const double r = frame.radius;
    QRect best;
    std::ptrdiff_t fewest = -1;
    for (const QPointF& place : {QPointF(-0.28, 0.34), QPointF(0, 0.1), QPointF(0.28, 0.34), QPointF(0, -0.1),
             QPointF(-0.1, -0.34), QPointF(0.28, -0.34)}) {
        QRect box(QPoint(), size);
        box.moveCenter((frame.centre + place * r).toPoint());
        const std::ptrdiff_t covered = dotsWithin(frame, QRectF(box));
        if (fewest >= 0 && covered >= fewest)
            continue;
        fewest = covered;
        best = box;
    }
    drawReadOut(painter, theme(), palette, best, text);
}

int UnitDisk::dotAt(const QPointF& pixel) const
{
    const Frame frame = frameOf(QRectF(rect()));
    int nearest = -1;
    double least = channelReach * channelReach;
    for (std::size_t i = 0; i < m_dots.size(); ++i) {
        for (const std::complex<double> at : {m_dots[i].at, std::conj(m_dots[i].at)}) {
            const QPointF away = frame.at(at) - pixel;
            const double distance = QPointF::dotProduct(away, away);
            if (distance >= least)
                continue;
            least = distance;
            nearest = static_cast<int>(i);
        }
    }
    return nearest;
}

void UnitDisk::mouseMoveEvent(QMouseEvent* event)
{
    setHovered(dotAt(event->position()));
}

void UnitDisk::mousePressEvent(QMouseEvent* event)
{
    choose(dotAt(event->position()));
}

void UnitDisk::leaveEvent(QEvent*)
{
    setHovered(-1);
}

void UnitDisk::keyPressEvent(QKeyEvent* event)
{
    const int last = static_cast<int>(m_dots.size()) - 1;
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Up: choose(std::max(0, m_current - 1)); break;
    case Qt::Key_Right:
    case Qt::Key_Down: choose(std::min(last, m_current + 1)); break;
    case Qt::Key_Home: choose(0); break;
    case Qt::Key_End: choose(last); break;
    default: QWidget::keyPressEvent(event);
    }
}

QString UnitDisk::csv() const
{
    QString text = QStringLiteral("channel,real,imaginary,magnitude,phase_degrees,memory_events\n");
    const auto number = [](double value) { return QString::number(value, 'g', 9); };
    for (std::size_t i = 0; i < m_dots.size(); ++i) {
        const std::complex<double> at = m_dots[i].at;
        const QStringList cells{QString::number(i + 1), number(at.real()), number(at.imag()), number(std::abs(at)),
            number(std::arg(at) * 180.0 / std::numbers::pi), number(m_dots[i].memory)};
        text += cells.join(u',') + u'\n';
    }
    return text;
}

QString UnitDisk::spoken() const
{
    const QString chosen = m_current < 0 ? QString() : m_dots[static_cast<std::size_t>(m_current)].text;
    return tr("%n channel(s) in the unit disk.", nullptr, static_cast<int>(m_dots.size())) + u' '
        + QString(chosen).replace(u'\n', QStringLiteral(", "));
}

} // namespace recoscope
