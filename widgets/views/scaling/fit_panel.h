// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The fitted law: its form, constants with intervals, and what is known against reading them. GUI thread.
#pragma once

#include "widgets/core/array_table_model.h"
#include "widgets/frame/panel.h"
#include "widgets/views/scaling/scaling_data.h"

class QComboBox;
class QLabel;

namespace recoscope {

class ChipLabel;
class RowTable;

class FitPanel : public Panel {
    Q_OBJECT

public:
    explicit FitPanel(Theme& theme, QWidget* parent = nullptr);

    std::optional<ScalingForm> form() const; // unset: the first that the runs determine
    // Of the chosen family: its fit, or why there is none. `named`: it is one of several.
    void showFamily(const ScalingFamily& family, bool named);

signals:
    void formChosen();

private:
    void showFit(const ScalingData& data, const ScalingStudy& study);
    void showProblem(const QString& sentence);

    struct Row {
        QString name;
        double value = 0.0;
        Interval drawn; // of the bootstrap
        bool isWeak = false;
    };

    QComboBox* m_form;
    RowTableModel<Row>* m_rows;
    RowTable* m_table;
    ChipLabel* m_weak;
    QLabel* m_words;
};

} // namespace recoscope
