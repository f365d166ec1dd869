// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/attention_model.h"

namespace recoscope {

torch::Tensor AttentionModel::layersAndHead(torch::Tensor x, const PackedBatch& batch, ForwardContext& context) const
{
    const PackedBatch whole = completed(batch);
    const auto output = [this](const torch::Tensor& rows) { return head(rows); };
    context.hidden(-1, x, output);
    for (int index = 0; index < static_cast<int>(layerCount()); ++index) {
        x = layerForward(index, x, whole, context);
        context.hidden(index, x, output);
    }
    return head(x);
}

} // namespace recoscope
