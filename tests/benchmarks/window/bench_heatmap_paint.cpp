// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// First paint of a heat map of 1,024 × 1,024 cells: new data handed over, colours looked up, picture drawn. The
// baseline is a QCPColorMap filled cell by cell and drawn once.
#include <algorithm>
#include <cmath>

#include <QImage>
#include <QPainter>

#include <qcustomplot.h>

#include "engine/core/random.h"
#include "tests/benchmarks/window/window_benchmarks.h"
#include "tests/widgets/heartbeat.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/heat_map.h"

namespace recoscope {

namespace {

constexpr int cells = 1024;
constexpr QSize pictureSize(1200, 1200);

// Rows that sum to 1 with zeros after the diagonal, as attention has.
std::vector<float> attention()
{
    RandomStream random(3, "attention");
    std::vector<float> values(static_cast<std::size_t>(cells) * cells, 0.0F);
    for (int row = 0; row < cells; ++row) {
        float sum = 0;
        float* line = values.data() + static_cast<std::ptrdiff_t>(row) * cells;
        for (int column = 0; column <= row; ++column) {
            line[column] = std::exp(static_cast<float>(4 * random.uniform()));
            sum += line[column];
        }
        for (int column = 0; column <= row; ++column)
            line[column] /= sum;
    }
    return values;
}

double oursOnce(Theme& theme, const std::vector<float>& values, QImage& picture)
{
    HeatMap map(theme, QStringLiteral("Attention"), QStringLiteral("map"));
    map.resize(pictureSize);
    const double before = threadMilliseconds();
    HeatMapData data;
    data.values = values.data();
    data.rows = data.columns = cells;
    data.style.high = 0;
    data.style.causal = true;
    data.valueName = QStringLiteral("weight");
    map.setData(std::move(data));
    map.render(&picture);
    return threadMilliseconds() - before;
}

double baselineOnce(const std::vector<float>& values, QImage& picture)
{
    QCustomPlot plot;
    plot.resize(pictureSize);
    auto* map = new QCPColorMap(plot.xAxis, plot.yAxis);
    map->setInterpolate(false);
    const double before = threadMilliseconds();
    map->data()->setSize(cells, cells);
    map->data()->setRange({0, cells - 1}, {0, cells - 1});
    for (int row = 0; row < cells; ++row) {
        for (int column = 0; column < cells; ++column)
            map->data()->setCell(column, cells - 1 - row, values[static_cast<std::size_t>(row) * cells + column]);
    }
    map->setGradient(QCPColorGradient::gpPolar);
    map->rescaleDataRange(true);
    plot.rescaleAxes();
    QCPPainter painter(&picture);
    plot.toPainter(&painter, picture.width(), picture.height());
    return threadMilliseconds() - before;
}

double percentile(std::vector<double> values, double share)
{
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

} // namespace

std::vector<BenchmarkRow> benchHeatmapPaint(bool quick)
{
    const int repeats = quick ? 5 : 40;
    Theme theme;
    theme.apply();
    const std::vector<float> values = attention();
    QImage picture(pictureSize, QImage::Format_ARGB32_Premultiplied);
    oursOnce(theme, values, picture); // fonts are loaded by the first text
    std::vector<double> ours, baseline;
    for (int i = 0; i < repeats; ++i) {
        ours.push_back(oursOnce(theme, values, picture));
        baseline.push_back(baselineOnce(values, picture));
    }
    BenchmarkRow row;
    row.name = "heatmap_paint";
    row.shape = "1,024 x 1,024 cells on 1,200 x 1,200 pixels";
    row.ours = percentile(ours, 0.5);
    row.baseline = percentile(baseline, 0.5);
    row.ratio = row.baseline / row.ours;
    row.unit = "ms";
    row.note = "baseline: QCPColorMap, cell by cell; processor time of the GUI thread, median of "
        + std::to_string(repeats) + ", slowest " + std::to_string(percentile(ours, 1.0)) + " ms";
    return {row};
}

} // namespace recoscope
