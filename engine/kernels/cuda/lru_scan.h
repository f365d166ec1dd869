// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The linear recurrent unit. A block takes 32 channels of a sequence and walks it in tiles of 64 events; each of four
// warps holds 16 of them in registers, scans them from zero, and scans them again from the state that the warps before
// it and lambda^16 give. So memory is read and written once, and 64 loads are on their way at a time.
#pragma once

#include "engine/kernels/argument_checks.h"
#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/reduce.h"

namespace recoscope::kernels::cuda {

struct Complex {
    float re = 0.0f, im = 0.0f;
};

RECOSCOPE_DEVICE Complex multiplyAdd(Complex a, Complex b, Complex c) // a b + c
{
    return {multiplyAdd(a.re, b.re, multiplyAdd(-a.im, b.im, c.re)),
        multiplyAdd(a.re, b.im, multiplyAdd(a.im, b.re, c.im))};
}

// Forward: h_t = lambda h_{t-1} + u_t. Backward, from the last event to the first: g_t = conj(lambda) g_{t+1} +
// dL/dh_t, and the gradient of lambda by sequence, partial[b] = sum of g_t conj(h_{t-1}).
template <bool Backward> struct LruScanKernel {
    static constexpr int threads = blockThreads;
    static constexpr int lanes = 32, segments = threads / lanes, steps = 16, tile = segments * steps;
    static constexpr std::int64_t sharedBytes = (2 * lanes + threads) * sizeof(Complex) + 2 * threads * sizeof(double);

    const std::int64_t* offsets;
    std::int64_t channels;
    const float* lambda;
    const float* input;
    const float* initial; // or null
    const float* states; // backward
    float* output;
    double* partial; // backward, [B, 2S]
    float* gradInitial; // backward, or null

    struct Events {
        Complex at[steps];
    };
    struct Sums {
        double re, im;
    };

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t tiles = pieces(channels, lanes), sequence = block.index() / tiles;
        const std::int64_t channel = block.index() % tiles * lanes;
        const std::int64_t start = offsets[sequence], length = offsets[sequence + 1] - start;
        Complex* carry = reinterpret_cast<Complex*>(block.shared()); // into this tile and into the next, in turn
        Complex* ends = carry + 2 * lanes;
        typename Block::template Private<Events> events;
        typename Block::template Private<Sums> sums;
        block.phase([&](int t) {
            sums(t) = {0.0, 0.0};
            if (t < lanes)
                carry[t] = Backward ? Complex{} : before(sequence, channel + t);
        });
        for (std::int64_t first = 0; first < length; first += tile) {
            const Complex* from = carry + first / tile % 2 * lanes;
            Complex* to = carry + (first / tile + 1) % 2 * lanes;
            block.phase([&](int t) {
                const std::int64_t c = channel + t % lanes, begin = first + t / lanes * steps;
                const Complex factor = factorOf(c);
                Complex h;
                RECOSCOPE_UNROLL
                for (int i = 0; i < steps; ++i) {
                    events(t).at[i] = begin + i < length ? planar(input + row(start, length, begin + i), c) : Complex{};
                    h = multiplyAdd(factor, h, events(t).at[i]);
                }
                ends[t] = h;
            });
            block.phase([&](int t) {
                const std::int64_t c = channel + t % lanes, begin = first + t / lanes * steps;
                const Complex factor = factorOf(c);
                Complex power = factor, h = from[t % lanes];
                for (int i = 1; i < steps; i *= 2)
                    power = multiplyAdd(power, power, {});
                for (int s = 0; s < t / lanes; ++s)
                    h = multiplyAdd(power, h, ends[s * lanes + t % lanes]);
                Complex slope;
                RECOSCOPE_UNROLL
                for (int i = 0; i < steps; ++i) {
                    if (begin + i >= length || c >= channels)
                        continue;
                    const std::int64_t at = row(start, length, begin + i);
                    h = multiplyAdd(factor, h, events(t).at[i]);
                    if (Backward) {
                        const bool last = begin + i + 1 == length;
                        const Complex known = last ? before(sequence, c) : planar(states + at - 2 * channels, c);
                        slope = multiplyAdd({known.re, -known.im}, h, slope);
                        if (last && gradInitial)
                            storeInitial(sequence, c, multiplyAdd(factor, h, {}));
                    }
                    output[at + c] = h.re;
                    output[at + channels + c] = h.im;
                }
                sums(t) = {sums(t).re + slope.re, sums(t).im + slope.im};
                if (t / lanes == segments - 1)
                    to[t % lanes] = h;
            });
        }
        if (!Backward)
            return;
        block.phase([&](int t) {
            if (length == 0 && gradInitial && t < lanes && channel + t < channels)
                storeInitial(sequence, channel + t, {});
        });
        finish(block, sequence, channel, sums);
    }

private:
    // The state before the first event.
    RECOSCOPE_DEVICE Complex before(std::int64_t sequence, std::int64_t c) const
    {
        return initial ? planar(initial + sequence * 2 * channels, c) : Complex{};
    }
    RECOSCOPE_DEVICE void storeInitial(std::int64_t sequence, std::int64_t c, Complex value) const
    {
        gradInitial[sequence * 2 * channels + c] = value.re;
        gradInitial[sequence * 2 * channels + channels + c] = value.im;
    }
    RECOSCOPE_DEVICE Complex planar(const float* at, std::int64_t c) const
    {
        return c < channels ? Complex{at[c], at[channels + c]} : Complex{};
    }
    RECOSCOPE_DEVICE Complex factorOf(std::int64_t c) const
    {
        const Complex value = planar(lambda, c);
        return Backward ? Complex{value.re, -value.im} : value;
    }
    // Where the row of the i-th event of the walk begins.
    RECOSCOPE_DEVICE std::int64_t row(std::int64_t start, std::int64_t length, std::int64_t i) const
    {
        return (start + (Backward ? length - 1 - i : i)) * 2 * channels;
    }

