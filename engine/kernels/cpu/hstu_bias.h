// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Position and time bias of HSTU attention, a strip of a few query rows at a time, and their gradients. Position is a
// shifted load; time goes through two small tables: from a difference to its bucket (time_buckets.h) and from there to
// the bias.
#pragma once

#include "engine/kernels/cpu/attention_tiles.h"
#include "engine/kernels/cpu/philox_body.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/time_buckets.h"

namespace recoscope::kernels::cpu {

// What differences below 2^31 need, the same for all sequences of a call.
template <class V> struct HstuTimeTables {
    static constexpr int size = V::Table::size;
    static constexpr int fractionBits = 21; // of a float, below its cell

    explicit HstuTimeTables(const HstuAttentionForward& a)
    {
        if (!a.timeBias)
            return;
        const TimeBucketCells& cells = timeBucketCells();
        for (int c = 0; c < size; ++c) {
            const bool steps = cells.step[c] < __builtin_inff();
            std::int32_t step;
            __builtin_memcpy(&step, cells.step + c, sizeof step);
            const std::int32_t fraction = steps ? step & fractionMask : 1 << fractionBits;
            cell[c] = fraction << 8 | static_cast<std::int32_t>(cells.base[c]);
        }
        for (int b = 0; b < size; ++b)
            bias[b] = a.timeBias[smaller<std::int64_t>(b, a.timeBuckets)];
    }

    static constexpr std::int32_t fractionMask = (1 << fractionBits) - 1;
    alignas(64) std::int32_t cell[size]; // bucket at its start; above that, the fraction from which it is one more
    alignas(64) float bias[size]; // of a bucket, the last one repeated
};

// Of one sequence.
template <class V> class HstuBias {
public:
    using F = typename V::F;
    using I = typename V::I;
    using Table = typename V::Table;
    using Rows = QueryBlock<V>;

    // Lines of columns + 2 * lanes floats in scratch.
    struct Lines {
        float *position, *gradPosition; // by column counted back from the diagonal: entry c is distance length-1-c
        float* keyTimes; // 32-bit times, as bits
    };

    HstuBias(const HstuAttentionForward& from, const HstuTimeTables<V>& tables, std::int64_t first, std::int64_t rows)
        : a(from)
        , m_tables(tables)
        , m_start(first)
        , m_length(rows)
        , m_columns((rows + V::lanes - 1) / V::lanes * V::lanes)
    {
    }

    void prepare(const Lines& lines)
    {
        m_lines = lines;
        for (std::int64_t c = 0; c < m_columns + 2 * V::lanes; ++c) {
            m_lines.position[c] = a.positionBias && c < m_length ? a.positionBias[m_length - 1 - c] : 0.0f;
            m_lines.gradPosition[c] = 0.0f;
        }
        if (a.timeBias)
            prepareTimes();
    }

    // Bias (and, with times, buckets as bits) of the columns that the rows use, for the first `count` of these.
    void fill(const Rows& rows, int count, float* bias, float* buckets) const
    {
        if (!a.timeBias)
            fillRows(rows, count, bias, [](std::int64_t, std::int64_t, std::int64_t) { return F{}; });
        else if (m_narrow)
            fillNarrow(rows, count, bias, buckets);
        else
            fillRows(rows, count, bias, [&](std::int64_t i, std::int64_t j, std::int64_t at) {
                const I bucket = wideBuckets(i, j);
                store<V>(buckets + at, (F)bucket);
                return V::gather(a.timeBias, bucket);
            });
    }

    // The gradients of a strip into the position line and the time table.
    void addGradients(const Rows& rows, const float* gradBias, const float* buckets, double* gradTime) const
    {
        for (int row = 0; row < rows.live; ++row) {
            const std::int64_t i = rows.index[row];
            const float* g = gradBias + row * m_columns;
            if (a.positionBias) {
                float* to = m_lines.gradPosition + (m_length - 1 - i);
                for (std::int64_t j = 0; j < rows.used; j += V::lanes)
                    store<V>(to + j, load<V>(to + j) + load<V>(g + j));
            }
            if (a.timeBias)
                addTimeGradient(i, g, buckets + row * m_columns, gradTime);
        }
    }

    void finishPosition(double* gradPosition) const
    {
        for (std::int64_t c = 0; a.positionBias && c < m_length; ++c)
            gradPosition[m_length - 1 - c] += static_cast<double>(m_lines.gradPosition[c]);
    }

private:
    // Times as 32-bit numbers from the earliest on, where they fit.
    void prepareTimes()
    {
        const std::int64_t *query = a.queryTimes + m_start, *key = a.keyTimes + m_start;
        std::int64_t first = key[0], last = key[0];
        for (std::int64_t j = 0; j < m_length; ++j) {
            first = smaller(first, smaller(key[j], query[j]));
            last = larger(last, larger(key[j], query[j]));
        }
        m_first = first;
        m_narrow = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) < (1ull << 31);
        for (std::int64_t j = 0; m_narrow && j < m_columns; ++j) {
            const auto time = static_cast<std::int32_t>(key[smaller(j, m_length - 1)] - first);
            __builtin_memcpy(m_lines.keyTimes + j, &time, sizeof time);
        }
    }

