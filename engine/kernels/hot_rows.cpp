// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/hot_rows.h"

#include "engine/kernels/checks.h"

#include <algorithm>
#include <limits>
#include <string>

namespace recoscope::kernels {

namespace {

const HotRows::Shape& checked(const HotRows::Shape& shape)
{
    const Checks check("HotRows");
    check.positive(shape.width, "width");
    check.positive(shape.sets, "sets");
    check.positive(shape.ways, "ways");
    check.require(shape.ways <= HotRowsCache::mostWays, "ways", "exceeds 64");
    check.require(
        shape.sets <= std::numeric_limits<std::int32_t>::max() / shape.ways, "sets", "times ways exceeds 2^31 - 1");
    check.positive(shape.largestBatch, "largestBatch");
    return shape;
}

template <class T> void fill(DeviceArray<T>& array, T value)
{
    const std::vector<T> piece(static_cast<std::size_t>(std::min<std::int64_t>(array.count(), 1 << 20)), value);
    for (std::int64_t first = 0; first < array.count(); first += static_cast<std::int64_t>(piece.size())) {
        const auto count = std::min<std::int64_t>(array.count() - first, static_cast<std::int64_t>(piece.size()));
        array.upload(std::span(piece).first(static_cast<std::size_t>(count)), first);
    }
}

} // namespace

HotRows::HotRows(const DeviceApi& device, const OptimisedRows& table, const Shape& shape, void* computeStream)
    : m_device(device)
    , m_table(table)
    , m_shape(checked(shape))
    , m_compute(computeStream)
    , m_stream(device)
    , m_parameter(device, slots() * shape.width)
    , m_firstMoment(device, slots() * shape.width)
    , m_secondMoment(device, slots() * shape.width)
    , m_gradient(device, slots() * shape.width)
    , m_rowSteps(device, slots())
    , m_lastBatch(device, slots())
    , m_rowOf(device, slots())
    , m_admissions{{{device, shape.largestBatch}, {device, shape.largestBatch}},
          {{device, shape.largestBatch}, {device, shape.largestBatch}}}
    , m_summaries(device, 2)
    , m_workspace(device, workspaceBytes())
{
    fill(m_gradient, 0.0f);
    fill(m_lastBatch, std::int64_t(0));
    fill(m_rowOf, std::int32_t(-1));
}

HotRows::~HotRows()
{
    m_device.synchronise(m_stream.get());
    m_device.synchronise(m_compute);
}

HotRowsCache HotRows::cache()
{
    return {m_shape.tableRows, m_shape.width, m_shape.sets, m_shape.ways, m_table,
        {m_parameter.data(), m_firstMoment.data(), m_secondMoment.data(), m_rowSteps.data()}, m_rowOf.data(),
        m_lastBatch.data()};
}

// Of the batch after m_prefetched.
AdmitRows HotRows::admitRows(const std::int32_t* indices, std::int64_t count)
{
    const std::int64_t batch = m_prefetched + 1;
    Admission& room = m_admissions[batch % 2];
    return {cache(), count, indices, batch, m_finished + 1, room.slotOf.data(), room.slots.data(),
        m_summaries.data() + batch % 2};
}

std::int64_t HotRows::workspaceBytes()
{
    const AdmitRows largest = admitRows(m_rowOf.data(), m_shape.largestBatch);
    std::int64_t needed = 0;
    DeviceCall call;
    call.workspaceNeeded = &needed;
    requireDevice(m_device, m_device.admitRows(&largest, &call));
    return needed;
}

void HotRows::prefetch(const std::int32_t* indices, std::int64_t count)
{
    const Checks check("HotRows::prefetch");
    check.require(count <= m_shape.largestBatch, "count", "exceeds largestBatch");
    if (m_prefetched - m_finished == 2)
        throw Error(ErrorKind::Usage, "HotRows::prefetch: two batches are not finished yet", "call finish() first");
    const AdmitRows arguments = admitRows(indices, count);
    DeviceCall call;
    call.stream = m_stream.get();
    call.workspace = m_workspace.data();
    call.workspaceBytes = m_workspace.count();
    requireDevice(m_device, m_device.admitRows(&arguments, &call));
    m_prefetched = arguments.batch;
}

HotRows::Batch HotRows::take()
{
    if (m_taken == m_prefetched)
        throw Error(ErrorKind::Usage, "HotRows::take: no batch was prefetched", "call prefetch() first");
    m_stream.synchronise();
    const std::int64_t batch = m_taken + 1;
    const Admission& room = m_admissions[batch % 2];
    const AdmissionSummary summary = m_summaries.span()[batch % 2];
    if (summary.outside > 0 || summary.crowdedSet >= 0) {
        forget(batch);
        refuse(summary);
    }
    m_taken = batch;
    requireDevice(m_device, m_device.follow(m_compute, m_stream.get()));
    return {room.slotOf.data(), {room.slots.data(), static_cast<std::size_t>(summary.distinct)}, summary};
}

// The last one was never there. Where another has been prefetched behind it, all before it are finished, and so is it.
void HotRows::forget(std::int64_t batch)
{
    if (m_prefetched == batch)
        --m_prefetched;
    else
        m_finished = m_taken = batch;
}

void HotRows::refuse(const AdmissionSummary& summary) const
{
    if (summary.outside > 0)
        throw Error(ErrorKind::Usage,
            "HotRows: indices holds " + std::to_string(summary.outside) + " that are outside the table of "
                + std::to_string(m_shape.tableRows) + " rows",
            "indices are rows of the table, from 0");
    throw Error(ErrorKind::Refused,
        "HotRows: the batch needs " + std::to_string(summary.rowsOfSet) + " rows of set "
            + std::to_string(summary.crowdedSet) + ", which has " + std::to_string(m_shape.ways) + " ways, "
            + std::to_string(summary.waysHeld) + " of them with rows of the batch before",
        "use more sets or ways, or smaller batches; a batch that is prefetched after finish() has all ways for itself");
}

void HotRows::finish()
{
    if (m_finished == m_taken)
        throw Error(ErrorKind::Usage, "HotRows::finish: no batch was taken", "call take() first");
    ++m_finished;
    m_stream.follow(m_compute);
}

void HotRows::flush()
{
    if (m_finished != m_prefetched)
        throw Error(ErrorKind::Usage, "HotRows::flush: a batch is not finished", "take and finish it first");
    const WriteBackRows all{cache()};
    DeviceCall call;
    call.stream = m_stream.get();
    requireDevice(m_device, m_device.writeBackRows(&all, &call));
    m_stream.synchronise();
}

SparseAdamW HotRows::update(const Batch& batch)
{
    SparseAdamW a;
    a.tableRows = slots();
    a.width = m_shape.width;
    a.parameter = m_parameter.data();
    a.firstMoment = m_firstMoment.data();
    a.secondMoment = m_secondMoment.data();
    a.rowSteps = m_rowSteps.data();
    a.rows = batch.slots;
    return a;
}

} // namespace recoscope::kernels
