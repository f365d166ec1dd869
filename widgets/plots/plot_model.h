// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a PlotView shows: axes, series, reference lines, notes. Plain values; the view copies them.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <QPointF>
#include <QString>

#include "widgets/frame/palette.h"

namespace recoscope {

struct PlotTick {
    double value;
    QString text;
};

struct PlotAxis {
    QString name; // with unit: "epoch", "events per user"; "(log)" is added by the view
    bool log = false;
    bool logAllowed = true; // offers the log switch (positive data, no bars on y)
    bool fromZero = false;
    bool inverted = false; // small values at the top or right (ranks)
    int decimals = -1; // of the read-out; -1 = as many as needed
    std::optional<double> low, high; // fixed range; unset = from the data
    std::vector<PlotTick> ticks; // fixed ticks instead of computed ones
    std::function<QString(double)> text; // how a value reads; empty = number
};

enum class PlotTone { Neutral, Accent, Focus };

enum class PlotMark { Line, Points, LinePoints, Steps, Bars };

struct PlotSeries {
    QString name; // direct label and read-out; empty = no label
    int slot = -1; // run slot; -1 = neutral
    PlotTone tone = PlotTone::Neutral; // of a series without a run slot
    PlotMark mark = PlotMark::Line;
    std::vector<double> x, y; // equal lengths; x ascending for lines, steps and bars; NaN y = gap
    std::vector<double> low, high; // uncertainty of y, or empty
    std::vector<double> lowX, highX; // uncertainty of x (points), or empty
    bool capped = false; // capped bars instead of a band
    bool solid = false; // solid whatever the slot (families, fitted lines)
    bool dashed = false; // reference or extrapolation: 1.2 px, dashed
    bool joined = true; // LinePoints: draw the line
    bool avoided = false; // a line of few points that labels of points keep off
    std::vector<QString> labels; // per point, or empty
    double barWidth = 0.86; // of the distance between bars
};

struct ReferenceLine {
    Qt::Orientation orientation = Qt::Vertical;
    double value = 0.0;
    QString text;
    PlotTone tone = PlotTone::Neutral;
    bool labelLeft = false; // label on the left of a vertical line
    bool labelBelow = false; // label under a horizontal line, where the data lie above it
};

struct PlotNote {
    QPointF at; // data coordinates
    QString text;
    PlotTone tone = PlotTone::Neutral;
    bool dot = true;
};

struct PlotModel {
    QString title; // of the panel; for export and screen readers
    QString protocolHash, seed;
    PlotAxis x, y;
    std::vector<PlotSeries> series;
    std::vector<ReferenceLine> references;
    std::vector<PlotNote> notes;
};

// How the read-out and the ticks write a value of this axis.
QString axisText(const PlotAxis& axis, double value);
// One sentence or two for screen readers: title, axes, n, min and max of each series.
QString plotSummary(const PlotModel& model);
// The shown data: one table with a column per series when all share x, else series,x,y rows.
QString plotCsv(const PlotModel& model);

} // namespace recoscope
