// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Left column of the Attention page: every layer × head as a thumbnail, the heads of the chosen layer as a table, and
// the rank of an item after each layer. GUI thread.
#pragma once

#include <memory>

#include "widgets/core/array_table_model.h"
#include "widgets/frame/panel.h"
#include "widgets/views/attention/attention_data.h"

namespace recoscope {

class HeatGrid;
class PlotView;
class RowTable;

class HeadOverview : public Panel {
    Q_OBJECT

public:
    explicit HeadOverview(Theme& theme, QWidget* parent = nullptr);

    void showData(std::shared_ptr<const AttentionData> data, int runSlot);
    void setCurrent(int layer, int head);
    // The recommendation whose ranks are drawn beside the target's; -1 = the first.
    void showRanks(int recommendation);

signals:
    void headChosen(int layer, int head);

private:
    struct HeadRow {
        int layer = 0, head = 0;
        double entropy = 0.0, reach = 0.0;
    };
    void makeTable();

    Theme& m_theme;
    std::shared_ptr<const AttentionData> m_data;
    int m_slot = 0;
    HeatGrid* m_grid;
    RowTableModel<HeadRow>* m_rows = nullptr;
    RowTable* m_table = nullptr;
    PlotView* m_ranks;
};

} // namespace recoscope
