// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Steps of an LRURec block for many rows: what lruStep() (step_body.h) computes a row at a time, with the weights read
// once for a tile of rows. Lanes are outputs here and the chains of a sum are walked one after another, in the order of
// dot_body.h, so that the bytes are the same however many rows go together.
#pragma once

#include "engine/kernels/cpu/step_body.h"

namespace recoscope::kernels::cpu {

// A group of outputs of a linear layer, packed [width][group], and their biases; zeros past the last output.
template <class V> struct OutputGroup {
    using F = typename V::F;
    static constexpr int rows = V::tileRows, vectors = 2; // three of sixteen lanes would fit few widths
    static constexpr std::int64_t group = vectors * V::lanes;

    static RECOSCOPE_INLINE std::int64_t padded(std::int64_t outputs) { return (outputs + group - 1) / group * group; }

    float* packed; // [width, group], then [group] biases
    std::int64_t width;

    RECOSCOPE_INLINE void pack(const float* weights, const float* bias, std::int64_t first, std::int64_t outputs)
    {
        for (std::int64_t i = 0; i < group; ++i) {
            const bool there = first + i < outputs;
            const float* row = weights + (there ? first + i : 0) * width;
            for (std::int64_t d = 0; d < width; ++d)
                packed[d * group + i] = there ? row[d] : 0.0f;
            packed[width * group + i] = there ? bias[first + i] : 0.0f;
        }
    }

    struct Sums {
        F at[rows][vectors];
    };

    // c_l of every row and output of the tile.
    Sums chain(const float* const (&x)[rows], std::int64_t l) const
    {
        Sums sums{};
        for (std::int64_t d = l; d < width; d += 8) {
            F weight[vectors];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                weight[v] = load<V>(packed + d * group + v * V::lanes);
#pragma GCC unroll 8
            for (int r = 0; r < rows; ++r) {
                const F value = splat<V>(x[r][d]);
#pragma GCC unroll 4
                for (int v = 0; v < vectors; ++v)
                    sums.at[r][v] = V::fma(value, weight[v], sums.at[r][v]);
            }
        }
        return sums;
    }
    static RECOSCOPE_INLINE Sums add(const Sums& a, const Sums& b)
    {
        Sums sums;
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v)
                sums.at[r][v] = a.at[r][v] + b.at[r][v];
        return sums;
    }
    RECOSCOPE_INLINE Sums quarter(const float* const (&x)[rows], std::int64_t l) const
    {
        const Sums low = add(chain(x, l), chain(x, l + 4));
        return add(low, add(chain(x, l + 2), chain(x, l + 6)));
    }
    // Row r of the outputs at y + r * stride.
    void run(const float* const (&x)[rows], float* y, std::int64_t stride) const
    {
        const Sums even = quarter(x, 0), all = add(even, quarter(x, 1));
        for (int r = 0; r < rows; ++r)
            for (int v = 0; v < vectors; ++v)
                store<V>(y + r * stride + v * V::lanes, all.at[r][v] + load<V>(packed + width * group + v * V::lanes));
    }
};

// Rows of activations, `stride` floats apart.
struct Activations {
    float* first;
    std::int64_t stride;
};

// y[r] = W x[r] + bias for `count` rows; scratch rows of y up to a whole tile are written too.
template <class V>
void affineRows(std::int64_t outputs, std::int64_t width, const float* weights, const float* bias, Activations x,
    Activations y, std::int64_t count, float* packed)
{
    using Group = OutputGroup<V>;
    Group group{packed, width};
    for (std::int64_t first = 0; first < outputs; first += Group::group) {
        group.pack(weights, bias, first, outputs);
        for (std::int64_t r = 0; r < count; r += Group::rows) {
            const float* rows[Group::rows];
            for (std::int64_t i = 0; i < Group::rows; ++i)
                rows[i] = x.first + smaller(r + i, count - 1) * x.stride;
            group.run(rows, y.first + r * y.stride + first, y.stride);
        }
    }
}

