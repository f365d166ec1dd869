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
    , m_lastReport(std::chrono::steady_clock::now() - reportInterval)
{
}

void Progress::update(double fraction, const std::string& text)
{
    if (!m_listener)
        return;
    const auto now = std::chrono::steady_clock::now();
    ProgressReport report{fraction, text, -1.0};
    {
        std::lock_guard lock(m_mutex);
        if (fraction >= 0.0)
            report.fraction = m_partBegin + (m_partEnd - m_partBegin) * fraction;
        if (now - m_lastReport < reportInterval && report.fraction < 1.0)
            return;
        m_lastReport = now;
        if (m_firstFraction < 0.0 && fraction >= 0.0) {
            m_firstFraction = report.fraction;
            m_firstReport = now;
        }
        if (report.fraction > m_firstFraction && m_firstFraction >= 0.0) {
            const double elapsed = std::chrono::duration<double>(now - m_firstReport).count();
            report.etaSeconds = elapsed * (1.0 - report.fraction) / (report.fraction - m_firstFraction);
        }
    }
    m_listener(report);
}

ProgressPart::ProgressPart(Progress& progress, double begin, double end)
    : m_progress(progress)
{
    std::lock_guard lock(progress.m_mutex);
    m_begin = progress.m_partBegin;
    m_end = progress.m_partEnd;
    progress.m_partBegin = m_begin + (m_end - m_begin) * begin;
    progress.m_partEnd = m_begin + (m_end - m_begin) * end;
}

ProgressPart::~ProgressPart()
{
    std::lock_guard lock(m_progress.m_mutex);
    m_progress.m_partBegin = m_begin;
    m_progress.m_partEnd = m_end;
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
