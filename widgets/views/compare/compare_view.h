// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Compare page: checked runs with their protocol guard, and four modes over them: the difference of A and B,
// parallel coordinates, parameters, accuracy against latency. Numbers of another protocol are never drawn.
#pragma once

#include <map>
#include <memory>

#include "widgets/views/compare/compare_data.h"
#include "widgets/views/view.h"

class QCheckBox;
class QLineEdit;
class QStackedWidget;

namespace recoscope {

class DifferencePage;
class EmptyState;
class Panel;
class ParallelCoordinates;
class ParameterModel;
class PlotView;
class RowTable;
class RunTableModel;
class SegmentedControl;

class CompareView : public View {
    Q_OBJECT

public:
    enum Mode { Difference, Parallel, Parameters, Pareto };

    explicit CompareView(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    void activate() override;
    Exportable* mainExport() const override;
    QWidget* filterField() const override;
    void setMode(Mode mode);

private:
    QWidget* makeRuns();
    QWidget* makeModes();
    void connectParts();

    void refreshRuns(); // the table's records, default checks, slots
    void refreshSlots();
    void refreshGuard(); // banner about checked runs of another protocol
    void refreshMode();
    void loadDifference();
    void reevaluate();
    void showUnlike(const QString& differences, bool sameDataset);
    void showParallel();
    void showParameters();
    void loadPareto();
    void showPareto(const std::map<RunId, std::vector<LatencyRow>>& rows);
    void chooseRunB();
    std::vector<RunRecord> comparableRuns() const; // checked and of the reference protocol
    std::vector<RunRecord> checkedRuns() const;
    int slotOf(const RunId& run) const;
    std::string referenceProtocol() const;

    SegmentedControl* m_mode = nullptr;
    Panel* m_runsPanel = nullptr;
    QLineEdit* m_filter = nullptr;
    QCheckBox* m_differing = nullptr;
    RunTableModel* m_runs = nullptr;
    RowTable* m_table = nullptr;
    QStackedWidget* m_stack = nullptr;
    DifferencePage* m_difference = nullptr;
    EmptyState* m_chooseB = nullptr;
    EmptyState* m_unlike = nullptr;
    EmptyState* m_unlikeDataset = nullptr;
    Panel* m_parallelPanel = nullptr;
    ParallelCoordinates* m_parallel = nullptr;
    Panel* m_parametersPanel = nullptr;
    ParameterModel* m_parameterModel = nullptr;
    RowTable* m_parameters = nullptr;
    Panel* m_paretoPanel = nullptr;
    PlotView* m_pareto = nullptr;
    EmptyState* m_noLatency = nullptr;

    QStringList m_slots;
    QString m_dataset; // whose default checks were made
    std::ptrdiff_t m_offered = 0; // finished runs of the dataset
    bool m_stale = true;
};

} // namespace recoscope
