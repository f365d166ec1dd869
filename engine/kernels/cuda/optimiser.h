// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// AdamW on all numbers, and on some rows with the bytes of the former; sums of squares for the clip.
#pragma once

#include "engine/kernels/cuda/embedding.h"

namespace recoscope::kernels::cuda {

struct AdamWRule {
    float beta1, beta2, rest1, rest2, epsilon;

    AdamWRule(double b1, double b2, double smallest)
        : beta1(static_cast<float>(b1))
        , beta2(static_cast<float>(b2))
        , rest1(static_cast<float>(1.0 - b1))
        , rest2(static_cast<float>(1.0 - b2))
        , epsilon(static_cast<float>(smallest))
    {
    }

    // Value p and moments after one step with gradient g.
    RECOSCOPE_DEVICE void step(float& p, float& m, float& v, float g, const AdamWFactors& f) const
    {
        m = multiplyAdd(beta1, m, rest1 * g);
        v = multiplyAdd(beta2, v, rest2 * g * g);
        const float way = static_cast<float>(f.rate) * m / multiplyAdd(sqrtf(v), static_cast<float>(f.spread), epsilon);
        p = multiplyAdd(p, static_cast<float>(f.keep), -way);
    }
};

RECOSCOPE_DEVICE float scaleOf(float known, const float* ofDevice)
{
    return ofDevice ? known * *ofDevice : known;
}

struct AdamWOfNumber {
    AdamWStep a;
    AdamWFactors factors;
    AdamWRule rule;
    float pull;
    const float* clip = nullptr; // or null: multiplied with gradientScale

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const
    {
        const float g = a.gradient[i] * scaleOf(a.gradientScale, clip);
        rule.step(a.parameter[i], a.firstMoment[i], a.secondMoment[i],
            pull != 0.0f ? multiplyAdd(pull, a.parameter[i], g) : g, factors);
    }
};

template <class Launcher> void adamWStep(Launcher& launcher, const AdamWStep& a)
{
    const float pull = a.decoupledDecay ? 0.0f : static_cast<float>(a.weightDecay);
    forEach(launcher, a.count,
        AdamWOfNumber{a, adamWFactors(a), AdamWRule(a.beta1, a.beta2, a.epsilon), pull, launcher.call().gradientScale});
}

// A block for each row.
struct SparseAdamWKernel {
    static constexpr int threads = blockThreads;

    std::int64_t tableRows, width;
    float *parameter, *gradient, *firstMoment, *secondMoment;
    std::int64_t* rowSteps;
    const std::int32_t* rows;
    std::int64_t steps, known;
    const AdamWFactors* factors;
    AdamWRule rule;
    float gradientScale;
    const float* clip; // or null: multiplied with it
    std::int32_t* fault;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t row = rows[block.index()];
        if (!inside(row, tableRows)) {
            block.phase([&](int) { raiseFault(fault, Fault::SparseRows); });
            return;
        }
        const std::int64_t missed = steps - rowSteps[row];
        if (missed < (gradient ? 1 : 0) || missed > known) {
            block.phase([&](int) { raiseFault(fault, Fault::SparseSteps); });
            return;
        }
        block.phase([&](int t) {
            for (std::int64_t i = row * width + t; i < (row + 1) * width; i += threads) {
                float p = parameter[i], m = firstMoment[i], v = secondMoment[i];
                const std::int64_t last = gradient ? known - 1 : known;
                for (std::int64_t s = known - missed; s < last; ++s)
                    rule.step(p, m, v, 0.0f, factors[s]);
                if (gradient) {
                    rule.step(p, m, v, gradient[i] * scaleOf(gradientScale, clip), factors[last]);
                    gradient[i] = 0.0f;
                }
                parameter[i] = p;
                firstMoment[i] = m;
                secondMoment[i] = v;
            }
        });
        block.phase([&](int t) {
            if (t == 0)
                rowSteps[row] = steps;
        });
    }
};

template <class Launcher> void sparseAdamW(Launcher& launcher, const SparseAdamW& a)
{
    launcher.launch(SparseAdamWKernel{a.tableRows, a.width, a.parameter, a.gradient, a.firstMoment, a.secondMoment,
                        a.rowSteps, a.rows.data(), a.steps, static_cast<std::int64_t>(a.factors.size()),
                        a.factors.data(), AdamWRule(a.beta1, a.beta2, a.epsilon), a.gradientScale,
                        launcher.call().gradientScale, launcher.call().fault},
        static_cast<std::int64_t>(a.rows.size()), 0);
}

// Squares of the numbers, or of those of some rows.
struct Squares {
    const float* values;
    const std::int32_t* rows;
    std::int64_t width;

    RECOSCOPE_DEVICE double operator()(std::int64_t i) const
    {
        const double value = values[rows ? rows[i / width] * width + i % width : i];
        return value * value;
    }
};

// out[b] = sum of in(i) over the b-th `chunk` of [0, count).
template <class In> struct ChunkSums {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t sharedBytes = threads / 32 * sizeof(double);

    In in;
    std::int64_t count, chunk;
    double* out;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        typename Block::template Private<double> sum;
        const std::int64_t first = block.index() * chunk;
        block.phase([&](int t) {
            sum(t) = 0.0;
            for (std::int64_t i = first + t; i < smaller(count, first + chunk); i += threads)
                sum(t) += in(i);
        });
        sumOfBlock<Block, double>(block, sum, reinterpret_cast<double*>(block.shared()));
        block.phase([&](int t) {
            if (t == 0)
                out[block.index()] = sum(t);
        });
    }
};

template <class Launcher> void sumOfSquares(Launcher& launcher, const SumOfSquaresOp& a)
{
    constexpr std::int64_t chunk = 1 << 13;
    const std::int64_t count = a.rows ? a.count * a.width : a.count, blocks = pieces(count, chunk);
    double* partial = launcher.template temporary<double>(blocks);
    using First = ChunkSums<Squares>;
    using Last = ChunkSums<Numbers<double>>;
    launcher.launch(First{{a.values, a.rows, a.width}, count, chunk, partial}, blocks, First::sharedBytes);
    launcher.launch(Last{{partial}, blocks, blocks, a.result}, 1, Last::sharedBytes);
}

} // namespace recoscope::kernels::cuda
