// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Losses against a sample of negatives. A block for each row makes its scores, its loss and the gradient of its hidden
// vector; what each score gives to its item waits in three numbers, and is added item by item after a sort.
#pragma once

#include "engine/kernels/cuda/elementary.h"
#include "engine/kernels/cuda/embedding.h"

namespace recoscope::kernels::cuda {

// The rows of one launch and what they keep: for each row three fields of 1 + negatives numbers, the target first:
// the score and then dL/d(score), what a product with the item is multiplied by, and how much of the item lies along
// its own gradient.
struct SampledRows {
    SampledLoss a;
    std::int64_t begin, rows, count; // count = 1 + negatives
    float* fields;
    std::int32_t* fault;

    RECOSCOPE_DEVICE std::int32_t item(std::int64_t row, std::int64_t j) const
    {
        return j == 0 ? a.targets[begin + row] : a.sample[(a.shared ? 0 : (begin + row) * a.negatives) + j - 1];
    }
    RECOSCOPE_DEVICE float* field(std::int64_t row, int which) const { return fields + (row * 3 + which) * count; }
};

struct SampledRowsKernel {
    static constexpr int threads = blockThreads, warps = threads / 32;
    static constexpr std::int64_t sharedBytes = 2 * warps * sizeof(double);

    SampledRows all;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const SampledLoss& a = all.a;
        const std::int64_t row = block.index();
        float* z = all.field(row, 0);
        score(block, row);
        typename Block::template Private<float> most;
        typename Block::template Private<double> total;
        auto* sums = reinterpret_cast<double*>(block.shared());
        block.phase([&](int t) {
            most(t) = minusInfinity;
            for (std::int64_t j = t; j < all.count; j += threads)
                most(t) = larger(most(t), z[j]);
        });
        mostOfBlock(block, most, reinterpret_cast<float*>(sums + warps));
        const bool softmax = a.form == SampledLoss::Form::Softmax;
        block.phase([&](int t) {
            total(t) = 0.0;
            for (std::int64_t j = t; j < all.count; j += threads)
                total(t) += softmax ? exponential(z[j] - most(t)) : partOfLogistic(j, z[j]);
        });
        sumOfBlock(block, total, sums);
        const bool known = inside(all.item(row, 0), a.items);
        block.phase([&](int t) {
            if (t == 0 && a.loss)
                a.loss[all.begin + row] = softmax ? static_cast<double>(most(t)) + log(total(t)) - z[0] : total(t);
            for (std::int64_t j = t; a.gradLoss && j < all.count; j += threads) {
                const float slope = softmax
                    ? exponential(z[j] - most(t)) / static_cast<float>(total(t)) - (j == 0 ? 1.0f : 0.0f)
                    : slopeOfLogistic(j, z[j]);
                z[j] = known ? slope * a.gradLoss[all.begin + row] : 0.0f;
            }
        });
        if (a.gradLoss)
            hiddenGradient(block, row);
    }

private:
    // A warp for each item.
    template <class Block> RECOSCOPE_DEVICE void score(Block& block, std::int64_t row) const
    {
        const SampledLoss& a = all.a;
        typename Block::template Private<float> product, squares;
        for (std::int64_t first = 0; first < all.count; first += warps) {
            block.phase([&](int t) {
                const std::int64_t j = first + t / 32;
                product(t) = squares(t) = 0.0f;
                if (j >= all.count || !inside(all.item(row, j), a.items))
                    return;
                const float* hidden = a.hidden + (all.begin + row) * a.width;
                const float* item = a.table + static_cast<std::int64_t>(all.item(row, j)) * a.width;
                for (std::int64_t d = t % 32; d < a.width; d += 32) {
                    product(t) = multiplyAdd(hidden[d], item[d], product(t));
                    squares(t) = multiplyAdd(item[d], item[d], squares(t));
                }
            });
            block.template sum<32>(product);
            block.template sum<32>(squares);
            block.phase([&](int t) {
                if (t % 32 == 0 && first + t / 32 < all.count)
                    keepScore(row, first + t / 32, product(t), squares(t));
            });
        }
    }

