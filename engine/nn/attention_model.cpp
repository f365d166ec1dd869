// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/attention_model.h"

#include <utility>

#include "engine/nn/recomputed.h"

namespace recoscope {

bool AttentionModel::recomputes(const ForwardContext& context) const
{
    return context.isTraining() && torch::GradMode::is_enabled() && m_setup.parameters.value("recompute_layers", false);
}

torch::Tensor AttentionModel::recomputedLayer(
    int index, const torch::Tensor& x, const PackedBatch& batch, ForwardContext& context) const
{
    ForwardContext start = context; // whose dropouts the second time draws again
    start.setTrace(nullptr);
    bool first = true;
    return nn::recomputed(x, [this, index, batch, start, first, &context](const torch::Tensor& rows) mutable {
        if (std::exchange(first, false))
            return layerForward(index, rows, batch, context);
        ForwardContext again = start;
        return layerForward(index, rows, batch, again);
    });
}

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
        x = recomputes(context) && x.requires_grad() ? recomputedLayer(index, x, whole, context)
                                                     : layerForward(index, x, whole, context);
        if (!whole.asked.defined())
            context.hidden(index, x, output);
    }
    return head(x);
}

} // namespace recoscope
