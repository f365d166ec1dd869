// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a captured step reads from device memory: the clip, AdamW with the factors of the step, the end of the rows.
#pragma once

#include "engine/kernels/cuda/optimiser.h"
#include "engine/kernels/step_ops.h"

namespace recoscope::kernels::cuda {

struct ClipOfParts {
    ClipGradient a;

    RECOSCOPE_DEVICE void operator()(std::int64_t) const
    {
        double sum = 0.0;
        for (std::int64_t i = 0; i < a.parts; ++i)
            sum += a.squares[i];
        StepNumbers& numbers = *a.numbers;
        const double norm = numbers.lossScale * sqrt(sum);
        const double clip = a.clipNorm > 0.0 ? smaller(1.0, a.clipNorm / (norm + 1e-6)) : 1.0;
        numbers.norm = norm;
        numbers.gradientScale = static_cast<float>(numbers.lossScale * clip);
    }
};

template <class Launcher> void clipGradient(Launcher& launcher, const ClipGradient& a)
{
    forEach(launcher, 1, ClipOfParts{a});
}

struct CapturedAdamWOfNumber {
    AdamWOfNumber known; // but for factors and scale
    const StepNumbers* numbers;

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const
    {
        AdamWOfNumber now = known;
        now.factors = numbers->factors;
        now.a.gradientScale = numbers->gradientScale;
        now(i);
    }
};

template <class Launcher> void capturedAdamW(Launcher& launcher, const CapturedAdamW& a)
{
    const AdamWStep& s = a.step;
    const float pull = s.decoupledDecay ? 0.0f : static_cast<float>(s.weightDecay);
    forEach(launcher, s.count, CapturedAdamWOfNumber{{s, {}, AdamWRule(s.beta1, s.beta2, s.epsilon), pull}, a.numbers});
}

struct ClearNumber {
    ClearPadding a;
    const std::int64_t* offsets;

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const
    {
        if (i >= offsets[a.sequences] * a.width)
            a.values[i] = 0.0f;
    }
};

template <class Launcher> void clearPadding(Launcher& launcher, const ClearPadding& a)
{
    forEach(launcher, a.rows * a.width, ClearNumber{a, launcher.call().offsets});
}

} // namespace recoscope::kernels::cuda
