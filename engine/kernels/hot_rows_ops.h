// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A table with more rows than the device has memory for: all of it in page-locked memory of the host, and on the device
// a set-associative cache of the rows that recent steps used, with their optimiser's moments. Row r belongs to set
// r mod sets and may lie in any of the set's ways; slot s = set * ways + way. Everything is decided on the device and
// in an order that does not depend on who comes first. Arguments of two operations of DeviceApi; HotRows (hot_rows.h)
// owns the arrays and calls them.
#pragma once

#include "engine/kernels/ops.h"

namespace recoscope::kernels {

// Values, moments and steps of rows, as in SparseAdamW.
struct OptimisedRows {
    float* parameter = nullptr; // [rows, width], as the next two
    float* firstMoment = nullptr;
    float* secondMoment = nullptr;
    std::int64_t* rowSteps = nullptr; // [rows]
};

struct HotRowsCache {
    static constexpr std::int64_t mostWays = 64;

    std::int64_t tableRows = 0, width = 0, sets = 0, ways = 0;
    OptimisedRows table; // [tableRows], page-locked
    OptimisedRows cached; // [slots], device
    std::int32_t* rowOf = nullptr; // [slots] which row lies there, or -1
    std::int64_t* lastBatch = nullptr; // [slots] that used it

    std::int64_t slots() const { return sets * ways; }
};

// What an admission came to. Nothing was changed where `outside` is above zero or crowdedSet is not -1.
struct AdmissionSummary {
    std::int64_t distinct = 0; // rows of the batch
    std::int64_t hits = 0; // of them in the cache already
    std::int64_t evicted = 0; // rows written back to make room
    std::int64_t outside = 0; // indices that are no rows of the table
    std::int64_t crowdedSet = -1; // the first set without room for all of its rows
    std::int64_t rowsOfSet = 0, waysHeld = 0; // of that set: rows of the batch, and ways that earlier batches hold
};

// Gives each row of a batch a slot. A row that is not in the cache takes an empty way of its set or else the way used
// longest ago, the lowest one of several; the rows of a set choose in ascending order. What lay there is written back
// to the table, and the row is read from it. Rows that batches from `heldFrom` on used keep their ways.
struct AdmitRows {
    HotRowsCache cache;
    std::int64_t count = 0;
    const std::int32_t* indices = nullptr; // [count], in any order, with repeats
    std::int64_t batch = 1; // its number: larger than that of any before
    std::int64_t heldFrom = 1; // at most `batch`
    std::int32_t* slotOf = nullptr; // [count] for embeddingGather() and embeddingScatterAdd() on the cache
    std::int32_t* slots = nullptr; // [count] of the distinct rows, ascending by row, for SparseAdamW; the rest is -1
    AdmissionSummary* summary = nullptr; // page-locked, so that the host may read it
};

// Writes every row of the cache to the table. The cache stays as it is.
struct WriteBackRows {
    HotRowsCache cache;
};

// Shapes and null arrays: Error{Usage} that names the argument. False when there is nothing to do.
bool checkArguments(const AdmitRows& a);
bool checkArguments(const WriteBackRows& a);

} // namespace recoscope::kernels
