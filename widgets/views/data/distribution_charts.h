// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The four distributions of a dataset: popularity, history length, time gaps, events over time. Each can be read on log
// and on linear axes; bars stand on linear counts only and become dots on a log axis. Under them the shares of surfaces
// and kinds, where events have them. GUI thread.
#pragma once

#include <optional>

#include <QWidget>

#include "engine/data/statistics.h"
#include "widgets/plots/plot_model.h"
#include "widgets/views/data/split_summary.h"

class QGridLayout;
class QMenu;

namespace recoscope {

class MarkShares;
class Panel;
class PlotView;
class Theme;

// Statistics with what a linear axis needs besides. Made in a job.
struct DatasetMeasure {
    DatasetStatistics statistics;
    Histogram linearLengths; // events per user in bins of equal width
    QString mostPopular; // display title; empty without items
};
DatasetMeasure measureDataset(const Dataset& dataset, Progress& progress);

class DistributionCharts : public QWidget {
    Q_OBJECT

public:
    explicit DistributionCharts(Theme& theme, QWidget* parent = nullptr);
    void clear();
    void setMeasure(const DatasetMeasure& measure);
    void setSplit(const SplitSummary& split); // marks the longest history a model sees
    PlotView* popularity() const { return m_popularity; }

private:
    struct Scales {
        bool logValues = true; // x of the lengths
        bool logCounts = false; // y
    };
    PlotView* addChart(const QString& title, const QString& name, int row, int column);
    void addScaleMenu(PlotView* plot, Scales& scales, bool valuesToo);
    void redraw();
    PlotModel lengthsModel() const;

    Theme& m_theme;
    QGridLayout* m_grid;
    Panel* m_lastPanel = nullptr;
    Panel* m_popularityPanel = nullptr;
    Panel* m_gapPanel = nullptr;
    Panel* m_timePanel = nullptr;
    PlotView* m_popularity;
    PlotView* m_lengths;
    PlotView* m_gaps;
    PlotView* m_time;
    MarkShares* m_marks;
    Scales m_lengthScales, m_gapScales, m_timeScales;
    std::optional<DatasetMeasure> m_measure;
    std::optional<SplitSummary> m_split;
};

} // namespace recoscope
