// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/training_queue.h"

#include <algorithm>

#include <QMetaObject>

#include "engine/models/registry.h"

namespace recoscope {

struct TrainingQueue::Entry {
    LiveRun live; // GUI thread
    TrainControl control; // atomics
    std::int64_t stepsSeen = 0; // worker thread
    std::int64_t stepsAtEpochStart = 0; // worker thread
    std::int64_t stepsPerEpoch = 0; // worker thread; 0 in the first epoch
    int epochsDone = 0; // worker thread
    bool resumed = false; // GUI thread
};

struct TrainingQueue::Created {
    std::vector<RunRecord> runs;
    std::optional<JobFailure> failure; // of the request after them
};

TrainingQueue::TrainingQueue(std::shared_ptr<Workspace> workspace, Jobs& jobs, QObject* parent)
    : QObject(parent)
    , m_workspace(std::move(workspace))
    , m_jobs(jobs)
{
    connect(&jobs, &Jobs::started, this, [this](JobId id) {
        if (entryOfJob(id)) {
            m_runningJob = id;
            emit changed();
        }
    });
    connect(&jobs, &Jobs::finished, this, &TrainingQueue::onEnded);
    connect(&jobs, &Jobs::cancelled, this, &TrainingQueue::onEnded);
    connect(&jobs, &Jobs::failed, this, [this](JobId id, const JobFailure& failure) {
        if (const auto entry = entryOfJob(id))
            emit runFailed(entry->live.id, failure);
        onEnded(id);
    });
    connect(&jobs, &Jobs::waitingChanged, this, &TrainingQueue::changed);
}

std::shared_ptr<TrainingQueue::Entry> TrainingQueue::entryOf(const RunRecord& run)
{
    auto entry = std::make_shared<Entry>();
    entry->live.id = run.id;
    entry->live.name = QString::fromStdString(run.name);
    entry->live.model = QString::fromStdString(run.model);
    entry->live.tags = run.tags;
    entry->live.epochsPlanned = run.parameters.value("epochs", 0);
    return entry;
}

void TrainingQueue::enqueue(std::vector<Workspace::NewRun> requests)
{
    m_jobs.run(
        {JobLane::Edit, {}, {}}, this,
        [workspace = m_workspace, requests = std::move(requests)](Progress&) {
            Created created;
            try {
                for (const Workspace::NewRun& request : requests)
                    created.runs.push_back(workspace->store().run(workspace->createRun(request)));
            } catch (const Error& error) {
                created.failure = JobFailure{
                    error.kind(), QString::fromStdString(error.message()), QString::fromStdString(error.hint())};
            }
            return created;
        },
        [this](const Created& created) { take(created); },
        [this](const JobFailure& failure) { emit enqueueFailed(failure); });
}

void TrainingQueue::take(const Created& created)
{
    std::vector<RunId> ids;
    for (const RunRecord& run : created.runs) {
        submit(entryOf(run), false);
        ids.push_back(run.id);
    }
    if (!ids.empty())
        emit runsQueued(ids);
    if (created.failure)
        emit enqueueFailed(*created.failure);
}

void TrainingQueue::enqueueResume(const RunRecord& run)
{
    m_jobs.run(
        {JobLane::Edit, {}, {}}, this,
        [workspace = m_workspace, id = run.id](Progress&) { return workspace->store().epochs(id); },
        [this, run](std::vector<EpochRecord> epochs) {
            const auto entry = entryOf(run);
            entry->live.epochs = std::move(epochs);
            entry->epochsDone = static_cast<int>(entry->live.epochs.size());
            submit(entry, true);
        },
        [this](const JobFailure& failure) { emit enqueueFailed(failure); });
}

TrainListener TrainingQueue::listenerFor(const std::shared_ptr<Entry>& entry)
{
    TrainListener listener;
    listener.onEpoch = [this, entry](const EpochRecord& epoch) {
        entry->epochsDone = epoch.epoch;
        // Of a resumed run the first epoch told began somewhere before this program.
        const bool wholeSeen = entry->stepsAtEpochStart > 0 || epoch.epoch == 1;
        entry->stepsPerEpoch = wholeSeen ? epoch.step - entry->stepsAtEpochStart : 0;
        entry->stepsAtEpochStart = epoch.step;
        QMetaObject::invokeMethod(this, [this, entry, epoch] {
            // A resumed run tells the epochs after its checkpoint again.
            std::erase_if(
                entry->live.epochs, [&epoch](const EpochRecord& known) { return known.epoch >= epoch.epoch; });
            entry->live.epochs.push_back(epoch);
            emit epochAdded(entry->live.id);
        });
    };
    listener.onStep = [this, entry](std::int64_t step, double loss, double gradientNorm, double learningRate) {
        // Where in the epoch a step lies is known once one epoch has been counted.
        if (entry->stepsPerEpoch <= 0)
            return;
        const double within = static_cast<double>(step - entry->stepsAtEpochStart) / entry->stepsPerEpoch;
        const LiveStep live{entry->epochsDone + within, loss, gradientNorm, learningRate};
        QMetaObject::invokeMethod(this, [this, entry, live] {
            entry->live.steps.push_back(live);
            emit stepsAdded(entry->live.id);
        });
    };
    return listener;
}

void TrainingQueue::submit(const std::shared_ptr<Entry>& entry, bool resume)
{
    entry->resumed = resume;
    m_entries[entry->live.id] = entry;
    std::erase(m_ended, entry->live.id);
    const QString title = resume ? tr("Resuming %1").arg(entry->live.name) : tr("Training %1").arg(entry->live.name);
    entry->live.job = m_jobs.run(
        {JobLane::Training, title, {}}, this,
        [workspace = m_workspace, entry, listener = listenerFor(entry), resume](Progress& progress) {
            if (resume)
                workspace->resume(entry->live.id, entry->control, listener, progress);
            else
                workspace->execute(entry->live.id, entry->control, listener, progress);
        },
        [] {});
    emit changed();
}

std::shared_ptr<TrainingQueue::Entry> TrainingQueue::entryOfJob(JobId job) const
{
    for (const auto& [id, entry] : m_entries) {
        if (entry->live.job == job)
            return entry;
    }
    return nullptr;
}

std::shared_ptr<TrainingQueue::Entry> TrainingQueue::runningEntry() const
{
    return m_runningJob == 0 ? nullptr : entryOfJob(m_runningJob);
}

const LiveRun* TrainingQueue::running() const
{
    const auto entry = runningEntry();
    return entry ? &entry->live : nullptr;
}

const LiveRun* TrainingQueue::live(const RunId& id) const
{
    const auto found = m_entries.find(id);
    return found == m_entries.end() ? nullptr : &found->second->live;
}

std::vector<RunId> TrainingQueue::waiting() const
{
    std::vector<RunId> ids;
    for (const JobId job : m_jobs.waiting(JobLane::Training)) {
        if (const auto entry = entryOfJob(job); entry && job != m_runningJob)
            ids.push_back(entry->live.id);
    }
    return ids;
}

bool TrainingQueue::holds(const RunId& id) const
{
    const LiveRun* run = live(id);
    const auto job = run ? m_jobs.info(run->job) : std::nullopt;
    return job && (job->state == JobState::Queued || job->state == JobState::Running || job->state == JobState::Paused);
}

bool TrainingQueue::isPaused() const
{
    const auto info = m_runningJob == 0 ? std::nullopt : m_jobs.info(m_runningJob);
    return info && info->state == JobState::Paused;
}

void TrainingQueue::pause()
{
    m_jobs.pause(m_runningJob);
    emit changed();
}

void TrainingQueue::resume()
{
    m_jobs.resume(m_runningJob);
    emit changed();
}

void TrainingQueue::stopKeepBest()
{
    const auto entry = runningEntry();
    if (!entry)
        return;
    entry->control.stopKeepBest = true;
    m_jobs.resume(m_runningJob); // a paused run has to wake up to stop
}

void TrainingQueue::cancelRunning()
{
    if (m_runningJob != 0)
        m_jobs.cancel(m_runningJob);
}

void TrainingQueue::removeWaiting(const RunId& id)
{
    const LiveRun* run = live(id);
    if (!run || run->job == m_runningJob)
        return;
    m_jobs.cancel(run->job);
    std::erase(m_ended, id);
    // A run that trained before keeps what it has; one that never started goes to the bin.
    if (!m_entries[id]->resumed)
        m_jobs.run(
            {JobLane::Edit, {}, {}}, this,
            [workspace = m_workspace, id](Progress&) { workspace->store().deleteRun(id); }, [] {},
            [this, id](const JobFailure& failure) { emit runFailed(id, failure); });
    emit changed();
}

void TrainingQueue::clearWaiting()
{
    for (const RunId& id : waiting())
        removeWaiting(id);
}

void TrainingQueue::cancelTagged(const std::string& tag)
{
    const auto isTagged
        = [&tag](const LiveRun& run) { return std::find(run.tags.begin(), run.tags.end(), tag) != run.tags.end(); };
    // The waiting ones first, so that none of them begins when the running one ends.
    for (const RunId& id : waiting()) {
        const LiveRun& run = *live(id);
        if (!isTagged(run))
            continue;
        m_jobs.cancel(run.job);
        if (!m_entries[id]->resumed) // what trained before is what it was
            cancelUnstarted(id);
    }
    for (const auto& [id, entry] : m_entries) {
        if (isTagged(entry->live))
            m_jobs.cancel(entry->live.job);
    }
}

// The store hears of it after the queue has let it go.
void TrainingQueue::cancelUnstarted(const RunId& id)
{
    m_jobs.run(
        {JobLane::Edit, {}, {}}, this, [workspace = m_workspace, id](Progress&) { workspace->cancelQueued(id); },
        [this, id] { emit runEnded(id); }, [this, id](const JobFailure& failure) { emit runFailed(id, failure); });
}

void TrainingQueue::clearEnded()
{
    m_ended.clear();
    emit changed();
}

void TrainingQueue::moveWaiting(const RunId& id, int position)
{
    if (const LiveRun* run = live(id))
        m_jobs.moveWaiting(run->job, position);
}

void TrainingQueue::onEnded(JobId job)
{
    const auto entry = entryOfJob(job);
    if (!entry)
        return;
    if (m_runningJob == job)
        m_runningJob = 0;
    m_ended.insert(m_ended.begin(), entry->live.id);
    emit runEnded(entry->live.id);
    emit changed();
}

} // namespace recoscope
