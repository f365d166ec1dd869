// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The next run: a budget of operations, and the size, the data and the accuracy that the fit of the chosen family
// expects of it; beside it what the other families would reach with the same budget. GUI thread.
#pragma once

#include <array>
#include <memory>

#include "widgets/frame/panel.h"
#include "widgets/views/scaling/scaling_data.h"
#include "widgets/views/scaling/scaling_parts.h"

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

    // The chosen family first. Keeps a budget that was chosen.
    void showFamilies(const std::vector<ScalingFamily>& families);
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
    void showOthers();
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
    // A row for each further family: what it would reach.
    struct Other {
        QLabel* name = nullptr;
        QLabel* value = nullptr;
    };
    std::array<Other, mostFamilies - 1> m_others;
    std::vector<ScalingFamily> m_otherFamilies;
    std::shared_ptr<const ScalingData> m_shown;
    std::shared_ptr<const ScalingStudy> m_study;
    std::optional<FrontPoint> m_planned;
    Workspace::NewRun m_run;
    double m_chosen = 0.0; // 0 = not yet
};

} // namespace recoscope
