// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A dialog that does one job at a time and stays while it does: it shows how far the job is and says in itself how it
// ended. Its Close button is Cancel then, as is Escape; so is its end. GUI thread.
#pragma once

#include <QDialog>

#include "widgets/core/jobs.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QVBoxLayout;

namespace recoscope {

class Banner;
struct WorkbenchContext;

class JobDialog : public QDialog {
    Q_OBJECT

public:
    ~JobDialog() override; // cancels what it does

public slots:
    void reject() override;

protected:
    // Controls are named `prefix`Close, `prefix`Progress and `prefix`State. `cancelled` is said of a job that was.
    JobDialog(WorkbenchContext& context, const QString& prefix, const QString& cancelled, QWidget* parent);

    bool isBusy() const { return m_job != 0; }
    void begin(JobId job, const QString& doing);
    void jobEnded();
    void failed(const QString& lead, const JobFailure& failure);
    // Brings every control in line with isBusy() and what is chosen; calls showJob().
    virtual void showState() = 0;
    void showJob();
    void addJobRows(QVBoxLayout* column); // banner, progress, what is being done

    WorkbenchContext& m_context;
    Banner* m_banner;
    QLabel* m_state;
    QPushButton* m_close;

private:
    void onProgress(JobId job);

    JobId m_job = 0; // 0 = nothing is done
    QProgressBar* m_progress;
};

} // namespace recoscope
