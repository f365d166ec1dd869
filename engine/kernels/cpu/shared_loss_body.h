// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Losses over negatives that all rows share, as three matrix products: scores of a panel of rows with rows as lanes,
// gradients of the rows, gradients of the items. The coefficients of a panel are lines of its rows, line 0 the targets'
// and line 1 + j those of negative j; SampledLossLayout's fields follow one another, each 1 + negatives lines.
#pragma once

#include "engine/kernels/cpu/dot_body.h"
#include "engine/kernels/cpu/elementary.h"
#include "engine/kernels/cpu/row_panel.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/sampled_loss_layout.h"

namespace recoscope::kernels::cpu {

// What turns a product with a negative into z, for all rows: z = product * factor + shift. With unit items an item's
// gradient along the item itself takes product * along.
template <class V> struct SharedItems {
    static std::int64_t room(const SampledLoss& a) { return 3 * a.negatives; }

    SharedItems(const SampledLoss& a, float* memory)
        : factor(memory)
        , shift(memory + a.negatives)
        , along(memory + 2 * a.negatives)
    {
        for (std::int64_t j = 0; j < a.negatives; ++j) {
            const std::int64_t id = a.sample[j];
            const float* item = a.table + id * a.width;
            const float length = a.unitItems ? larger(__builtin_sqrtf(dotOne<V>(a.width, item, item)), 1e-6f) : 1.0f;
            factor[j] = a.inverseTemperature / length;
            along[j] = length > 1e-6f ? 1.0f / (length * length) : 0.0f;
            shift[j] = (a.bias ? a.bias[id] : 0.0f) - (a.logQ ? a.logQ[id] + a.logCount : 0.0f);
        }
    }

    float *factor, *shift, *along;
};

template <class V> class SharedPanel {
public:
    using F = typename V::F;
    using I = typename V::I;
    using D = typename V::D;
    using Panel = RowPanel<V>;
    static constexpr int lanes = V::lanes, rows = Panel::rows;
    static constexpr int tile = lanes == 16 ? 8 : 4; // rows or items of a tile of gradients, two vectors wide

    static std::int64_t room(const SampledLoss& a) { return (a.width + 2) * rows; }

    // `lines`: rowFloats() * rows floats for the coefficients; `memory`: room() floats.
    SharedPanel(const SampledLoss& arguments, const SharedItems<V>& shared, std::int64_t firstRow, std::int64_t present,
        float* coefficients, float* memory)
        : a(arguments)
        , items(shared)
        , at(a)
        , first(firstRow)
        , count(present)
        , lines(coefficients)
        , packed(memory)
        , targetFactor(memory + a.width * rows)
        , scale(targetFactor + rows)
    {
        Panel::pack(a.hidden + first * a.width, count, a.width, packed);
        scoreTargets();
        scoreNegatives();
    }

    // Leaves dL/dz times the rows' scale in place of z.
    void lossAndSlopes()
    {
        for (std::int64_t r = 0; r < rows; ++r)
            scale[r] = r < count && a.gradLoss ? a.gradLoss[first + r] : 0.0f;
        for (int v = 0; v < rows; v += lanes)
            a.form == SampledLoss::Form::Softmax ? softmax(v) : logistic(v);
    }

    // From dL/dz: what the second pass needs, and gradHidden.
    void gradients()
    {
        for (std::int64_t j = 0; j < at.count; ++j)
            for (int v = 0; v < rows; v += lanes) {
                float* line = lines + j * rows + v;
                const F slope = load<V>(line);
                if (a.gradBias)
                    store<V>(line + at.slopes * rows, slope);
                const F c = slope * (j == 0 ? load<V>(targetFactor + v) : splat<V>(items.factor[j - 1]));
                store<V>(line, c);
                if (a.unitItems)
                    store<V>(line + at.along * rows, c * load<V>(line + at.along * rows));
            }
        std::int64_t d = 0;
        for (; d + 2 * lanes <= a.width; d += 2 * lanes)
            hiddenColumns<2>(d, Full{});
        rowLoop<V>(d, a.width, [&](std::int64_t i, auto part) { hiddenColumns<1>(i, part); });
    }

private:
    void scoreTargets()
    {
        for (std::int64_t r = 0; r < rows; ++r) {
            lines[r] = targetFactor[r] = 0.0f;
            if (a.unitItems)
                lines[at.along * rows + r] = 0.0f;
            if (r >= count)
                continue;
            const std::int64_t id = a.targets[first + r];
            const float* item = a.table + id * a.width;
            const float product = dotOne<V>(a.width, a.hidden + (first + r) * a.width, item);
            const float length = a.unitItems ? larger(__builtin_sqrtf(dotOne<V>(a.width, item, item)), 1e-6f) : 1.0f;
            targetFactor[r] = a.inverseTemperature / length;
            lines[r] = product * targetFactor[r] + (a.bias ? a.bias[id] : 0.0f)
                - (a.logQ && a.correctTarget ? a.logQ[id] : 0.0f);
            if (a.unitItems)
                lines[at.along * rows + r] = length > 1e-6f ? product / (length * length) : 0.0f;
        }
    }

    void scoreNegatives()
    {
        constexpr int some = 6;
        std::int64_t j = 0;
        for (; j + some <= a.negatives; j += some) {
            const float* item[some];
            for (int i = 0; i < some; ++i)
                item[i] = a.table + a.sample[j + i] * a.width;
            Panel::template products<some>(packed, a.width, item, nullptr, lines + (1 + j) * rows);
        }
        for (; j < a.negatives; ++j) {
            const float* const item[1]{a.table + a.sample[j] * a.width};
            Panel::template products<1>(packed, a.width, item, nullptr, lines + (1 + j) * rows);
        }
        for (int v = 0; v < rows; v += lanes)
            finishScores(v);
    }

    void finishScores(int v)
    {
        I targets{};
        for (std::int64_t r = 0; r < lanes; ++r)
            targets[r] = v + r < count ? a.targets[first + v + r] : -1;
        const F nothing = splat<V>(-__builtin_inff());
        for (std::int64_t j = 0; j < a.negatives; ++j) {
            float* line = lines + (1 + j) * rows + v;
            const F product = load<V>(line);
            if (a.unitItems)
                store<V>(line + at.along * rows, product * splat<V>(items.along[j]));
            const F z = V::fma(product, splat<V>(items.factor[j]), splat<V>(items.shift[j]));
            const I same = targets == (a.sample[j] - I{});
            store<V>(line, a.removeHits ? (same ? nothing : z) : z);
        }
    }

    void keep(int v, D loss)
    {
        for (std::int64_t r = v; r < smaller<std::int64_t>(count, v + lanes); ++r)
            if (a.loss)
                a.loss[first + r] = loss[r - v];
    }

    void softmax(int v)
    {
        float* z = lines + rows + v;
        const F own = load<V>(lines + v);
        F top = own;
        for (std::int64_t j = 0; j < a.negatives; ++j) {
            const F x = load<V>(z + j * rows);
            top = x > top ? x : top;
        }
        D rest{};
        for (std::int64_t j = 0; j < a.negatives; ++j) {
            const F e = exponential<V>(load<V>(z + j * rows) - top);
            store<V>(z + j * rows, e);
            rest += __builtin_convertvector(e, D);
        }
        D loss{};
        F each{};
        for (int r = 0; r < lanes; ++r) {
            const double sum = rest[r] + __builtin_exp(static_cast<double>(own[r]) - top[r]);
            loss[r] = __builtin_log(sum) + top[r] - own[r];
            each[r] = scale[v + r] / static_cast<float>(sum);
            lines[v + r] = static_cast<float>(-scale[v + r] * (rest[r] / sum));
        }
        for (std::int64_t j = 0; j < a.negatives; ++j)
            store<V>(z + j * rows, load<V>(z + j * rows) * each);
        keep(v, loss);
    }

    // The logarithms of some hundred factors 1 + exp(-|z|), each at most 2, are one of their product.
    void logistic(int v)
    {
        constexpr std::int64_t atOnce = 512;
        float* z = lines + rows + v;
        const F each = load<V>(scale + v) * a.negativeWeight;
        D loss{};
        for (std::int64_t begin = 0; begin < a.negatives; begin += atOnce) {
            D product = D{} + 1.0;
            for (std::int64_t j = begin; j < smaller(a.negatives, begin + atOnce); ++j) {
                const F x = load<V>(z + j * rows), e = exponential<V>(x > 0.0f ? -x : x);
                const F up = 1.0f / (1.0f + e); // sigma(|x|)
                product *= 1.0 + __builtin_convertvector(e, D);
                loss += __builtin_convertvector(x > 0.0f ? x : F{}, D);
                store<V>(z + j * rows, each * (x > 0.0f ? up : e * up));
            }
            for (int r = 0; r < lanes; ++r)
                loss[r] += __builtin_log(product[r]);
        }
        for (int r = 0; r < lanes; ++r) {
            const double own = lines[v + r], e = __builtin_exp(-__builtin_fabs(own));
            const double positive = larger(-own, 0.0) + __builtin_log1p(e);
            lines[v + r] = static_cast<float>(-scale[v + r] * a.positiveWeight * ((own > 0.0 ? e : 1.0) / (1.0 + e)));
            loss[r] = a.positiveWeight * positive + a.negativeWeight * loss[r];
        }
        keep(v, loss);
    }

    template <int Vectors, class P> void hiddenColumns(std::int64_t d, P part)
    {
        for (int r = 0; r < count; r += tile) {
            F sum[tile][Vectors]{};
            accumulate<V>(
                sum, a.negatives, [&](int i, std::int64_t j) { return lines[(1 + j) * rows + r + i]; },
                [&](std::int64_t j) { return a.table + a.sample[j] * a.width + d; }, part);
            for (int i = 0; i < smaller<std::int64_t>(tile, count - r); ++i) {
                const F own = splat<V>(lines[r + i]);
                const float* item = a.table + a.targets[first + r + i] * a.width + d;
                for (int v = 0; v < Vectors; ++v)
                    store<V>(a.gradHidden + (first + r + i) * a.width + d + v * lanes,
                        V::fma(own, load<V>(item + v * lanes, part), sum[i][v]), part);
            }
        }
    }

    const SampledLoss& a;
    const SharedItems<V>& items;
    const SampledLossLayout at;
    const std::int64_t first, count;
    float *const lines, *const packed, *const targetFactor, *const scale;
};

template <class V> void sharedLossRows(const SampledLoss& a, std::int64_t begin, std::int64_t end, float* coefficients)
{
    constexpr std::int64_t rows = SharedPanel<V>::rows;
    const std::int64_t lines = SampledLossLayout(a).rowFloats() * rows, kept = a.gradLoss ? 0 : lines;
    float* memory = threadScratch(SharedItems<V>::room(a) + SharedPanel<V>::room(a) + kept);
    const SharedItems<V> items(a, memory + SharedPanel<V>::room(a) + kept);
    for (std::int64_t r = begin; r < end; r += rows) {
        float* to = a.gradLoss ? coefficients + (r - begin) / rows * lines : memory + SharedPanel<V>::room(a);
        SharedPanel<V> panel(a, items, r, smaller(rows, end - r), to, memory);
        panel.lossAndSlopes();
        if (a.gradLoss)
            panel.gradients();
    }
}

} // namespace recoscope::kernels::cpu
