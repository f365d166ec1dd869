// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Accuracy against latency: one point per run with its interval, the points that no other beats joined by a line.
// Points of unlike machines or protocols belong to different groups and are never joined.
#pragma once

#include <vector>

#include "widgets/plots/plot_model.h"

namespace recoscope {

struct FrontierPoint {
    QString name;
    int slot = -1;
    double cost = 0.0; // p95 in ms
    double costLow = 0.0, costHigh = 0.0; // interval, or both equal to cost
    double score = 0.0; // NDCG@10
    double scoreHalfWidth = 0.0; // 95 %, or 0
    QString group; // machine and protocol
    QString run; // its id
    QString label{}; // beside the mark; "" = the name
};

// Indices of the points of one group that no other point of it beats (lower cost and higher score), by cost.
std::vector<std::size_t> paretoFront(const std::vector<FrontierPoint>& points, const QString& group);
// Axes "p95, ms" (log) and the metric; a step line per group, up to the highest cost in it.
// The lines come first, then a series a point: frontierRun is the run of a series, "" of a line.
PlotModel frontierModel(const std::vector<FrontierPoint>& points, const QString& costName, const QString& scoreName);
QString frontierRun(const std::vector<FrontierPoint>& points, int series);

} // namespace recoscope
