// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What trains, or the run that is looked at: name, status, progress with the time left, and the buttons that fit its
// state: pause, resume, stop, cancel; Resume as well for a run that was cut off. GUI thread.
#pragma once

#include <QFrame>

#include "engine/store/store.h"

class QLabel;
class QProgressBar;
class QPushButton;

namespace recoscope {

class ChipLabel;
struct WorkbenchContext;

class RunControls : public QFrame {
    Q_OBJECT

public:
    explicit RunControls(WorkbenchContext& context, QWidget* parent = nullptr);

    // The run to show while nothing trains; "" = none.
    void setRun(const RunId& id);
    void update();

signals:
    void resumeRequested(const recoscope::RunId& id);

private:
    void showRunning();
    void showSettled();
    void askToCancel();

    WorkbenchContext& m_context;
    RunId m_run;
    QLabel* m_name;
    ChipLabel* m_state;
    QLabel* m_seed;
    QPushButton* m_pause;
    QPushButton* m_resume;
    QPushButton* m_stop;
    QPushButton* m_cancel;
    QProgressBar* m_progress;
    QLabel* m_detail;
    QLabel* m_left;
};

} // namespace recoscope
