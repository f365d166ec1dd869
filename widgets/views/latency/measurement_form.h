// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The conditions of a latency measurement and the runs to measure; what is checked here is also what the page shows of
// what is stored. Says how many requests that makes; wrong lengths and widths are named under the fields. GUI thread.
#pragma once

#include <QWidget>

#include <functional>
#include <optional>
#include <vector>

#include "engine/serving/latency.h"
#include "engine/store/store.h"
#include "widgets/core/latency_estimate.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace recoscope {

class PathChoice;
class RunChecks;

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
    int threads() const; // of the processor
    // How long measuring the checked runs takes, or nothing where it cannot be told; asked whenever the form changes.
    void setEstimate(std::function<std::optional<LatencyEstimate>(const LatencyRequest& request)> estimate);
    void refresh();
    bool pausesTraining() const;
    QPushButton* measureButton() const { return m_measure; }

signals:
    void measureAsked();
    void checkedChanged();
    void choiceChanged();

private:
    void makeFields();
    void fillDevices();
    void connectFields();
    QString pathsProblem() const;
    QString beamsProblem() const;
    QString lengthsProblem() const;
    qint64 mostRequests(const LatencyRequest& request) const;
    QString amountOf(const LatencyRequest& request) const;
    bool measuresBeams() const;
    std::optional<std::vector<std::int64_t>> lengths() const;
    std::optional<std::vector<std::int64_t>> beams() const; // empty = the usual ones

    bool m_batched = false;
    std::function<std::optional<LatencyEstimate>(const LatencyRequest&)> m_estimate;
    QComboBox* m_device;
    RunChecks* m_runs;
    PathChoice* m_paths;
    QLabel* m_batchLabel;
    QSpinBox* m_batch;
    QLineEdit* m_beams;
    QSpinBox* m_warmUp;
    QSpinBox* m_samples;
    QLineEdit* m_lengths;
    QCheckBox* m_pause;
    QLabel *m_pathsError, *m_beamsError, *m_lengthsError; // under their fields
    QLabel* m_amount;
    QPushButton* m_measure;
};

} // namespace recoscope
