// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Norm, gate, dropout, linear layer and residual at the end of an HSTU layer, a block of rows at a time while it is in
// the cache. The products are those of projection_body.h.
#pragma once

#include "engine/kernels/cpu/philox_body.h"
#include "engine/kernels/cpu/projection_body.h"

namespace recoscope::kernels::cpu {

// A block of rows: what goes into the linear layer, and on the way there.
template <class V> class GatedRows {
public:
    using F = typename V::F;
    static constexpr std::int64_t most = ProjectionBlock<V>::rows;

    // Floats of `memory`.
    static RECOSCOPE_INLINE std::int64_t room(const GatedOutput& a)
    {
        return 2 * most * a.inner + factorRoom(most * a.inner);
    }

    GatedRows(const GatedOutput& from, float* memory)
        : gated(memory)
        , normalised(memory + most * from.inner)
        , a(from)
        , m_rule(dropoutRule(from.dropout))
        , m_room(memory + 2 * most * from.inner)
    {
    }

    void start(std::int64_t first, std::int64_t count)
    {
        m_first = first;
        m_count = count;
        m_factors = m_rule.threshold == 0
            ? nullptr
            : factorsBetween<V>(a.seed, m_rule, first * a.inner, (first + count) * a.inner, m_room);
    }

    // What is gated, of rows that are normalised.
    void gate()
    {
        for (std::int64_t r = 0; r < m_count; ++r) {
            const float *u = a.gate + (m_first + r) * a.gateStride, *v = normalised + r * a.inner;
            rowLoop<V>(0, a.inner, [&](std::int64_t i, auto part) {
                store<V>(gated + r * a.inner + i, kept(r, i, load<V>(u + i, part) * load<V>(v + i, part), part), part);
            });
        }
    }

    // v, or what dropout leaves of it.
    template <class P> RECOSCOPE_INLINE F kept(std::int64_t r, std::int64_t i, F v, P part) const
    {
        return m_factors ? v * load<V>(m_factors + r * a.inner + i, part) : v;
    }

    float *const gated, *const normalised; // [most, inner]

private:
    const GatedOutput& a;
    const DropoutRule m_rule;
    float* const m_room;
    const float* m_factors = nullptr;
    std::int64_t m_first = 0, m_count = 0;
};

template <class V> void gatedOutputForward(const GatedOutput& a, std::int64_t begin, std::int64_t end)
{
    using Block = ProjectionBlock<V>;
    const std::int64_t columns = Block::padded(a.width), room = ScoreStrip<V>::room(a.width, a.inner);
    float* memory = threadScratch(room + Block::rows * columns + GatedRows<V>::room(a));
    float* block = memory + room;
    ScoreStrip<V> strip(memory, a.width, a.inner);
    strip.layOut(a.weight, a.bias, a.width);
    GatedRows<V> rows(a, block + Block::rows * columns);
    for (std::int64_t first = begin; first < end; first += Block::rows) {
        const std::int64_t count = smaller(Block::rows, end - first);
        rows.start(first, count);
        normaliseRows<V>(a.input, a.inner, a.epsilon, first, count, a.mean, a.inverseSigma, rows.normalised);
        rows.gate();
        Block::multiply(strip, rows.gated, count, block, columns);
        for (std::int64_t r = 0; r < count; ++r)
            rowLoop<V>(0, a.width, [&](std::int64_t c, auto part) {
                const std::int64_t at = (first + r) * a.width + c;
                store<V>(a.output + at, load<V>(a.residual + at, part) + load<V>(block + r * columns + c, part), part);
            });
    }
}

// The gradients of a row's x and gate from that of what went into the linear layer, which is overwritten.
template <class V>
RECOSCOPE_INLINE void gatedRowGradient(
    const GatedOutputBackward& b, const GatedRows<V>& rows, std::int64_t first, std::int64_t r, float* gradient)
{
    using F = typename V::F;
    const GatedOutput& a = b.forward;
    const float *u = a.gate + (first + r) * a.gateStride, *normalised = rows.normalised + r * a.inner;
    float* gradGate = b.gradGate + (first + r) * b.gradGateStride;
    rowLoop<V>(0, a.inner, [&](std::int64_t i, auto part) {
        const F g = rows.kept(r, i, load<V>(gradient + i, part), part);
        store<V>(gradGate + i, g * load<V>(normalised + i, part), part);
        store<V>(gradient + i, g * load<V>(u + i, part), part);
    });
    normGradient<V>(gradient, normalised, a.inner, a.inverseSigma[first + r], b.gradInput + (first + r) * a.inner);
}

template <class V>
void gatedOutputBackward(
    const GatedOutputBackward& b, std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias)
{
    using Block = ProjectionBlock<V>;
    const GatedOutput& a = b.forward;
    const std::int64_t columns = Block::padded(a.inner), room = ScoreStrip<V>::room(a.inner, a.width);
    float* memory = threadScratch(room + Block::rows * columns + GatedRows<V>::room(a));
    float* block = memory + room;
    ScoreStrip<V> strip(memory, a.inner, a.width);
    strip.layOutColumns(a.weight, nullptr, a.inner);
    GatedRows<V> rows(a, block + Block::rows * columns);
    for (std::int64_t first = begin; first < end; first += Block::rows) {
        const std::int64_t count = smaller(Block::rows, end - first);
        const float* gradOutput = b.gradOutput + first * a.width;
        rows.start(first, count);
        normaliseRowsAgain<V>(a.input, a.inner, first, count, a.mean, a.inverseSigma, rows.normalised);
        rows.gate();
        for (std::int64_t r = 0; r < count; ++r)
            addRow<V>(gradOutput + r * a.width, a.width, gradBias);
        addWeightGradient<V>(a.width, a.inner, gradOutput, rows.gated, a.inner, count, gradWeight);
        Block::multiply(strip, gradOutput, count, block, columns);
        for (std::int64_t r = 0; r < count; ++r)
            gatedRowGradient<V>(b, rows, first, r, block + r * columns);
    }
}

} // namespace recoscope::kernels::cpu
