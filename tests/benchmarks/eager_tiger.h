// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// TIGER's decoder as public generators have it, in LibTorch's ordinary eager operations: keys and values of every beam
// are kept, and laid out again after each token for the beams that go on. Histories are of one length, so nothing is
// padded. Reads the parameters of one of our models, of the default shape.
#pragma once

#include <torch/torch.h>

#include "engine/models/tiger_network.h"

namespace recoscope::bench {

class EagerTigerDecoder : public BeamDecoder {
public:
    // Must not outlive the model. `histories`: of equally many tokens each.
    EagerTigerDecoder(const Tiger& model, const PackedView& histories);

    std::int32_t vocabulary() const override { return m_model.names().vocabulary(); }
    std::span<const float> begin() override;
    std::span<const float> step(std::span<const std::int32_t> parents, std::span<const std::int32_t> tokens) override;

private:
    struct Kept {
        torch::Tensor keys, values; // [R, heads, L, d]
    };
    torch::Tensor input(const torch::Tensor& tokens, std::int64_t firstPosition) const; // [R, L] -> [R, L, D]
    // x [R, L, D] behind what is kept of each row; keeps it too.
    torch::Tensor layers(torch::Tensor x);
    std::span<const float> logProbabilities(const torch::Tensor& rows); // [R, D]

    const Tiger& m_model;
    torch::Tensor m_tokens; // [users, L] int64
    std::vector<Kept> m_kept; // by layer
    torch::Tensor m_out;
};

} // namespace recoscope::bench
