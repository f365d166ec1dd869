// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/batch_rows.h"

#include "engine/kernels/checks.h"
#include "engine/kernels/on_device.h"

#include <limits>

namespace recoscope::kernels {

namespace {

constexpr std::int64_t none = -1; // no event

// Writes rows and sequences one after another: the definition.
class RowWriter {
public:
    explicit RowWriter(const BatchRows& a)
        : m_a(a)
    {
        a.offsets[0] = 0;
    }

    void add(const BatchWindow& w)
    {
        const std::int64_t history = m_a.histories.offsets[w.user];
        for (std::int64_t target = w.targetBegin; target < w.targetEnd; ++target) {
            const bool starts = target == 0, ends = starts || target + 1 == w.targetEnd;
            writeRow(starts ? none : history + target - 1, history + target,
                starts ? m_a.startToken : m_a.histories.items[history + target - 1]);
            if (!m_a.prefixes)
                writeTarget(m_row, history + target);
            else if (ends)
                writeTarget(m_sequence, history + target);
            ++m_row;
            ++m_position;
            if (ends)
                endSequence();
        }
    }

    void fillRest()
    {
        for (std::int64_t i = m_a.prefixes ? m_sequence : m_row; i < m_a.targetCount(); ++i)
            writeTarget(i, none);
        while (m_sequence < m_a.sequences)
            endSequence();
        for (; m_row < m_a.rows; ++m_row)
            writeRow(none, none, 0);
    }

private:
    void writeRow(std::int64_t event, std::int64_t next, std::int32_t item)
    {
        const Histories& h = m_a.histories;
        m_a.items[m_row] = item;
        m_a.positions[m_row] = m_position;
        if (m_a.times)
            m_a.times[m_row] = next == none ? 0 : h.times[event == none ? next : event];
        if (m_a.queryTimes)
            m_a.queryTimes[m_row] = next == none ? 0 : h.times[next];
        if (m_a.feedback)
            m_a.feedback[m_row] = feedbackOf(event);
        if (m_a.surfaces)
            m_a.surfaces[m_row] = markOf(event).surface;
        if (m_a.kinds)
            m_a.kinds[m_row] = markOf(event).kind;
    }
    void writeTarget(std::int64_t at, std::int64_t event)
    {
        m_a.targets[at] = event == none ? 0 : m_a.histories.items[event];
        if (m_a.targetFeedback)
            m_a.targetFeedback[at] = feedbackOf(event);
        if (m_a.targetMarks)
            m_a.targetMarks[at] = markOf(event);
    }
    float feedbackOf(std::int64_t event) const
    {
        return event == none ? std::numeric_limits<float>::quiet_NaN() : m_a.histories.feedback[event];
    }
    EventMark markOf(std::int64_t event) const { return event == none ? EventMark{} : m_a.histories.marks[event]; }
    void endSequence()
    {
        m_a.offsets[++m_sequence] = m_row;
        m_position = 0;
    }

    const BatchRows& m_a;
    std::int64_t m_row = 0, m_sequence = 0;
    std::int32_t m_position = 0;
};

} // namespace

BatchSizes sizesOfBatch(std::span<const BatchWindow> windows)
{
    BatchSizes sizes;
    for (const BatchWindow& w : windows) {
        const std::int64_t targets = w.targetEnd - w.targetBegin;
        sizes.rows += targets;
        sizes.sequences += targets == 0 ? 0 : (w.targetBegin == 0 && targets > 1 ? 2 : 1);
    }
    return sizes;
}

bool checkArguments(const BatchRows& a)
{
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    const Checks check("batchRows");
    const Histories& h = a.histories;
    check.size(h.users, "users");
    check.size(a.windows, "windows");
    check.require(a.windows < most, "windows", "exceeds 2^31 - 2");
    check.size(a.sequences, "sequences");
    check.size(a.rows, "rows");
    check.require(a.rows <= most, "rows", "exceeds 2^31 - 1");
    check.pointers({{h.offsets, "histories.offsets"}, {a.offsets, "offsets"}});
    if (a.windows > 0)
        check.pointer(a.window, "window");
    const auto needs = [&](bool wanted, const void* given, const char* argument) {
        if (wanted)
            check.pointer(given, argument);
    };
    needs(a.times || a.queryTimes, h.times, "histories.times");
    needs(a.feedback || a.targetFeedback, h.feedback, "histories.feedback");
    needs(a.surfaces || a.kinds || a.targetMarks, h.marks, "histories.marks");
    if (a.rows > 0)
        check.pointers({{h.items, "histories.items"}, {a.items, "items"}, {a.positions, "positions"}});
    needs(a.targetCount() > 0, a.targets, "targets");
    return true;
}

void checkContents(const BatchRows& a)
{
    const Checks check("batchRows");
    check.offsets({a.histories.offsets, static_cast<std::size_t>(a.histories.users + 1)}, "histories.offsets");
    for (std::int64_t i = 0; i < a.windows; ++i) {
        const BatchWindow& w = a.window[i];
        check.require(w.user >= 0 && w.user < a.histories.users, "window", "names a user who is not there");
        const std::int64_t length = a.histories.offsets[w.user + 1] - a.histories.offsets[w.user];
        check.require(w.targetBegin >= 0 && w.targetBegin <= w.targetEnd && w.targetEnd <= length, "window",
            "lies outside the history of its user");
    }
    const BatchSizes needed = sizesOfBatch({a.window, static_cast<std::size_t>(a.windows)});
    check.require(needed.sequences <= a.sequences, "sequences", "are fewer than the windows give");
    check.require(needed.rows <= a.rows, "rows", "are fewer than the windows give");
}

void batchRows(const BatchRows& a)
{
    checkArguments(a);
    checkContents(a);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    RowWriter writer(a);
    for (std::int64_t i = 0; i < a.windows; ++i)
        writer.add(a.window[i]);
    writer.fillRest();
}

} // namespace recoscope::kernels
