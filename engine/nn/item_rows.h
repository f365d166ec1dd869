// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The vectors of items that a pass reads: the rows of a trained table, or vectors that were computed for this pass,
// each once, to which a trained table may add. Value type (tensors are shared handles); all kinds are differentiable.
#pragma once

#include <torch/torch.h>

namespace recoscope {

struct ItemRows {
    torch::Tensor vectors; // [n, D]
    torch::Tensor place; // [V+1] int32 row of each item, or undefined: item i is row i
    torch::Tensor added; // [V+1, D] trained, the item's row is added to its vector; or undefined

    ItemRows() = default;
    ItemRows(const torch::Tensor& table, const torch::Tensor& places = {}) // also from a table as it is
        : vectors(table)
        , place(places)
    {
    }

    bool defined() const { return vectors.defined(); }
    // Vectors of items [n] int32: [n, D]. The gradient of a trained table goes straight into it.
    torch::Tensor of(const torch::Tensor& items) const;
    // All of them, [V+1, D]; only where item i is row i.
    torch::Tensor whole() const { return added.defined() ? vectors + added : vectors; }
};

} // namespace recoscope
