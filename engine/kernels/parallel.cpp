// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/parallel.h"

#include "engine/kernels/ops.h"
#include "engine/kernels/thread_scope.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

namespace recoscope::kernels {

namespace {

std::atomic<int> g_threads{0};
thread_local int t_threads = 0; // of a ThreadScope; 0 = the process setting
thread_local bool t_inside = false;

struct Job {
    const std::function<void(std::int64_t)>* block = nullptr;
    std::int64_t blocks = 0;
    std::atomic<std::int64_t> next{0};
    std::atomic<bool> failed{false};
    std::exception_ptr error;
    std::mutex errorMutex;

    void work()
    {
        for (std::int64_t i = next++; i < blocks && !failed; i = next++) {
            try {
                (*block)(i);
            } catch (...) {
                const std::lock_guard lock(errorMutex);
                if (!failed.exchange(true))
                    error = std::current_exception();
            }
        }
    }
};

class Pool {
public:
    ~Pool()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_stop = true;
        }
        m_wake.notify_all();
        for (std::thread& thread : m_workers)
            thread.join();
    }

    // False when another thread is using the pool; the caller then does the work itself.
    bool run(Job& job, int helpers)
    {
        const std::unique_lock user(m_user, std::try_to_lock);
        if (!user.owns_lock())
            return false;
        {
            const std::lock_guard lock(m_mutex);
            while (static_cast<int>(m_workers.size()) < helpers)
                m_workers.emplace_back([this, index = static_cast<int>(m_workers.size())] { serve(index); });
            m_job = &job;
            m_helpers = helpers;
            ++m_generation;
        }
        m_wake.notify_all();
        t_inside = true;
        job.work();
        t_inside = false;
        std::unique_lock lock(m_mutex);
        m_job = nullptr; // a helper that only wakes now, on a machine with other work, is not waited for
        m_done.wait(lock, [this] { return m_running == 0; });
        return true;
    }

private:
    void serve(int index)
    {
        t_inside = true;
        std::uint64_t seen = 0;
        std::unique_lock lock(m_mutex);
        for (;;) {
            m_wake.wait(lock, [&] { return m_stop || (m_generation != seen && m_job && index < m_helpers); });
            if (m_stop)
                return;
            seen = m_generation;
            Job* job = m_job;
            ++m_running;
            lock.unlock();
            job->work();
            lock.lock();
            if (--m_running == 0)
                m_done.notify_one();
        }
    }

    std::mutex m_user;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::condition_variable m_done;
    std::vector<std::thread> m_workers;
    Job* m_job = nullptr;
    int m_helpers = 0;
    int m_running = 0;
    std::uint64_t m_generation = 0;
    bool m_stop = false;
};

Pool& pool()
{
    static Pool instance;
    return instance;
}

struct AlignedDelete {
    void operator()(float* p) const { ::operator delete(p, std::align_val_t(64)); }
};

} // namespace

void setThreads(int threads)
{
    g_threads = std::max(threads, 0);
}

int threads()
{
    const int set = t_threads > 0 ? t_threads : g_threads.load();
    return set > 0 ? set : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void parallelBlocks(std::int64_t blocks, const std::function<void(std::int64_t)>& block)
{
    const int helpers = static_cast<int>(std::min<std::int64_t>(threads(), blocks)) - 1;
    Job job;
    job.block = &block;
    job.blocks = blocks;
    if (helpers <= 0 || t_inside || !pool().run(job, helpers))
        job.work();
    if (job.error)
        std::rethrow_exception(job.error);
}

void parallelRanges(
    std::int64_t count, std::int64_t grain, const std::function<void(std::int64_t, std::int64_t)>& range)
{
    if (count <= 0)
        return;
    parallelBlocks(
        (count + grain - 1) / grain, [&](std::int64_t i) { range(i * grain, std::min(count, (i + 1) * grain)); });
}

ThreadScope::ThreadScope(int threads)
    : m_before(std::exchange(t_threads, threads > 0 ? threads : t_threads))
{
}

ThreadScope::~ThreadScope()
{
    t_threads = m_before;
}

SerialScope::SerialScope()
    : m_before(std::exchange(t_inside, true))
{
}

SerialScope::~SerialScope()
{
    t_inside = m_before;
}

float* threadScratch(std::size_t floats)
{
    thread_local std::unique_ptr<float, AlignedDelete> buffer;
    thread_local std::size_t capacity = 0;
    if (floats > capacity) {
        buffer.reset();
        capacity = 0;
        buffer.reset(static_cast<float*>(::operator new(floats * sizeof(float), std::align_val_t(64))));
        capacity = floats;
    }
    return buffer.get();
}

} // namespace recoscope::kernels
