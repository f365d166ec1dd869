// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

namespace recoscope::nn {

// Rows [N, D] divided by their length; lengths below 1e-6 count as 1e-6. float32 goes through the kernels.
torch::Tensor unitRows(const torch::Tensor& rows);

} // namespace recoscope::nn
