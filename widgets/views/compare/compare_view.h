// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Compare page: checked runs with their protocol guard, and five modes over them: the difference of A and B,
// curves, parallel coordinates, parameters, accuracy against latency. Numbers of another protocol are never drawn; runs
// whose protocol differs in ranking keys only can be ranked again for the page.
#pragma once

#include <map>
#include <memory>

#include "widgets/plots/frontier.h"
#include "widgets/views/compare/compare_data.h"
#include "widgets/views/view.h"

class QStackedWidget;

namespace recoscope {

class CheckedRuns;
class CurvesPage;
class DifferencePage;
class EmptyState;
class Panel;
class ParallelCoordinates;
class ParameterModel;
class PlotView;
class RowTable;
class SegmentedControl;

class CompareView : public View {
    Q_OBJECT

public:
    enum Mode { Difference, Curves, Parallel, Parameters, Pareto };

    explicit CompareView(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    void activate() override;
    Exportable* mainExport() const override;
    QWidget* filterField() const override;
    void setMode(Mode mode);

private:
    void makeOtherModes();
    void makeRefusals(); // the empty states of the Difference mode
    void makeParallel();
    void makeParameters();
    void makePareto();
    void connectParts();

    void refreshGuard(); // banner about checked runs of another protocol
    void refreshMode();
    void loadDifference();
    void evaluateAgain(std::vector<RunRecord> runs); // under A's protocol, for this page
    void showUnlike(const RunRecord& a, const RunRecord& b);
    void showParallel();
    void showParameters();
    void loadLatencies();
    void showLatencies(const std::map<RunId, std::vector<LatencyRow>>& rows);
    void showUsersOf(const QString& run); // beside those of run A
    void showPareto(const std::vector<FrontierPoint>& points, const MachineKey& machine);
    void chooseRunB();
    const RunRecord* runA() const;
    const RunRecord* runB() const;

    SegmentedControl* m_mode = nullptr;
    CheckedRuns* m_runs = nullptr;
    QStackedWidget* m_stack = nullptr;
    DifferencePage* m_difference = nullptr;
    CurvesPage* m_curves = nullptr;
    EmptyState* m_chooseB = nullptr;
    EmptyState* m_unlike = nullptr; // only ranking keys differ
    EmptyState* m_unlikeTraining = nullptr;
    Panel* m_parallelPanel = nullptr;
    ParallelCoordinates* m_parallel = nullptr;
    Panel* m_parametersPanel = nullptr;
    ParameterModel* m_parameterModel = nullptr;
    RowTable* m_parameters = nullptr;
    Panel* m_paretoPanel = nullptr;
    PlotView* m_pareto = nullptr;
    std::vector<FrontierPoint> m_points; // as they are drawn
    EmptyState* m_noLatency = nullptr;
    bool m_stale = true;
};

} // namespace recoscope
