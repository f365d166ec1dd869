// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/cpu/simd.h"
#include "engine/kernels/ops.h"

namespace recoscope::kernels::cpu {

// What is the same for all steps.
template <class V> struct AdamWRule {
    using F = typename V::F;

    RECOSCOPE_INLINE AdamWRule(double b1, double b2, double smallest)
        : beta1(splat<V>(static_cast<float>(b1)))
        , beta2(splat<V>(static_cast<float>(b2)))
        , rest1(splat<V>(static_cast<float>(1.0 - b1)))
        , rest2(splat<V>(static_cast<float>(1.0 - b2)))
        , epsilon(splat<V>(static_cast<float>(smallest)))
    {
    }

    // Moments and values p after one step with gradient g.
    RECOSCOPE_INLINE void step(F& p, F& m, F& v, F g, const AdamWFactors& f) const
    {
        m = V::fma(beta1, m, rest1 * g);
        v = V::fma(beta2, v, rest2 * g * g);
        const F way = splat<V>(static_cast<float>(f.rate)) * m
            / V::fma(V::sqrt(v), splat<V>(static_cast<float>(f.spread)), epsilon);
        p = V::fma(p, splat<V>(static_cast<float>(f.keep)), -way);
    }

    const F beta1, beta2, rest1, rest2, epsilon;
};

template <class V> void adamW(const AdamWStep& a, const AdamWFactors& factors, std::int64_t begin, std::int64_t end)
{
    using F = typename V::F;
    const AdamWRule<V> rule(a.beta1, a.beta2, a.epsilon);
    const F pull = splat<V>(a.decoupledDecay ? 0.0f : static_cast<float>(a.weightDecay));
    const F scale = splat<V>(a.gradientScale);
    rowLoop<V>(begin, end, [&](std::int64_t i, auto part) {
        F p = load<V>(a.parameter + i, part), m = load<V>(a.firstMoment + i, part);
        F v = load<V>(a.secondMoment + i, part);
        rule.step(p, m, v, V::fma(pull, p, load<V>(a.gradient + i, part) * scale), factors);
        store<V>(a.firstMoment + i, m, part);
        store<V>(a.secondMoment + i, v, part);
        store<V>(a.parameter + i, p, part);
    });
}

// One row of a sparse step, several vectors at a time: the factors of a step are turned into vectors once for them.
template <class V> struct SparseAdamWRow {
    using F = typename V::F;

    template <int Vectors, class P> RECOSCOPE_INLINE void run(std::int64_t at, P part) const
    {
        F p[Vectors], m[Vectors], v[Vectors];
        typename V::I moves{};
#pragma GCC unroll 4
        for (int i = 0; i < Vectors; ++i) {
            p[i] = load<V>(a.parameter + at + i * V::lanes, part);
            m[i] = load<V>(a.firstMoment + at + i * V::lanes, part);
            v[i] = load<V>(a.secondMoment + at + i * V::lanes, part);
            moves |= (typename V::I)m[i] | (typename V::I)v[i];
        }
        if (V::bits(moves != 0))
            for (const AdamWFactors* f = first; f != last; ++f)
                step(p, m, v, F{}, *f);
        else // never had a gradient
            for (const AdamWFactors* f = first; f != last; ++f)
                decay(p, splat<V>(static_cast<float>(f->keep)));
        if (a.gradient) {
            const F scale = splat<V>(a.gradientScale);
#pragma GCC unroll 4
            for (int i = 0; i < Vectors; ++i) {
                float* gradient = a.gradient + at + i * V::lanes;
                rule.step(p[i], m[i], v[i], load<V>(gradient, part) * scale, *last);
                store<V>(gradient, F{}, part);
            }
        }
#pragma GCC unroll 4
        for (int i = 0; i < Vectors; ++i) {
            store<V>(a.parameter + at + i * V::lanes, p[i], part);
            store<V>(a.firstMoment + at + i * V::lanes, m[i], part);
            store<V>(a.secondMoment + at + i * V::lanes, v[i], part);
        }
    }

    const SparseAdamW& a;
    const AdamWRule<V> rule;
    const AdamWFactors *first, *last; // steps without gradient; the one after them is that of the gradient

private:
    template <int Vectors>
    RECOSCOPE_INLINE void step(
        F (&p)[Vectors], F (&m)[Vectors], F (&v)[Vectors], F gradient, const AdamWFactors& f) const
    {
#pragma GCC unroll 4
        for (int i = 0; i < Vectors; ++i)
            rule.step(p[i], m[i], v[i], gradient, f);
    }
    template <int Vectors> static RECOSCOPE_INLINE void decay(F (&p)[Vectors], F keep)
    {
#pragma GCC unroll 4
        for (int i = 0; i < Vectors; ++i)
            p[i] = p[i] * keep;
    }
};

template <class V> void sparseAdamW(const SparseAdamW& a, std::int64_t begin, std::int64_t end)
{
    const AdamWFactors* const now = a.factors.data() + a.factors.size();
    for (std::int64_t r = begin; r < end; ++r) {
        const std::int64_t row = a.rows.data()[r], missed = a.steps - a.rowSteps[row];
        a.rowSteps[row] = a.steps;
        if (missed == 0)
            continue;
        const SparseAdamWRow<V> one{
            a, AdamWRule<V>(a.beta1, a.beta2, a.epsilon), now - missed, a.gradient ? now - 1 : now};
        std::int64_t i = row * a.width;
        for (; i + 4 * V::lanes <= (row + 1) * a.width; i += 4 * V::lanes)
            one.template run<4>(i, Full{});
        rowLoop<V>(i, (row + 1) * a.width, [&](std::int64_t at, auto part) { one.template run<1>(at, part); });
    }
}

template <class V> double sumOfSquares(const float* values, std::int64_t count)
{
    using D = typename V::D;
    D a{}, b{}; // two chains hide the latency of the addition
    std::int64_t i = 0;
    for (; i + 2 * V::lanes <= count; i += 2 * V::lanes) {
        const D x = __builtin_convertvector(load<V>(values + i), D);
        const D y = __builtin_convertvector(load<V>(values + i + V::lanes), D);
        a += x * x;
        b += y * y;
    }
    rowLoop<V>(i, count, [&](std::int64_t at, auto part) {
        const D x = __builtin_convertvector(load<V>(values + at, part), D);
        a += x * x;
    });
    a += b;
    double total = 0.0;
    for (int lane = 0; lane < V::lanes; ++lane)
        total += a[lane];
    return total;
}

template <class V>
void scatterAdd(std::int64_t rows, std::int64_t width, const float* gradOutput, const std::int32_t* indices,
    float* grad, std::int64_t part, std::int64_t parts)
{
    for (std::int64_t r = 0; r < rows; ++r) {
        if (parts > 1 && indices[r] % parts != part)
            continue;
        float* target = grad + indices[r] * width;
        const float* source = gradOutput + r * width;
        rowLoop<V>(0, width, [&](std::int64_t i, auto step) {
            store<V>(target + i, load<V>(target + i, step) + load<V>(source + i, step), step);
        });
    }
}

} // namespace recoscope::kernels::cpu
