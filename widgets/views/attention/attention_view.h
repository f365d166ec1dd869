// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Attention page: all heads as thumbnails, one in detail over the user's history with titles and gaps, what the
// prediction reads, and which events lift a pointed-at recommendation (leave-one-out, computed when first asked for).
#pragma once

#include <memory>

#include "widgets/core/array_table_model.h"
#include "widgets/core/attention_reading.h"
#include "widgets/views/attention/attention_data.h"
#include "widgets/views/view.h"

class QComboBox;
class QStackedWidget;

namespace recoscope {

class EmptyState;
class HeatGrid;
class HeatMap;
class Panel;
class PlotView;
class RowBars;
class RowTable;
class SegmentedControl;

class AttentionView : public View {
    Q_OBJECT

public:
    explicit AttentionView(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    void activate() override;
    Exportable* mainExport() const override;

private:
    struct HeadRow {
        int head = 0;
        double entropy = 0.0, reach = 0.0;
    };

    QWidget* makeLeft();
    QWidget* makeMiddle();
    QWidget* makeRight();
    void connectParts();

    void load();
    void show(std::shared_ptr<const AttentionData> data);
    void showEmpty(const QString& sentence);
    void showHead();
    void showReads();
    void pointAt(int row); // a recommendation; -1 = none
    void explainAll();
    void showLit();
    void showRanks(int row);
    void chooseHead(int layer, int head);
    RunId shownRun() const;
    int layer() const;
    int head() const;
    AttentionScale scale() const;

    QStackedWidget* m_stack = nullptr;
    QWidget* m_page = nullptr;
    EmptyState* m_empty = nullptr;
    SegmentedControl* m_run = nullptr;
    SegmentedControl* m_scale = nullptr;
    QComboBox* m_last = nullptr;
    Panel* m_detail = nullptr;
    Panel* m_readsPanel = nullptr;
    HeatGrid* m_grid = nullptr;
    HeatMap* m_map = nullptr;
    RowTableModel<HeadRow>* m_headRows = nullptr;
    RowTable* m_headTable = nullptr;
    PlotView* m_rankPlot = nullptr;
    RowTableModel<AttentionData::Item>* m_itemRows = nullptr;
    RowTable* m_items = nullptr;
    RowBars* m_reads = nullptr;

    std::shared_ptr<const AttentionData> m_data;
    std::vector<Explanation> m_explanations; // of the recommendations, once asked for
    bool m_explaining = false;
    bool m_stale = true; // the selection changed while the page was hidden
    int m_pointed = -1, m_pinned = -1;
};

} // namespace recoscope
