// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Linear layers with weights laid out for reading: lanes are outputs, and each sum is one chain of multiply-adds from
// the bias over the inputs in order. So a row's bytes do not depend on the rows beside it.
#pragma once

#include "engine/kernels/cpu/simd.h"
#include "engine/kernels/ops.h"

namespace recoscope::kernels::cpu {

// Rows of activations, `stride` floats apart.
template <class T> struct Strided {
    T* first;
    std::int64_t stride;
};
using Inputs = Strided<const float>;
using Outputs = Strided<float>;

template <class V> struct PackedRows {
    using F = typename V::F;
    static constexpr int rows = V::tileRows, vectors = V::tileVectors;
    static constexpr std::int64_t group = PackedLinear::group;
    static_assert(group % (vectors * V::lanes) == 0);

    std::int64_t outputs, inner;
    const float* packed;

    // y[r] = W x[r] + bias for `count` rows.
    RECOSCOPE_INLINE void run(Inputs x, Outputs y, std::int64_t count) const
    {
        for (std::int64_t c = 0; c < outputs;) {
            const bool whole = c + vectors * V::lanes <= outputs;
            for (std::int64_t r = 0; r < count; r += rows) {
                const Inputs from{x.first + r * x.stride, x.stride};
                const Outputs to{y.first + r * y.stride + c, y.stride};
                const int few = static_cast<int>(smaller<std::int64_t>(rows, count - r));
                if (whole)
                    someRows<rows, vectors>(few, c, from, to, Full{});
                else if (c + V::lanes <= outputs)
                    someRows<rows, 1>(few, c, from, to, Full{});
                else
                    someRows<rows, 1>(few, c, from, to, Part{static_cast<int>(outputs - c)});
            }
            c += whole ? vectors * V::lanes : V::lanes;
        }
    }

private:
    template <int Rows, int Vectors, class P>
    RECOSCOPE_INLINE void someRows(int count, std::int64_t c, Inputs x, Outputs y, P part) const
    {
        if constexpr (Rows > 1)
            if (count < Rows)
                return someRows<Rows - 1, Vectors>(count, c, x, y, part);
        tile<Rows, Vectors>(c, x, y, part);
    }

    // Outputs c, c + 1, ... of Rows rows; they do not cross the end of a group.
    template <int Rows, int Vectors, class P>
    __attribute__((noinline)) void tile(std::int64_t c, Inputs x, Outputs y, P part) const
    {
        const float* weight = packed + c / group * group * inner + c % group;
        const float* bias = packed + (outputs + group - 1) / group * group * inner + c;
        F sum[Rows][Vectors];
#pragma GCC unroll 8
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                sum[r][v] = load<V>(bias + v * V::lanes);
        for (std::int64_t d = 0; d < inner; ++d, weight += group) {
            F w[Vectors];
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                w[v] = load<V>(weight + v * V::lanes);
#pragma GCC unroll 8
            for (int r = 0; r < Rows; ++r) {
                const F value = splat<V>(x.first[r * x.stride + d]);
#pragma GCC unroll 4
                for (int v = 0; v < Vectors; ++v)
                    sum[r][v] = V::fma(value, w[v], sum[r][v]);
            }
        }
#pragma GCC unroll 8
        for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < Vectors; ++v)
                store<V>(y.first + r * y.stride + v * V::lanes, sum[r][v], part);
    }
};

template <class V> void packedLinear(const PackedLinear& a, std::int64_t begin, std::int64_t end)
{
    const PackedRows<V> weights{a.outputs, a.inner, a.packed};
    weights.run({a.input + begin * a.inner, a.inner}, {a.output + begin * a.outputStride, a.outputStride}, end - begin);
}

} // namespace recoscope::kernels::cpu
