// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/event_bars.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

#include "widgets/frame/run_shapes.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/heat_map_sizes.h"
#include "widgets/plots/read_out.h"

namespace recoscope {

namespace {

constexpr int nameWidth = 158; // of which the scale takes
constexpr int scaleWidth = 52;
constexpr int narrowestBar = 26;
constexpr int widestBar = 44;
constexpr int rowGap = 12;
constexpr int leastRow = 34; // name and caption
constexpr int usualRow = 58;
constexpr int topRoom = 4;
constexpr int eventsPerNotch = 3;
constexpr int numberLine = 22; // below the rows
constexpr double finestOutline = 4.0; // bars that are narrower have none
constexpr int wheelStep = 120; // one notch, eighths of a degree

} // namespace

EventBars::EventBars(Theme& theme, const QString& objectName, QWidget* parent)
    : PaintedChart(theme, objectName, parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void EventBars::setRows(std::vector<QString> titles, std::vector<Row> rows)
{
    const bool sameAxis = titles == m_titles;
    m_titles = std::move(titles);
    m_rows = std::move(rows);
    if (!sameAxis) {
        m_pointed = -1;
        m_first = std::max(0, events() - shownEvents());
    }
    updateGeometry();
    dataChanged();
    emit rangeChanged();
}

void EventBars::setNumbered(int first)
{
    m_firstNumber = first;
    m_first = std::max(0, events() - shownEvents());
    dataChanged();
}

int EventBars::roomForTitles() const
{
    return (width() - theme().scaled(nameWidth)) / theme().scaled(narrowestBar);
}

int EventBars::shownEvents() const
{
    return std::clamp(isNumbered() ? events() : roomForTitles(), 1, std::max(1, events()));
}

EventBars::Frame EventBars::frameOf(const QRectF& area) const
{
    Frame frame;
    const double left = theme().scaled(nameWidth);
    const double below = theme().scaled(isNumbered() ? numberLine : heat_sizes::labelBelow);
    frame.step = std::min((area.width() - left - 2) / shownEvents(), static_cast<double>(theme().scaled(widestBar)));
    frame.plot = QRectF(area.left() + left, area.top() + topRoom, frame.step * shownEvents(),
        std::max(20.0, area.height() - below - topRoom));
    frame.rowHeight = frame.plot.height() / std::max<std::size_t>(1, m_rows.size());
    return frame;
}

EventBars::Range EventBars::rangeOf(const Row& row)
{
    Range range;
    for (const double value : row.values) {
        if (!std::isfinite(value))
            continue;
        range.low = std::min(range.low, value);
        range.high = std::max(range.high, value);
    }
    return range;
}

bool EventBars::isOutlined(int event) const
{
    return std::any_of(m_rows.begin(), m_rows.end(), [event](const Row& row) {
        return std::find(row.outlined.begin(), row.outlined.end(), event) != row.outlined.end();
    });
}

void EventBars::draw(QPainter& painter, const QRectF& area, const Palette& palette) const
{
    if (m_titles.empty() || m_rows.empty())
        return;
    const Frame frame = frameOf(area);
    for (int row = 0; row < static_cast<int>(m_rows.size()); ++row) {
        drawName(painter, frame, row, palette);
        drawRow(painter, frame, row, palette);
    }
    if (isNumbered())
        drawNumbers(painter, frame, palette);
    else
        drawTitles(painter, frame, palette);
    drawPointed(painter, frame, palette);
}

void EventBars::drawName(QPainter& painter, const Frame& frame, int row, const Palette& palette) const
{
    const Row& shown = m_rows[static_cast<std::size_t>(row)];
    const double top = frame.plot.top() + row * frame.rowHeight;
    const int mark = 9;
    const double left = shown.slot >= 0 ? mark + 8 : 0;
    const double width = theme().scaled(nameWidth - scaleWidth) - left;
    painter.setFont(boldOf(theme().font(TextRole::Secondary)));
    const double line = painter.fontMetrics().height();
    if (shown.slot >= 0)
        drawRunShape(painter, shown.slot, QPointF(1 + mark / 2.0, top + line / 2), mark, palette.run(shown.slot).mark);
    painter.setPen(palette.text);
    drawElided(painter, QRectF(left, top, width, line), Qt::AlignLeft, shown.name);
    painter.setFont(theme().font(TextRole::Caption));
    painter.setPen(palette.text2);
    const double small = painter.fontMetrics().height();
    drawElided(painter, QRectF(left, top + line, width, small), Qt::AlignLeft, shown.caption);
    // The ends of the scale.
    const Range range = rangeOf(shown);
    const double right = frame.plot.left() - 6, wide = theme().scaled(scaleWidth);
    const auto end = [&](double y, double value) {
        if (value != 0.0)
            drawElided(painter, QRectF(right - wide, y, wide, small), Qt::AlignRight, shown.text(value));
    };
    painter.setFont(theme().numberFont(TextRole::Caption));
    end(top - 2, range.high);
    end(top + frame.rowHeight - rowGap - small + 2, range.low);
}

void EventBars::drawRow(QPainter& painter, const Frame& frame, int row, const Palette& palette) const
{
    const Row& shown = m_rows[static_cast<std::size_t>(row)];
    const Range range = rangeOf(shown);
    const double span = range.high - range.low;
    const double top = frame.plot.top() + row * frame.rowHeight;
    const double height = std::max(8.0, frame.rowHeight - rowGap);
    const double zero = span > 0 ? top + height * range.high / span : top + height;
    const RunColours colours = palette.run(shown.slot);
    const double gap = frame.step > 8 ? 2 : 0;
    for (int i = 0; i < shownEvents(); ++i) {
        const auto event = static_cast<std::size_t>(m_first + i);
        const double value = shown.values[event];
        if (!std::isfinite(value) || span <= 0)
            continue;
        const double length = std::max(1.0, height * std::abs(value) / span);
        const QRectF bar(
            frame.plot.left() + i * frame.step + gap / 2, value >= 0 ? zero - length : zero, frame.step - gap, length);
        painter.fillRect(bar, shown.slot >= 0 ? colours.mark : palette.neutralFill);
        const bool outlined
            = std::find(shown.outlined.begin(), shown.outlined.end(), m_first + i) != shown.outlined.end();
        if (!outlined && (shown.slot >= 0 || frame.step < finestOutline))
            continue;
        painter.setPen(outlined ? QPen(palette.focusMark, 2) : QPen(palette.neutralLine, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(outlined ? bar.adjusted(-1, -1, 1, 1) : bar);
    }
    painter.setPen(QPen(palette.border, 1));
    painter.drawLine(QPointF(frame.plot.left(), zero), QPointF(frame.plot.right(), zero));
}

void EventBars::drawTitles(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    const QFont font = theme().font(TextRole::Caption);
    painter.setPen(palette.text);
    for (int i = 0; i < shownEvents(); ++i) {
        const int event = m_first + i;
        painter.setFont(isOutlined(event) || event == m_pointed ? boldOf(font) : font);
        drawSlantedTitle(painter, QPointF(frame.plot.left() + (i + 0.6) * frame.step, frame.plot.bottom() - 4),
            theme().scaled(heat_sizes::columnLabel), m_titles[static_cast<std::size_t>(event)]);
    }
}

void EventBars::drawNumbers(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    painter.setFont(theme().numberFont(TextRole::Caption));
    painter.setPen(palette.text2);
    const double wide = 1.5 * painter.fontMetrics().horizontalAdvance(QString::number(m_firstNumber + events()));
    const int labels = std::max(2, static_cast<int>(frame.plot.width() / (2 * wide)));
    for (int label = 0; label < labels; ++label) {
        const int event = label * (events() - 1) / (labels - 1);
        const double centre = frame.plot.left() + (event + 0.5) * frame.step;
        const double left = std::clamp(centre - wide / 2, frame.plot.left() - wide / 2, width() - wide);
        drawElided(painter, QRectF(left, frame.plot.bottom() - rowGap + 4, wide, painter.fontMetrics().height()),
            Qt::AlignHCenter, QString::number(m_firstNumber + event));
    }
}

void EventBars::drawPointed(QPainter& painter, const Frame& frame, const Palette& palette) const
{
    const QString text = readOut();
    if (text.isEmpty())
        return;
    const QRectF column(frame.plot.left() + (m_pointed - m_first) * frame.step, frame.plot.top() - 2, frame.step,
        frame.plot.height() - rowGap + 4);
    painter.setPen(QPen(palette.focusMark, 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(column);
    QRect box(QPoint(), readOutSize(theme(), text));
    box.moveTopLeft(QPointF(column.right() + 8, column.top()).toPoint());
    if (box.right() > width())
        box.moveRight(static_cast<int>(column.left()) - 8);
    box.moveTop(std::clamp(box.top(), 0, std::max(0, height() - box.height())));
    drawReadOut(painter, theme(), palette, box, text);
}

QString EventBars::readOut() const
{
    if (m_pointed < 0)
        return {};
    QString text = m_titles[static_cast<std::size_t>(m_pointed)] + u'\n'
        + (isNumbered() ? tr("event %1").arg(m_firstNumber + m_pointed)
                        : tr("event %1 of %2").arg(m_pointed + 1).arg(events()));
    for (const Row& row : m_rows) {
        const double value = row.values[static_cast<std::size_t>(m_pointed)];
        if (std::isfinite(value))
            text += QStringLiteral("\n%1: %2").arg(row.name, row.text(value));
    }
    return text;
}

QRectF EventBars::barColumn(int event) const
{
    const Frame frame = frameOf(QRectF(rect()));
    return QRectF(
        frame.plot.left() + (event - m_first) * frame.step, frame.plot.top(), frame.step, frame.plot.height());
}

int EventBars::eventAt(const QPointF& pixel) const
{
    const Frame frame = frameOf(QRectF(rect()));
    if (m_titles.empty() || !frame.plot.contains(pixel))
        return -1;
    return m_first + std::min(static_cast<int>((pixel.x() - frame.plot.left()) / frame.step), shownEvents() - 1);
}

void EventBars::scrollTo(int first)
{
    const int bounded = std::clamp(first, 0, std::max(0, events() - shownEvents()));
    if (bounded == m_first)
        return;
    m_first = bounded;
    if (m_pointed < m_first || m_pointed >= m_first + shownEvents())
        m_pointed = -1;
    dataChanged();
    emit rangeChanged();
}

void EventBars::point(int event)
{
    if (event >= 0)
        scrollTo(std::clamp(m_first, event - shownEvents() + 1, event));
    if (event == m_pointed)
        return;
    m_pointed = event;
    dataChanged();
}

void EventBars::resizeEvent(QResizeEvent*)
{
    // The newest events stay where they are seen.
    const int first = std::max(0, events() - shownEvents());
    if (first != m_first) {
        m_first = first;
        emit rangeChanged();
    }
}

void EventBars::mouseMoveEvent(QMouseEvent* event)
{
    point(eventAt(event->position()));
}

void EventBars::leaveEvent(QEvent*)
{
    point(-1);
}

void EventBars::wheelEvent(QWheelEvent* event)
{
    if (shownEvents() >= events()) {
        event->ignore(); // the page scrolls
        return;
    }
    const QPoint turned = event->angleDelta();
    m_wheel += turned.y() != 0 ? turned.y() : turned.x();
    scrollTo(m_first - m_wheel / wheelStep * eventsPerNotch);
    m_wheel %= wheelStep;
    event->accept();
}

void EventBars::keyPressEvent(QKeyEvent* event)
{
    const int last = events() - 1;
    const int from = m_pointed < 0 ? m_first + shownEvents() : m_pointed;
    switch (event->key()) {
    case Qt::Key_Left: point(std::clamp(from - 1, 0, last)); break;
    case Qt::Key_Right: point(std::min(from + 1, last)); break;
    case Qt::Key_PageUp: scrollTo(m_first - shownEvents()); break;
    case Qt::Key_PageDown: scrollTo(m_first + shownEvents()); break;
    case Qt::Key_Home: scrollTo(0); break;
    case Qt::Key_End: scrollTo(events()); break;
    case Qt::Key_Escape: point(-1); break;
    default: QWidget::keyPressEvent(event);
    }
}

QString EventBars::csv() const
{
    QString text = QStringLiteral("event,title");
    for (const Row& row : m_rows)
        text += u',' + csvField(row.name);
    text += u'\n';
    for (int i = 0; i < (m_titles.empty() ? 0 : shownEvents()); ++i) {
        const auto event = static_cast<std::size_t>(m_first + i);
        text += QString::number((isNumbered() ? m_firstNumber : 1) + m_first + i) + u',' + csvField(m_titles[event]);
        for (const Row& row : m_rows)
            text += u',' + (std::isfinite(row.values[event]) ? QString::number(row.values[event], 'g', 9) : QString());
        text += u'\n';
    }
    return text;
}

QString EventBars::spoken() const
{
    if (m_pointed >= 0)
        return readOut().replace(u'\n', QStringLiteral(", "));
    QStringList names;
    for (const Row& row : m_rows)
        names << QStringLiteral("%1 (%2)").arg(row.name, row.caption);
    return tr("%n event(s): ", nullptr, events()) + names.join(QStringLiteral(", "));
}

QSize EventBars::sizeHint() const
{
    const int rows = static_cast<int>(std::max<std::size_t>(1, m_rows.size()));
    return {700, theme().scaled(rows * usualRow + heat_sizes::labelBelow) + topRoom};
}

QSize EventBars::minimumSizeHint() const
{
    const int rows = static_cast<int>(std::max<std::size_t>(1, m_rows.size()));
    return {240, theme().scaled(rows * leastRow + heat_sizes::labelBelow) + topRoom};
}

} // namespace recoscope
