// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Progress on standard error: a bar that redraws itself on a terminal, otherwise a plain line every few seconds.
// Called from the thread that works and from the main thread; thread-safe.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "engine/core/progress.h"

namespace recoscope::cli {

// 75 -> "1 min 15 s", 0.42 -> "0.4 s".
std::string durationText(double seconds);

class ProgressLine {
public:
    ProgressLine();

    void setQuiet(bool quiet) { m_quiet = quiet; }
    void show(const ProgressReport& report);
    // Writes a whole line without tearing the bar.
    void note(const std::string& line);
    // Removes the bar, before results or errors are written.
    void clear();

private:
    void drawBar(const ProgressReport& report);
    void eraseBar();

    std::mutex m_mutex;
    bool m_terminal = false;
    bool m_quiet = false;
    bool m_barShown = false;
    std::chrono::steady_clock::time_point m_lastLine;
};

} // namespace recoscope::cli
