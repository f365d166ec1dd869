// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Sums of rows by whom they belong to: a block as those of nn/functional.h, in the order of the rows wherever they are.
#pragma once

#include <torch/torch.h>

namespace recoscope::nn {

// out[owners[p]] += rows[p] for every p: rows [P, D], owners [P] int32 in [0, count) -> [count, D]; zeros for an owner
// of none.
torch::Tensor rowSums(const torch::Tensor& rows, const torch::Tensor& owners, std::int64_t count);

} // namespace recoscope::nn
