// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Attention over other sequences than those of the batch: each row stands at one place of its own, and keys and values
// of rows may stand at further places, and those of an earlier pass too. Value type; made for one pass.
#pragma once

#include <vector>

#include <torch/torch.h>

namespace recoscope {

// [first, last) columns of a layer's attention rows.
struct ColumnRange {
    std::int64_t first = 0, last = 0;
};

struct AttentionView {
    torch::Tensor sources; // [places] int32 row that stands there; rows of `before` count first
    torch::Tensor offsets; // [pieces + 1] int64 over the places
    torch::Tensor places; // [N] int32 where a row is its own
    // [pieces] int64: how many places of a piece come before the first where a row is its own, so that nobody reads
    // what is computed there; undefined: nobody counted
    torch::Tensor firstQueries;
    torch::Tensor times, queryTimes; // [places] int64
    std::vector<torch::Tensor> before; // by layer [C, width]: attention rows of an earlier pass, or empty
    torch::Tensor keptRows; // rows whose attention rows go to `kept`, by layer; undefined: none
    std::vector<torch::Tensor>* kept = nullptr;

    // Attention rows [N, width] of the batch as [places, width].
    torch::Tensor arrange(std::size_t layer, const torch::Tensor& rows) const;
    // Back to [N, width].
    torch::Tensor restore(const torch::Tensor& arranged) const;
};

} // namespace recoscope
