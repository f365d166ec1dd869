// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/attention_model.h"

namespace recoscope {

torch::Tensor AttentionModel::layersAndHead(
    torch::Tensor x, const PackedBatch& batch, ForwardContext& context, const torch::Tensor& asked) const
{
    PackedBatch whole = completed(batch);
    const auto output = [&](const torch::Tensor& rows) { return observed(rows, whole); };
    context.hidden(-1, x, output);
    const int last = static_cast<int>(layerCount()) - 1;
    for (int index = 0; index <= last; ++index) {
        if (index == last && asked.defined())
            whole = whole.asking(asked);
        x = layerForward(index, x, whole, context);
        if (!whole.asked.defined())
            context.hidden(index, x, output);
    }
    return head(x);
}

} // namespace recoscope
