// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/reference/reference.h"

#include <cmath>
#include <complex>
#include <vector>

namespace recoscope::kernels::reference {

namespace {

using Complex = std::complex<double>;

Complex planar(const float* row, std::int64_t channels, std::int64_t c)
{
    return {row[c], row[channels + c]};
}

void store(float* row, std::int64_t channels, std::int64_t c, Complex value)
{
    row[c] = static_cast<float>(value.real());
    row[channels + c] = static_cast<float>(value.imag());
}

// Output `row` of a layer of packLinear().
double affine(const float* packed, std::int64_t outputs, std::int64_t row, const std::vector<double>& x)
{
    constexpr std::int64_t group = PackedLinear::group;
    const auto inner = static_cast<std::int64_t>(x.size());
    double sum = packed[(outputs + group - 1) / group * group * inner + row];
    for (std::int64_t i = 0; i < inner; ++i)
        sum += static_cast<double>(packed[(row / group * inner + i) * group + row % group]) * x[i];
    return sum;
}

void layerNorm(std::vector<double>& x, const float* weight, const float* bias, double epsilon)
{
    double mean = 0.0, variance = 0.0;
    for (const double v : x)
        mean += v / x.size();
    for (const double v : x)
        variance += (v - mean) * (v - mean) / x.size();
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = (x[i] - mean) / std::sqrt(variance + epsilon) * weight[i] + bias[i];
}

} // namespace

void lruForward(const LruScanForward& a, std::int64_t begin, std::int64_t end)
{
    const std::int64_t s = a.channels;
    for (std::int64_t b = begin; b < end; ++b) {
        for (std::int64_t c = 0; c < s; ++c) {
            const Complex lambda = planar(a.lambda, s, c);
            Complex h = a.initial ? planar(a.initial + b * 2 * s, s, c) : Complex();
            for (std::int64_t t = a.offsets[b]; t < a.offsets[b + 1]; ++t) {
                h = lambda * h + planar(a.input + t * 2 * s, s, c);
                store(a.states + t * 2 * s, s, c, h);
            }
        }
    }
}

void lruBackward(const LruScanBackward& a, std::int64_t begin, std::int64_t end, double* gradLambda)
{
    const std::int64_t s = a.channels;
    for (std::int64_t b = begin; b < end; ++b) {
        for (std::int64_t c = 0; c < s; ++c) {
            const Complex lambda = planar(a.lambda, s, c);
            const Complex initial = a.initial ? planar(a.initial + b * 2 * s, s, c) : Complex();
            Complex g;
            for (std::int64_t t = a.offsets[b + 1] - 1; t >= a.offsets[b]; --t) {
                g = std::conj(lambda) * g + planar(a.gradStates + t * 2 * s, s, c);
                const Complex before = t > a.offsets[b] ? planar(a.states + (t - 1) * 2 * s, s, c) : initial;
                const Complex toLambda = g * std::conj(before);
                gradLambda[c] += toLambda.real();
                gradLambda[s + c] += toLambda.imag();
                store(a.gradInput + t * 2 * s, s, c, g);
            }
            if (a.gradInitial)
                store(a.gradInitial + b * 2 * s, s, c, std::conj(lambda) * g);
        }
    }
}

void lruStep(const LruStep& a)
{
    const std::int64_t h = a.width, s = a.channels;
    std::vector<double> x(a.x, a.x + h), state(2 * s), y(h), inner(a.inner), out(h);
    for (std::int64_t c = 0; c < s; ++c) {
        const Complex next = planar(a.lambda, s, c) * planar(a.state, s, c)
            + Complex(affine(a.in, 2 * s, c, x), affine(a.in, 2 * s, s + c, x));
        state[c] = next.real();
        state[s + c] = next.imag();
    }
    for (std::int64_t i = 0; i < h; ++i)
        y[i] = affine(a.out, h, i, state) + x[i];
    layerNorm(y, a.norm1Weight, a.norm1Bias, a.epsilon);
    for (std::int64_t i = 0; i < a.inner; ++i) {
        const double v = affine(a.w1, a.inner, i, y);
        inner[i] = 0.5 * v * std::erfc(-v / std::sqrt(2.0));
    }
    for (std::int64_t i = 0; i < h; ++i)
        out[i] = affine(a.w2, h, i, inner) + y[i];
    layerNorm(out, a.norm2Weight, a.norm2Bias, a.epsilon);
    for (std::int64_t i = 0; i < 2 * s; ++i)
        a.state[i] = static_cast<float>(state[i]);
    for (std::int64_t i = 0; i < h; ++i)
        a.x[i] = static_cast<float>(out[i]);
}

void lruSteps(const LruSteps& a, std::int64_t begin, std::int64_t end)
{
    LruStep step = a.block;
    for (std::int64_t b = begin; b < end; ++b) {
        step.state = a.block.state + b * 2 * step.channels;
        for (std::int64_t t = a.offsets[b]; t < a.offsets[b + 1]; ++t) {
            step.x = a.block.x + t * step.width;
            reference::lruStep(step);
        }
    }
}

} // namespace recoscope::kernels::reference
