// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/job_dialog.h"

#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/views/context.h"

namespace recoscope {

JobDialog::JobDialog(WorkbenchContext& context, const QString& prefix, const QString& cancelled, QWidget* parent)
    : QDialog(parent)
    , m_context(context)
    , m_banner(new Banner(context.theme))
    , m_state(makeLabel({}, "secondary"))
    , m_close(makeButton(tr("Close"), QStringLiteral("%1Close").arg(prefix)))
    , m_progress(new QProgressBar)
{
    setObjectName(QStringLiteral("%1Dialog").arg(prefix));
    setNames(m_progress, QStringLiteral("%1Progress").arg(prefix), tr("Progress"));
    setNames(m_state, QStringLiteral("%1State").arg(prefix), tr("What is being done"));
    m_state->setWordWrap(true);
    m_progress->setRange(0, 1000);
    m_progress->setTextVisible(false);
    connect(m_close, &QPushButton::clicked, this, &JobDialog::reject);
    connect(&context.jobs, &Jobs::progressed, this, &JobDialog::onProgress);
    connect(&context.jobs, &Jobs::cancelled, this, [this, cancelled](JobId job) {
        if (job != m_job)
            return;
        jobEnded();
        m_banner->showMessage(StatusTone::Info, tr("Cancelled."), cancelled);
    });
}

JobDialog::~JobDialog()
{
    m_context.jobs.disconnect(this);
    if (isBusy())
        m_context.jobs.cancel(m_job);
}

void JobDialog::addJobRows(QVBoxLayout* column)
{
    column->addWidget(m_banner);
    column->addWidget(m_progress);
    column->addWidget(m_state);
}

void JobDialog::begin(JobId job, const QString& doing)
{
    m_job = job;
    m_banner->clear();
    m_progress->setValue(0);
    m_state->setText(doing);
    showState();
}

void JobDialog::jobEnded()
{
    m_job = 0;
    showState();
}

void JobDialog::failed(const QString& lead, const JobFailure& failure)
{
    jobEnded();
    m_banner->showFailure(lead, failure);
}

void JobDialog::showJob()
{
    m_close->setText(isBusy() ? tr("Cancel") : tr("Close"));
    m_progress->setVisible(isBusy());
    m_state->setVisible(isBusy());
}

void JobDialog::onProgress(JobId job)
{
    const auto info = isBusy() && job == m_job ? m_context.jobs.info(job) : std::nullopt;
    if (!info)
        return;
    m_progress->setValue(qRound(std::max(0.0, info->fraction) * 1000));
    m_state->setText(
        info->etaSeconds < 0 ? info->text : tr("%1 · %2 left").arg(info->text, format::duration(info->etaSeconds)));
}

void JobDialog::reject()
{
    if (isBusy())
        m_context.jobs.cancel(m_job);
    else
        QDialog::reject();
}

} // namespace recoscope
