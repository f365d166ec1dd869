// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The thread pool of the kernels. Work is cut into numbered blocks by its size alone; which thread runs a block never
// shows in the result. A call from inside a block, or while another thread uses the pool, runs in the calling thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace recoscope::kernels {

// Elements of a piece of work that goes element by element: a multiple of the 128 that share one block of dropout
// numbers.
constexpr std::int64_t elementGrain = 1 << 15;

// Runs block(0) .. block(blocks - 1), each once; returns when all are done. The first exception is thrown again here.
void parallelBlocks(std::int64_t blocks, const std::function<void(std::int64_t block)>& block);

// Calls range(begin, end) over [0, count) in pieces of `grain` (the last may be shorter).
void parallelRanges(
    std::int64_t count, std::int64_t grain, const std::function<void(std::int64_t begin, std::int64_t end)>& range);

// While it lives, kernels that the calling thread asks for run in that thread alone: for work so small that waking
// other threads, or waiting for them on a busy machine, costs more than they save. Results are the same.
class SerialScope {
public:
    SerialScope();
    ~SerialScope();
    SerialScope(const SerialScope&) = delete;
    SerialScope& operator=(const SerialScope&) = delete;

private:
    bool m_before;
};

// At least `floats` floats, aligned to 64 bytes, owned by the calling thread and valid until its next call.
float* threadScratch(std::size_t floats);

} // namespace recoscope::kernels
