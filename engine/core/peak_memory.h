// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// How much memory a piece of work needs, measured on the process as a whole: what other threads take meanwhile counts.
// Thread-safe.
#pragma once

#include <cstdint>

namespace recoscope {

// The most resident memory, in bytes, that the process has had since this was made. Any number may live at a time.
// Where the system does not let its own mark be set back, the most since the process began.
class PeakMemory {
public:
    PeakMemory();
    ~PeakMemory();
    PeakMemory(const PeakMemory&) = delete;
    PeakMemory& operator=(const PeakMemory&) = delete;

    std::uint64_t bytes() const;

private:
    std::uint64_t m_beforeReset = 0; // the most up to the last time that the system's mark was set back
};

// From the first call on the C library keeps what is freed for what is asked for next. Arrays of a training step or a
// request come and go; otherwise large ones are returned to the system each time, and the page faults of getting them
// again cost up to a third of the time.
void keepFreedMemory();
// Gives the system back what the C library keeps of freed memory. What is resident afterwards is held by something, so
// that work measured from here on is measured alike at the start of a process and after other work.
void returnFreedMemory();

} // namespace recoscope
