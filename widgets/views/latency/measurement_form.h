// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The conditions of a latency measurement and the runs to measure; what is checked here is also what the page shows of
// what is stored. Says how many requests that makes; wrong lengths and widths are named under the fields. GUI thread.
#pragma once

#include <QWidget>

#include <optional>
#include <vector>

#include "engine/serving/latency.h"
#include "engine/store/store.h"
#include "widgets/core/latency_tables.h"

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
    // Whether requests are of several users; else of one.
    void setBatched(bool batched);
    // Nothing while the form has an error.
    std::optional<LatencyRequest> request() const;
    // What of the stored measurements has the batch, the paths and the widths that stand here.
    LatencyChoice choice() const;
    bool pausesTraining() const;
    QPushButton* measureButton() const { return m_measure; }

signals:
    void measureAsked();
    void checkedChanged();
    void choiceChanged();

private:
    QWidget* makePaths();
    void makeFields();
    void connectFields();
    void refresh();
    QString problem() const;
    std::vector<ServingMode> checkedModes() const;
    bool measuresBeams() const;
    std::optional<std::vector<std::int64_t>> lengths() const;
    std::optional<std::vector<std::int64_t>> beams() const; // empty = the usual ones

    std::vector<RunRecord> m_runs;
    bool m_batched = false;
    QListWidget* m_list;
    std::vector<QCheckBox*> m_modes; // in the order of allServingModes
    QLabel* m_batchLabel;
    QSpinBox* m_batch;
    QLineEdit* m_beams;
    QSpinBox* m_warmUp;
    QSpinBox* m_samples;
    QLineEdit* m_lengths;
    QCheckBox* m_pause;
    QLabel* m_error;
    QLabel* m_amount;
    QPushButton* m_measure;
};

} // namespace recoscope
