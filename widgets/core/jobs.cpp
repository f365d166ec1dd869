// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The pool owns what the workers share (queues, outbox) under one mutex. Workers never touch the Jobs object: they
// put events into the outbox and post one call of drain(). The destructor stops the workers first and then drains, so
// the last events are delivered by hand instead of being lost with the object's posted calls.
#include "widgets/core/jobs.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <QMetaObject>

namespace recoscope {

namespace {

constexpr int laneCount = 4;
constexpr std::array<int, laneCount> threadsOfLane{2, 1, 1, 1};
constexpr std::size_t rememberedJobs = 100;

JobFailure currentFailure()
{
    try {
        throw;
    } catch (const Error& error) {
        return {error.kind(), QString::fromStdString(error.message()), QString::fromStdString(error.hint())};
    } catch (const std::bad_alloc&) {
        return {ErrorKind::Resource, QObject::tr("There is not enough memory for this."),
            QObject::tr("Close other programs, or choose a smaller dataset or model.")};
    } catch (const std::exception& error) {
        return {ErrorKind::Internal, QString::fromLocal8Bit(error.what()),
            QObject::tr("This is a fault in the program. Please report it with these details.")};
    }
}

} // namespace

struct Jobs::Job {
    JobInfo info; // GUI thread
    QString key;
    QPointer<QObject> receiver;
    bool hadReceiver = false;
    std::function<void(Progress&)> work;
    std::function<void()> done;
    FailureHandler failed;
    bool superseded = false; // GUI thread

    // Under the pool's mutex.
    std::shared_ptr<Progress> progress;
    bool cancelRequested = false;
    ProgressReport report;
};

struct Jobs::Pool {
    enum class What { Started, Progressed, Finished, Failed, Cancelled };
    struct Event {
        std::shared_ptr<Job> job;
        What what;
        JobFailure failure;
    };

    explicit Pool(Jobs& owner)
        : jobs(owner)
    {
        for (int lane = 0; lane < laneCount; ++lane) {
            for (int thread = 0; thread < threadsOfLane[lane]; ++thread)
                threads.emplace_back([this, lane] { workOn(lane); });
        }
    }

    void stop()
    {
        {
            const std::lock_guard lock(mutex);
            stopping = true;
        }
        wake.notify_all();
        for (std::thread& thread : threads)
            thread.join();
    }

    void post(Event event)
    {
        const std::lock_guard lock(mutex);
        outbox.push_back(std::move(event));
        if (drainPosted || stopping)
            return;
        drainPosted = true;
        QMetaObject::invokeMethod(&jobs, &Jobs::drain, Qt::QueuedConnection);
    }

    std::vector<Event> takeEvents()
    {
        const std::lock_guard lock(mutex);
        drainPosted = false;
        return std::exchange(outbox, {});
    }

    std::shared_ptr<Job> take(int lane)
    {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return stopping || !queues[lane].empty(); });
        if (queues[lane].empty())
            return nullptr;
        std::shared_ptr<Job> job = queues[lane].front();
        queues[lane].pop_front();
        std::weak_ptr<Job> weak = job;
        job->progress = std::make_shared<Progress>([this, weak](const ProgressReport& report) {
            const std::shared_ptr<Job> running = weak.lock();
            if (!running)
                return;
            {
                const std::lock_guard inner(mutex);
                running->report = report;
            }
            post({running, What::Progressed, {}});
        });
        if (job->cancelRequested)
            job->progress->requestCancel();
        return job;
    }

    void workOn(int lane)
    {
        while (const std::shared_ptr<Job> job = take(lane))
            execute(job);
    }

    void execute(const std::shared_ptr<Job>& job)
    {
        post({job, What::Started, {}});
        Event end{job, What::Finished, {}};
        try {
            job->progress->checkCancelled();
            job->work(*job->progress);
        } catch (...) {
            end.failure = currentFailure();
            end.what = end.failure.kind == ErrorKind::Cancelled ? What::Cancelled : What::Failed;
        }
        post(std::move(end));
    }

    Jobs& jobs;
    std::mutex mutex;
    std::condition_variable wake;
    std::array<std::deque<std::shared_ptr<Job>>, laneCount> queues;
    std::vector<Event> outbox;
    bool drainPosted = false;
    bool stopping = false;
    std::vector<std::thread> threads;
};

Jobs::Jobs(QObject* parent)
    : QObject(parent)
    , m_pool(std::make_unique<Pool>(*this))
{
}

Jobs::~Jobs()
{
    const auto all = m_active;
    for (const auto& job : all) {
        if (job->info.lane != JobLane::Edit)
            cancel(job->info.id);
    }
    m_pool->stop();
    drain();
}

JobId Jobs::submit(const JobRequest& request, QObject* receiver, std::function<void(Progress&)> work,
    std::function<void()> done, FailureHandler failed)
{
    if (!request.key.isEmpty() && request.lane == JobLane::Inspect)
        cancelKey(request.key);
    auto job = std::make_shared<Job>();
    job->info.id = m_nextId++;
    job->info.lane = request.lane;
    job->info.title = request.title;
    job->key = request.key;
    job->receiver = receiver;
    job->hadReceiver = receiver != nullptr;
    job->work = std::move(work);
    job->done = std::move(done);
    job->failed = std::move(failed);
    m_active.push_back(job);
    {
        const std::lock_guard lock(m_pool->mutex);
        m_pool->queues[static_cast<int>(request.lane)].push_back(job);
    }
    m_pool->wake.notify_all();
    const JobId id = job->info.id;
    emit queued(id);
    emit waitingChanged();
    return id;
}

