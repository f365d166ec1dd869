// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/distribution_charts.h"

#include <algorithm>
#include <cmath>

#include <QGridLayout>
#include <QMenu>
#include <QToolButton>

#include "engine/data/catalogue.h"
#include "engine/data/dataset.h"
#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/histogram.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/data/mark_shares.h"

namespace recoscope {

namespace {

constexpr std::size_t largestCurve = 4000;
constexpr int linearBins = 40;

PlotModel popularityModel(const DatasetMeasure& measure)
{
    const DatasetStatistics& s = measure.statistics;
    PlotModel model;
    model.x.name = DistributionCharts::tr("item rank");
    model.x.log = true;
    model.y.name = DistributionCharts::tr("events per item");
    model.y.log = true;
    PlotSeries line;
    // Log-spaced ranks are enough for a log axis, and for a linear one of this many pixels.
    double next = 1;
    for (std::size_t i = 0; i < s.popularityCurve.size(); ++i) {
        if (static_cast<double>(i + 1) < next || s.popularityCurve[i] <= 0)
            continue;
        line.x.push_back(static_cast<double>(i + 1));
        line.y.push_back(static_cast<double>(s.popularityCurve[i]));
        if (s.popularityCurve.size() > largestCurve)
            next = std::max(next + 1, next * 1.004);
    }
    model.series.push_back(std::move(line));
    const double top = std::max(1.0, static_cast<double>(s.popularityCurve.size()) / 100.0);
    model.references.push_back({Qt::Vertical, top,
        DistributionCharts::tr("top 1 % of items: %1 of events").arg(format::share(s.topPercentShare, 0)),
        PlotTone::Neutral, false});
    // Its name stands in the header: beside the dot it would lie on the curve.
    if (!measure.mostPopular.isEmpty())
        model.notes.push_back({{1.0, static_cast<double>(s.popularityCurve.front())}, {}, PlotTone::Focus, true});
    return model;
}

QString mostPopularText(const DatasetMeasure& measure)
{
    if (measure.mostPopular.isEmpty())
        return {};
    return DistributionCharts::tr("dot: %1, %2")
        .arg(measure.mostPopular, format::count(measure.statistics.popularityCurve.front()));
}

std::vector<double> gapTicks()
{
    return {1, 60, 3600, 86400, 30.44 * 86400, 365.25 * 86400};
}

// Bars need a linear axis that starts at zero; on a log axis the same counts are dots on a line.
PlotModel withLogCounts(PlotModel model, bool log)
{
    if (!log || model.series.empty())
        return model;
    PlotSeries& bars = model.series.front();
    PlotSeries dots;
    dots.mark = PlotMark::LinePoints;
    for (std::size_t i = 0; i < bars.y.size(); ++i) {
        if (bars.y[i] <= 0)
            continue;
        dots.x.push_back(bars.x[i]);
        dots.y.push_back(bars.y[i]);
    }
    bars = std::move(dots);
    model.y.log = true;
    return model;
}

} // namespace

DatasetMeasure measureDataset(const Dataset& dataset, Progress& progress)
{
    DatasetMeasure measure;
    measure.statistics = computeStatistics(dataset, progress);
    if (const std::int32_t item = measure.statistics.mostPopularItem; item >= 0)
        measure.mostPopular = QString::fromStdString(dataset.catalogue().titles()[static_cast<std::size_t>(item)]);
    const auto offsets = dataset.interactions().offsets;
    Histogram& linear = measure.linearLengths;
    const auto longest = static_cast<double>(std::max<std::int64_t>(measure.statistics.maxLength, 1));
    const double width = std::max(1.0, std::ceil(longest / linearBins));
    const int bins = static_cast<int>(std::floor(longest / width)) + 1;
    for (int edge = 0; edge <= bins; ++edge)
        linear.edges.push_back(edge * width);
    linear.counts.assign(static_cast<std::size_t>(bins), 0);
    for (std::size_t user = 0; user + 1 < offsets.size(); ++user) {
        const auto length = static_cast<double>(offsets[user + 1] - offsets[user]);
        ++linear.counts[static_cast<std::size_t>(length / width)];
    }
    return measure;
}

DistributionCharts::DistributionCharts(Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_grid(new QGridLayout(this))
{
    setAccessibleName(tr("Distributions"));
    m_grid->setContentsMargins(0, 8, 0, 0);
    m_grid->setSpacing(12);
    m_popularity = addChart(tr("Popularity"), QStringLiteral("popularity"), 0, 0);
    m_popularityPanel = m_lastPanel;
    m_popularityPanel->addControl(m_popularity->makeLogSwitch());
    m_lengths = addChart(tr("History length"), QStringLiteral("lengths"), 0, 1);
    addScaleMenu(m_lengths, m_lengthScales, true);
    m_gaps = addChart(tr("Time gaps"), QStringLiteral("gaps"), 1, 0);
    m_gapPanel = m_lastPanel;
    addScaleMenu(m_gaps, m_gapScales, false);
    m_time = addChart(tr("Events over time"), QStringLiteral("overTime"), 1, 1);
    m_timePanel = m_lastPanel;
    addScaleMenu(m_time, m_timeScales, false);
    m_marks = new MarkShares(m_theme, this);
    m_grid->addWidget(m_marks, 2, 0, 1, 2);
    for (const int chartRow : {0, 1})
        m_grid->setRowStretch(chartRow, 1);
}

PlotView* DistributionCharts::addChart(const QString& title, const QString& name, int row, int column)
{
    m_lastPanel = new Panel(m_theme, title, name);
    auto* plot = new PlotView(m_theme, title, name + QStringLiteral("Plot"));
    m_lastPanel->setContent(plot);
    m_lastPanel->setExportable(plot);
    m_grid->addWidget(m_lastPanel, row, column);
    return plot;
}

void DistributionCharts::addScaleMenu(PlotView* plot, Scales& scales, bool valuesToo)
{
    QToolButton* button = makeIconButton(m_theme, QStringLiteral("chart-line"),
        tr("Log axes of %1").arg(plot->model().title), plot->objectName() + u"Log");
    auto* menu = new QMenu(button);
    const auto add = [&](const QString& text, const QString& name, bool Scales::*which) {
        QAction* action = menu->addAction(text);
        action->setObjectName(plot->objectName() + name);
        action->setCheckable(true);
        action->setChecked(scales.*which);
        connect(action, &QAction::toggled, this, [this, &scales, which](bool on) {
            scales.*which = on;
            redraw();
        });
    };
    if (valuesToo)
        add(tr("Log x axis"), QStringLiteral("LogX"), &Scales::logValues);
    add(tr("Log y axis"), QStringLiteral("LogY"), &Scales::logCounts);
    button->setMenu(menu);
    button->setPopupMode(QToolButton::InstantPopup);
    m_lastPanel->addControl(button);
}

void DistributionCharts::clear()
{
    m_measure.reset();
    m_split.reset();
    for (PlotView* plot : {m_popularity, m_lengths, m_gaps, m_time})
        plot->setModel({});
    m_popularityPanel->setSubtitle({});
    m_marks->clear();
}

void DistributionCharts::setMeasure(const DatasetMeasure& measure)
{
    m_measure = measure;
    m_popularity->setModel(popularityModel(measure));
    m_popularityPanel->setSubtitle(mostPopularText(measure));
    const bool hasTimes = !measure.statistics.overTime.counts.empty();
    for (Panel* panel : {m_gapPanel, m_timePanel}) // of events without times nothing is to be drawn
        panel->setVisible(hasTimes);
    m_grid->setRowStretch(1, hasTimes ? 1 : 0);
    m_marks->setStatistics(measure.statistics);
    redraw();
}

void DistributionCharts::setSplit(const SplitSummary& split)
{
    m_split = split;
    redraw();
}

PlotModel DistributionCharts::lengthsModel() const
{
    const Histogram& histogram = m_lengthScales.logValues ? m_measure->statistics.lengths : m_measure->linearLengths;
    PlotModel model = histogramModel(histogram, tr("events per user"), tr("users"));
    const auto mark = [&](double length, const QString& text, PlotTone tone, bool left) {
        model.references.push_back({Qt::Vertical, histogramPosition(histogram, length), text, tone, left});
    };
    const DatasetStatistics& s = m_measure->statistics;
    mark(s.medianLength, tr("median %1").arg(format::number(s.medianLength, 0)), PlotTone::Neutral, true);
    if (m_split && m_split->cutShare > 0)
        mark(m_split->maxLength,
            tr("window %1: %2 of users cut").arg(m_split->maxLength).arg(format::share(m_split->cutShare, 0)),
            PlotTone::Accent, m_split->maxLength > s.medianLength && m_split->cutShare < 0.1);
    return model;
}

void DistributionCharts::redraw()
{
    if (!m_measure)
        return;
    const DatasetStatistics& s = m_measure->statistics;
    const auto set = [](PlotView* plot, PlotModel model, bool logCounts) {
        model.title = plot->model().title;
        plot->setModel(withLogCounts(std::move(model), logCounts));
    };
    set(m_lengths, lengthsModel(), m_lengthScales.logCounts);
    m_gapPanel->setSubtitle(s.sameSecondShare > 0
            ? tr("%1 are under 1 s, not drawn").arg(format::share(s.sameSecondShare, 1))
            : tr("within one user"));
    set(m_gaps,
        histogramModel(s.gaps, tr("gap to the previous event"), tr("events"), gapTicks(),
            [](double seconds) { return format::gap(seconds).mid(1); }),
        m_gapScales.logCounts);
    set(m_time,
        histogramModel(s.overTime, tr("time"), tr("events"), {},
            [](double seconds) { return format::date(static_cast<qint64>(seconds)).left(7); }),
        m_timeScales.logCounts);
}

} // namespace recoscope
