// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// LRURec one event at a time: h <- lambda ∘ h + gamma ∘ (B x + b) in each block, O(1) an event, 2 x S floats a block
// and user. Equals the windowed forward while the history is no longer than the model's maxLength; beyond that it keeps
// the memory of older events, which the window forgets (the difference decays as |lambda|^maxLength).
#pragma once

#include <memory>
#include <vector>

#include "engine/nn/modules.h"
#include "engine/nn/neural_model.h"

namespace recoscope {

struct LruWeights {
    struct Block {
        torch::Tensor lambda; // [2S]
        nn::Linear in, out, w1, w2; // gamma folded into `in`
        nn::Norm norm1, norm2;
    };

    std::int64_t items = 0;
    bool predictsFirst = false;
    torch::Tensor table; // [V+1, H], shared
    nn::Norm norm;
    std::vector<Block> blocks;
};

std::shared_ptr<const IncrementalForm> makeLruForm(const LruWeights& weights);

} // namespace recoscope
