// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Operations of a captured step (step_graphs.h), which reads from device memory what is different in the next one: the
// optimiser's numbers, and where the rows of its batch end. Arguments of operations of DeviceApi; they have no form on
// the processor, where steps are not captured.
#pragma once

#include "engine/kernels/ops.h"

namespace recoscope::kernels {

// Of one step, in device memory. The host writes the first two before the step; clipGradient() the others, or the host
// where nothing is clipped.
struct StepNumbers {
    AdamWFactors factors;
    double lossScale = 1.0; // the loss was summed; its gradient is meant of the sum times this
    double norm = 0.0; // of the scaled gradient, before the clip
    float gradientScale = 1.0f; // lossScale and clip
};

// norm = lossScale sqrt(sum of squares), gradientScale = lossScale min(1, clipNorm / (norm + 1e-6)).
struct ClipGradient {
    std::int64_t parts = 0; // sums of squares, one for each parameter, added in order
    const double* squares = nullptr; // [parts]
    double clipNorm = 0.0; // 0: the norm alone, no clip
    StepNumbers* numbers = nullptr;
};

// adamWStep() with factors and gradientScale from `numbers`; learningRate, step and gradientScale of `step` are not
// read, and of weightDecay only whether it is decoupled and, where not, how large it is.
struct CapturedAdamW {
    AdamWStep step;
    const StepNumbers* numbers = nullptr;
};

// Makes zero of the rows past the last sequence: rows [offsets[sequences], rows) of `values`, with DeviceCall::offsets.
// All of them where `sequences` is 0.
struct ClearPadding {
    std::int64_t sequences = 0, rows = 0, width = 0;
    float* values = nullptr; // [rows, width]
};

// Shapes and null arrays: Error{Usage} that names the argument. False when there is nothing to do.
bool checkArguments(const ClipGradient& a);
bool checkArguments(const CapturedAdamW& a);
bool checkArguments(const ClearPadding& a);

} // namespace recoscope::kernels
