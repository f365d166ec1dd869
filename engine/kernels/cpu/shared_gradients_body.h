// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The second pass of losses over shared negatives (shared_loss_body.h): what the coefficients of all panels of a block
// give to the items, several negatives at a time, their sums over rows in registers.
#pragma once

#include "engine/kernels/cpu/shared_loss_body.h"

namespace recoscope::kernels::cpu {

// Of the rows [begin, end), whose coefficients are `lines`.
template <class V> class SharedGradients {
public:
    using F = typename V::F;
    static constexpr int lanes = V::lanes, tile = SharedPanel<V>::tile;
    static constexpr std::int64_t rows = SharedPanel<V>::rows;

    SharedGradients(const SampledLoss& arguments, std::int64_t begin, std::int64_t end, const float* lines)
        : a(arguments)
        , at(a)
        , first(begin)
        , count(end - begin)
        , coefficients(lines)
    {
    }

    // Targets by rows and then negatives by their places, so that sums keep their order for any number of parts.
    void addPart(std::int64_t part, std::int64_t parts)
    {
        for (std::int64_t r = 0; r < count; ++r)
            if (const std::int32_t id = a.targets[first + r]; id % parts == part)
                addTarget(id, r);
        std::int64_t line[tile];
        int found = 0;
        for (std::int64_t j = 0; j < a.negatives; ++j) {
            if (a.sample[j] % parts == part)
                line[found++] = 1 + j;
            if (found == tile || (j + 1 == a.negatives && found > 0)) {
                for (int i = found; i < tile; ++i)
                    line[i] = line[0]; // computed and left out
                addNegatives(line, found);
                found = 0;
            }
        }
    }

private:
    RECOSCOPE_INLINE const float* lineAt(std::int64_t panel, std::int64_t line) const
    {
        return coefficients + (panel * at.fields * at.count + line) * rows;
    }

    void addTarget(std::int32_t id, std::int64_t r)
    {
        const auto of = [&](std::int64_t field) { return lineAt(r / rows, field)[r % rows]; };
        const float *item = a.table + id * a.width, *hidden = a.hidden + (first + r) * a.width;
        float* to = a.gradTable + id * a.width;
        const F c = splat<V>(of(0)), along = splat<V>(a.unitItems ? -of(at.along) : 0.0f);
        rowLoop<V>(0, a.width, [&](std::int64_t d, auto part) {
            const F sum = V::fma(c, load<V>(hidden + d, part), load<V>(to + d, part));
            store<V>(to + d, V::fma(along, load<V>(item + d, part), sum), part);
        });
        if (a.gradBias)
            a.gradBias[id] += of(at.slopes);
    }

    void addNegatives(const std::int64_t (&line)[tile], int found)
    {
        std::int64_t d = 0;
        for (; d + 2 * lanes <= a.width; d += 2 * lanes)
            addColumns<2>(line, found, d, Full{});
        rowLoop<V>(d, a.width, [&](std::int64_t i, auto part) { addColumns<1>(line, found, i, part); });
        for (int i = 0; i < found; ++i)
            if (a.gradBias)
                a.gradBias[a.sample[line[i] - 1]] += sumOver(at.slopes + line[i]);
    }

    template <int Vectors, class P> void addColumns(const std::int64_t (&line)[tile], int found, std::int64_t d, P part)
    {
        F sum[tile][Vectors]{};
        for (std::int64_t r = 0; r < count; r += rows) {
            const float* weight[tile];
            for (int i = 0; i < tile; ++i)
                weight[i] = lineAt(r / rows, line[i]);
            const float* hidden = a.hidden + (first + r) * a.width + d;
            accumulate<V>(
                sum, smaller(rows, count - r), [&](int i, std::int64_t k) { return weight[i][k]; },
                [&](std::int64_t k) { return hidden + k * a.width; }, part);
        }
        for (int i = 0; i < found; ++i) {
            const std::int64_t begin = a.sample[line[i] - 1] * a.width + d;
            const F along = splat<V>(a.unitItems ? -sumOver(at.along + line[i]) : 0.0f);
            for (int v = 0; v < Vectors; ++v) {
                float* to = a.gradTable + begin + v * lanes;
                const F all = load<V>(to, part) + sum[i][v];
                store<V>(to, V::fma(along, load<V>(a.table + begin + v * lanes, part), all), part);
            }
        }
    }

    // Rows past the end of the last panel have slopes of 0.
    float sumOver(std::int64_t line) const
    {
        F sum{};
        for (std::int64_t r = 0; r < count; r += lanes)
            sum += load<V>(lineAt(r / rows, line) + r % rows);
        return sumLanes<V>(sum);
    }

    const SampledLoss& a;
    const SampledLossLayout at;
    const std::int64_t first, count;
    const float* const coefficients;
};

} // namespace recoscope::kernels::cpu
