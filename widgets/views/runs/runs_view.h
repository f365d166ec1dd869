// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Runs page: folders and tags, the run table with its filter, details of the chosen run, parallel coordinates whose
// brushes filter the table, and the bin. Every edit is one undo step; purging asks first and names the runs.
#pragma once

#include <functional>
#include <memory>

#include "widgets/views/runs/run_snapshot.h"
#include "widgets/views/view.h"

class QLineEdit;
class QPushButton;
class QStackedWidget;

namespace recoscope {

class EmptyState;
class Panel;
class ParallelCoordinates;
class RowTable;
class RunDetails;
class RunGroups;
class RunTableModel;

class RunsView : public View {
    Q_OBJECT

public:
    explicit RunsView(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    void activate() override;
    QPushButton* primaryButton() const override { return m_compare; }
    Exportable* mainExport() const override;
    QWidget* filterField() const override;
    void setNarrow(bool narrow) override;

private:
    class StoreCommand;

    QWidget* makeGroups();
    QWidget* makeTable();
    QWidget* makeParallel();
    void connectParts();

    void load();
    void show(std::shared_ptr<const RunSnapshot> snapshot);
    void applyGroup();
    void applyFilter();
    void showParallel();
    void showState(); // table, or the fitting empty state
    void refreshChosen();
    void compareChosen();
    void moveToBin();
    void restoreChosen();
    void emptyBin();
    void reselect();
    // One undo step of a change in the store, carried out in jobs one after another; failures become a banner.
    using StoreAction = std::function<void(Store&)>;
    void change(const QString& text, StoreAction redo, StoreAction undo);
    void runInStore(StoreAction action);
    template <class Value>
    void edit(const QString& text, const QString& run, Value RunRecord::*field,
        void (Store::*set)(const RunId&, const Value&), Value next);
    std::vector<RunRecord> chosenRuns() const;
    bool inBin() const;

    Panel* m_groupsPanel = nullptr;
    Panel* m_detailsPanel = nullptr;
    RunGroups* m_groups = nullptr;
    Panel* m_tablePanel = nullptr;
    QLineEdit* m_filter = nullptr;
    RunTableModel* m_model = nullptr;
    RowTable* m_table = nullptr;
    QStackedWidget* m_tableStack = nullptr;
    EmptyState* m_empty = nullptr;
    EmptyState* m_noMatch = nullptr;
    EmptyState* m_emptyBin = nullptr;
    Panel* m_parallelPanel = nullptr;
    ParallelCoordinates* m_parallel = nullptr;
    RunDetails* m_details = nullptr;
    QPushButton* m_compare = nullptr;
    QPushButton* m_toBin = nullptr;
    QPushButton* m_restore = nullptr;
    QPushButton* m_purge = nullptr;

    std::shared_ptr<const RunSnapshot> m_snapshot;
    std::vector<RunId> m_lines; // run of each line of the parallel coordinates
    std::vector<RunId> m_reselect; // chosen before a reload, to be chosen again when the table shows it
    bool m_stale = true;
};

} // namespace recoscope
