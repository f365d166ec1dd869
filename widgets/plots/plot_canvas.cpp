// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_canvas.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/plots/plot_range.h"
#include "widgets/plots/plot_ticks.h"

namespace recoscope {

namespace {

constexpr double lineWidth = 2.0;
constexpr double referenceWidth = 1.2;
constexpr double bandOpacity = 0.16;
constexpr double pointSize = 7.0;
constexpr double labelSpacing = 14.0;
constexpr double widestEndLabel = 0.26; // of the chart

QColor toneColour(PlotTone tone, const Palette& palette)
{
    switch (tone) {
    case PlotTone::Accent: return palette.accent;
    case PlotTone::Focus: return palette.focusMark;
    case PlotTone::Neutral: break;
    }
    return palette.neutralLine;
}

QColor toneText(PlotTone tone, const Palette& palette)
{
    switch (tone) {
    case PlotTone::Accent: return palette.accentText;
    case PlotTone::Focus: return palette.focusText;
    case PlotTone::Neutral: break;
    }
    return palette.text;
}

RunColours seriesColours(const PlotSeries& series, const Palette& palette)
{
    if (series.slot >= 0 || series.tone == PlotTone::Neutral)
        return palette.run(series.slot);
    return {toneColour(series.tone, palette), toneText(series.tone, palette)};
}

QPen linePen(const PlotSeries& series, const Palette& palette)
{
    QPen pen(seriesColours(series, palette).mark, series.dashed ? referenceWidth : lineWidth);
    pen.setCapStyle(Qt::FlatCap);
    pen.setJoinStyle(Qt::RoundJoin);
    const std::vector<double> dashes = series.dashed ? std::vector<double>{4, 3}
        : series.solid                               ? std::vector<double>{}
                                                     : runDashes(series.slot);
    if (!dashes.empty()) {
        // Dash lengths of the palette are logical pixels; Qt counts in pen widths.
        QList<qreal> pattern;
        for (const double dash : dashes)
            pattern.append(dash / pen.widthF());
        pen.setDashPattern(pattern);
    }
    return pen;
}

QCPScatterStyle scatterStyle(const PlotSeries& series, const Palette& palette)
{
    static constexpr std::array shapes{QCPScatterStyle::ssCircle, QCPScatterStyle::ssSquare,
        QCPScatterStyle::ssTriangle, QCPScatterStyle::ssDiamond, QCPScatterStyle::ssTriangleInverted,
        QCPScatterStyle::ssCircle};
    const QColor colour = seriesColours(series, palette).mark;
    const auto shape = static_cast<std::size_t>(runShape(series.slot));
    return QCPScatterStyle(shapes[shape], QPen(palette.surface, 1), QBrush(colour), pointSize + (shape > 1 ? 2 : 0));
}

QVector<double> toVector(const std::vector<double>& values)
{
    return QVector<double>(values.begin(), values.end());
}

} // namespace

PlotCanvas::PlotCanvas(Theme& theme, QWidget* parent)
    : QCustomPlot(parent)
    , m_theme(theme)
    , m_xName(new QCPTextElement(this))
    , m_yName(new QCPTextElement(this))
{
    setAutoAddPlottableToLegend(false);
    setInteractions(QCP::iNone);
    setFocusPolicy(Qt::NoFocus);
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setNoAntialiasingOnDrag(true);
    plotLayout()->insertRow(0);
    plotLayout()->addElement(0, 0, m_yName);
    plotLayout()->addElement(2, 0, m_xName);
    plotLayout()->setRowSpacing(2);
    m_yName->setTextFlags(Qt::AlignLeft | Qt::AlignVCenter);
    m_xName->setTextFlags(Qt::AlignRight | Qt::AlignVCenter);
    for (QCPTextElement* element : {m_yName, m_xName})
        element->setMargins(QMargins(0, 0, 0, 0));
    axisRect()->setMinimumMargins(QMargins(8, 4, 8, 4));
    connect(this, &QCustomPlot::afterLayout, this, &PlotCanvas::placeEndLabels);
    connect(this, &QCustomPlot::afterLayout, this, &PlotCanvas::placePointLabels);
    connect(this, &QCustomPlot::afterLayout, this, &PlotCanvas::placeReferenceLabels);
    connect(this, &QCustomPlot::afterLayout, this, &PlotCanvas::placeNotes);
}

void PlotCanvas::show(const PlotModel& model, const Palette& palette, bool keepView)
{
    const QCPRange x = xAxis->range();
    const QCPRange y = yAxis->range();
    clearItems();
    clearPlottables();
    m_endLabels.clear();
    m_pointLabels.clear();
    m_errorBars.clear();
    m_referenceLabels.clear();
    m_notes.clear();
    styleAxes(model, palette);
    auto* group = new QCPBarsGroup(this);
    for (const PlotSeries& series : model.series)
        addSeries(series, palette, group);
    for (const ReferenceLine& reference : model.references)
        addReference(reference, model, palette);
    for (const PlotNote& note : model.notes)
        addNote(note, palette);
    addEndLabels(model, palette);
    if (keepView && m_hasView) {
        xAxis->setRange(x);
        yAxis->setRange(y);
    } else {
        resetView(model);
    }
    m_hasView = true;
    replot(QCustomPlot::rpQueuedReplot);
}

void PlotCanvas::resetView(const PlotModel& model)
{
    xAxis->setRange(dataRange(model, Qt::Horizontal));
    yAxis->setRange(dataRange(model, Qt::Vertical));
}

void PlotCanvas::styleAxes(const PlotModel& model, const Palette& palette)
{
    setBackground(QBrush(palette.surface));
    const QFont font = m_theme.numberFont(TextRole::Caption);
    const bool empty
        = std::all_of(model.series.begin(), model.series.end(), [](const PlotSeries& s) { return s.x.empty(); });
    const auto style = [&](QCPAxis* axis, const PlotAxis& wanted, bool isX) {
        axis->setTickLabels(!empty);
        axis->setTicks(!empty);
        axis->setScaleType(wanted.log ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
        axis->setRangeReversed(wanted.inverted);
        axis->setTicker(tickerFor(wanted, axis));
        axis->setTickLabelFont(font);
        axis->setTickLabelColor(palette.text2);
        axis->setBasePen(isX ? QPen(palette.border, 1) : Qt::NoPen);
        axis->setTickPen(isX ? QPen(palette.border, 1) : Qt::NoPen);
        axis->setTickLength(0, isX ? 4 : 0);
        axis->setSubTicks(false);
        axis->setTickLabelPadding(5);
        axis->grid()->setVisible(!isX && !empty);
        axis->grid()->setPen(QPen(palette.grid, 1));
        axis->grid()->setZeroLinePen(QPen(palette.grid, 1));
    };
    style(xAxis, model.x, true);
    style(yAxis, model.y, false);
    const auto name = [&](QCPTextElement* element, const PlotAxis& axis) {
        const QString text = axis.log && !axis.name.isEmpty() ? tr("%1 (log)").arg(axis.name) : axis.name;
        element->setText(text);
        element->setFont(m_theme.font(TextRole::Caption));
        element->setTextColor(palette.text2);
        element->setVisible(!text.isEmpty());
        element->setMinimumSize(0, text.isEmpty() ? 0 : m_theme.scaled(16));
        element->setMaximumSize(QWIDGETSIZE_MAX, text.isEmpty() ? 0 : m_theme.scaled(16));
    };
    name(m_xName, model.x);
    name(m_yName, model.y);
}

void PlotCanvas::addSeries(const PlotSeries& series, const Palette& palette, QCPBarsGroup* bars)
{
    if (series.mark == PlotMark::Bars) {
        addBars(series, palette, bars);
        return;
    }
    if (!series.low.empty() && !series.capped)
        addBand(series, palette);
    addLine(series, palette);
    if (!series.labels.empty())
        addPointLabels(series, palette);
}

void PlotCanvas::addLine(const PlotSeries& series, const Palette& palette)
{
    // A curve for points, whose x need not ascend; a graph (with adaptive sampling) for lines.
    QCPGraph* line = addGraph();
    const bool points = series.mark == PlotMark::Points || (series.mark == PlotMark::LinePoints && !series.joined);
    line->setData(toVector(series.x), toVector(series.y), !points);
    line->setPen(points ? QPen(Qt::NoPen) : linePen(series, palette));
    line->setLineStyle(points                ? QCPGraph::lsNone
            : series.mark == PlotMark::Steps ? QCPGraph::lsStepLeft
                                             : QCPGraph::lsLine);
    if (series.mark == PlotMark::Points || series.mark == PlotMark::LinePoints)
        line->setScatterStyle(scatterStyle(series, palette));
    if (series.capped)
        addErrorBars(series, palette, line);
}

void PlotCanvas::addBand(const PlotSeries& series, const Palette& palette)
{
    QCPGraph* low = addGraph();
    QCPGraph* high = addGraph();
    QColor fill = seriesColours(series, palette).mark;
    fill.setAlphaF(static_cast<float>(bandOpacity));
    low->setPen(Qt::NoPen);
    high->setPen(Qt::NoPen);
    high->setBrush(fill);
    low->setData(toVector(series.x), toVector(series.low), true);
    high->setData(toVector(series.x), toVector(series.high), true);
    high->setChannelFillGraph(low);
}

void PlotCanvas::addBars(const PlotSeries& series, const Palette& palette, QCPBarsGroup* group)
{
    auto* bars = new QCPBars(xAxis, yAxis);
    const double step = series.x.size() > 1 ? series.x[1] - series.x[0] : 1.0;
    bars->setWidth(step * series.barWidth);
    bars->setBarsGroup(series.slot >= 0 ? group : nullptr);
    bars->setAntialiased(false);
    if (series.slot >= 0 || series.tone != PlotTone::Neutral) {
        bars->setPen(Qt::NoPen);
        bars->setBrush(seriesColours(series, palette).mark);
    } else {
        bars->setPen(QPen(palette.neutralLine, 1));
        bars->setBrush(palette.neutralFill);
    }
    bars->setData(toVector(series.x), toVector(series.y), true);
    if (!series.low.empty())
        addErrorBars(series, palette, bars);
}

void PlotCanvas::addErrorBars(const PlotSeries& series, const Palette& palette, QCPAbstractPlottable* plottable)
{
    const auto add = [&](const std::vector<double>& low, const std::vector<double>& high,
                         const std::vector<double>& centre, QCPErrorBars::ErrorType type) {
        if (low.empty())
            return;
        auto* bars = new QCPErrorBars(xAxis, yAxis);
        bars->setErrorType(type);
        bars->setDataPlottable(plottable);
        bars->setWhiskerWidth(7);
        bars->setSymbolGap(0);
        bars->setPen(QPen(seriesColours(series, palette).mark, 1.4));
        QVector<double> minus;
        QVector<double> plus;
        for (std::size_t i = 0; i < low.size(); ++i) {
            minus.append(centre[i] - low[i]);
            plus.append(high[i] - centre[i]);
        }
        bars->setData(minus, plus);
    };
    add(series.low, series.high, series.y, QCPErrorBars::etValueError);
    add(series.lowX, series.highX, series.x, QCPErrorBars::etKeyError);
}

QCPItemText* PlotCanvas::addText(const QString& text, const QColor& colour, const Palette& palette, bool bold)
{
    auto* item = new QCPItemText(this);
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

void PlotCanvas::addReference(const ReferenceLine& reference, const PlotModel& model, const Palette& palette)
{
    const bool vertical = reference.orientation == Qt::Vertical;
    auto* line = new QCPItemStraightLine(this);
    QPen pen(toneColour(reference.tone, palette), referenceWidth);
    pen.setDashPattern({4, 3});
    line->setPen(pen);
    for (QCPItemPosition* point : {line->point1, line->point2}) {
        point->setTypeX(vertical ? QCPItemPosition::ptPlotCoords : QCPItemPosition::ptAxisRectRatio);
        point->setTypeY(vertical ? QCPItemPosition::ptAxisRectRatio : QCPItemPosition::ptPlotCoords);
    }
    line->point1->setCoords(vertical ? QPointF(reference.value, 0) : QPointF(0, reference.value));
    line->point2->setCoords(vertical ? QPointF(reference.value, 1) : QPointF(1, reference.value));
    if (reference.text.isEmpty())
        return;
    QCPItemText* text = addText(reference.text, toneText(reference.tone, palette), palette, false);
    text->position->setTypeX(line->point1->typeX());
    text->position->setTypeY(line->point1->typeY());
    if (vertical) {
        // The n-th label of a chart stands n lines lower, so that labels of near lines do not cover each other.
        const auto index = &reference - model.references.data();
        text->position->setCoords(reference.value, 0.01 + referenceLabelRow * static_cast<double>(index));
        m_referenceLabels.push_back({text, reference.labelLeft});
    } else {
        text->position->setCoords(1.0, reference.value);
        text->setPositionAlignment(Qt::AlignRight | (reference.labelBelow ? Qt::AlignTop : Qt::AlignBottom));
    }
    text->setTextAlignment(Qt::AlignLeft);
}

void PlotCanvas::addNote(const PlotNote& note, const Palette& palette)
{
    if (note.dot) {
        QCPGraph* dot = addGraph();
        dot->setLineStyle(QCPGraph::lsNone);
        dot->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(palette.surface, 1.5),
            QBrush(toneColour(note.tone, palette)), pointSize + 2));
        dot->setData({note.at.x()}, {note.at.y()}, true);
    }
    if (note.text.isEmpty())
        return;
    QCPItemText* text = addText(note.text, toneText(note.tone, palette), palette, true);
    text->position->setCoords(note.at);
    text->setPadding(QMargins(9, 8, 9, 8));
    text->setBrush(Qt::NoBrush);
    m_notes.push_back({text, note.text});
}

// Right of its point, or left of it where only that side has room; shortened where neither has.
void PlotCanvas::placeNotes()
{
    const QRectF area = plotArea();
    for (const Note& note : m_notes) {
        const double at = xAxis->coordToPixel(note.item->position->key());
        const QMargins around = note.item->padding();
        const QFontMetricsF metrics(note.item->font());
        const double padding = around.left() + around.right(), width = metrics.horizontalAdvance(note.text) + padding;
        const double right = area.right() - at, left = at - area.left();
        const bool toLeft = width > right && left > right;
        note.item->setText(metrics.elidedText(note.text, Qt::ElideMiddle, (toLeft ? left : right) - padding + 1));
        note.item->setPositionAlignment((toLeft ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignTop);
    }
}

// On the wished side of its line, or on the other one where only that has room for it.
void PlotCanvas::placeReferenceLabels()
{
    const QRectF area = plotArea();
    for (const ReferenceLabel& label : m_referenceLabels) {
        const double at = xAxis->coordToPixel(label.item->position->key());
        const double width = QFontMetricsF(label.item->font()).horizontalAdvance(label.item->text()) + 4;
        const bool fitsLeft = at - width >= area.left(), fitsRight = at + width <= area.right();
        const bool left = fitsLeft == fitsRight ? label.left : fitsLeft;
        label.item->setPositionAlignment((left ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignTop);
    }
}

void PlotCanvas::addPointLabels(const PlotSeries& series, const Palette& palette)
{
    for (std::size_t i = 0; i < series.labels.size() && i < series.x.size(); ++i) {
        if (!series.lowX.empty())
            m_errorBars.emplace_back(series.lowX[i], series.y[i], series.highX[i], series.y[i]);
        if (!series.low.empty())
            m_errorBars.emplace_back(series.x[i], series.low[i], series.x[i], series.high[i]);
        if (series.labels[i].isEmpty())
            continue;
        QCPItemText* text = addText(series.labels[i], seriesColours(series, palette).text, palette, true);
        text->position->setType(QCPItemPosition::ptAbsolute);
        text->setPadding(QMargins(2, 0, 2, 0));
        text->setBrush(Qt::NoBrush);
        const QFontMetricsF metrics(text->font());
        m_pointLabels.push_back({text, series.x[i], series.y[i],
            QSizeF(metrics.horizontalAdvance(series.labels[i]) + 4, metrics.height())});
    }
}

// Right of the point, else left, above or below it: the first place that lies in the plot and covers no other label and
// no error bar.
void PlotCanvas::placePointLabels()
{
    const QRectF area = plotArea();
    std::vector<QRectF> taken;
    for (const QLineF& bar : m_errorBars)
        taken.push_back(
            QRectF(toPixel(bar.x1(), bar.y1()), toPixel(bar.x2(), bar.y2())).normalized().adjusted(-1, -1, 1, 1));
    for (const PointLabel& label : m_pointLabels) {
        const QPointF at = toPixel(label.x, label.y);
        const double w = label.size.width();
        const double h = label.size.height();
        const std::array places{QPointF(at.x() + 8, at.y() - h / 2), QPointF(at.x() - 8 - w, at.y() - h / 2),
            QPointF(at.x() + 6, at.y() - h - 5), QPointF(at.x() + 6, at.y() + 5),
            QPointF(at.x() - 6 - w, at.y() - h - 5), QPointF(at.x() - 6 - w, at.y() + 5)};
        const auto fits = [&](const QPointF& corner) {
            const QRectF rect(corner, label.size);
            return area.contains(rect) && std::none_of(taken.begin(), taken.end(), [&](const QRectF& other) {
                return other.intersects(rect);
            });
        };
        const auto* found = std::find_if(places.begin(), places.end(), fits);
        QPointF corner = found == places.end() ? places.front() : *found;
        if (found == places.end()) {
            // Beside the point there is no room: whole within the plot, in the first line that is free.
            corner.setX(std::max(area.left(), std::min(corner.x(), area.right() - w)));
            for (double y = corner.y(); y + h <= area.bottom(); y += h)
                if (fits({corner.x(), y})) {
                    corner.setY(y);
                    break;
                }
        }
        taken.emplace_back(corner, label.size);
        label.item->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
        label.item->position->setPixelPosition(corner);
    }
}

void PlotCanvas::addEndLabels(const PlotModel& model, const Palette& palette)
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
        // A long name must not squeeze the plot; the read-out and the export give it whole.
        item->setText(metrics.elidedText(series.name, Qt::ElideMiddle, std::max(60.0, this->width() * widestEndLabel)));
        item->position->setType(QCPItemPosition::ptAbsolute);
        item->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
        m_endLabels.push_back({item, series.x[index], series.y[index]});
        width = std::max(width, metrics.horizontalAdvance(item->text()));
    }
    const int right = m_endLabels.empty() ? 12 : qRound(width) + 16;
    axisRect()->setMinimumMargins(QMargins(8, 6, right, 4));
}

void PlotCanvas::placeEndLabels()
{
    std::sort(m_endLabels.begin(), m_endLabels.end(),
        [this](const EndLabel& a, const EndLabel& b) { return toPixel(a.x, a.y).y() < toPixel(b.x, b.y).y(); });
    const QRectF area = plotArea();
    std::vector<double> places;
    double free = -1e9;
    for (const EndLabel& label : m_endLabels) {
        // A plot squeezed to nothing has its bottom above its top.
        const double y = std::clamp(toPixel(label.x, label.y).y(), area.top(), std::max(area.top(), area.bottom()));
        places.push_back(std::max(y, free));
        free = places.back() + labelSpacing;
    }
    // Labels pushed out at the bottom push the others up again.
    double lowest = area.bottom();
    for (auto place = places.rbegin(); place != places.rend(); ++place) {
        *place = std::min(*place, lowest);
        lowest = *place - labelSpacing;
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
        const double x = toPixel(m_endLabels[i].x, m_endLabels[i].y).x();
        m_endLabels[i].item->position->setPixelPosition(QPointF(std::min(x, area.right()) + 6, places[i]));
    }
}

QPointF PlotCanvas::toPixel(double x, double y) const
{
    return QPointF(xAxis->coordToPixel(x), yAxis->coordToPixel(y));
}

QPointF PlotCanvas::toData(const QPointF& pixel) const
{
    return QPointF(xAxis->pixelToCoord(pixel.x()), yAxis->pixelToCoord(pixel.y()));
}

void PlotCanvas::zoom(Qt::Orientation orientation, double factor, double centrePixel)
{
    QCPAxis* axis = orientation == Qt::Horizontal ? xAxis : yAxis;
    axis->scaleRange(factor, axis->pixelToCoord(centrePixel));
    replot(QCustomPlot::rpQueuedReplot);
}

void PlotCanvas::pan(const QPointF& pixels)
{
    const auto move = [](QCPAxis* axis, double from, double to) {
        const double a = axis->pixelToCoord(from);
        const double b = axis->pixelToCoord(to);
        if (axis->scaleType() == QCPAxis::stLinear)
            axis->moveRange(a - b);
        else if (b > 0)
            axis->setRange(axis->range().lower * a / b, axis->range().upper * a / b);
    };
    move(xAxis, 0, pixels.x());
    move(yAxis, 0, pixels.y());
    replot(QCustomPlot::rpQueuedReplot);
}

} // namespace recoscope
