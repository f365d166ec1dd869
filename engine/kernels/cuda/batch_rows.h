// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Packed rows of windows: how many rows and sequences each window gives, sums over the windows before it, then a thread
// for each row, which finds its window in the sums.
#pragma once

#include "engine/kernels/batch_rows.h"
#include "engine/kernels/cuda/faults.h"
#include "engine/kernels/cuda/sort.h"

namespace recoscope::kernels::cuda {

// The windows of a batch and where they begin; [windows + 1] each, the last behind all of them.
struct PlacedWindows {
    BatchRows a;
    std::int32_t *firstRow, *firstSequence;
    std::int32_t* fault;

    // What a wrong window gives: nothing.
    RECOSCOPE_DEVICE BatchWindow window(std::int64_t i) const
    {
        const BatchWindow w = a.window[i];
        if (inside(w.user, a.histories.users) && inside(w.targetBegin, w.targetEnd + 1)
            && w.targetEnd <= a.histories.offsets[w.user + 1] - a.histories.offsets[w.user])
            return w;
        raiseFault(fault, Fault::BatchWindows);
        return {};
    }
};

struct CountOfWindow {
    PlacedWindows placed;

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const
    {
        const BatchWindow w = i < placed.a.windows ? placed.window(i) : BatchWindow{};
        const std::int64_t targets = w.targetEnd - w.targetBegin;
        placed.firstRow[i] = static_cast<std::int32_t>(targets);
        placed.firstSequence[i] = targets == 0 ? 0 : (w.targetBegin == 0 && targets > 1 ? 2 : 1);
    }
};

// The ends of all sequences; those past the last window's end where it does.
struct EndsOfSequences {
    PlacedWindows placed;

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const
    {
        const BatchRows& a = placed.a;
        const std::int32_t row = placed.firstRow[i], next = placed.firstRow[i + 1];
        const std::int32_t sequence = placed.firstSequence[i], after = placed.firstSequence[i + 1];
        if (after - sequence == 2)
            end(sequence, row + 1);
        if (after > sequence)
            end(after - 1, next);
        if (i + 1 == a.windows && (after > a.sequences || next > a.rows))
            raiseFault(placed.fault, Fault::BatchSizes);
    }

private:
    RECOSCOPE_DEVICE void end(std::int64_t sequence, std::int64_t row) const
    {
        if (sequence < placed.a.sequences)
            placed.a.offsets[sequence + 1] = smaller(row, placed.a.rows);
    }
};
struct OtherOffsets {
    PlacedWindows placed;

    RECOSCOPE_DEVICE void operator()(std::int64_t b) const // of [0, B]
    {
        const BatchRows& a = placed.a;
        if (b > placed.firstSequence[a.windows])
            a.offsets[b] = smaller<std::int64_t>(placed.firstRow[a.windows], a.rows);
        else if (b == 0)
            a.offsets[0] = 0;
    }
};

// An event of the histories, or none.
struct EventReader {
    static constexpr std::int64_t none = -1;
    static constexpr float nobodyKnows = __builtin_nanf("");

    Histories h;

    RECOSCOPE_DEVICE float feedback(std::int64_t event) const
    {
        return event == none ? nobodyKnows : h.feedback[event];
    }
    RECOSCOPE_DEVICE EventMark mark(std::int64_t event) const
    {
        return event == none ? EventMark{EventMark::unknown, EventMark::unknown} : h.marks[event];
    }
};

RECOSCOPE_DEVICE void writeTarget(const BatchRows& a, std::int64_t at, std::int64_t event)
{
    const EventReader read{a.histories};
    a.targets[at] = event == EventReader::none ? 0 : a.histories.items[event];
    if (a.targetFeedback)
        a.targetFeedback[at] = read.feedback(event);
    if (a.targetMarks)
        a.targetMarks[at] = read.mark(event);
}

struct BatchRow {
    PlacedWindows placed;

    RECOSCOPE_DEVICE void operator()(std::int64_t row) const
    {
        const BatchRows& a = placed.a;
        constexpr std::int64_t none = EventReader::none;
        if (row >= placed.firstRow[a.windows]) {
            write(row, none, none, 0, 0);
            if (!a.prefixes)
                writeTarget(a, row, none);
            return;
        }
        const std::int64_t i = lastNotAbove(a.windows, row, [&](std::int64_t at) { return placed.firstRow[at]; });
        const BatchWindow w = placed.window(i);
        const std::int64_t ofWindow = row - placed.firstRow[i], target = w.targetBegin + ofWindow;
        const std::int64_t next = a.histories.offsets[w.user] + target;
        const std::int64_t event = target == 0 ? none : next - 1;
        write(row, event, next, event == none ? a.startToken : a.histories.items[event],
            ofWindow - (w.targetBegin == 0 && target > 0));
        if (!a.prefixes)
            writeTarget(a, row, next);
        else if (target == 0)
            writeTargetOfSequence(placed.firstSequence[i], next);
        else if (target + 1 == w.targetEnd)
            writeTargetOfSequence(placed.firstSequence[i + 1] - 1, next);
    }

private:
    RECOSCOPE_DEVICE void writeTargetOfSequence(std::int64_t sequence, std::int64_t event) const
    {
        if (sequence < placed.a.sequences)
            writeTarget(placed.a, sequence, event);
    }
    RECOSCOPE_DEVICE void write(
        std::int64_t row, std::int64_t event, std::int64_t next, std::int32_t item, std::int64_t position) const
    {
        const BatchRows& a = placed.a;
        const EventReader read{a.histories};
        a.items[row] = item;
        a.positions[row] = static_cast<std::int32_t>(position);
        if (a.times)
            a.times[row] = next == EventReader::none ? 0 : a.histories.times[event == EventReader::none ? next : event];
        if (a.queryTimes)
            a.queryTimes[row] = next == EventReader::none ? 0 : a.histories.times[next];
        if (a.feedback)
            a.feedback[row] = read.feedback(event);
        if (a.surfaces)
            a.surfaces[row] = read.mark(event).surface;
        if (a.kinds)
            a.kinds[row] = read.mark(event).kind;
    }
};

// Of prefixes, the targets of sequences past the last window's.
struct OtherTargets {
    PlacedWindows placed;

    RECOSCOPE_DEVICE void operator()(std::int64_t sequence) const
    {
        if (sequence >= placed.firstSequence[placed.a.windows])
            writeTarget(placed.a, sequence, EventReader::none);
    }
};

template <class Launcher> void batchRows(Launcher& launcher, const BatchRows& a)
{
    const std::int64_t places = a.windows + 1;
    const PlacedWindows placed{a, launcher.template temporary<std::int32_t>(places),
        launcher.template temporary<std::int32_t>(places), launcher.call().fault};
    forEach(launcher, places, CountOfWindow{placed});
    launcher.launch(ExclusiveSums{placed.firstRow, places}, 1, ExclusiveSums::sharedBytes);
    launcher.launch(ExclusiveSums{placed.firstSequence, places}, 1, ExclusiveSums::sharedBytes);
    forEach(launcher, a.windows, EndsOfSequences{placed});
    forEach(launcher, a.sequences + 1, OtherOffsets{placed});
    forEach(launcher, a.rows, BatchRow{placed});
    if (a.prefixes)
        forEach(launcher, a.sequences, OtherTargets{placed});
}

} // namespace recoscope::kernels::cuda
