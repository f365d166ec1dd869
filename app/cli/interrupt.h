// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ctrl-C (SIGINT) and SIGTERM while a command runs: the first asks to stop, the second ends the program at once with
// exit code 130. The signals are taken by a thread of their own, so that what is called need not be signal-safe.
// Make it before other threads start: they inherit that the signals are blocked.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace recoscope::cli {

class InterruptWatcher {
public:
    InterruptWatcher(std::function<void()> stop, std::function<void()> say);
    ~InterruptWatcher();
    InterruptWatcher(const InterruptWatcher&) = delete;
    InterruptWatcher& operator=(const InterruptWatcher&) = delete;

private:
    void watch();

    std::function<void()> m_stop, m_say;
    std::atomic<bool> m_done{false};
    std::thread m_thread;
};

} // namespace recoscope::cli
