// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The conditions of a latency measurement and the runs to measure. Says how many requests that makes; wrong lengths
// are named under the field. GUI thread.
#pragma once

#include <QWidget>

#include <optional>
#include <vector>

#include "engine/serving/latency.h"
#include "engine/store/store.h"

class QCheckBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QSpinBox;

namespace recoscope {

class MeasurementForm : public QWidget {
    Q_OBJECT

public:
    explicit MeasurementForm(QWidget* parent = nullptr);

    // Runs to choose from; those in `checked` (ids) are checked at first. Keeps the present checks of known runs.
    void setRuns(const std::vector<RunRecord>& runs, const QStringList& checked);
    std::vector<RunRecord> checkedRuns() const;
    // Nothing while the form has an error.
    std::optional<LatencyRequest> request() const;
    bool pausesTraining() const;
    QPushButton* measureButton() const { return m_measure; }

signals:
    void measureAsked();
    void checkedChanged();

private:
    void addModes(QGridLayout& paths);
    void refresh();
    std::vector<ServingMode> checkedModes() const;
    std::optional<std::vector<std::int64_t>> lengths() const;

    std::vector<RunRecord> m_runs;
    QListWidget* m_list;
    std::vector<QCheckBox*> m_modes; // in the order of allServingModes
    QSpinBox* m_warmUp;
    QSpinBox* m_samples;
    QLineEdit* m_lengths;
    QCheckBox* m_pause;
    QLabel* m_error;
    QLabel* m_amount;
    QPushButton* m_measure;
};

} // namespace recoscope
