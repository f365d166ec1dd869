// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/run_controls.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QTime>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/chip_label.h"
#include "widgets/frame/run_words.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

QString timeLeft(const JobInfo& job)
{
    if (job.etaSeconds < 0 || job.state == JobState::Paused)
        return {};
    const QTime end = QTime::currentTime().addSecs(static_cast<int>(job.etaSeconds));
    return RunControls::tr("%1 left · done about %2")
        .arg(format::duration(job.etaSeconds), end.toString(QStringLiteral("hh:mm")));
}

// "MostPopular · NDCG@10 0.1724 on test" or why it ended.
QString settledText(const RunRecord& run)
{
    if (!run.error.empty())
        return QString::fromStdString(run.error);
    QStringList parts{modelTitle(run.model), QString::fromStdString(run.dataset)};
    if (run.epochs > 0)
        parts << format::plural(run.epochs, RunControls::tr("%1 epoch"), RunControls::tr("%1 epochs"));
    if (const auto found = run.test.find("ndcg@10"); found != run.test.end())
        parts << RunControls::tr("test NDCG@10 %1").arg(format::accuracy(found->second));
    return parts.join(QStringLiteral(" · "));
}

} // namespace

RunControls::RunControls(WorkbenchContext& context, QWidget* parent)
    : QFrame(parent)
    , m_context(context)
    , m_name(makeLabel({}, "strong"))
    , m_state(new ChipLabel(context.theme))
    , m_seed(makeLabel({}, "secondary"))
    , m_pause(makeButton(tr("Pause"), QStringLiteral("trainPause")))
    , m_resume(makeButton(tr("Resume"), QStringLiteral("trainResume")))
    , m_stop(makeButton(tr("Stop, keep best"), QStringLiteral("trainStop")))
    , m_cancel(makeButton(tr("Cancel run…"), QStringLiteral("trainCancel"), ButtonKind::Danger))
    , m_progress(new QProgressBar)
    , m_detail(makeLabel({}, "secondary"))
    , m_left(makeLabel({}, "secondary"))
{
    setAccessibleName(tr("Present run"));
    setProperty("panel", true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 10, 14, 10);
    column->setSpacing(8);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    setNames(m_name, QStringLiteral("trainRunName"), tr("Run"));
    setNames(m_state, QStringLiteral("trainRunState"), tr("Status"));
    m_name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    row->addWidget(m_name, 1);
    row->addWidget(m_state);
    row->addWidget(m_seed);
    for (QPushButton* button : {m_resume, m_pause, m_stop, m_cancel})
        row->addWidget(button);
    setThemedIcon(context.theme, m_resume, QStringLiteral("play"));
    setThemedIcon(context.theme, m_stop, QStringLiteral("square"));
    column->addLayout(row);
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 1000);
    setNames(m_progress, QStringLiteral("trainProgress"), tr("Progress of the training"));
    column->addWidget(m_progress);
    auto* foot = new QHBoxLayout;
    m_detail->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    foot->addWidget(m_detail, 1);
    foot->addWidget(m_left);
    column->addLayout(foot);
    TrainingQueue& queue = context.training;
    connect(m_pause, &QPushButton::clicked, &queue, &TrainingQueue::pause);
    connect(m_stop, &QPushButton::clicked, &queue, &TrainingQueue::stopKeepBest);
    connect(m_cancel, &QPushButton::clicked, this, &RunControls::askToCancel);
    connect(m_resume, &QPushButton::clicked, this, [this, &queue] {
        if (queue.running())
            queue.resume();
        else
            emit resumeRequested(m_run);
    });
    connect(&queue, &TrainingQueue::changed, this, &RunControls::update);
    connect(&context.jobs, &Jobs::progressed, this, [this, &queue](JobId id) {
        if (queue.running() && queue.running()->job == id)
            update();
    });
    connect(&context.library, &Library::runsChanged, this, &RunControls::update);
    update();
}

void RunControls::setRun(const RunId& id)
{
    m_run = id;
    update();
}

void RunControls::update()
{
    if (m_context.training.running())
        showRunning();
    else
        showSettled();
}

void RunControls::showRunning()
{
    const TrainingQueue& queue = m_context.training;
    const LiveRun& run = *queue.running();
    const bool paused = queue.isPaused();
    const auto job = m_context.jobs.info(run.job);
    m_name->setText(run.name);
    m_name->setToolTip(run.name);
    m_seed->clear();
    m_state->setChip(
        paused ? StatusTone::Warn : StatusTone::Accent, statusText(paused ? RunStatus::Paused : RunStatus::Running));
    m_pause->setVisible(!paused);
    m_resume->setVisible(paused);
    for (QPushButton* button : {m_pause, m_resume, m_stop, m_cancel})
        button->setEnabled(true);
    m_stop->show();
    m_cancel->show();
    m_progress->show();
    m_progress->setValue(job ? qRound(std::max(0.0, job->fraction) * 1000) : 0);
    m_detail->setText(job ? job->text : QString());
    m_left->setText(job ? timeLeft(*job) : QString());
}

void RunControls::showSettled()
{
    const RunRecord* run = m_context.library.run(QString::fromStdString(m_run));
    const bool waits = m_context.training.holds(m_run);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_pause, m_stop, m_cancel, m_progress})
        widget->hide();
    m_resume->setVisible(run && canResume(*run));
    m_resume->setEnabled(!waits);
    m_left->clear();
    if (!run) {
        for (QLabel* label : {m_name, m_seed, m_detail})
            label->clear();
        m_state->setChip(StatusTone::Neutral, {});
        return;
    }
    m_name->setText(QString::fromStdString(run->name));
    m_name->setToolTip(m_name->text());
    m_state->setChip(statusTone(run->status), statusText(run->status));
    m_seed->setText(tr("seed %1").arg(run->seed));
    m_detail->setText(settledText(*run));
    m_detail->setToolTip(m_detail->text());
}

void RunControls::askToCancel()
{
    const auto answer = QMessageBox::question(
        this, tr("Cancel run"), tr("Cancel %1? Its last checkpoint is kept.").arg(m_name->text()));
    if (answer == QMessageBox::Yes)
        m_context.training.cancelRunning();
}

} // namespace recoscope
