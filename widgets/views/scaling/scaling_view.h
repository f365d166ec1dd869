// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Scaling page: the runs of a sweep, or of several, against compute, size or data, the law through them with its
// bootstrap band, and what a budget would buy. Sweeps are started, ended and gone on with here; their runs train in the
// queue as any other.
#pragma once

#include <memory>

#include "widgets/views/scaling/scaling_charts.h"
#include "widgets/views/view.h"

class QCheckBox;
class QStackedWidget;

namespace recoscope {

class EmptyState;
class Panel;
class PlotView;
class ScalingSide;
class SegmentedControl;

class ScalingView : public View {
    Q_OBJECT

public:
    explicit ScalingView(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    void activate() override;
    QPushButton* primaryButton() const override;
    Exportable* mainExport() const override;
    void setNarrow(bool narrow) override;

private:
    QWidget* makeLeft();
    void connectParts();
    void refresh(); // what the library knows of the sweeps
    void load();
    void take(ScalingRead read);
    void fit();
    void endReading(); // goes on with what changed meanwhile
    void forgetReading(); // the next change begins anew
    void showAll();
    void showSubtitle();
    void showMain(bool keepView = false);
    void newSweep();
    void queue(const Workspace::NewRun& run);
    SplitPart part() const;
    QString shownSweeps() const;
    QString signature() const; // of the runs shown: changes when they do

    SegmentedControl* m_part;
    SegmentedControl* m_axis;
    QStackedWidget* m_stack;
    QWidget* m_page;
    EmptyState* m_empty;
    EmptyState* m_noDataset;
    Panel* m_mainPanel = nullptr;
    PlotView* m_main = nullptr;
    QWidget* m_below = nullptr; // the two panels of a fit
    Panel* m_equalPanel = nullptr;
    PlotView* m_equal = nullptr;
    Panel* m_residualPanel = nullptr;
    PlotView* m_residuals = nullptr;
    QCheckBox* m_published = nullptr;
    ScalingSide* m_side = nullptr;

    ScalingRead m_read; // the chosen sweep and those beside it
    std::vector<ScalingFamily> m_families; // of them those that can stand in one chart, the chosen one first
    ScalingChart m_chart;
    QString m_loaded; // signature of what was asked for last
    QString m_reading; // sweeps that are being read and fitted; what changes in them meanwhile is read afterwards
    JobId m_readJob = 0, m_fitJob = 0;
};

} // namespace recoscope
