// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// LayerNorm of one row without weights of its own, in double precision, and its gradient.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace recoscope::kernels::reference {

struct NormalisedRow {
    std::vector<double> values;
    double mean = 0.0, inverse = 1.0; // 1/sigma

    NormalisedRow(const float* x, std::int64_t width, double epsilon)
        : values(x, x + width)
    {
        double variance = 0.0;
        for (const double v : values)
            mean += v / width;
        for (const double v : values)
            variance += (v - mean) * (v - mean) / width;
        inverse = 1.0 / std::sqrt(variance + epsilon);
        for (double& v : values)
            v = (v - mean) * inverse;
    }

    // dL/d(values) to dL/dx.
    void toInput(std::vector<double>& gradient) const
    {
        const auto width = static_cast<double>(values.size());
        double sum = 0.0, projection = 0.0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            sum += gradient[i] / width;
            projection += gradient[i] * values[i] / width;
        }
        for (std::size_t i = 0; i < values.size(); ++i)
            gradient[i] = (gradient[i] - sum - values[i] * projection) * inverse;
    }
};

} // namespace recoscope::kernels::reference
