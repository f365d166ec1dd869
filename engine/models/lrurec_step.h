// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// LRURec one event at a time: h <- lambda ∘ h + gamma ∘ (B x + b) in each block, O(1) an event, 2 x S floats a block
// and user. Equals the windowed forward while the history is no longer than the model's maxLength; beyond that it keeps
// the memory of older events, which the window forgets (the difference decays as |lambda|^maxLength).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/nn/neural_model.h"

namespace recoscope {

struct LruWeights {
    // lambda, in weight and bias with gamma folded in, out weight and bias, norm1, w1, b1, w2, b2, norm2.
    using Block = std::array<std::vector<float>, 13>;

    std::int64_t items = 0;
    bool predictsFirst = false;
    std::vector<float> table, normWeight, normBias; // [V+1, H], [H], [H]
    std::vector<Block> blocks;

    void addBlock(const std::array<torch::Tensor, 13>& tensors);
};

std::shared_ptr<const IncrementalForm> makeLruForm(LruWeights weights);

} // namespace recoscope
