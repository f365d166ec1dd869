// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The operations of a training step as graphs of the device, one for each bucket of packed rows, so that the host
// launches once where it would launch for each operation. A step works on the same arrays each time, as long as the
// bucket; its batch is written there before. Operations keep their arguments as they were when they were captured, so
// whatever differs between two steps of a bucket must lie in device memory: offsets do (attention and scans read those
// of the device and leave rows past the last sequence alone), and for the optimiser, the clip and the scale of the loss
// there are the operations of step_ops.h, for dropout there is DeviceCall::stepSeed. Sizes stay those of the bucket:
// rows past the batch are made zero where they would count (ClearPadding).
//
// Owns the graphs; the table and the stream must outlive it. One thread.
#pragma once

#include "engine/kernels/device_api.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace recoscope::kernels {

// The rows of the bucket that a batch of `rows` falls in: powers of two from 64 on, above 1,024 multiples of 1,024, so
// that less than half of a bucket is empty, and of a large one little. Error{Usage} when negative.
std::int64_t bucketOf(std::int64_t rows);

class StepGraphs {
public:
    // Keeps at most `limit` graphs (Error{Usage} below one): the one used longest ago goes first. `stream` is no null
    // stream.
    StepGraphs(const DeviceApi& device, void* stream, std::size_t limit = 16);
    ~StepGraphs(); // waits for the stream
    StepGraphs(const StepGraphs&) = delete;
    StepGraphs& operator=(const StepGraphs&) = delete;

    // Launches the graph of `bucket`. Where there is none, record() is called once to issue the operations on the
    // stream; they are captured and then launched as well. What record() throws ends the capture and goes on to the
    // caller; nothing has run then. record() may not allocate or copy: measure workspaces and make arrays before.
    // Error{Resource} when the device fails.
    void run(std::int64_t bucket, const std::function<void()>& record);

    // Forgets every graph: the arrays or the numbers that they were captured with have changed.
    void clear();

    std::size_t kept() const { return m_graphs.size(); }
    std::int64_t captures() const { return m_captures; } // so far

private:
    struct Graph {
        std::int64_t bucket;
        void* graph;
    };

    void* capture(const std::function<void()>& record);
    void dropOldest();

    const DeviceApi& m_device;
    void* m_stream;
    std::size_t m_limit;
    std::vector<Graph> m_graphs; // the one used last at the end
    std::int64_t m_captures = 0;
};

} // namespace recoscope::kernels
