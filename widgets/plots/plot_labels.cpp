// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_labels.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/plots/plot_colours.h"
#include "widgets/plots/plot_range.h"

namespace recoscope {

namespace {

constexpr double labelSpacing = 14.0;
constexpr double widestEndLabel = 0.26; // of the chart

} // namespace

void PlotLabels::clear()
{
    m_ends.clear();
    m_points.clear();
    m_avoided.clear();
    m_references.clear();
    m_uprights.clear();
    m_notes.clear();
}

QCPItemText* PlotLabels::addText(const QString& text, const QColor& colour, const Palette& palette, bool bold)
{
    auto* item = new QCPItemText(&m_plot);
    item->setText(text);
    QFont font = m_theme.font(TextRole::Caption);
    font.setWeight(bold ? QFont::DemiBold : QFont::Medium);
    item->setFont(font);
    item->setColor(colour);
    QColor halo = palette.surface;
    halo.setAlphaF(0.82F);
    item->setBrush(halo);
    item->setPadding(QMargins(2, 0, 2, 0));
    item->setClipToAxisRect(false);
    return item;
}

namespace {

// A long name must not squeeze the plot: what follows its last comma goes below it, and what is still too long is
// shortened. The read-out and the export give it whole.
QStringList fitted(const QString& name, const QFontMetricsF& metrics, double widest)
{
    QStringList lines{name};
    const qsizetype comma = name.lastIndexOf(QStringLiteral(", "));
    if (comma > 0 && metrics.horizontalAdvance(name) > widest)
        lines = {name.left(comma), name.mid(comma + 2)};
    for (QString& line : lines)
        line = metrics.elidedText(line, Qt::ElideMiddle, widest);
    return lines;
}

} // namespace

void PlotLabels::addEnds(const PlotModel& model, const Palette& palette)
{
    double width = 0;
    for (const PlotSeries& series : model.series) {
        if (series.name.isEmpty() || series.mark == PlotMark::Bars || series.mark == PlotMark::Points
            || !series.labels.empty())
            continue;
        const auto last = std::find_if(series.y.rbegin(), series.y.rend(), [](double y) { return std::isfinite(y); });
        if (last == series.y.rend())
            continue;
        const auto index = static_cast<std::size_t>(series.y.rend() - last) - 1;
        QCPItemText* item = addText(series.name, seriesColours(series, palette).text, palette, true);
        const QFontMetricsF metrics(item->font());
        const QStringList lines = fitted(series.name, metrics, std::max(60.0, m_plot.width() * widestEndLabel));
        item->setText(lines.join(u'\n'));
        item->setTextAlignment(Qt::AlignLeft);
        item->position->setType(QCPItemPosition::ptAbsolute);
        item->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
        m_ends.push_back({item, series.x[index], series.y[index], labelSpacing * static_cast<double>(lines.size())});
        for (const QString& line : lines)
            width = std::max(width, metrics.horizontalAdvance(line));
    }
    const int right = m_ends.empty() ? 12 : qRound(width) + 16;
    m_plot.axisRect()->setMinimumMargins(QMargins(8, 6, right, 4));
}

void PlotLabels::addPoints(const PlotSeries& series, const Palette& palette)
{
    for (std::size_t i = 0; i < series.labels.size() && i < series.x.size(); ++i) {
        if (!series.lowX.empty())
            m_avoided.emplace_back(series.lowX[i], series.y[i], series.highX[i], series.y[i]);
        if (!series.low.empty())
            m_avoided.emplace_back(series.x[i], series.low[i], series.x[i], series.high[i]);
        if (series.labels[i].isEmpty())
            continue;
        QCPItemText* text = addText(series.labels[i], seriesColours(series, palette).text, palette, true);
        text->position->setType(QCPItemPosition::ptAbsolute);
        text->setPadding(QMargins(2, 0, 2, 0));
        text->setBrush(Qt::NoBrush);
        const QFontMetricsF metrics(text->font());
        m_points.push_back({text, series.x[i], series.y[i],
            QSizeF(metrics.horizontalAdvance(series.labels[i]) + 4, metrics.height())});
    }
}

void PlotLabels::avoid(const PlotSeries& line)
{
    for (std::size_t i = 1; i < line.x.size(); ++i)
        m_avoided.emplace_back(line.x[i - 1], line.y[i - 1], line.x[i], line.y[i]);
}

void PlotLabels::addReference(const ReferenceLine& reference, const PlotModel& model, const Palette& palette)
{
    const bool vertical = reference.orientation == Qt::Vertical;
    if (vertical)
        m_uprights.push_back(reference.value);
    if (reference.text.isEmpty())
        return;
    QCPItemText* text = addText(reference.text, toneText(reference.tone, palette), palette, false);
    text->position->setTypeX(vertical ? QCPItemPosition::ptPlotCoords : QCPItemPosition::ptAxisRectRatio);
    text->position->setTypeY(vertical ? QCPItemPosition::ptAxisRectRatio : QCPItemPosition::ptPlotCoords);
    if (vertical) {
        // The n-th label of a chart stands n lines lower, so that labels of near lines do not cover each other.
        const auto index = &reference - model.references.data();
        text->position->setCoords(reference.value, 0.01 + referenceLabelRow * static_cast<double>(index));
        m_references.push_back({text, reference.labelLeft});
    } else {
        text->position->setCoords(1.0, reference.value);
        text->setPositionAlignment(Qt::AlignRight | (reference.labelBelow ? Qt::AlignTop : Qt::AlignBottom));
    }
    text->setTextAlignment(Qt::AlignLeft);
}

void PlotLabels::addNote(const PlotNote& note, const Palette& palette)
{
    if (note.text.isEmpty())
        return;
    QCPItemText* text = addText(note.text, toneText(note.tone, palette), palette, true);
    text->position->setCoords(note.at);
    text->setPadding(QMargins(9, 8, 9, 8));
    text->setBrush(Qt::NoBrush);
    m_notes.push_back({text, note.text});
}

void PlotLabels::place()
{
    placeEnds();
    placePoints();
    placeReferences();
    for (const Note& note : m_notes)
        placeNote(note);
}

void PlotLabels::placeEnds()
{
    std::sort(m_ends.begin(), m_ends.end(),
        [this](const EndLabel& a, const EndLabel& b) { return toPixel(a.x, a.y).y() < toPixel(b.x, b.y).y(); });
    const QRectF area = this->area();
    std::vector<double> places;
    double free = -1e9;
    for (const EndLabel& label : m_ends) {
        // A plot squeezed to nothing has its bottom above its top.
        const double y = std::clamp(toPixel(label.x, label.y).y(), area.top(), std::max(area.top(), area.bottom()));
        places.push_back(std::max(y, free + label.height / 2));
        free = places.back() + label.height / 2;
    }
    // Labels pushed out at the bottom push the others up again.
    double lowest = area.bottom() + labelSpacing / 2;
    for (std::size_t i = places.size(); i-- > 0;) {
        places[i] = std::min(places[i], lowest - m_ends[i].height / 2);
        lowest = places[i] - m_ends[i].height / 2;
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
        const double x = toPixel(m_ends[i].x, m_ends[i].y).x();
        m_ends[i].item->position->setPixelPosition(QPointF(std::min(x, area.right()) + 6, places[i]));
    }
}

// Error bars, lines that are avoided and vertical reference lines.
std::vector<QRectF> PlotLabels::obstacles() const
{
    std::vector<QRectF> taken;
    for (const QLineF& bar : m_avoided)
        taken.push_back(
            QRectF(toPixel(bar.x1(), bar.y1()), toPixel(bar.x2(), bar.y2())).normalized().adjusted(-1, -1, 1, 1));
    const QRectF area = this->area();
    for (const double value : m_uprights)
        taken.emplace_back(m_plot.xAxis->coordToPixel(value) - 1, area.top(), 2, area.height());
    return taken;
}

// Corners of a label in the order in which they are tried: right of its point, left, above, below, then on both sides
// of each vertical reference line, the nearest first.
std::vector<QPointF> PlotLabels::placesOf(const PointLabel& label) const
{
    const QPointF at = toPixel(label.x, label.y);
    const double w = label.size.width();
    const double h = label.size.height();
    std::vector<QPointF> places{QPointF(at.x() + 8, at.y() - h / 2), QPointF(at.x() - 8 - w, at.y() - h / 2),
        QPointF(at.x() + 6, at.y() - h - 5), QPointF(at.x() + 6, at.y() + 5), QPointF(at.x() - 6 - w, at.y() - h - 5),
        QPointF(at.x() - 6 - w, at.y() + 5)};
    std::vector<double> lines;
    for (const double value : m_uprights)
        lines.push_back(m_plot.xAxis->coordToPixel(value));
    std::sort(
        lines.begin(), lines.end(), [&](double a, double b) { return std::abs(a - at.x()) < std::abs(b - at.x()); });
    for (const double x : lines) {
        places.emplace_back(x + 6, at.y() - h / 2);
        places.emplace_back(x - 6 - w, at.y() - h / 2);
    }
    return places;
}

// Beside the point there is no room: whole within the plot, in the nearest line that is free right of the point or
// around it; right of it where none is.
QPointF PlotLabels::nearestLine(const PointLabel& label, const std::function<bool(const QPointF&)>& fits) const
{
    const QRectF area = this->area();
    const QPointF at = toPixel(label.x, label.y);
    const double w = label.size.width();
    const double h = label.size.height();
    const auto within = [&](double x) { return std::max(area.left(), std::min(x, area.right() - w)); };
    const double middle = at.y() - h / 2, beside = within(at.x() + 8), around = within(at.x() - w / 2);
    for (int line = 0; line * h < area.height(); ++line)
        for (const QPointF& corner : {QPointF(beside, middle + line * h), QPointF(beside, middle - line * h),
                 QPointF(around, middle + line * h), QPointF(around, middle - line * h)})
            if (fits(corner))
                return corner;
    return {beside, middle};
}

// The first place that lies in the plot and covers no other label and no obstacle.
void PlotLabels::placePoints()
{
    const QRectF area = this->area();
    std::vector<QRectF> taken = obstacles();
    for (const PointLabel& label : m_points) {
        const std::vector<QPointF> places = placesOf(label);
        const auto fits = [&](const QPointF& corner) {
            const QRectF rect(corner, label.size);
            return area.contains(rect) && std::none_of(taken.begin(), taken.end(), [&](const QRectF& other) {
                return other.intersects(rect);
            });
        };
        const auto found = std::find_if(places.begin(), places.end(), fits);
        const QPointF corner = found == places.end() ? nearestLine(label, fits) : *found;
        taken.emplace_back(corner, label.size);
        label.item->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
        label.item->position->setPixelPosition(corner);
    }
}

// On the wished side of its line, or on the other one where only that has room for it.
void PlotLabels::placeReferences()
{
    const QRectF area = this->area();
    for (const ReferenceLabel& label : m_references) {
        const double at = m_plot.xAxis->coordToPixel(label.item->position->key());
        const double width = QFontMetricsF(label.item->font()).horizontalAdvance(label.item->text()) + 4;
        const bool fitsLeft = at - width >= area.left(), fitsRight = at + width <= area.right();
        const bool left = fitsLeft == fitsRight ? label.left : fitsLeft;
        label.item->setPositionAlignment((left ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignTop);
    }
}

// The first corner of its point where it covers neither a line nor another text; else where it fits; shortened where
// nothing has room.
void PlotLabels::placeNote(const Note& note)
{
    const QPointF at = toPixel(note.item->position->key(), note.item->position->value());
    const QMargins around = note.item->padding();
    const QFontMetricsF metrics(note.item->font());
    const QSizeF size(metrics.horizontalAdvance(note.text) + around.left() + around.right(),
        metrics.height() + around.top() + around.bottom());
    static const std::array<Qt::Alignment, 4> corners{Qt::AlignLeft | Qt::AlignTop, Qt::AlignLeft | Qt::AlignBottom,
        Qt::AlignRight | Qt::AlignBottom, Qt::AlignRight | Qt::AlignTop};
    const auto wordsAt = [&](Qt::Alignment corner) {
        const QPointF topLeft(corner & Qt::AlignLeft ? at.x() : at.x() - size.width(),
            corner & Qt::AlignTop ? at.y() : at.y() - size.height());
        return QRectF(topLeft, size).marginsRemoved(QMarginsF(around)).adjusted(-3, -1, 3, 1);
    };
    const auto fits = [&](Qt::Alignment corner) { return area().contains(wordsAt(corner)); };
    const auto isFree = [&](Qt::Alignment corner) { return fits(corner) && !isCovered(wordsAt(corner), note.item); };
    const auto* found = std::find_if(corners.begin(), corners.end(), isFree);
    if (found == corners.end())
        found = std::find_if(corners.begin(), corners.end(), fits);
    if (found != corners.end()) {
        note.item->setText(note.text);
        note.item->setPositionAlignment(*found);
        return;
    }
    const double right = area().right() - at.x(), left = at.x() - area().left(), room = std::max(left, right);
    note.item->setText(metrics.elidedText(note.text, Qt::ElideMiddle, room - around.left() - around.right() + 1));
    note.item->setPositionAlignment((left > right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignTop);
}

// By a line of a series or by another text.
bool PlotLabels::isCovered(const QRectF& rect, const QCPItemText* except) const
{
    const QLineF down(rect.topLeft(), rect.bottomRight()), up(rect.bottomLeft(), rect.topRight());
    for (int index = 0; index < m_plot.graphCount(); ++index) {
        const QCPGraph& graph = *m_plot.graph(index);
        if (graph.lineStyle() == QCPGraph::lsNone || graph.pen().style() == Qt::NoPen)
            continue;
        QPointF before;
        for (int i = 0; i < graph.dataCount(); ++i) {
            const QPointF now = toPixel(graph.dataMainKey(i), graph.dataMainValue(i));
            if (rect.contains(now))
                return true;
            // A line that crosses a rectangle crosses one of its diagonals.
            if (i > 0
                && (QLineF(before, now).intersects(down) == QLineF::BoundedIntersection
                    || QLineF(before, now).intersects(up) == QLineF::BoundedIntersection))
                return true;
            before = now;
        }
    }
    for (int index = 0; index < m_plot.itemCount(); ++index) {
        const auto* text = qobject_cast<const QCPItemText*>(m_plot.item(index));
        if (text && text != except
            && QRectF(text->topLeft->pixelPosition(), text->bottomRight->pixelPosition()).intersects(rect))
            return true;
    }
    return false;
}

QPointF PlotLabels::toPixel(double x, double y) const
{
    return {m_plot.xAxis->coordToPixel(x), m_plot.yAxis->coordToPixel(y)};
}

} // namespace recoscope
