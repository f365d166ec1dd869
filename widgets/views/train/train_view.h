// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Train page: left the form of a new run with its estimate; middle the run that trains, or the one looked at, with
// its controls and curves; right the queue and the quantities of the optimiser, which a narrow window shows as a tab of
// the middle. GUI thread.
#pragma once

#include <deque>
#include <map>

#include <QTimer>

#include "widgets/core/training_queue.h"
#include "widgets/views/view.h"

class QHBoxLayout;
class QStackedWidget;
class QTabWidget;

namespace recoscope {

class PopularityLine;
class RunCharts;
class RunControls;
class RunForm;
struct JobFailure;

class TrainView : public View {
    Q_OBJECT

public:
    explicit TrainView(WorkbenchContext& context, QWidget* parent = nullptr);
    QPushButton* primaryButton() const override;
    SelectionFields usedFields() const override;
    Exportable* mainExport() const override;
    void activate() override;
    void setNarrow(bool narrow) override;

private:
    QWidget* makeMiddle();
    QWidget* makeSide();
    void bind();
    void enqueue(bool next);
    void onQueued(const std::vector<RunId>& ids);
    void showRefusal(const JobFailure& failure);
    void resume(const RunId& id);
    void look(const RunId& id); // shows its curves, reading them if nobody has
    void showSoon();
    void showCurves();
    const LiveRun* curvesOf(const RunId& id); // live or read; null while they are read
    int slotOf(const RunId& id) const;

    RunForm* m_form = nullptr;
    RunControls* m_controls = nullptr;
    RunCharts* m_charts;
    PopularityLine* m_popularity;
    QHBoxLayout* m_row = nullptr;
    QStackedWidget* m_middle = nullptr;
    QTabWidget* m_tabs = nullptr;
    QWidget* m_side = nullptr;
    QTimer m_repaint; // curves at most some times a second
    RunId m_shown;
    std::deque<bool> m_wantNext; // whether what was asked for goes before all that wait
    std::map<RunId, LiveRun> m_read; // curves of runs that do not train now
};

} // namespace recoscope