    RECOSCOPE_DEVICE void keepScore(std::int64_t row, std::int64_t j, float product, float squares) const
    {
        const SampledLoss& a = all.a;
        const std::int32_t item = all.item(row, j), target = all.item(row, 0);
        const float length = a.unitItems ? larger(sqrtf(squares), 1e-6f) : 1.0f;
        const float factor = a.inverseTemperature / length;
        float z = minusInfinity;
        if (!inside(item, a.items)) {
            raiseFault(all.fault, j == 0 ? Fault::SampledTargets : Fault::SampledSample);
        } else if (!(a.removeHits && j > 0 && item == target)) {
            z = factor * product + (a.bias ? a.bias[item] : 0.0f);
            if (a.logQ && (j > 0 || a.correctTarget))
                z -= a.logQ[item];
            if (a.logQ && j > 0)
                z -= a.logCount;
        }
        all.field(row, 0)[j] = z;
        all.field(row, 1)[j] = factor;
        all.field(row, 2)[j] = a.unitItems && squares > 1e-12f ? product / squares : 0.0f;
    }

    RECOSCOPE_DEVICE static double softplus(float x) { return larger(x, 0.0f) + log1pf(expf(-fabsf(x))); }
    RECOSCOPE_DEVICE double partOfLogistic(std::int64_t j, float z) const
    {
        return j == 0 ? all.a.positiveWeight * softplus(-z) : all.a.negativeWeight * softplus(z);
    }
    RECOSCOPE_DEVICE float slopeOfLogistic(std::int64_t j, float z) const
    {
        return j == 0 ? -all.a.positiveWeight * sigmoid(-z) : all.a.negativeWeight * sigmoid(z);
    }

    template <class Block> RECOSCOPE_DEVICE void hiddenGradient(Block& block, std::int64_t row) const
    {
        const SampledLoss& a = all.a;
        block.phase([&](int t) {
            for (std::int64_t d = t; d < a.width; d += threads) {
                float sum = 0.0f;
                for (std::int64_t j = 0; j < all.count; ++j) {
                    const std::int64_t item = all.item(row, j);
                    if (inside(item, a.items))
                        sum = multiplyAdd(
                            all.field(row, 0)[j] * all.field(row, 1)[j], a.table[item * a.width + d], sum);
                }
                a.gradHidden[(all.begin + row) * a.width + d] = sum;
            }
        });
    }
};

struct SampledKeys {
    SampledRows all;
    std::int32_t* keys;

    RECOSCOPE_DEVICE void operator()(std::int64_t entry) const
    {
        keys[entry] = all.item(entry / all.count, entry % all.count);
    }
};

// What score `entry` gives to its item, and to the item's bias.
struct SampledToItem {
    SampledRows all;

    RECOSCOPE_DEVICE float operator()(std::int64_t entry, std::int64_t item, std::int64_t d) const
    {
        const SampledLoss& a = all.a;
        const std::int64_t row = entry / all.count, j = entry % all.count;
        const float rest = multiplyAdd(
            -all.field(row, 2)[j], a.table[item * a.width + d], a.hidden[(all.begin + row) * a.width + d]);
        return all.field(row, 0)[j] * all.field(row, 1)[j] * rest;
    }
};
struct SampledToBias {
    SampledRows all;

    RECOSCOPE_DEVICE float operator()(std::int64_t entry, std::int64_t, std::int64_t) const
    {
        return all.field(entry / all.count, 0)[entry % all.count];
    }
};

template <class Launcher> void sampledLoss(Launcher& launcher, const SampledLoss& a)
{
    constexpr std::int64_t mostScores = std::int64_t(1) << 22; // at a time: 48 MiB of fields, 80 MiB to sort them
    const std::int64_t count = 1 + a.negatives;
    const std::int64_t rowsAtOnce = smaller(a.rows, larger<std::int64_t>(1, mostScores / count));
    float* fields = launcher.template temporary<float>(rowsAtOnce * count * 3);
    std::int32_t* keys = launcher.template temporary<std::int32_t>(a.gradLoss ? rowsAtOnce * count : 0);
    for (std::int64_t begin = 0; begin < a.rows; begin += rowsAtOnce) {
        const std::int64_t rows = smaller(rowsAtOnce, a.rows - begin);
        const SampledRows all{a, begin, rows, count, fields, launcher.call().fault};
        launcher.launch(SampledRowsKernel{all}, rows, SampledRowsKernel::sharedBytes);
        if (!a.gradLoss)
            continue;
        const typename Launcher::Scope scope(launcher); // the next rows sort in the same memory
        forEach(launcher, rows * count, SampledKeys{all, keys});
        const SortedEntries sorted = sortEntries(launcher, keys, rows * count, a.items);
        addSegments(launcher, SampledToItem{all}, sorted, a.items, a.width, a.gradTable);
        if (a.gradBias)
            addSegments(launcher, SampledToBias{all}, sorted, a.items, 1, a.gradBias);
    }
}

} // namespace recoscope::kernels::cuda
