// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_canvas.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/plots/plot_colours.h"
#include "widgets/plots/plot_range.h"
#include "widgets/plots/plot_ticks.h"

namespace recoscope {

namespace {

constexpr double lineWidth = 2.0;
constexpr double referenceWidth = 1.2;
constexpr double bandOpacity = 0.16;
constexpr double pointSize = 7.0;

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
    , m_labels(*this, theme)
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
    connect(this, &QCustomPlot::afterLayout, this, [this] { m_labels.place(); });
}

void PlotCanvas::show(const PlotModel& model, const Palette& palette, bool keepView)
{
    const QCPRange x = xAxis->range();
    const QCPRange y = yAxis->range();
    clearItems();
    clearPlottables();
    m_labels.clear();
    styleAxes(model, palette);
    auto* group = new QCPBarsGroup(this);
    for (const PlotSeries& series : model.series)
        addSeries(series, palette, group);
    for (const ReferenceLine& reference : model.references)
        addReference(reference, model, palette);
    for (const PlotNote& note : model.notes)
        addNote(note, palette);
    m_labels.addEnds(model, palette);
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
        m_labels.addPoints(series, palette);
    if (series.avoided)
        m_labels.avoid(series);
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
    else
        addLonePoints(series, palette);
    if (series.capped)
        addErrorBars(series, palette, line);
}

// A value between gaps, or the only one, has no line: it is a point.
void PlotCanvas::addLonePoints(const PlotSeries& series, const Palette& palette)
{
    const auto isGap = [&](std::size_t i) { return i >= series.y.size() || !std::isfinite(series.y[i]); };
    QVector<double> x, y;
    for (std::size_t i = 0; i < series.y.size(); ++i)
        if (!isGap(i) && isGap(i - 1) && isGap(i + 1)) { // before the first: the largest number
            x.append(series.x[i]);
            y.append(series.y[i]);
        }
    if (x.isEmpty())
        return;
    QCPGraph* points = addGraph();
    points->setLineStyle(QCPGraph::lsNone);
    points->setScatterStyle(scatterStyle(series, palette));
    points->setData(x, y, true);
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
    m_labels.addReference(reference, model, palette);
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
    m_labels.addNote(note, palette);
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
