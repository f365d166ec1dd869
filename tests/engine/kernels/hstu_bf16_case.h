// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// An HstuCase on bfloat16: its numbers rounded, so that the case itself, in float32, has the same inputs.
#pragma once

#include "engine/kernels/hstu_bf16.h"
#include "tests/engine/kernels/hstu_case.h"

namespace recoscope::kernels {

using Bf16s = std::vector<Bfloat16>;

inline Bf16s rounded(const Floats& values)
{
    Bf16s result(values.size());
    std::transform(values.begin(), values.end(), result.begin(), [](float x) { return toBfloat16(x); });
    return result;
}

inline Floats widened(const Bf16s& values)
{
    Floats result(values.size());
    std::transform(values.begin(), values.end(), result.begin(), [](Bfloat16 x) { return toFloat(x); });
    return result;
}

struct HstuBf16Case {
    HstuCase floats;
    Bf16s projected, gradOutput; // rows of projected are floats.rowStride() + gap apart
    std::int64_t gap;

    explicit HstuBf16Case(HstuCase c, std::int64_t between = 0)
        : floats(std::move(c))
        , gap(between)
    {
        floats.projected = widened(rounded(floats.projected));
        gradOutput = rounded(floats.gradOutput);
        floats.gradOutput = widened(gradOutput);
        projected.resize(floats.rows * stride());
        for (std::int64_t t = 0; t < floats.rows; ++t)
            for (std::int64_t d = 0; d < floats.rowStride(); ++d)
                projected[t * stride() + d] = toBfloat16(floats.projected[t * floats.rowStride() + d]);
    }
    std::int64_t stride() const { return floats.rowStride() + gap; }
    std::int64_t queryAt() const { return floats.heads * floats.valueDim; }
    std::int64_t keyAt() const { return queryAt() + floats.heads * floats.queryDim; }

    HstuAttentionBf16Forward arguments(Bf16s& output) const
    {
        output.resize(floats.rows * floats.heads * floats.valueDim);
        Floats unused;
        HstuAttentionBf16Forward a{floats.arguments(unused), projected.data() + queryAt(), projected.data() + keyAt(),
            projected.data(), output.data()};
        a.shape.query = a.shape.key = a.shape.value = nullptr;
        a.shape.output = nullptr;
        a.shape.rowStride = stride();
        return a;
    }
    Floats forward() const
    {
        Bf16s output;
        hstuAttentionBf16Forward(arguments(output));
        return widened(output);
    }
    // Rows as floats.projected has them.
    HstuGradients gradients() const
    {
        Bf16s output, projections(projected.size());
        HstuGradients g{
            Floats(floats.projected.size()), Floats(floats.positionBias.size()), Floats(floats.timeBias.size())};
        HstuAttentionBf16Backward b;
        b.forward = arguments(output);
        b.gradOutput = gradOutput.data();
        b.gradValue = projections.data();
        b.gradQuery = projections.data() + queryAt();
        b.gradKey = projections.data() + keyAt();
        b.gradStride = stride();
        b.gradPositionBias = g.positionBias.data();
        b.gradTimeBias = g.timeBias.data();
        hstuAttentionBf16Backward(b);
        for (std::int64_t t = 0; t < floats.rows; ++t)
            for (std::int64_t d = 0; d < floats.rowStride(); ++d)
                g.projected[t * floats.rowStride() + d] = toFloat(projections[t * stride() + d]);
        return g;
    }
    Floats biasGradients() const
    {
        HstuGradients g = gradients();
        append(g.positionBias, g.timeBias);
        return g.positionBias;
    }
};

} // namespace recoscope::kernels
