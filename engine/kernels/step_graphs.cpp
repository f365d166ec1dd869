// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/step_graphs.h"

#include "engine/kernels/checks.h"
#include "engine/kernels/device_memory.h"

#include <algorithm>
#include <bit>

namespace recoscope::kernels {

std::int64_t bucketOf(std::int64_t rows)
{
    constexpr std::int64_t smallest = 64, grain = 1024;
    Checks("bucketOf").size(rows, "rows");
    if (rows <= grain)
        return std::max(smallest, static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(rows))));
    return (rows + grain - 1) / grain * grain;
}

StepGraphs::StepGraphs(const DeviceApi& device, void* stream, std::size_t limit)
    : m_device(device)
    , m_stream(stream)
    , m_limit(limit)
{
    const Checks check("StepGraphs");
    check.pointer(stream, "stream");
    check.require(limit > 0, "limit", "must be at least 1");
}

StepGraphs::~StepGraphs()
{
    m_device.synchronise(m_stream);
    for (const Graph& graph : m_graphs)
        m_device.releaseGraph(graph.graph);
}

void StepGraphs::run(std::int64_t bucket, const std::function<void()>& record)
{
    const auto known
        = std::find_if(m_graphs.begin(), m_graphs.end(), [&](const Graph& graph) { return graph.bucket == bucket; });
    if (known != m_graphs.end()) {
        std::rotate(known, known + 1, m_graphs.end());
    } else {
        if (m_graphs.size() == m_limit)
            dropOldest();
        m_graphs.reserve(m_limit);
        m_graphs.push_back({bucket, capture(record)});
        ++m_captures;
    }
    requireDevice(m_device, m_device.launchGraph(m_graphs.back().graph, m_stream));
}

void* StepGraphs::capture(const std::function<void()>& record)
{
    void* graph = nullptr;
    requireDevice(m_device, m_device.beginCapture(m_stream));
    try {
        record();
    } catch (...) {
        if (m_device.endCapture(m_stream, &graph) == 0)
            m_device.releaseGraph(graph);
        throw;
    }
    requireDevice(m_device, m_device.endCapture(m_stream, &graph));
    return graph;
}

void StepGraphs::dropOldest()
{
    requireDevice(m_device, m_device.synchronise(m_stream)); // it may be running
    requireDevice(m_device, m_device.releaseGraph(m_graphs.front().graph));
    m_graphs.erase(m_graphs.begin());
}

void StepGraphs::clear()
{
    while (!m_graphs.empty())
        dropOldest();
}

} // namespace recoscope::kernels
