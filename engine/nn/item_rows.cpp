// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/item_rows.h"

#include "engine/nn/functional.h"

namespace recoscope {

torch::Tensor ItemRows::of(const torch::Tensor& items) const
{
    if (place.defined())
        return nn::gatherRows(vectors, place.index_select(0, items));
    return vectors.is_leaf() ? nn::embedding(vectors, items) : nn::gatherRows(vectors, items);
}

} // namespace recoscope
