// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The strip at the foot: the job that runs with progress, ETA, pause and cancel, how many wait; device, memory,
// workspace. GUI thread.
#pragma once

#include <QFrame>
#include <QTimer>

#include "widgets/core/jobs.h"

class QLabel;
class QProgressBar;
class QToolButton;

namespace recoscope {

struct WorkbenchContext;

class StatusStrip : public QFrame {
    Q_OBJECT

public:
    explicit StatusStrip(WorkbenchContext& context, QWidget* parent = nullptr);
    void showMessage(const QString& text); // for some seconds

signals:
    void logRequested();

private:
    void update();
    void updateMachine();
    void showJob(const JobInfo& job, int waiting);

    WorkbenchContext& m_context;
    JobId m_job = 0;
    QLabel* m_title;
    QProgressBar* m_bar;
    QLabel* m_detail;
    QToolButton* m_pause;
    QToolButton* m_cancel;
    QLabel* m_queued;
    QLabel* m_machine;
    QTimer m_messageTimer;
    QTimer m_machineTimer;
    QString m_message;
};

// Resident memory of this process in bytes; 0 when the system does not say.
qint64 processMemory();

} // namespace recoscope
