// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Difference mode of the Compare page: forest of B - A, slices, who gains and who loses with a lasso, the chosen
// users, and how far the lists differ. Tests and lists that take longer than a moment wait for a click. GUI thread.
#pragma once

#include <QWidget>

#include <memory>

#include "widgets/core/array_table_model.h"
#include "widgets/views/compare/compare_data.h"

class QComboBox;
class QPushButton;
class QStackedWidget;

namespace recoscope {

class DensityScatter;
class EmptyState;
class Exportable;
class ForestChart;
class Panel;
class PlotView;
class RowTable;
struct WorkbenchContext;

class DifferencePage : public QWidget {
    Q_OBJECT

public:
    explicit DifferencePage(WorkbenchContext& context, QWidget* parent = nullptr);

    void show(std::shared_ptr<const CompareData> data);
    Exportable* mainExport() const;

signals:
    void failed(const QString& lead, const recoscope::JobFailure& failure);

private:
    struct LassoUser {
        PairedUser pair;
        int datasetUser = -1;
        QString name;
        double difference = 0.0; // NDCG@10, B - A
    };

    QWidget* makeForest();
    QWidget* makeSlices();
    QWidget* makeDensity();
    QWidget* makeLasso();
    QWidget* makeOverlap();

    void startTests();
    void runTests();
    void startOverlap();
    void runOverlap();
    void showSlices();
    void showDensity();
    void showLasso(const std::vector<int>& points);
    void showOverlap(const ListOverlap& overlap);
    void openUser();

    WorkbenchContext& m_context;
    Panel* m_forestPanel = nullptr;
    QStackedWidget* m_forestStack = nullptr;
    EmptyState* m_forestEmpty = nullptr;
    ForestChart* m_forest = nullptr;
    QComboBox* m_test = nullptr;
    QComboBox* m_sliceBy = nullptr;
    Panel* m_slicePanel = nullptr;
    PlotView* m_slices = nullptr;
    Panel* m_densityPanel = nullptr;
    DensityScatter* m_density = nullptr;
    Panel* m_lassoPanel = nullptr;
    RowTableModel<LassoUser>* m_lassoRows = nullptr;
    RowTable* m_lasso = nullptr;
    QPushButton* m_openUser = nullptr;
    Panel* m_overlapPanel = nullptr;
    QStackedWidget* m_overlapStack = nullptr;
    EmptyState* m_overlapEmpty = nullptr;
    PlotView* m_overlap = nullptr;

    std::shared_ptr<const CompareData> m_data;
};

} // namespace recoscope
