// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Right column of the Attention page: the recommendations, of which one can be pointed at or chosen, and what the last
// row of the shown head reads. Under each other, or as tabs in a narrow window. GUI thread.
#pragma once

#include "widgets/core/array_table_model.h"
#include "widgets/core/attention_reading.h"
#include "widgets/frame/side_column.h"
#include "widgets/views/attention/attention_data.h"
#include "widgets/views/attention/head_panel.h"

namespace recoscope {

class RowBars;
class RowTable;

class PredictionSide : public SideColumn {
    Q_OBJECT

public:
    explicit PredictionSide(Theme& theme, QWidget* parent = nullptr);

    void showData(const AttentionData& data, int runSlot); // nothing is chosen afterwards
    void showReads(const HeadChoice& choice);
    void setPointed(int recommendation); // focus amber; -1 = none

signals:
    // The recommendation under the pointer or, without one, the chosen row; -1 = none.
    void pointed(int recommendation);
    void chosen(int datasetItem);

private:
    Panel* makeList();
    Panel* makeReads();
    int sourceOf(int shownRow) const;

    Theme& m_theme;
    RowTableModel<InspectedItem>* m_rows = nullptr;
    RowTable* m_table = nullptr;
    RowBars* m_bars = nullptr;
    Panel* m_listPanel;
    Panel* m_readsPanel;
    int m_chosen = -1;
};

} // namespace recoscope
