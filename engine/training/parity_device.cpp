// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/parity_device.h"

namespace recoscope {

using torch::Tensor;

ModelOnDevice::ModelOnDevice(std::shared_ptr<NeuralModel> inner, torch::Device device)
    : NeuralModel(inner->setup())
    , m_inner(std::move(inner))
{
    m_inner->parameters().moveTo(device);
}

Tensor ModelOnDevice::encodeRows(const PackedBatch& batch, ForwardContext& context, const Tensor& asked) const
{
    const PackedBatch there = onDevice(batch, m_inner->parameters().device());
    const Tensor rows = m_inner->encode(there, context).cpu();
    if (context.trace())
        for (auto& [name, value] : *context.trace())
            value = value.cpu();
    return askedRows(rows, asked);
}

} // namespace recoscope
