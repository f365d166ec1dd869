// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The next run: a budget of operations, and the size, the data and the accuracy that the fit expects of it. GUI thread.
#pragma once

#include <memory>

#include "widgets/frame/panel.h"
#include "widgets/views/scaling/scaling_data.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QSlider;

namespace recoscope {

class ChipLabel;

class PlanPanel : public Panel {
    Q_OBJECT

public:
    explicit PlanPanel(Theme& theme, QWidget* parent = nullptr);

    // Keeps a budget that was chosen; null = no fit.
    void showStudy(std::shared_ptr<const ScalingData> data, std::shared_ptr<const ScalingStudy> study);
    std::optional<FrontPoint> planned() const;
    QPushButton* queueButton() const { return m_queue; }

signals:
    void planChanged();
    void queueRequested(const recoscope::Workspace::NewRun& run);

private:
    QWidget* makeBody();
    void setBudget(double budget);
    void takeText();
    void takeSlider(int place);
    void showPlan();
    QString settingsText() const;
    QString warningText() const; // "" = the plan lies among the runs

    QLineEdit* m_budget;
    QSlider* m_slider;
    QLabel* m_error;
    QLabel* m_size;
    QLabel* m_data;
    QLabel* m_valueName;
    QLabel* m_value;
    QLabel* m_interval;
    QLabel* m_time;
    QLabel* m_settings;
    ChipLabel* m_chip;
    QLabel* m_warning;
    QPushButton* m_queue;
    QPushButton* m_copy;
    std::shared_ptr<const ScalingData> m_shown;
    std::shared_ptr<const ScalingStudy> m_study;
    std::optional<FrontPoint> m_planned;
    Workspace::NewRun m_run;
    double m_chosen = 0.0; // 0 = not yet
};

} // namespace recoscope