// The scratch of a piece of rows.
template <class V> struct StepRoom {
    using Group = OutputGroup<V>;
    std::int64_t rows, u, y, inner, packed; // floats of a row, and of the packed weights

    explicit RECOSCOPE_INLINE StepRoom(const LruStep& a)
        : u(Group::padded(2 * a.channels))
        , y(Group::padded(a.width))
        , inner(Group::padded(a.inner))
        , packed((larger(larger(a.width, 2 * a.channels), a.inner) + 1) * Group::group)
    {
        constexpr std::int64_t mostRows = 256, mostFloats = 1 << 18; // a share of the outer cache
        const std::int64_t fitting = smaller(mostRows, mostFloats / (u + 2 * y + inner));
        rows = larger<std::int64_t>(1, fitting / Group::rows) * Group::rows;
    }
    RECOSCOPE_INLINE std::int64_t floats() const { return packed + rows * (u + 2 * y + inner); }
};

// The rest of a block for `count` rows whose new states are in `state`; x is replaced by the output.
template <class V>
RECOSCOPE_INLINE void finishRows(const LruStep& a, Activations state, Activations y, Activations inner, Activations out,
    float* x, std::int64_t count, float* packed)
{
    const std::int64_t h = a.width;
    affineRows<V>(h, 2 * a.channels, a.outWeight, a.outBias, state, y, count, packed);
    for (std::int64_t r = 0; r < count; ++r)
        addAndNormalise<V>(h, a.epsilon, x + r * h, a.norm1Weight, a.norm1Bias, y.first + r * y.stride);
    affineRows<V>(a.inner, h, a.w1, a.b1, y, inner, count, packed);
    for (std::int64_t r = 0; r < count; ++r)
        geluRow<V>(a.inner, inner.first + r * inner.stride);
    affineRows<V>(h, a.inner, a.w2, a.b2, inner, out, count, packed);
    for (std::int64_t r = 0; r < count; ++r) {
        float* row = out.first + r * out.stride;
        addAndNormalise<V>(h, a.epsilon, y.first + r * y.stride, a.norm2Weight, a.norm2Bias, row);
        for (std::int64_t i = 0; i < h; ++i)
            x[r * h + i] = row[i];
    }
}

template <class V> void lruSteps(const LruSteps& a, std::int64_t begin, std::int64_t end)
{
    const std::int64_t* offsets = a.offsets.data();
    const std::int64_t s = a.block.channels, h = a.block.width;
    constexpr std::int64_t worthPacking = 24; // rows
    if (offsets[end] - offsets[begin] < worthPacking) {
        LruStep step = a.block;
        for (std::int64_t b = begin; b < end; ++b)
            for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t) {
                step.state = a.block.state + b * 2 * s;
                step.x = a.block.x + t * h;
                lruStep<V>(step);
            }
        return;
    }
    const StepRoom<V> room(a.block);
    float* packed = threadScratch(room.floats());
    const Activations u{packed + room.packed, room.u}, y{u.first + room.rows * room.u, room.y},
        inner{y.first + room.rows * room.y, room.inner}, out{inner.first + room.rows * room.inner, room.y};
    std::int64_t b = begin;
    for (std::int64_t first = offsets[begin]; first < offsets[end]; first += room.rows) {
        const std::int64_t count = smaller(room.rows, offsets[end] - first);
        float* x = a.block.x + first * h;
        affineRows<V>(2 * s, h, a.block.inWeight, a.block.inBias, {x, h}, u, count, packed);
        for (std::int64_t r = 0; r < count; ++r) {
            while (offsets[b + 1] <= first + r)
                ++b;
            float *state = a.block.state + b * 2 * s, *row = u.first + r * u.stride;
            lruRow<V>(s, a.block.lambda, row, state, row);
            for (std::int64_t i = 0; i < 2 * s; ++i)
                state[i] = row[i];
        }
        finishRows<V>(a.block, u, y, inner, out, x, count, packed);
    }
}

} // namespace recoscope::kernels::cpu
