// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The packed rows of a batch of training windows, made from all histories where they lie: on a GPU the host then sends
// a window for each sequence and not a row for each event. What a window gives is what engine/training/batches.h makes
// of it: inputs e[begin-1 .. end-2] and targets e[begin .. end-1], and where begin is 0 first a sequence of its own
// that predicts e[0] from the start token. Windows, their order and negatives are drawn by the host, whose random
// streams checkpoints keep.
//
// Sizes may exceed what the windows give, as those of a captured step do: sequences past theirs are empty, rows past
// theirs hold item, target, position and times 0, NaN feedback and unknown marks.
#pragma once

#include "engine/core/packed.h"
#include "engine/kernels/ops.h"

namespace recoscope::kernels {

// Positions in the history of `user`: 0 <= targetBegin <= targetEnd <= its length. Nothing where both are the same.
struct BatchWindow {
    std::int32_t user = 0;
    std::int64_t targetBegin = 0, targetEnd = 0;
};

// All histories, one after another, oldest event first. Arrays that the data lacks are null.
struct Histories {
    std::int64_t users = 0;
    const std::int64_t* offsets = nullptr; // [users+1], from 0; E = the last
    const std::int32_t* items = nullptr; // [E]
    const std::int64_t* times = nullptr; // [E] seconds
    const float* feedback = nullptr; // [E]
    const EventMark* marks = nullptr; // [E]
};

struct BatchRows {
    Histories histories;
    std::int64_t windows = 0;
    const BatchWindow* window = nullptr; // [windows]
    bool prefixes = false; // a target for each sequence instead of each row: that of its last row
    std::int32_t startToken = 0;
    std::int64_t sequences = 0, rows = 0; // B and T of the outputs, at least those of the windows
    std::int64_t* offsets = nullptr; // [B+1]
    std::int32_t* items = nullptr; // [T]
    std::int32_t* positions = nullptr; // [T] from 0 in each sequence
    std::int32_t* targets = nullptr; // [T], or of prefixes [B]
    // Where the histories have them, each may be null:
    std::int64_t* times = nullptr; // [T]; of a start token that of the first event
    std::int64_t* queryTimes = nullptr; // [T] of the event that follows
    float* feedback = nullptr; // [T]; of a start token NaN
    std::int32_t *surfaces = nullptr, *kinds = nullptr; // [T]; of a start token EventMark::unknown
    float* targetFeedback = nullptr; // as targets
    EventMark* targetMarks = nullptr; // as targets

    std::int64_t targetCount() const { return prefixes ? sequences : rows; }
};

// Error{Usage} that names the argument. On a GPU the contents of windows are not read by the host: a window outside its
// history gives nothing and raises the fault of the call.
void batchRows(const BatchRows& a);

// B and T of windows in host memory.
struct BatchSizes {
    std::int64_t sequences = 0, rows = 0;
};
BatchSizes sizesOfBatch(std::span<const BatchWindow> windows);

// Shapes and null arrays. Always true: the first offset is written without windows, too.
bool checkArguments(const BatchRows& a);
void checkContents(const BatchRows& a); // of windows in host memory

} // namespace recoscope::kernels
