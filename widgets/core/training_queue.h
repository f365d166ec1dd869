// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The training queue of the window: creates runs in the workspace and executes them one after another on the training
// lane. Live curves come from the trainer's listener; this object keeps them for the run that trains and for those that
// ended since the program started. GUI thread only.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include <QObject>
#include <QString>

#include "engine/training/trainer.h"
#include "engine/workspace/workspace.h"
#include "widgets/core/jobs.h"

namespace recoscope {

struct LiveStep {
    double epoch = 0.0; // fraction of the way through the run, in epochs
    double loss = 0.0;
    double gradientNorm = 0.0;
    double learningRate = 0.0;
};

struct LiveRun {
    RunId id;
    QString name;
    QString model;
    std::vector<std::string> tags;
    JobId job = 0;
    int epochsPlanned = 0;
    std::vector<EpochRecord> epochs;
    std::vector<LiveStep> steps;
};

class TrainingQueue : public QObject {
    Q_OBJECT

public:
    TrainingQueue(std::shared_ptr<Workspace> workspace, Jobs& jobs, QObject* parent = nullptr);

    // Creates the runs (status queued) in a job and puts them at the end, in order; runsQueued tells of them. The first
    // invalid request ends that: enqueueFailed tells why, and those before it are queued.
    void enqueue(std::vector<Workspace::NewRun> requests);
    // Continues a paused, interrupted, stopped or cancelled run from its last checkpoint.
    void enqueueResume(const RunRecord& run);
    bool holds(const RunId& id) const; // it runs or waits

    const LiveRun* running() const; // null when nothing trains
    const LiveRun* live(const RunId& id) const;
    std::vector<RunId> waiting() const;
    std::vector<RunId> ended() const { return m_ended; } // since the start or the last clearEnded(), newest first
    bool isPaused() const;

    void pause();
    void resume();
    void stopKeepBest(); // ends the running one after its step; the best checkpoint is tested and kept
    void cancelRunning();
    void removeWaiting(const RunId& id);
    void clearWaiting();
    // Cancels what waits and what trains with this tag, also runs that no list shows yet. All stay where they are, to
    // be resumed; runEnded tells of each.
    void cancelTagged(const std::string& tag);
    void clearEnded(); // forgets them here; the runs stay in the workspace
    void moveWaiting(const RunId& id, int position);

signals:
    void runsQueued(const std::vector<recoscope::RunId>& ids);
    void enqueueFailed(const recoscope::JobFailure& failure);
    void changed(); // the queue or what runs
    void epochAdded(const recoscope::RunId& id);
    void stepsAdded(const recoscope::RunId& id);
    void runEnded(const recoscope::RunId& id); // finished, stopped, failed or cancelled: read the store
    void runFailed(const recoscope::RunId& id, const recoscope::JobFailure& failure);

private:
    struct Entry;
    struct Created;
    static std::shared_ptr<Entry> entryOf(const RunRecord& run);
    void take(const Created& created);
    void submit(const std::shared_ptr<Entry>& entry, bool resume);
    TrainListener listenerFor(const std::shared_ptr<Entry>& entry);
    std::shared_ptr<Entry> entryOfJob(JobId job) const;
    std::shared_ptr<Entry> runningEntry() const;
    void cancelUnstarted(const RunId& id);
    void onEnded(JobId job);

    std::shared_ptr<Workspace> m_workspace;
    Jobs& m_jobs;
    std::map<RunId, std::shared_ptr<Entry>> m_entries;
    std::vector<RunId> m_ended;
    JobId m_runningJob = 0;
};

} // namespace recoscope
