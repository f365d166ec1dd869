// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/lrurec_step.h"

#include <algorithm>

#include "engine/kernels/ops.h"
#include "engine/nn/recurrent_state.h"
#include "engine/nn/user_state_base.h"

namespace recoscope {

void LruWeights::addBlock(const std::array<torch::Tensor, 13>& tensors)
{
    Block block;
    std::transform(tensors.begin(), tensors.end(), block.begin(), copyFloats);
    blocks.push_back(std::move(block));
}

namespace {

class LruForm : public RecurrentForm {
public:
    explicit LruForm(LruWeights weights)
        : w(std::move(weights))
        , channels(static_cast<std::int64_t>(w.blocks.front()[0].size()) / 2)
    {
        items = w.items;
        width = static_cast<std::int64_t>(w.normWeight.size());
        stateFloats = static_cast<std::int64_t>(w.blocks.size()) * 2 * channels;
        tag = weightTag(w.table.data(), static_cast<std::int64_t>(w.table.size()));
        predictsFirst = w.predictsFirst;
    }

    // x <- the vector after `item`; states [blocks, 2S] advance.
    void advance(std::int32_t item, float* states, float* x) const override
    {
        kernels::LayerNormForward norm;
        norm.rows = 1;
        norm.width = width;
        norm.input = w.table.data() + item * width;
        norm.weight = w.normWeight.data();
        norm.bias = w.normBias.data();
        norm.output = x;
        kernels::layerNormForward(norm);
        for (const LruWeights::Block& b : w.blocks) {
            kernels::LruStep step;
            step.width = width;
            step.channels = channels;
            step.inner = static_cast<std::int64_t>(b[8].size());
            step.lambda = b[0].data();
            step.inWeight = b[1].data();
            step.inBias = b[2].data();
            step.outWeight = b[3].data();
            step.outBias = b[4].data();
            step.norm1Weight = b[5].data();
            step.norm1Bias = b[6].data();
            step.w1 = b[7].data();
            step.b1 = b[8].data();
            step.w2 = b[9].data();
            step.b2 = b[10].data();
            step.norm2Weight = b[11].data();
            step.norm2Bias = b[12].data();
            step.state = states;
            step.x = x;
            kernels::lruStep(step);
            states += 2 * channels;
        }
    }

private:
    const LruWeights w;
    const std::int64_t channels;
};

} // namespace

std::shared_ptr<const IncrementalForm> makeLruForm(LruWeights weights)
{
    return std::make_shared<LruForm>(std::move(weights));
}

} // namespace recoscope
