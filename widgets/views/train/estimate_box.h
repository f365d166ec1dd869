// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a training would cost, before it starts: time, peak memory against what the machine has, parameters, and an
// earlier run that was the same. Measured on a few steps by a job; the latest request wins. GUI thread.
#pragma once

#include <QFrame>

#include "engine/training/trainer.h"
#include "engine/workspace/workspace.h"

class QLabel;

namespace recoscope {

struct WorkbenchContext;

class EstimateBox : public QFrame {
    Q_OBJECT

public:
    explicit EstimateBox(WorkbenchContext& context, QWidget* parent = nullptr);

    // Measures the first of the runs; the time is that of all of them.
    void measure(const std::vector<Workspace::NewRun>& runs);
    void showError(const QString& text);
    void forget(); // what is shown belongs to other parameters

signals:
    void measureRequested();

private:
    QLabel* addRow(const QString& label, const QString& name);
    void show(const TrainEstimate& estimate, std::size_t runs);
    void showEarlier(const Workspace::NewRun& run);

    WorkbenchContext& m_context;
    QLabel* m_time;
    QLabel* m_memory;
    QLabel* m_parameters;
    QLabel* m_equal;
    QLabel* m_note;
};

} // namespace recoscope
