// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/torch_threads.h"

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include <ATen/Parallel.h>

namespace recoscope {

namespace {

// libgomp's threads wait for the next operation in a busy loop of several milliseconds, unless it manages more threads
// than there are cores: then of some microseconds. So one more team, of more threads than cores, sleeps for as long as
// the program lives; its threads ask for nothing.
void keepSleepingTeam()
{
    const int threads = static_cast<int>(std::thread::hardware_concurrency()) + 1, before = at::get_num_threads();
    std::promise<void> ready;
    const std::future<void> made = ready.get_future();
    std::thread([threads, ready = std::move(ready)]() mutable {
        at::set_num_threads(threads); // the team belongs to this thread
        at::parallel_for(0, threads, 1, [](std::int64_t, std::int64_t) {});
        ready.set_value();
        std::mutex never;
        std::unique_lock sleep(never);
        std::condition_variable().wait(sleep, [] { return false; });
    }).detach();
    made.wait();
    at::set_num_threads(before); // what threads to come start from
}

} // namespace

void setTorchThreads(int threads)
{
    if (threads > 1) {
        static std::once_flag once;
        std::call_once(once, keepSleepingTeam);
    }
    if (at::get_num_threads() != threads) // LibTorch counts for each calling thread; setting is not free
        at::set_num_threads(threads);
}

} // namespace recoscope