    // timeBias(row of the sequence, column, place in the strip)
    template <class TimeBias>
    RECOSCOPE_INLINE void fillRows(const Rows& rows, int count, float* bias, TimeBias&& timeBias) const
    {
        for (int row = 0; row < count; ++row) {
            const std::int64_t i = rows.index[row], strip = row * m_columns;
            const float* position = m_lines.position + (m_length - 1 - i);
            for (std::int64_t j = 0; j < rows.used; j += V::lanes)
                store<V>(bias + strip + j, load<V>(position + j) + timeBias(i, j, strip + j));
        }
    }

    void fillNarrow(const Rows& rows, int count, float* bias, float* buckets) const
    {
        const Table cells(reinterpret_cast<const float*>(m_tables.cell)), biases(m_tables.bias);
        fillRows(rows, count, bias, [&](std::int64_t i, std::int64_t j, std::int64_t at) {
            const auto time = static_cast<std::int32_t>(a.queryTimes[m_start + i] - m_first);
            I d = time - (I)load<V>(m_lines.keyTimes + j);
            d = d < 0 ? -d : d;
            const I bits = (I) __builtin_convertvector(d < 1 ? I{} + 1 : d, F);
            const I cell = (I)cells[(bits >> HstuTimeTables<V>::fractionBits) - 508];
            const I bucket = (cell & 255) - ((bits & HstuTimeTables<V>::fractionMask) >= (cell >> 8));
            store<V>(buckets + at, (F)bucket);
            return biases[bucket];
        });
    }

    I wideBuckets(std::int64_t i, std::int64_t j) const
    {
        const TimeBucketCells& cells = timeBucketCells();
        I bucket;
        for (int lane = 0; lane < V::lanes; ++lane) {
            const std::int64_t key = a.keyTimes[m_start + smaller(j + lane, m_length - 1)];
            const float difference = timeDifference(a.queryTimes[m_start + i], key);
            const int cell = timeBucketCell(difference);
            const float reached = cells.base[cell] + (difference >= cells.step[cell] ? 1.0f : 0.0f);
            bucket[lane] = static_cast<std::int32_t>(smaller<std::int64_t>(static_cast<int>(reached), a.timeBuckets));
        }
        return bucket;
    }

    // Neighbours are mostly of one bucket: one addition for each run of them in a vector.
    void addTimeGradient(std::int64_t i, const float* g, const float* buckets, double* gradTime) const
    {
        for (std::int64_t j = 0; j <= i; j += V::lanes) {
            alignas(64) float sums[V::lanes];
            store<V>(sums, runningSums<V>(load<V>(g + j)));
            const auto last = static_cast<unsigned>(smaller<std::int64_t>(V::lanes - 1, i - j));
            unsigned ends = V::bits((I)load<V>(buckets + j) != (I)load<V>(buckets + j + 1));
            ends = (ends & ((1u << last) - 1)) | 1u << last;
            for (float before = 0.0f; ends != 0; ends &= ends - 1) {
                const int end = __builtin_ctz(ends);
                gradTime[bucketAt(buckets + j + end)] += static_cast<double>(sums[end] - before);
                before = sums[end];
            }
        }
    }

    std::int64_t bucketAt(const float* bits) const
    {
        std::int32_t bucket;
        __builtin_memcpy(&bucket, bits, sizeof bucket);
        return smaller<std::int64_t>(bucket, a.timeBuckets);
    }

    const HstuAttentionForward& a;
    const HstuTimeTables<V>& m_tables;
    const std::int64_t m_start, m_length, m_columns;
    Lines m_lines{};
    std::int64_t m_first = 0;
    bool m_narrow = true;
};

} // namespace recoscope::kernels::cpu
