// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Training on a table that does not fit the device: its hot rows lie in a cache there (hot_rows_ops.h). A step is
//
//   prefetch(indices of step n + 1)   on a stream of its own, before step n is issued or while it runs
//   take()                            the slots of a step's rows; from here on the compute stream may use them
//   ... sparseAdamW(update(batch)) without a gradient, embeddingGather(), ..., embeddingScatterAdd(), sparseAdamW() ...
//   finish()                          all of the step is issued: its rows may go
//
// Two steps are prefetched at most, the one at work among them; batches are taken and finished in the order in which
// they were prefetched. Rows of a batch that is not finished keep their slots, so a set must have ways for two batches
// where admission overlaps. What a step computes has the bytes that it has on the whole table.
//
// Owns the cache; the table, its memory and the compute stream are the caller's and must outlive it. While rows are
// cached, the table holds old values of them: flush() before anything else reads it. One thread.
#pragma once

#include "engine/kernels/device_memory.h"
#include "engine/kernels/hot_rows_ops.h"

namespace recoscope::kernels {

class HotRows {
public:
    struct Shape {
        std::int64_t tableRows = 0, width = 0;
        std::int64_t sets = 0, ways = 0; // sets * ways rows of 16 * width + 20 bytes on the device; at most 64 ways
        std::int64_t largestBatch = 0; // indices
    };
    // What a step works with.
    struct Batch {
        const std::int32_t* slotOf
            = nullptr; // device [indices]: of each index, in the cache as a table of slots() rows
        std::span<const std::int32_t> slots; // device: of each distinct row, ascending by row
        AdmissionSummary summary;
    };

    // `table` is page-locked memory, [tableRows] rows with moments and steps. Error{Usage} naming what is wrong with
    // the shape, Error{Resource} when the device has no memory.
    HotRows(const DeviceApi& device, const OptimisedRows& table, const Shape& shape, void* computeStream);
    ~HotRows(); // waits; does not flush

    // Begins to bring the rows of a batch to the device; returns at once. `indices` [count] is device memory that stays
    // as it is until the batch is taken.
    void prefetch(const std::int32_t* indices, std::int64_t count);
    // The batch that was prefetched first and not taken yet; waits for its admission alone. Error{Refused} when a set
    // has no room for its rows, Error{Usage} when an index is outside the table: then the batch is forgotten, and cache
    // and table are as before.
    Batch take();
    // Everything that uses the batch taken first is on the compute stream.
    void finish();
    // Waits and writes all cached rows to the table. Error{Usage} while a batch is not finished.
    void flush();

    // The cache as an optimiser's table, for the rows of `batch`; gradient, steps and factors are for the caller to
    // set.
    SparseAdamW update(const Batch& batch);
    std::int64_t slots() const { return m_shape.sets * m_shape.ways; }
    const float* values() const { return m_parameter.data(); } // device [slots, width]
    // device [slots, width], zero at first; sparseAdamW() clears what it uses.
    float* gradient() { return m_gradient.data(); }

private:
    struct Admission {
        DeviceArray<std::int32_t> slotOf, slots;
    };

    HotRowsCache cache();
    AdmitRows admitRows(const std::int32_t* indices, std::int64_t count);
    std::int64_t workspaceBytes();
    void forget(std::int64_t batch);
    [[noreturn]] void refuse(const AdmissionSummary& summary) const;

    const DeviceApi& m_device;
    OptimisedRows m_table;
    Shape m_shape;
    void* m_compute;
    std::int64_t m_prefetched = 0, m_taken = 0, m_finished = 0; // batches so far
    DeviceStream m_stream; // of admission
    DeviceArray<float> m_parameter, m_firstMoment, m_secondMoment, m_gradient;
    DeviceArray<std::int64_t> m_rowSteps, m_lastBatch;
    DeviceArray<std::int32_t> m_rowOf;
    Admission m_admissions[2]; // of batch n at n % 2
    PinnedArray<AdmissionSummary> m_summaries; // likewise
    DeviceArray<char> m_workspace;
};

} // namespace recoscope::kernels
