// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/attention_view.h"

#include "engine/nn/functional.h"

namespace recoscope {

torch::Tensor AttentionView::arrange(std::size_t layer, const torch::Tensor& rows) const
{
    if (kept)
        kept->push_back(rows.detach().index_select(0, keptRows));
    return nn::gatherRows(before.empty() ? rows : torch::cat({before[layer], rows}), sources);
}

torch::Tensor AttentionView::restore(const torch::Tensor& arranged) const
{
    return nn::gatherRows(arranged, places);
}

} // namespace recoscope
