// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Softmax attention of a test's problem: rows `projected` [T, 3 width()] of queries, keys and values side by side,
// `gradOutput`, and arguments(output, logSumExp), which makes room for both.
#pragma once

#include "engine/kernels/ops.h"
#include "tests/engine/kernels/kernel_test.h"

namespace recoscope::kernels {

// The output, then the logarithms.
template <class Problem> Floats attentionForward(const Problem& p)
{
    Floats output, logSumExp;
    softmaxAttentionForward(p.arguments(output, logSumExp));
    append(output, logSumExp);
    return output;
}

// The gradient of `projected`.
template <class Problem> Floats attentionBackward(const Problem& p)
{
    Floats output, logSumExp, grad(p.projected.size());
    SoftmaxAttentionBackward b;
    b.forward = p.arguments(output, logSumExp);
    softmaxAttentionForward(b.forward);
    b.gradOutput = p.gradOutput.data();
    b.gradQuery = grad.data();
    b.gradKey = grad.data() + p.width();
    b.gradValue = grad.data() + 2 * p.width();
    b.gradStride = 3 * p.width();
    softmaxAttentionBackward(b);
    return grad;
}

} // namespace recoscope::kernels
