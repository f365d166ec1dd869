// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The newest runs of the workspace with their validation curve in small. The curves are read by a job when the list
// changes. GUI thread.
#pragma once

#include <map>
#include <vector>

#include "engine/store/store.h"
#include "widgets/core/array_table_model.h"
#include "widgets/frame/panel.h"

class QStackedWidget;

namespace recoscope {

class DataTable;
struct WorkbenchContext;

struct RecentRun {
    RunRecord run;
    std::vector<double> curve; // validation NDCG@10 by evaluated epoch
    int slot = -1; // 0 and 1: runs A and B
    bool best = false; // of validation, when all shown runs can be compared
};

class RecentRuns : public Panel {
    Q_OBJECT

public:
    explicit RecentRuns(WorkbenchContext& context, QWidget* parent = nullptr);
    void setNarrow(bool narrow);

private:
    void refresh();
    void readCurves();
    void onActivated(int row);

    WorkbenchContext& m_context;
    RowTableModel<RecentRun>* m_rows;
    DataTable* m_table;
    QStackedWidget* m_stack;
    std::map<RunId, std::vector<double>> m_curves;
    std::map<RunId, int> m_epochsRead; // epochs the run had when its curve was read
};

} // namespace recoscope
