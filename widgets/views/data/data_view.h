// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Data page: a strip of counts; tabs Overview (distributions), Events, Items, Filter and split; on the right the
// lint findings with their remedies. Measuring and checking run in jobs; for large datasets they wait for a button.
#pragma once

#include <memory>
#include <vector>

#include "engine/data/lint.h"
#include "engine/data/statistics.h"
#include "widgets/views/view.h"

class QLabel;
class QPushButton;
class QStackedWidget;
class QTabWidget;
class QVBoxLayout;

namespace recoscope {

class DataTable;
class Dataset;
class EventModel;
class ItemModel;
class Panel;
class PlotView;
class PreparedData;
class ProtocolForm;

class DataView : public View {
    Q_OBJECT

public:
    explicit DataView(WorkbenchContext& context, QWidget* parent = nullptr);
    QPushButton* primaryButton() const override { return m_import; }
    SelectionFields usedFields() const override;
    Exportable* mainExport() const override;
    void setNarrow(bool narrow) override;

private:
    QWidget* makeStrip();
    QWidget* makeOverview();
    QWidget* makeEvents();
    QWidget* makeItems();
    QWidget* makeSplit();
    QWidget* makeLint();
    PlotView* addChart(const QString& title, const QString& name, QWidget* page, int row, int column);
    void onDataset();
    void measure();
    void check();
    void showStatistics(const DatasetStatistics& statistics);
    void showFindings(const std::vector<LintFinding>& findings);
    QWidget* makeFinding(const LintFinding& finding);
    void showPreview(const PreparedData& data);

    QPushButton* m_import = nullptr;
    QStackedWidget* m_stack = nullptr;
    QTabWidget* m_tabs = nullptr;
    std::vector<std::pair<QLabel*, QLabel*>> m_counts; // figure, note
    PlotView* m_popularity = nullptr;
    PlotView* m_lengths = nullptr;
    PlotView* m_gaps = nullptr;
    PlotView* m_time = nullptr;
    EventModel* m_events = nullptr;
    ItemModel* m_items = nullptr;
    ProtocolForm* m_form = nullptr;
    QLabel* m_preview = nullptr;
    Panel* m_lintPanel = nullptr;
    QVBoxLayout* m_findings = nullptr;
};

} // namespace recoscope