    template <class Block, class Private>
    RECOSCOPE_DEVICE void finish(Block& block, std::int64_t sequence, std::int64_t channel, Private& sums) const
    {
        Sums* all = reinterpret_cast<Sums*>(block.shared() + (2 * lanes + threads) * sizeof(Complex));
        block.phase([&](int t) { all[t] = sums(t); });
        block.phase([&](int t) {
            if (t >= lanes || channel + t >= channels)
                return;
            Sums sum = all[t];
            for (int s = 1; s < segments; ++s)
                sum = {sum.re + all[s * lanes + t].re, sum.im + all[s * lanes + t].im};
            partial[sequence * 2 * channels + channel + t] = sum.re;
            partial[sequence * 2 * channels + channels + channel + t] = sum.im;
        });
    }
};

template <class Launcher> void lruScanForward(Launcher& launcher, const LruScanForward& a)
{
    using Kernel = LruScanKernel<false>;
    launcher.launch(
        Kernel{launcher.call().offsets, a.channels, a.lambda, a.input, a.initial, nullptr, a.states, nullptr, nullptr},
        sequencesOf(a.offsets) * pieces(a.channels, Kernel::lanes), Kernel::sharedBytes);
}

template <class Launcher> void lruScanBackward(Launcher& launcher, const LruScanBackward& a)
{
    using Kernel = LruScanKernel<true>;
    const std::int64_t sequences = sequencesOf(a.offsets);
    double* partial = launcher.template temporary<double>(sequences * 2 * a.channels);
    launcher.launch(Kernel{launcher.call().offsets, a.channels, a.lambda, a.gradStates, a.initial, a.states,
                        a.gradInput, partial, a.gradInitial},
        sequences * pieces(a.channels, Kernel::lanes), Kernel::sharedBytes);
    sumColumns(launcher, Numbers<double>{partial}, sequences, 2 * a.channels, a.gradLambda);
}

} // namespace recoscope::kernels::cuda
