// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/forward_context.h"

#include "engine/core/random.h"

namespace recoscope {

ForwardContext ForwardContext::training(std::uint64_t seed, std::uint64_t step)
{
    ForwardContext context;
    context.m_training = true;
    context.m_base = RandomStream(seed, "dropout", step).next64();
    return context;
}

void ForwardContext::hidden(
    int layer, const torch::Tensor& rows, const std::function<torch::Tensor(const torch::Tensor&)>& head)
{
    record(layer < 0 ? "embedding" : "layer" + std::to_string(layer), rows);
    if (!observes("hidden"))
        return;
    const torch::Tensor values = (head ? head(rows) : rows).detach().to(torch::kFloat32).contiguous();
    m_observer->onHidden(layer, values.size(0), values.size(1), values.const_data_ptr<float>());
}

Dropout ForwardContext::dropout(double probability)
{
    if (!m_training || probability <= 0.0)
        return {};
    // An odd multiplier keeps the seeds of one pass distinct.
    return {static_cast<float>(probability), m_base + 0x9E3779B97F4A7C15ull * ++m_calls};
}

} // namespace recoscope
