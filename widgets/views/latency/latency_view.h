// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Latency page: conditions of a measurement that runs as a job, percentiles, accuracy against latency, the
// distribution and a sweep over history length. Numbers of unlike machines are never joined.
#pragma once

#include <map>
#include <vector>

#include "widgets/core/array_table_model.h"
#include "widgets/core/latency_tables.h"
#include "widgets/views/view.h"

class QComboBox;
class QStackedWidget;

namespace recoscope {

class EmptyState;
class MeasurementForm;
class Panel;
class PlotView;
class RowBars;
class RowTable;

class LatencyView : public View {
    Q_OBJECT

public:
    explicit LatencyView(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    void activate() override;
    QPushButton* primaryButton() const override;
    Exportable* mainExport() const override;

private:
    struct PercentileRow {
        LatencyRow row;
        QString name;
        int slot = -1;
    };

    QWidget* makeLeft();
    QWidget* makeRight();
    void connectParts();

    void refreshRuns();
    void load();
    void show(std::map<RunId, std::vector<LatencyRow>> rows);
    void showAll();
    void fillLengths();
    void showPercentiles();
    void showStages();
    void showFrontier();
    void showDistribution();
    void showSweep();
    void showBusy();
    void measure();
    void finishMeasuring();
    std::vector<PercentileRow> shownRows() const; // one per run and path at the chosen length, this machine
    std::vector<LatencyRow> allRows() const;
    int slotOf(const RunId& run) const;
    QString nameOf(const RunId& run) const;
    LatencyStatistic statistic() const;

    MeasurementForm* m_form = nullptr;
    QStackedWidget* m_stack = nullptr;
    QWidget* m_results = nullptr;
    EmptyState* m_empty = nullptr;
    Panel* m_percentilesPanel = nullptr;
    QComboBox* m_length = nullptr;
    RowTableModel<PercentileRow>* m_percentileRows = nullptr;
    RowTable* m_percentiles = nullptr;
    Panel* m_stagesPanel = nullptr;
    RowBars* m_stages = nullptr;
    Panel* m_frontierPanel = nullptr;
    QComboBox* m_metric = nullptr;
    QComboBox* m_statistic = nullptr;
    PlotView* m_frontier = nullptr;
    Panel* m_distributionPanel = nullptr;
    PlotView* m_distribution = nullptr;
    Panel* m_sweepPanel = nullptr;
    PlotView* m_sweep = nullptr;

    std::map<RunId, std::vector<LatencyRow>> m_rows;
    MachineKey m_machine;
    bool m_stale = true;
    bool m_measuring = false;
    bool m_resumesTraining = false;
    JobId m_job = 0;
};

} // namespace recoscope
