// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/attention_model.h"

namespace recoscope {

torch::Tensor AttentionModel::layersAndHead(torch::Tensor x, const PackedBatch& batch, ForwardContext& context) const
{
    const PackedBatch whole = completed(batch);
    const auto output = [&](const torch::Tensor& rows) { return observed(rows, whole); };
    context.hidden(-1, x, output);
    for (int index = 0; index < static_cast<int>(layerCount()); ++index) {
        x = layerForward(index, x, whole, context);
        context.hidden(index, x, output);
    }
    return head(x);
}

} // namespace recoscope
