// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Data page: a strip of counts; tabs Overview (distributions), Events, Items, Lint, Filter and split; on the right
// the findings in short and the protocol, which a narrow window leaves to the tabs. Measuring and checking run in jobs;
// for large datasets they wait for a button.
#pragma once

#include "engine/data/lint.h"
#include "widgets/views/view.h"

class QHBoxLayout;
class QPushButton;
class QStackedWidget;
class QTabWidget;

namespace recoscope {

class CountStrip;
class DataTable;
class DistributionCharts;
class EventModel;
class FindingList;
class ItemModel;
class Panel;
class SplitBars;
class SplitPage;
struct DatasetMeasure;
struct SplitSummary;

class DataView : public View {
    Q_OBJECT

public:
    explicit DataView(WorkbenchContext& context, QWidget* parent = nullptr);
    QPushButton* primaryButton() const override { return m_import; }
    SelectionFields usedFields() const override;
    Exportable* mainExport() const override;
    void setNarrow(bool narrow) override;

private:
    struct Checked;
    void makePage(QWidget& page);
    void addTabs();
    void addActions();
    void bind();
    QWidget* makeEvents();
    QWidget* makeItems();
    QWidget* makeLintTab();
    QWidget* makeRight();
    void bindFindings(FindingList* list);
    void onDataset();
    void showEvents();
    void measure();
    void check();
    void showChecked(const Checked& checked);

    QPushButton* m_import = nullptr;
    QPushButton* m_export = nullptr;
    QStackedWidget* m_stack = nullptr;
    QHBoxLayout* m_row = nullptr;
    QTabWidget* m_tabs = nullptr;
    CountStrip* m_strip = nullptr;
    DistributionCharts* m_charts = nullptr;
    EventModel* m_events;
    DataTable* m_eventTable = nullptr;
    ItemModel* m_items;
    FindingList* m_findings = nullptr;
    FindingList* m_explained = nullptr;
    SplitPage* m_split = nullptr;
    QWidget* m_right = nullptr;
    Panel* m_lintPanel = nullptr;
    Panel* m_protocolPanel = nullptr;
    SplitBars* m_bars = nullptr;
};

} // namespace recoscope
