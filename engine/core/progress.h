// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Progress and cancellation of long work. The worker calls update() and checkCancelled() at least every 200 ms; any
// other thread may call requestCancel(), requestPause() and resume(). Every member is thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

namespace recoscope {

struct ProgressReport {
    double fraction = 0.0; // 0..1; negative when unknown
    std::string text; // "Training sasrec-d64 · epoch 116 / 200"
    double etaSeconds = -1.0; // negative when unknown
};

class Progress {
public:
    using Listener = std::function<void(const ProgressReport&)>;

    // `listener` is called on the worker's thread, at most 20 times a second (and always for fraction 1).
    explicit Progress(Listener listener = {});
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Reports `fraction` of the work, or of the part of it that is under way (ProgressPart). The ETA is extrapolated
    // from what was done since the first report, so work that goes on from a checkpoint has a true one.
    void update(double fraction, const std::string& text);

    void requestCancel();
    bool cancelRequested() const { return m_cancel.load(std::memory_order_relaxed); }
    // Throws Error{Cancelled}. Cheap enough to call per batch or per thousand rows.
    void checkCancelled() const;

    void requestPause();
    void resume();
    bool pauseRequested() const { return m_pause.load(std::memory_order_relaxed); }
    // Blocks while paused; returns when resumed, throws Error{Cancelled} when cancelled meanwhile.
    void waitWhilePaused();

private:
    friend class ProgressPart;

    Listener m_listener;
    std::chrono::steady_clock::time_point m_firstReport;
    std::chrono::steady_clock::time_point m_lastReport;
    std::atomic<bool> m_cancel{false};
    std::atomic<bool> m_pause{false};
    std::mutex m_mutex; // guards the times and fractions
    double m_firstFraction = -1.0; // negative before the first report
    double m_partBegin = 0.0, m_partEnd = 1.0; // of the part under way
    std::condition_variable m_wake;
};

// While it lives, what is reported to `progress` is a part of the whole: a fraction of 0 stands for `begin` and 1 for
// `end`, so that a ranking inside a training neither throws the bar about nor the time that is left. Parts nest. For
// the worker's thread.
class ProgressPart {
public:
    ProgressPart(Progress& progress, double begin, double end);
    ~ProgressPart();
    ProgressPart(const ProgressPart&) = delete;
    ProgressPart& operator=(const ProgressPart&) = delete;

private:
    Progress& m_progress;
    double m_begin, m_end; // of the part around this one
};

} // namespace recoscope
