// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Long work, off the GUI thread. A job gets a Progress& and returns a value; its result is handed to a callback on the
// GUI thread. Four lanes: Inspect (two threads; a newer job with the same key cancels the older one, so the latest
// wins), Edit (small changes of the store, carried out in the order given, also those that wait when the program ends),
// Work (imports, evaluations, latency: one at a time) and Training (one at a time, the waiting ones can be
// reordered). Exactly one of finished, failed, cancelled is emitted per job, also while the object is destroyed, and
// progress at most 20 times a second. Everything here is called on the GUI thread; `work` runs on a worker and must
// touch only what it captured by value or shared_ptr<const T>.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include <QObject>
#include <QPointer>
#include <QString>

#include "engine/core/error.h"
#include "engine/core/progress.h"

namespace recoscope {

using JobId = quint64;

enum class JobLane { Inspect, Edit, Work, Training };
enum class JobState { Queued, Running, Paused, Finished, Failed, Cancelled };

struct JobFailure {
    ErrorKind kind = ErrorKind::Internal;
    QString message;
    QString hint;
};

struct JobRequest {
    JobLane lane = JobLane::Inspect;
    QString title; // "Import ratings.csv"; shown in the status bar and the log
    QString key; // Inspect: older jobs with this key are cancelled; empty = none
};

struct JobInfo {
    JobId id = 0;
    JobLane lane = JobLane::Inspect;
    QString title;
    JobState state = JobState::Queued;
    double fraction = -1.0; // negative when unknown
    QString text; // what it is doing
    double etaSeconds = -1.0; // negative when unknown
    JobFailure failure; // when failed
};

class Jobs : public QObject {
    Q_OBJECT

public:
    using FailureHandler = std::function<void(const JobFailure&)>;

    explicit Jobs(QObject* parent = nullptr);
    ~Jobs() override; // finishes the edits, cancels the rest, joins the workers, emits what is still owed

    // `work` is `R(Progress&)`, `done` takes R (or nothing for void). `done` and `failed` run on the GUI thread and
    // only while `receiver` lives; neither runs for a cancelled or superseded job.
    template <class Work, class Done>
    JobId run(const JobRequest& request, QObject* receiver, Work work, Done done, FailureHandler failed = {})
    {
        using Result = std::invoke_result_t<Work&, Progress&>;
        if constexpr (std::is_void_v<Result>) {
            return submit(request, receiver, std::move(work), std::move(done), std::move(failed));
        } else {
            auto result = std::make_shared<std::optional<Result>>();
            return submit(
                request, receiver,
                [work = std::move(work), result](Progress& progress) mutable { result->emplace(work(progress)); },
                [done = std::move(done), result]() mutable { done(std::move(**result)); }, std::move(failed));
        }
    }

    void cancel(JobId id);
    void cancelKey(const QString& key);
    void pause(JobId id);
    void resume(JobId id);
    // Puts a waiting training job at `position` (0 = next).
    void moveWaiting(JobId id, int position);

    // Queued and running jobs, running ones first, in lane order.
    std::vector<JobInfo> active() const;
    std::vector<JobId> waiting(JobLane lane) const;
    std::optional<JobInfo> info(JobId id) const; // active or among the last hundred that ended

signals:
    void queued(recoscope::JobId id);
    void started(recoscope::JobId id);
    void progressed(recoscope::JobId id); // read info(id)
    void finished(recoscope::JobId id);
    void failed(recoscope::JobId id, const recoscope::JobFailure& failure);
    void cancelled(recoscope::JobId id);
    void waitingChanged();

private:
    struct Job;
    struct Pool;
    JobId submit(const JobRequest& request, QObject* receiver, std::function<void(Progress&)> work,
        std::function<void()> done, FailureHandler failed);
    void drain();
    void end(const std::shared_ptr<Job>& job, JobState outcome);
    std::shared_ptr<Job> find(JobId id) const;

    std::unique_ptr<Pool> m_pool;
    std::vector<std::shared_ptr<Job>> m_active; // GUI thread only
    std::vector<JobInfo> m_ended; // last hundred
    JobId m_nextId = 1;
};

} // namespace recoscope