std::shared_ptr<Jobs::Job> Jobs::find(JobId id) const
{
    const auto found
        = std::find_if(m_active.begin(), m_active.end(), [id](const auto& job) { return job->info.id == id; });
    return found == m_active.end() ? nullptr : *found;
}

void Jobs::cancel(JobId id)
{
    const std::shared_ptr<Job> job = find(id);
    if (!job)
        return;
    bool wasWaiting = false;
    {
        const std::lock_guard lock(m_pool->mutex);
        job->cancelRequested = true;
        auto& queue = m_pool->queues[static_cast<int>(job->info.lane)];
        wasWaiting = std::erase(queue, job) > 0;
        if (job->progress)
            job->progress->requestCancel();
    }
    if (wasWaiting)
        end(job, JobState::Cancelled);
}

void Jobs::cancelKey(const QString& key)
{
    const auto all = m_active;
    for (const auto& job : all) {
        if (job->key != key)
            continue;
        job->superseded = true;
        cancel(job->info.id);
    }
}

void Jobs::pause(JobId id)
{
    const std::shared_ptr<Job> job = find(id);
    if (!job || job->info.state != JobState::Running)
        return;
    job->progress->requestPause();
    job->info.state = JobState::Paused;
    emit progressed(id);
}

void Jobs::resume(JobId id)
{
    const std::shared_ptr<Job> job = find(id);
    if (!job || job->info.state != JobState::Paused)
        return;
    job->progress->resume();
    job->info.state = JobState::Running;
    emit progressed(id);
}

void Jobs::moveWaiting(JobId id, int position)
{
    const std::shared_ptr<Job> job = find(id);
    if (!job)
        return;
    {
        const std::lock_guard lock(m_pool->mutex);
        auto& queue = m_pool->queues[static_cast<int>(job->info.lane)];
        if (std::erase(queue, job) == 0)
            return;
        queue.insert(queue.begin() + std::clamp<int>(position, 0, static_cast<int>(queue.size())), job);
    }
    emit waitingChanged();
}

std::vector<JobInfo> Jobs::active() const
{
    std::vector<JobInfo> result;
    for (const auto& job : m_active)
        result.push_back(job->info);
    std::stable_sort(result.begin(), result.end(), [](const JobInfo& a, const JobInfo& b) {
        return (a.state == JobState::Queued) < (b.state == JobState::Queued);
    });
    return result;
}

std::vector<JobId> Jobs::waiting(JobLane lane) const
{
    const std::lock_guard lock(m_pool->mutex);
    std::vector<JobId> ids;
    for (const auto& job : m_pool->queues[static_cast<int>(lane)])
        ids.push_back(job->info.id);
    return ids;
}

std::optional<JobInfo> Jobs::info(JobId id) const
{
    if (const std::shared_ptr<Job> job = find(id))
        return job->info;
    const auto found
        = std::find_if(m_ended.begin(), m_ended.end(), [id](const JobInfo& info) { return info.id == id; });
    return found == m_ended.end() ? std::nullopt : std::optional(*found);
}

void Jobs::drain()
{
    for (Pool::Event& event : m_pool->takeEvents()) {
        JobInfo& info = event.job->info;
        switch (event.what) {
        case Pool::What::Started:
            if (info.state == JobState::Queued)
                info.state = JobState::Running;
            emit started(info.id);
            emit waitingChanged();
            break;
        case Pool::What::Progressed: {
            const std::lock_guard lock(m_pool->mutex);
            info.fraction = event.job->report.fraction;
            info.text = QString::fromStdString(event.job->report.text);
            info.etaSeconds = event.job->report.etaSeconds;
        }
            emit progressed(info.id);
            break;
        case Pool::What::Finished:
            end(event.job, event.job->superseded ? JobState::Cancelled : JobState::Finished);
            break;
        case Pool::What::Failed:
            info.failure = event.failure;
            end(event.job, event.job->superseded ? JobState::Cancelled : JobState::Failed);
            break;
        case Pool::What::Cancelled: end(event.job, JobState::Cancelled); break;
        }
    }
}

void Jobs::end(const std::shared_ptr<Job>& job, JobState outcome)
{
    job->info.state = outcome;
    std::erase(m_active, job);
    m_ended.push_back(job->info);
    if (m_ended.size() > rememberedJobs)
        m_ended.erase(m_ended.begin());
    const bool listening = !job->hadReceiver || job->receiver;
    const JobId id = job->info.id;
    if (outcome == JobState::Finished) {
        if (job->done && listening)
            job->done();
        emit finished(id);
    } else if (outcome == JobState::Failed) {
        if (job->failed && listening)
            job->failed(job->info.failure);
        emit failed(id, job->info.failure);
    } else {
        emit cancelled(id);
    }
    emit waitingChanged();
}

} // namespace recoscope
