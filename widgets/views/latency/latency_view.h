// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Latency page: conditions of a measurement that runs as a job, percentiles, accuracy against latency, the
// distribution and a sweep over history length. Numbers of unlike machines are never joined.
#pragma once

#include <map>
#include <vector>

#include "widgets/core/jobs.h"
#include "widgets/views/latency/latency_charts.h"
#include "widgets/views/view.h"

class QComboBox;
class QStackedWidget;

namespace recoscope {

class EmptyState;
class MeasurementForm;
class Panel;
class PercentilePanel;
class PlotView;

class LatencyView : public View {
    Q_OBJECT

public:
    explicit LatencyView(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    void activate() override;
    QPushButton* primaryButton() const override;
    Exportable* mainExport() const override;
    void setNarrow(bool narrow) override;

private:
    QWidget* makeLeft();
    QWidget* makeRight();
    void connectParts();

    void refreshRuns();
    void load();
    void show(std::map<RunId, std::vector<LatencyRow>> rows);
    void showAll();
    void showFrontier();
    void showDistribution();
    void showBusy();
    void measure();
    void finishMeasuring();
    std::vector<MeasuredRow> measuredRows() const; // every condition, with names and colours
    int slotOf(const RunId& run) const;
    LatencyStatistic statistic() const;

    MeasurementForm* m_form = nullptr;
    QWidget* m_side = nullptr;
    QStackedWidget* m_stack = nullptr;
    QWidget* m_results = nullptr;
    EmptyState* m_empty = nullptr;
    PercentilePanel* m_percentiles = nullptr;
    StageBars* m_stages = nullptr;
    Panel* m_stagesPanel = nullptr;
    Panel* m_frontierPanel = nullptr;
    QComboBox* m_metric = nullptr;
    QComboBox* m_statistic = nullptr;
    PlotView* m_frontier = nullptr;
    Panel* m_distributionPanel = nullptr;
    PlotView* m_distribution = nullptr;
    Panel* m_sweepPanel = nullptr;
    PlotView* m_sweep = nullptr;

    std::map<RunId, std::vector<LatencyRow>> m_rows;
    std::vector<FrontierPoint> m_points; // as they are drawn
    MachineKey m_machine;
    bool m_stale = true;
    bool m_measuring = false;
    bool m_resumesTraining = false;
    JobId m_job = 0;
};

} // namespace recoscope
