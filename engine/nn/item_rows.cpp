// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/item_rows.h"

#include "engine/nn/functional.h"

namespace recoscope {

torch::Tensor ItemRows::of(const torch::Tensor& items) const
{
    torch::Tensor rows;
    if (place.defined())
        rows = nn::gatherRows(vectors, place.index_select(0, items));
    else
        rows = vectors.is_leaf() ? nn::embedding(vectors, items) : nn::gatherRows(vectors, items);
    return added.defined() ? rows + nn::embedding(added, items) : rows;
}

} // namespace recoscope
