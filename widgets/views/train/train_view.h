// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Train page: left the form from the schema with preset, protocol and estimate; middle the running run with its
// controls and live curves; right the queue. GUI thread.
#pragma once

#include "engine/training/trainer.h"
#include "engine/workspace/workspace.h"
#include "widgets/views/view.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QProgressBar;
class QPushButton;
class QStackedWidget;

namespace recoscope {

class ChipLabel;
class CrosshairGroup;
class Panel;
class ParameterForm;
class PlotView;
class ProtocolForm;
struct JobFailure;
struct LiveRun;

class TrainView : public View {
    Q_OBJECT

public:
    explicit TrainView(WorkbenchContext& context, QWidget* parent = nullptr);
    QPushButton* primaryButton() const override { return m_start; }
    SelectionFields usedFields() const override;
    Exportable* mainExport() const override;
    void activate() override;
    void setNarrow(bool narrow) override;

private:
    QWidget* makeForm();
    QWidget* makeButtons();
    QWidget* makeControls();
    QWidget* makeCurves();
    QWidget* makeSide();
    PlotView* makeChart(const QString& title, const QString& subtitle, const QString& name, Panel** panel = nullptr);
    void onModel();
    void onPreset();
    void onDataset();
    std::vector<Workspace::NewRun> requests();
    void enqueue();
    void onQueued(const std::vector<RunId>& ids);
    void showRefusal(const JobFailure& failure);
    void estimate();
    void showEstimate(const TrainEstimate& estimate);
    void updateControls();
    void updateQueue();
    void updateCurves();
    const LiveRun* shownRun() const;
    void showCurves(const LiveRun& run);

    QComboBox* m_model = nullptr;
    QComboBox* m_preset = nullptr;
    QLineEdit* m_seed = nullptr;
    ParameterForm* m_form = nullptr;
    ProtocolForm* m_protocol = nullptr;
    QLabel* m_estimate = nullptr;
    QPushButton* m_start = nullptr;
    QLabel* m_runName = nullptr;
    ChipLabel* m_runState = nullptr;
    QLabel* m_runDetail = nullptr;
    QProgressBar* m_progress = nullptr;
    QPushButton* m_pause = nullptr;
    QPushButton* m_stop = nullptr;
    QPushButton* m_cancel = nullptr;
    QStackedWidget* m_middle = nullptr;
    PlotView* m_loss = nullptr;
    PlotView* m_valid = nullptr;
    PlotView* m_rate = nullptr;
    PlotView* m_norm = nullptr;
    CrosshairGroup* m_crosshair;
    QListWidget* m_queue = nullptr;
    QWidget* m_side = nullptr;
    QWidget* m_left = nullptr;
    RunId m_shown;
};

} // namespace recoscope
