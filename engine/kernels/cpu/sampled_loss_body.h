// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Losses over negatives that each row has of its own (shared ones: shared_loss_body.h): the products with the row's
// items eight at a time, straight from the table; the loss and its slopes over vectors of scores; the row's own
// gradient from items that are still in the cache.
#pragma once

#include "engine/kernels/cpu/dot_body.h"
#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/cpu/shared_gradients_body.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

template <class V> class SampledRow {
public:
    using F = typename V::F;
    using D = typename V::D;

    // Floats of scratch that the arrays of a row need.
    static RECOSCOPE_INLINE std::int64_t padded(const SampledLoss& a)
    {
        return (a.negatives + V::lanes) / V::lanes * V::lanes + 8;
    }
    static RECOSCOPE_INLINE std::int64_t room(const SampledLoss& a) { return 3 * padded(a); }

    RECOSCOPE_INLINE SampledRow(const SampledLoss& arguments, std::int64_t r, float* memory)
        : a(arguments)
        , row(r)
        , hidden(a.hidden + r * a.width)
        , negative(a.sample + r * a.negatives)
        , z(memory)
        , factor(memory + padded(a))
        , along(memory + 2 * padded(a))
    {
        scores(negative, a.negatives, z, factor, along);
        scores(a.targets + r, 1, &target.z, &target.factor, &target.along);
        const float infinity = __builtin_inff();
        for (std::int64_t j = 0; j < a.negatives; ++j) {
            if (a.logQ)
                z[j] -= a.logQ[negative[j]] + a.logCount;
            if (a.removeHits && negative[j] == a.targets[r])
                z[j] = -infinity;
        }
        if (a.logQ && a.correctTarget)
            target.z -= a.logQ[a.targets[r]];
        for (std::int64_t j = a.negatives; j % V::lanes != 0; ++j)
            z[j] = -infinity;
    }

    // Both leave dL/dz times `scale` in place of the scores.
    RECOSCOPE_INLINE double softmax(float scale)
    {
        F most = splat<V>(target.z);
        for (std::int64_t j = 0; j < a.negatives; j += V::lanes) {
            const F x = load<V>(z + j);
            most = x > most ? x : most;
        }
        const float top = maxLanes<V>(most);
        D sums{};
        for (std::int64_t j = 0; j < a.negatives; j += V::lanes) {
            const F e = exponential<V>(load<V>(z + j) - top);
            store<V>(z + j, e);
            sums += __builtin_convertvector(e, D);
        }
        const double own = __builtin_exp(static_cast<double>(target.z) - top), rest = sumOf(sums), sum = own + rest;
        const double loss = __builtin_log(sum) + top - target.z;
        const F each = splat<V>(scale / static_cast<float>(sum));
        for (std::int64_t j = 0; j < a.negatives; j += V::lanes)
            store<V>(z + j, load<V>(z + j) * each);
        target.z = static_cast<float>(-scale * (rest / sum));
        return loss;
    }

    // The logarithms of a row are one of a product: every factor 1 + exp(-|z|) is at most 2.
    RECOSCOPE_INLINE double logistic(float scale)
    {
        double loss = 0.0;
        const F each = splat<V>(scale * a.negativeWeight);
        constexpr std::int64_t atOnce = 512 * V::lanes;
        for (std::int64_t first = 0; first < a.negatives; first += atOnce) {
            D product = D{} + 1.0, sum{};
            for (std::int64_t j = first; j < smaller(a.negatives, first + atOnce); j += V::lanes) {
                const F x = load<V>(z + j), e = exponential<V>(x > 0.0f ? -x : x);
                const F up = 1.0f / (1.0f + e); // sigma(|x|)
                product *= 1.0 + __builtin_convertvector(e, D);
                sum += __builtin_convertvector(x > 0.0f ? x : F{}, D);
                store<V>(z + j, each * (x > 0.0f ? up : e * up));
            }
            loss += sumOf(sum);
            for (int lane = 0; lane < V::lanes; ++lane)
                loss += __builtin_log(product[lane]);
        }
        const double own = target.z, e = __builtin_exp(-__builtin_fabs(own));
        const double positive = larger(-own, 0.0) + __builtin_log1p(e);
        const double slope = (own > 0.0 ? e : 1.0) / (1.0 + e);
        target.z = static_cast<float>(-scale * a.positiveWeight * slope);
        return a.positiveWeight * positive + a.negativeWeight * loss;
    }

    // From dL/dz: what the second pass needs, and gradHidden.
    RECOSCOPE_INLINE void gradients(float* coefficients)
    {
        const SampledLossLayout at(a);
        coefficients[0] = target.z * target.factor;
        for (std::int64_t j = 0; j < a.negatives; ++j)
            coefficients[1 + j] = z[j] * factor[j];
        if (a.unitItems) {
            coefficients[at.along] = coefficients[0] * target.along;
            for (std::int64_t j = 0; j < a.negatives; ++j)
                coefficients[at.along + 1 + j] = coefficients[1 + j] * along[j];
        }
        if (a.gradBias) {
            coefficients[at.slopes] = target.z;
            for (std::int64_t j = 0; j < a.negatives; ++j)
                coefficients[at.slopes + 1 + j] = z[j];
        }
        std::int64_t d = 0;
        for (; d + 8 * V::lanes <= a.width; d += 8 * V::lanes)
            hiddenRun<8>(coefficients, d, Full{});
        rowLoop<V>(d, a.width, [&](std::int64_t i, auto part) { hiddenRun<1>(coefficients, i, part); });
    }

private:
    static RECOSCOPE_INLINE double sumOf(const D& v)
    {
        double sum = 0.0;
        for (int lane = 0; lane < V::lanes; ++lane)
            sum += v[lane];
        return sum;
    }

    // z without logQ; dz/d(product) in `factors`; with unitItems in `alongs` what turns an item's gradient across it.
    RECOSCOPE_INLINE void scores(
        const std::int32_t* ids, std::int64_t count, float* out, float* factors, float* alongs) const
    {
        for (std::int64_t j = 0; j < count; j += 8) {
            const float* item[8];
            for (std::int64_t i = 0; i < 8; ++i)
                item[i] = a.table + ids[smaller(j + i, count - 1)] * a.width;
            const F8 product = productsOf(item);
            const F8 squares = a.unitItems ? squaresOf(item) : F8{};
            for (std::int64_t i = 0; i < smaller<std::int64_t>(8, count - j); ++i) {
                const float length = a.unitItems ? larger(__builtin_sqrtf(squares[i]), 1e-6f) : 1.0f;
                factors[j + i] = a.inverseTemperature / length;
                out[j + i] = product[i] * factors[j + i] + (a.bias ? a.bias[ids[j + i]] : 0.0f);
                if (a.unitItems)
                    alongs[j + i] = length > 1e-6f ? product[i] / (length * length) : 0.0f;
            }
        }
    }

    RECOSCOPE_INLINE F8 productsOf(const float* const (&item)[8]) const
    {
        F8 sum[8]{};
        rowLoop<Eight>(0, a.width, [&](std::int64_t d, auto part) {
            const F8 h = load<Eight>(hidden + d, part);
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i)
                sum[i] = V::fma(h, load<Eight>(item[i] + d, part), sum[i]);
        });
        return foldEight<V>(sum);
    }

    RECOSCOPE_INLINE F8 squaresOf(const float* const (&item)[8]) const
    {
        F8 sum[8]{};
        rowLoop<Eight>(0, a.width, [&](std::int64_t d, auto part) {
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) {
                const F8 x = load<Eight>(item[i] + d, part);
                sum[i] = V::fma(x, x, sum[i]);
            }
        });
        return foldEight<V>(sum);
    }

    template <int Vectors, class P>
    RECOSCOPE_INLINE void hiddenRun(const float* coefficients, std::int64_t d, P part) const
    {
        F sum[Vectors];
        const float* own = a.table + a.targets[row] * a.width + d;
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v)
            sum[v] = coefficients[0] * load<V>(own + v * V::lanes, part);
        for (std::int64_t j = 0; j < a.negatives; ++j) {
            const F c = splat<V>(coefficients[1 + j]);
            const float* item = a.table + negative[j] * a.width + d;
#pragma GCC unroll 8
            for (int v = 0; v < Vectors; ++v)
                sum[v] = V::fma(c, load<V>(item + v * V::lanes, part), sum[v]);
        }
