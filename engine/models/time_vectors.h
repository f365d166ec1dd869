// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A vector for when an event was: those of its year, month, day, hour, minute and second (UTC) side by side, through a
// small network. HLLM's paper found such vectors its strongest addition (Chen et al. 2024); no code of it is public.
#pragma once

#include <vector>

#include "engine/nn/modules.h"
#include "engine/scaling/flops.h"

namespace recoscope {

class TimeVectors {
public:
    // Adds time.year ... time.second, time.w1 and time.w2 to the parameters. Each of the six has `fieldWidth`.
    TimeVectors(Parameters& parameters, std::int64_t fieldWidth, std::int64_t width);

    FlopCount flops(double events) const;
    // [T] int64 seconds, which the processor reads -> [T, D]; zeros where the time is 0, which stands for "not known".
    torch::Tensor operator()(const torch::Tensor& times) const;

private:
    std::vector<torch::Tensor> m_tables; // of each field [values, fieldWidth]
    nn::Linear m_w1, m_w2;
};

} // namespace recoscope
