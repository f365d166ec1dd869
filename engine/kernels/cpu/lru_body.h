// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The linear recurrent unit: one pass over the events, a row of states at a time. The previous row of the output is the
// running state, so nothing is kept in registers across rows and any number of channels works. Where the output is
// written past the caches (streams.h), a third of all traffic saved, the running state is a row of its own.
#pragma once

#include "engine/kernels/cpu/streams.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

constexpr std::int64_t streamedFloats = std::int64_t(4) << 20;

// `state` may be `previous`; `streamed`: a second place for it, or null.
template <class V>
RECOSCOPE_INLINE void lruRow(std::int64_t s, const float* lambda, const float* input, const float* previous,
    float* state, float* streamed = nullptr)
{
    using F = typename V::F;
    rowLoop<V>(0, s, [&](std::int64_t c, auto part) {
        const F lr = load<V>(lambda + c, part), li = load<V>(lambda + s + c, part);
        const F pr = load<V>(previous + c, part), pi = load<V>(previous + s + c, part);
        const F ur = load<V>(input + c, part), ui = load<V>(input + s + c, part);
        const F re = V::fma(lr, pr, V::fma(-li, pi, ur)), im = V::fma(lr, pi, V::fma(li, pr, ui));
        store<V>(state + c, re, part);
        store<V>(state + s + c, im, part);
        if (streamed) {
            V::stream(streamed + c, re);
            V::stream(streamed + s + c, im);
        }
    });
}

template <class V> void lruForward(const LruScanForward& a, std::int64_t begin, std::int64_t end)
{
    const std::int64_t s = a.channels, width = 2 * s, *offsets = a.offsets.data();
    float *zeros = threadScratch(2 * width), *running = zeros + width;
    for (std::int64_t i = 0; i < width; ++i)
        zeros[i] = 0.0f;
    const bool streamed
        = s % V::lanes == 0 && isStreamed<V>(a.states, offsets[a.offsets.size() - 1], width, streamedFloats);
    for (std::int64_t b = begin; b < end; ++b) {
        const float* previous = a.initial ? a.initial + b * width : zeros;
        for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t) {
            float* out = a.states + t * width;
            if (streamed)
                lruRow<V>(s, a.lambda, a.input + t * width, previous, running, out);
            else
                lruRow<V>(s, a.lambda, a.input + t * width, previous, out);
            previous = streamed ? running : out;
        }
    }
    if (streamed)
        V::finishStreams();
}

// g_t = dL/dh_t + conj(lambda) g_{t+1}; adds g_t conj(h_{t-1}) to `sums`. `gradInput` may be `next`; `streamed` as
// above.
template <class V>
RECOSCOPE_INLINE void lruGradRow(std::int64_t s, const float* lambda, const float* gradState, const float* next,
    const float* before, float* gradInput, float* streamed, float* sums)
{
    using F = typename V::F;
    rowLoop<V>(0, s, [&](std::int64_t c, auto part) {
        const F lr = load<V>(lambda + c, part), li = load<V>(lambda + s + c, part);
        const F nr = load<V>(next + c, part), ni = load<V>(next + s + c, part);
        const F hr = load<V>(before + c, part), hi = load<V>(before + s + c, part);
        const F gr = V::fma(lr, nr, V::fma(li, ni, load<V>(gradState + c, part)));
        const F gi = V::fma(lr, ni, V::fma(-li, nr, load<V>(gradState + s + c, part)));
        store<V>(gradInput + c, gr, part);
        store<V>(gradInput + s + c, gi, part);
        if (streamed) {
            V::stream(streamed + c, gr);
            V::stream(streamed + s + c, gi);
        }
        store<V>(sums + c, V::fma(gr, hr, V::fma(gi, hi, load<V>(sums + c, part))), part);
        store<V>(sums + s + c, V::fma(gi, hr, V::fma(-gr, hi, load<V>(sums + s + c, part))), part);
    });
}

// dL/dinitial = conj(lambda) g of the first event.
template <class V>
RECOSCOPE_INLINE void lruGradInitial(std::int64_t s, const float* lambda, const float* first, float* gradInitial)
{
    using F = typename V::F;
    rowLoop<V>(0, s, [&](std::int64_t c, auto part) {
        const F lr = load<V>(lambda + c, part), li = load<V>(lambda + s + c, part);
        const F gr = load<V>(first + c, part), gi = load<V>(first + s + c, part);
        store<V>(gradInitial + c, V::fma(lr, gr, li * gi), part);
        store<V>(gradInitial + s + c, V::fma(lr, gi, -li * gr), part);
    });
}

template <class V> void lruBackward(const LruScanBackward& a, std::int64_t begin, std::int64_t end, double* gradLambda)
{
    const std::int64_t s = a.channels, width = 2 * s, *offsets = a.offsets.data();
    float *zeros = threadScratch(3 * width), *sums = zeros + width, *running = sums + width;
    for (std::int64_t i = 0; i < 2 * width; ++i)
        zeros[i] = 0.0f;
    const bool streamed
        = s % V::lanes == 0 && isStreamed<V>(a.gradInput, offsets[a.offsets.size() - 1], width, streamedFloats);
    for (std::int64_t b = begin; b < end; ++b) {
        const float *next = zeros, *initial = a.initial ? a.initial + b * width : zeros;
        for (std::int64_t t = offsets[b + 1] - 1; t >= offsets[b]; --t) {
            const float *before = t > offsets[b] ? a.states + (t - 1) * width : initial,
                        *gradState = a.gradStates + t * width;
            float* out = a.gradInput + t * width;
            if (streamed)
                lruGradRow<V>(s, a.lambda, gradState, next, before, running, out, sums);
            else
                lruGradRow<V>(s, a.lambda, gradState, next, before, out, nullptr, sums);
            next = streamed ? running : out;
        }
        if (a.gradInitial)
            lruGradInitial<V>(s, a.lambda, next, a.gradInitial + b * width);
        for (std::int64_t i = 0; i < width; ++i) {
            gradLambda[i] += static_cast<double>(sums[i]);
            sums[i] = 0.0f;
        }
    }
    if (streamed)
        V::finishStreams();
}

} // namespace recoscope::kernels::cpu