#pragma GCC unroll 8
        for (int v = 0; v < Vectors; ++v)
            store<V>(a.gradHidden + row * a.width + d + v * V::lanes, sum[v], part);
    }

    struct Target {
        float z = 0.0f, factor = 0.0f, along = 0.0f;
    };

    const SampledLoss& a;
    const std::int64_t row;
    const float* const hidden;
    const std::int32_t* const negative;
    float *const z, *const factor, *const along;
    Target target;
};

template <class V> void sampledLossRows(const SampledLoss& a, std::int64_t begin, std::int64_t end, float* coefficients)
{
    if (a.shared)
        return sharedLossRows<V>(a, begin, end, coefficients);
    float* memory = threadScratch(SampledRow<V>::room(a));
    for (std::int64_t r = begin; r < end; ++r) {
        SampledRow<V> row(a, r, memory);
        const float scale = a.gradLoss ? a.gradLoss[r] : 0.0f;
        const double loss = a.form == SampledLoss::Form::Softmax ? row.softmax(scale) : row.logistic(scale);
        if (a.loss)
            a.loss[r] = loss;
        if (a.gradLoss)
            row.gradients(coefficients + (r - begin) * SampledLossLayout(a).rowFloats());
    }
}

// One item's gradient of one row.
template <class V>
RECOSCOPE_INLINE void addItemGradient(
    const SampledLoss& a, const float* hidden, std::int64_t id, const SampledLossLayout& at, const float* coefficient)
{
    using F = typename V::F;
    float* to = a.gradTable + id * a.width;
    const float* item = a.table + id * a.width;
    const F c = splat<V>(coefficient[0]), along = splat<V>(a.unitItems ? -coefficient[at.along] : 0.0f);
    rowLoop<V>(0, a.width, [&](std::int64_t d, auto part) {
        F sum = V::fma(c, load<V>(hidden + d, part), load<V>(to + d, part));
        if (a.unitItems)
            sum = V::fma(along, load<V>(item + d, part), sum);
        store<V>(to + d, sum, part);
    });
    if (a.gradBias)
        a.gradBias[id] += coefficient[at.slopes];
}

template <class V>
void sampledLossItems(const SampledLoss& a, std::int64_t begin, std::int64_t end, const float* coefficients,
    std::int64_t part, std::int64_t parts)
{
    if (a.shared)
        return SharedGradients<V>(a, begin, end, coefficients).addPart(part, parts);
    const SampledLossLayout at(a);
    for (std::int64_t r = begin; r < end; ++r, coefficients += at.rowFloats()) {
        const float* hidden = a.hidden + r * a.width;
        const std::int32_t* negative = a.sample + r * a.negatives;
        if (parts == 1 || a.targets[r] % parts == part)
            addItemGradient<V>(a, hidden, a.targets[r], at, coefficients);
        for (std::int64_t j = 0; j < a.negatives; ++j)
            if (parts == 1 || negative[j] % parts == part)
                addItemGradient<V>(a, hidden, negative[j], at, coefficients + 1 + j);
    }
}

} // namespace recoscope::kernels::cpu
