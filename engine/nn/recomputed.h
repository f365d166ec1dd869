// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174): a block whose graph is not kept but made again when its
// gradient is asked for, so that of a deep model only the rows between its blocks stay in memory.
#pragma once

#include <functional>

#include <torch/torch.h>

namespace recoscope::nn {

using RowBlock = std::function<torch::Tensor(const torch::Tensor& rows)>;

// block(rows), computed without a graph; its backward calls `block` again and goes through that. `rows` requires a
// gradient. The block gives the same values for the same rows, and everything else that it learns is a leaf: those
// gradients are added where the leaves have theirs. Values and gradients are those of the plain call, to the bit.
torch::Tensor recomputed(const torch::Tensor& rows, RowBlock block);

} // namespace recoscope::nn
