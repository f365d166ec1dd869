// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HSTU attention on bfloat16 as the equations are written, operation by operation in double; or with every intermediate
// rounded to bfloat16, as a network composed of matrix products and element-wise operations on bfloat16 arrays does.
#pragma once

#include "tests/engine/kernels/hstu_bf16_case.h"

namespace recoscope::kernels {

struct PlainHstu {
    using Doubles = std::vector<double>;

    // Arrays [T, heads * width], each with the sum of the absolute values of what was added up.
    struct Sums {
        Doubles values, sizes;

        explicit Sums(std::int64_t count)
            : values(count)
            , sizes(count)
        {
        }
        void add(std::int64_t at, double x)
        {
            values[at] += x;
            sizes[at] += std::fabs(x);
        }
    };
    Sums output, gradQuery, gradKey, gradValue;

    PlainHstu(const HstuCase& from, bool roundEverything)
        : output(from.rows * from.heads * from.valueDim)
        , gradQuery(from.rows * from.heads * from.queryDim)
        , gradKey(gradQuery)
        , gradValue(output)
        , c(from)
        , m_rounds(roundEverything)
    {
        for (std::size_t b = 0; b + 1 < c.offsets.size(); ++b)
            for (std::int64_t h = 0; h < c.heads; ++h)
                for (std::int64_t i = c.offsets[b]; i < c.offsets[b + 1]; ++i)
                    for (std::int64_t j = c.offsets[b]; j <= i; ++j)
                        pair(h, i, j, static_cast<double>(i - c.offsets[b] + 1));
        for (Sums* sums : {&output, &gradQuery, &gradKey, &gradValue})
            for (double& x : sums->values)
                x = rounded(x);
    }

private:
    const HstuCase& c;
    bool m_rounds;

    double rounded(double x) const
    {
        return m_rounds ? static_cast<double>(toFloat(toBfloat16(static_cast<float>(x)))) : x;
    }

    static double dot(const float* a, const float* b, std::int64_t width)
    {
        double sum = 0.0;
        for (std::int64_t d = 0; d < width; ++d)
            sum += static_cast<double>(a[d]) * b[d];
        return sum;
    }

    void pair(std::int64_t h, std::int64_t i, std::int64_t j, double seen)
    {
        const std::int64_t n = c.queryDim, m = c.valueDim;
        const auto row = [&](std::int64_t t) { return c.projected.data() + t * c.rowStride(); };
        const float *value = row(j) + h * m, *query = row(i) + c.heads * m + h * n,
                    *key = row(j) + c.heads * (m + n) + h * n, *gradOut = c.gradOutput.data() + (i * c.heads + h) * m;
        constexpr double scale = 0.9f; // of HstuCase
        double x = rounded(rounded(dot(query, key, n)) * scale);
        if (!c.positionBias.empty()) {
            x = rounded(x + rounded(c.positionBias[i - j]));
            x = rounded(x + rounded(c.timeBias[timeBucket(c.queryTimes[i] - c.keyTimes[j])]));
        }
        const double sigma = 1.0 / (1.0 + std::exp(-x)), weight = rounded(rounded(x * sigma) / seen);
        const double gradSilu = rounded(rounded(dot(gradOut, value, m)) / seen);
        const double slope = rounded(rounded(gradSilu * sigma * (1.0 + x * (1.0 - sigma))) * scale);
        for (std::int64_t d = 0; d < m; ++d) {
            output.add((i * c.heads + h) * m + d, weight * value[d]);
            gradValue.add((j * c.heads + h) * m + d, weight * gradOut[d]);
        }
        for (std::int64_t d = 0; d < n; ++d) {
            gradQuery.add((i * c.heads + h) * n + d, slope * key[d]);
            gradKey.add((j * c.heads + h) * n + d, slope * query[d]);
        }
    }
};

} // namespace recoscope::kernels
