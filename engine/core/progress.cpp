// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/progress.h"

#include "engine/core/error.h"

namespace recoscope {

namespace {
constexpr auto reportInterval = std::chrono::milliseconds(50);
}

Progress::Progress(Listener listener)
    : m_listener(std::move(listener))
    , m_start(std::chrono::steady_clock::now())
    , m_lastReport(m_start - reportInterval)
{
}

void Progress::update(double fraction, const std::string& text)
{
    if (!m_listener)
        return;
    const auto now = std::chrono::steady_clock::now();
    {
        std::lock_guard lock(m_mutex);
        if (now - m_lastReport < reportInterval && fraction < 1.0)
            return;
        m_lastReport = now;
    }
    ProgressReport report{fraction, text, -1.0};
    if (fraction > 0.0) {
        const double elapsed = std::chrono::duration<double>(now - m_start).count();
        report.etaSeconds = elapsed * (1.0 - fraction) / fraction;
    }
    m_listener(report);
}

void Progress::requestCancel()
{
    m_cancel = true;
    m_wake.notify_all();
}

void Progress::checkCancelled() const
{
    if (cancelRequested())
        throw Error(ErrorKind::Cancelled, "cancelled", "nothing half-written was kept; start again when you like");
}

void Progress::requestPause()
{
    m_pause = true;
}

void Progress::resume()
{
    m_pause = false;
    m_wake.notify_all();
}

void Progress::waitWhilePaused()
{
    std::unique_lock lock(m_mutex);
    // The timeout covers a wake-up that was sent between the test and the wait.
    while (m_pause && !m_cancel)
        m_wake.wait_for(lock, std::chrono::milliseconds(50));
    checkCancelled();
}

} // namespace recoscope
