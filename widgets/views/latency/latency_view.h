// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Latency page: conditions of a measurement that runs as a job, percentiles, accuracy against latency, the
// distribution and a sweep over history length, of one request or of batches of users. All but the
// accuracy is of one machine, this one where it has measured. Numbers of unlike machines are never joined.
#pragma once

#include <map>
#include <vector>

#include "widgets/core/jobs.h"
#include "widgets/views/latency/latency_charts.h"
#include "widgets/views/view.h"

class QStackedWidget;

namespace recoscope {

class EmptyState;
class FrontierPanel;
class MeasurementForm;
class Panel;
class PercentilePanel;
class PlotView;
class SegmentedControl;

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
    void showChosen(); // batch, paths and widths of the form
    void showConditions();
    void showAll();
    void showDistribution();
    void showBusy();
    void measure();
    void finishMeasuring();
    std::vector<RunId> checkedIds() const;
    MachineKey machineWith(int threads) const; // this one
    QString whatIsMissing() const;
    std::vector<MeasuredRow> chosenRows() const; // with names and colours
    bool isBatched() const;
    QString requestName() const; // "one request", "a batch of 32 users"
    int slotOf(const RunId& run) const;

    SegmentedControl* m_requests;
    MeasurementForm* m_form = nullptr;
    QWidget* m_side = nullptr;
    QStackedWidget* m_stack = nullptr;
    QWidget* m_results = nullptr;
    EmptyState* m_empty = nullptr;
    PercentilePanel* m_percentiles = nullptr;
    StageBars* m_stages = nullptr;
    Panel* m_stagesPanel = nullptr;
    FrontierPanel* m_frontier = nullptr;
    Panel* m_distributionPanel = nullptr;
    PlotView* m_distribution = nullptr;
    Panel* m_sweepPanel = nullptr;
    PlotView* m_sweep = nullptr;

    std::map<RunId, std::vector<LatencyRow>> m_rows;
    LatencyChoice m_choice; // of what is stored
    std::vector<MeasuredRow> m_chosen, m_shown; // on all machines; on the one that is shown
    const Json m_environment; // of this machine
    MachineKey m_here, m_machine; // this one with the threads of the form; the one that is shown
    bool m_stale = true;
    bool m_measuring = false;
    bool m_resumesTraining = false;
    JobId m_job = 0;
};

} // namespace recoscope
