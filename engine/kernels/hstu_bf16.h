// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HSTU attention (ops.h has the equation) on rows of bfloat16: query, key, value, output and the gradients of all of
// them are rounded, to the nearest even; scores, biases, their gradients and every sum are float32 or wider. On the
// processor nothing in between is rounded. On a GPU the products are those of the tensor cores, for which the weights
// A_ij, and dL/d(score) where it multiplies keys and queries, are rounded to bfloat16 first; the gradients of the
// biases are made before that. Errors, ownership and threads are those of ops.h.
#pragma once

#include "engine/kernels/bfloat16.h"
#include "engine/kernels/ops.h"

namespace recoscope::kernels {

struct HstuAttentionBf16Forward {
    HstuAttentionForward shape; // its query, key, value and output are not used; rowStride counts numbers
    const Bfloat16* query = nullptr; // row t at query + t*shape.rowStride, heads side by side
    const Bfloat16* key = nullptr;
    const Bfloat16* value = nullptr;
    Bfloat16* output = nullptr; // [T, heads*valueDim]
};
void hstuAttentionBf16Forward(const HstuAttentionBf16Forward& a);

struct HstuAttentionBf16Backward {
    HstuAttentionBf16Forward forward; // the same inputs; the output is not read
    const Bfloat16* gradOutput = nullptr; // [T, heads*valueDim]
    Bfloat16* gradQuery = nullptr; // rows with gradStride, overwritten
    Bfloat16* gradKey = nullptr;
    Bfloat16* gradValue = nullptr;
    std::int64_t gradStride = 0;
    float* gradPositionBias = nullptr; // as in HstuAttentionBackward
    float* gradTimeBias = nullptr;
};
void hstuAttentionBf16Backward(const HstuAttentionBf16Backward& b);

} // namespace recoscope::kernels
