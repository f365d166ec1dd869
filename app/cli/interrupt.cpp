// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/interrupt.h"

#include <csignal>

#include <unistd.h>

namespace recoscope::cli {

namespace {

constexpr int cancelledExit = 130;

sigset_t stopSignals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

} // namespace

InterruptWatcher::InterruptWatcher(std::function<void()> stop, std::function<void()> say)
    : m_stop(std::move(stop))
    , m_say(std::move(say))
{
    const sigset_t set = stopSignals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    m_thread = std::thread([this] { watch(); });
}

InterruptWatcher::~InterruptWatcher()
{
    m_done = true;
    pthread_kill(m_thread.native_handle(), SIGINT); // wakes sigwait
    m_thread.join();
}

void InterruptWatcher::watch()
{
    const sigset_t set = stopSignals();
    bool asked = false;
    for (;;) {
        int signal = 0;
        sigwait(&set, &signal);
        if (m_done)
            return;
        if (asked)
            _exit(cancelledExit);
        asked = true;
        m_stop();
        m_say();
    }
}

} // namespace recoscope::cli
