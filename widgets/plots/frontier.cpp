// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/frontier.h"

#include <algorithm>
#include <set>

namespace recoscope {

std::vector<std::size_t> paretoFront(const std::vector<FrontierPoint>& points, const QString& group)
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (points[i].group == group)
            order.push_back(i);
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return points[a].cost != points[b].cost ? points[a].cost < points[b].cost : points[a].score > points[b].score;
    });
    std::vector<std::size_t> front;
    for (const std::size_t i : order) {
        if (front.empty() || points[i].score > points[front.back()].score)
            front.push_back(i);
    }
    return front;
}

namespace {

std::set<QString> groupsOf(const std::vector<FrontierPoint>& points)
{
    std::set<QString> groups;
    for (const FrontierPoint& point : points)
        groups.insert(point.group);
    return groups;
}

double highestCost(const std::vector<FrontierPoint>& points, const QString& group)
{
    double highest = 0.0;
    for (const FrontierPoint& point : points) {
        if (point.group == group)
            highest = std::max({highest, point.cost, point.costHigh});
    }
    return highest;
}

} // namespace

QString frontierRun(const std::vector<FrontierPoint>& points, int series)
{
    const auto lines = static_cast<int>(groupsOf(points).size());
    const bool isPoint = series >= lines && series < lines + static_cast<int>(points.size());
    return isPoint ? points[static_cast<std::size_t>(series - lines)].run : QString();
}

PlotModel frontierModel(const std::vector<FrontierPoint>& points, const QString& costName, const QString& scoreName)
{
    PlotModel model;
    model.x.name = costName;
    model.x.log = true;
    model.y.name = scoreName;
    model.y.decimals = 4;
    for (const QString& group : groupsOf(points)) {
        PlotSeries line;
        line.tone = PlotTone::Accent;
        line.solid = true;
        line.avoided = true;
        for (const std::size_t i : paretoFront(points, group)) {
            // The front is a staircase: the score of the cheaper point holds up to the next one.
            if (!line.x.empty()) {
                line.x.push_back(points[i].cost);
                line.y.push_back(line.y.back());
            }
            line.x.push_back(points[i].cost);
            line.y.push_back(points[i].score);
        }
        // And that of the dearest as far as the points go: what lies right of the line and under it is beaten.
        if (const double last = highestCost(points, group); last > line.x.back()) {
            line.x.push_back(last);
            line.y.push_back(line.y.back());
        }
        model.series.push_back(std::move(line));
    }
    for (const FrontierPoint& point : points) {
        PlotSeries mark;
        mark.name = point.name;
        mark.slot = point.slot;
        mark.mark = PlotMark::Points;
        mark.capped = true;
        mark.x = {point.cost};
        mark.y = {point.score};
        mark.labels = {point.label.isEmpty() ? point.name : point.label};
        mark.low = {point.score - point.scoreHalfWidth};
        mark.high = {point.score + point.scoreHalfWidth};
        if (point.costHigh > point.costLow) {
            mark.lowX = {point.costLow};
            mark.highX = {point.costHigh};
        }
        model.series.push_back(std::move(mark));
    }
    return model;
}

} // namespace recoscope
