// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Row-wise Adagrad for embedding tables: one accumulator a row, the sum over steps of the mean of its squared
// gradients (Duchi et al. 2011; by rows as Mudigere et al. 2022 and FBGEMM's EXACT_ROWWISE_ADAGRAD have it). With s
// the gradient's scale, D the width, e the learning rate, w the weight decay and k = 1 - e w and l = 0 where the
// decay is decoupled, else k = 1 and l = w, a row x with gradient g becomes
//
//   h = s g + l x,  a <- a + (1/D) sum over d of h_d^2,  x <- x k - e h / (sqrt(a) + epsilon)
//
// and a row whose accumulator is zero still only decays. Rows that are not in the step stay as they are, to the bit:
// there is nothing to catch up with, and the optimiser's state is 4 bytes a row. All paths but the reference sum a row
// in float32, in an order that depends on the width alone. Any thread; the caller owns all arrays, and of two calls
// that share a table one must have ended. Error{Usage} that names the argument for bad shapes, ranges, null or
// overlapping arrays.
#pragma once

#include <cstdint>
#include <span>

namespace recoscope::kernels {

struct RowAdagrad {
    std::int64_t tableRows = 0, width = 0;
    float* parameter = nullptr; // [tableRows, width]
    float* gradient = nullptr; // [tableRows, width], of which the rows of the step are read, and cleared
    float* accumulator = nullptr; // [tableRows], none below zero
    std::span<const std::int32_t> rows; // of the step, ascending without repeats
    double learningRate = 1e-2, epsilon = 1e-8, weightDecay = 0.0;
    bool decoupledDecay = true; // false: L2 added to the gradient
    float gradientScale = 1.0f; // from the clip
};
void rowAdagrad(const RowAdagrad& a);

// Shapes, ranges, null and overlapping arrays; reads no array. False when there is nothing to do.
bool checkArguments(const RowAdagrad& a);
// What its rows hold, in host memory.
void checkContents(const RowAdagrad& a);

} // namespace recoscope::kernels
