// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/status_strip.h"

#include <thread>

#include <unistd.h>

#include <QFile>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

#include "engine/workspace/workspace.h"
#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr int messageMilliseconds = 6000;
constexpr int machineMilliseconds = 5000;

} // namespace

qint64 processMemory()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QList<QByteArray> fields = file.readAll().split(' ');
    return fields.size() > 1 ? fields[1].toLongLong() * sysconf(_SC_PAGESIZE) : 0;
}

StatusStrip::StatusStrip(WorkbenchContext& context, QWidget* parent)
    : QFrame(parent)
    , m_context(context)
    , m_title(makeLabel({}))
    , m_bar(new QProgressBar)
    , m_detail(makeLabel({}))
    , m_pause(makeIconButton(
          context.theme, QStringLiteral("pause"), tr("Pause or resume the job"), QStringLiteral("statusPause")))
    , m_cancel(makeIconButton(context.theme, QStringLiteral("x"), tr("Cancel the job"), QStringLiteral("statusCancel")))
    , m_queued(makeLabel({}))
    , m_machine(makeLabel({}))
{
    setObjectName(QStringLiteral("statusBar"));
    setAccessibleName(tr("Status"));
    setMinimumHeight(28);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 0, 12, 0);
    row->setSpacing(8);
    m_title->setProperty("strong", true);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(140);
    m_bar->setRange(0, 1000);
    QToolButton* log
        = makeIconButton(context.theme, QStringLiteral("info"), tr("Jobs and log"), QStringLiteral("statusLog"));
    connect(log, &QToolButton::clicked, this, &StatusStrip::logRequested);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_title, m_bar, m_detail, m_pause, m_cancel, m_queued})
        row->addWidget(widget);
    row->addStretch(1);
    row->addWidget(log);
    row->addWidget(m_machine);
    connect(m_pause, &QToolButton::clicked, this, [this] {
        const auto info = m_context.jobs.info(m_job);
        if (info && info->state == JobState::Paused)
            m_context.jobs.resume(m_job);
        else
            m_context.jobs.pause(m_job);
    });
    connect(m_cancel, &QToolButton::clicked, this, [this] { m_context.jobs.cancel(m_job); });
    connect(&context.jobs, &Jobs::progressed, this, &StatusStrip::update);
    connect(&context.jobs, &Jobs::waitingChanged, this, &StatusStrip::update);
    m_messageTimer.setSingleShot(true);
    connect(&m_messageTimer, &QTimer::timeout, this, [this] {
        m_message.clear();
        update();
    });
    connect(&m_machineTimer, &QTimer::timeout, this, &StatusStrip::updateMachine);
    m_machineTimer.start(machineMilliseconds);
    updateMachine();
    update();
}

void StatusStrip::showMessage(const QString& text)
{
    m_message = text;
    m_messageTimer.start(messageMilliseconds);
    update();
}

void StatusStrip::update()
{
    const std::vector<JobInfo> jobs = m_context.jobs.active();
    // A training is shown before quick inspectors; jobs without a title are housekeeping.
    const JobInfo* shown = nullptr;
    int waiting = 0;
    for (const JobInfo& job : jobs) {
        if (job.title.isEmpty())
            continue;
        if (job.state == JobState::Queued)
            ++waiting;
        else if (!shown || job.lane > shown->lane)
            shown = &job;
    }
    if (shown) {
        showJob(*shown, waiting);
        return;
    }
    m_job = 0;
    m_title->setText(m_message.isEmpty() ? tr("Ready") : m_message);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_bar, m_detail, m_pause, m_cancel, m_queued})
        widget->hide();
}

void StatusStrip::showJob(const JobInfo& job, int waiting)
{
    m_job = job.id;
    m_title->setText(job.title);
    m_bar->setVisible(job.fraction >= 0);
    m_bar->setValue(qRound(job.fraction * 1000));
    m_bar->setAccessibleName(job.title);
    QString detail = m_message.isEmpty() ? job.text : m_message;
    if (job.state == JobState::Paused)
        detail = tr("paused");
    else if (job.etaSeconds >= 0)
        detail += tr(" · ETA %1").arg(format::duration(job.etaSeconds));
    m_detail->setText(detail);
    m_detail->show();
    m_pause->setVisible(job.lane == JobLane::Training);
    m_pause->setIcon(
        m_context.theme.icon(job.state == JobState::Paused ? QStringLiteral("play") : QStringLiteral("pause")));
    m_cancel->show();
    m_queued->setText(tr("%1 queued").arg(waiting));
    m_queued->setVisible(waiting > 0);
}

void StatusStrip::updateMachine()
{
    const auto folder = QString::fromStdString(m_context.workspace->folder().filename().string());
    m_machine->setText(
        format::plural(std::thread::hardware_concurrency(), tr("CPU · %1 thread"), tr("CPU · %1 threads"))
        + QStringLiteral("   ·   ") + format::bytes(processMemory()) + QStringLiteral("   ·   ")
        + tr("Workspace: %1").arg(folder));
}

} // namespace recoscope
