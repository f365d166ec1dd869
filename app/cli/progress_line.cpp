// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/progress_line.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <unistd.h>

#include "app/cli/text.h"

namespace recoscope::cli {

namespace {
constexpr auto lineInterval = std::chrono::seconds(5);
constexpr int barWidth = 24;

std::string percentText(double fraction)
{
    return fraction < 0.0 ? "" : std::to_string(int(std::floor(100.0 * std::min(1.0, fraction)))) + " %";
}
} // namespace

std::string durationText(double seconds)
{
    if (seconds < 9.95)
        return fixed(seconds, 1) + " s";
    const auto whole = static_cast<long long>(std::llround(seconds));
    if (whole < 60)
        return std::to_string(whole) + " s";
    if (whole < 3600)
        return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

ProgressLine::ProgressLine()
    : m_terminal(isatty(STDERR_FILENO) != 0)
    , m_lastLine(std::chrono::steady_clock::now())
{
}

void ProgressLine::show(const ProgressReport& report)
{
    std::lock_guard lock(m_mutex);
    if (m_quiet)
        return;
    if (m_terminal) {
        drawBar(report);
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    if (now - m_lastLine < lineInterval)
        return;
    m_lastLine = now;
    const std::string eta = report.etaSeconds >= 0.0 ? ", " + durationText(report.etaSeconds) + " left" : "";
    std::fprintf(stderr, "%s %s%s\n", percentText(report.fraction).c_str(), report.text.c_str(), eta.c_str());
}

void ProgressLine::note(const std::string& line)
{
    std::lock_guard lock(m_mutex);
    if (m_quiet)
        return;
    eraseBar();
    std::fprintf(stderr, "%s\n", line.c_str());
}

void ProgressLine::clear()
{
    std::lock_guard lock(m_mutex);
    eraseBar();
}

void ProgressLine::drawBar(const ProgressReport& report)
{
    std::string bar;
    const int filled = report.fraction < 0.0 ? 0 : int(barWidth * std::min(1.0, report.fraction));
    for (int i = 0; i < barWidth; ++i)
        bar += i < filled ? "█" : "░";
    const std::string eta = report.etaSeconds >= 0.0 ? " · " + durationText(report.etaSeconds) + " left" : "";
    std::fprintf(stderr, "\r\033[K%s %s %s%s", bar.c_str(), percentText(report.fraction).c_str(), report.text.c_str(),
        eta.c_str());
    std::fflush(stderr);
    m_barShown = true;
}

void ProgressLine::eraseBar()
{
    if (m_barShown)
        std::fprintf(stderr, "\r\033[K");
    m_barShown = false;
}

} // namespace recoscope::cli
