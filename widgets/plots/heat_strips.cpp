// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/heat_strips.h"

#include <QKeyEvent>
#include <QMouseEvent>

#include <algorithm>
#include <cmath>

#include "widgets/core/formatting.h"

namespace recoscope {

HeatStrips::HeatStrips(Theme& theme, const QString& objectName, QWidget* parent)
    : PaintedChart(theme, objectName, parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void HeatStrips::setContent(Content content)
{
    if (content.titles != m_content.titles)
        m_pointed = -1;
    m_content = std::move(content);
    m_high = 0.0;
    for (const Strip& strip : m_content.strips)
        for (const double value : strip.values)
            if (std::isfinite(value))
                m_high = std::max(m_high, value);
    if (m_current >= strips())
        m_current = -1;
    updateGeometry();
    dataChanged();
}

void HeatStrips::setCurrent(int strip)
{
    if (strip == m_current)
        return;
    m_current = strip;
    dataChanged();
}

void HeatStrips::choose(int strip)
{
    if (strip < 0 || strip == m_current)
        return;
    setCurrent(strip);
    emit stripChosen(strip);
}

QString HeatStrips::readOut() const
{
    if (m_pointed < 0)
        return {};
    QString text = m_content.titles[static_cast<std::size_t>(m_pointed)] + u'\n'
        + tr("event %1").arg(m_content.first + m_pointed + 1);
    for (const Strip& strip : m_content.strips) {
        const double value = strip.values[static_cast<std::size_t>(m_pointed)];
        text += QStringLiteral("\n%1: %2").arg(strip.name, std::isfinite(value) ? m_content.text(value) : tr("masked"));
    }
    return text;
}

void HeatStrips::point(int event)
{
    if (event == m_pointed)
        return;
    m_pointed = event;
    dataChanged();
}

void HeatStrips::mouseMoveEvent(QMouseEvent* event)
{
    const Frame frame = frameOf(QRectF(rect()));
    if (events() == 0 || !frame.strips.contains(event->position())) {
        point(-1);
        return;
    }
    point(std::clamp(static_cast<int>((event->position().x() - frame.strips.left()) / frame.step), 0, events() - 1));
}

void HeatStrips::mousePressEvent(QMouseEvent* event)
{
    const Frame frame = frameOf(QRectF(rect()));
    const double y = event->position().y() - frame.strips.top();
    if (y >= 0 && y < frame.strips.height())
        choose(std::min(static_cast<int>(y / frame.rowHeight), strips() - 1));
}

void HeatStrips::leaveEvent(QEvent*)
{
    point(-1);
}

void HeatStrips::keyPressEvent(QKeyEvent* event)
{
    const int last = events() - 1;
    switch (event->key()) {
    case Qt::Key_Up: choose(std::max(0, m_current - 1)); break;
    case Qt::Key_Down: choose(std::min(strips() - 1, m_current + 1)); break;
    case Qt::Key_Left: point(m_pointed < 0 ? last : std::max(0, m_pointed - 1)); break;
    case Qt::Key_Right: point(std::min(last, m_pointed + 1)); break;
    case Qt::Key_Home: point(std::min(0, last)); break;
    case Qt::Key_End: point(last); break;
    case Qt::Key_Escape: point(-1); break;
    default: QWidget::keyPressEvent(event);
    }
}

QString HeatStrips::csv() const
{
    QString text = QStringLiteral("event,title");
    for (const Strip& strip : m_content.strips)
        text += u',' + csvField(strip.name);
    text += u'\n';
    for (int event = 0; event < events(); ++event) {
        const auto at = static_cast<std::size_t>(event);
        text += QString::number(m_content.first + event + 1) + u',' + csvField(m_content.titles[at]);
        for (const Strip& strip : m_content.strips)
            text += u',' + format::exact(strip.values[at]);
        text += u'\n';
    }
    return text;
}

QString HeatStrips::spoken() const
{
    if (m_pointed >= 0)
        return readOut().replace(u'\n', QStringLiteral(", "));
    QString text = tr("%n event(s).", nullptr, events());
    for (const Strip& strip : m_content.strips)
        text += u' ' + QStringLiteral("%1: %2.").arg(strip.name, strip.note);
    return text;
}

} // namespace recoscope
