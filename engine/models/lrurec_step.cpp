// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/lrurec_step.h"

#include <algorithm>

#include "engine/core/hash.h"
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
        const auto mix = [this](const std::vector<float>& values) {
            tag = fnvStep(tag, weightTag(values.data(), static_cast<std::int64_t>(values.size())));
        };
        mix(w.normWeight);
        mix(w.normBias);
        for (const LruWeights::Block& block : w.blocks)
            std::for_each(block.begin(), block.end(), mix);
        predictsFirst = w.predictsFirst;
    }

    // x <- the vector after `item`; states [blocks, 2S] advance.
    void advance(std::int32_t item, float* states, float* x) const override
    {
        normalise(w.table.data() + item * width, 1, x);
        for (const LruWeights::Block& block : w.blocks) {
            kernels::LruStep step = stepOf(block);
            step.state = states;
            step.x = x;
            kernels::lruStep(step);
            states += 2 * channels;
        }
    }

    void advanceAll(std::span<const std::int64_t> offsets, const std::int32_t* sequenceItems, float* states,
        float* vectors) const override
    {
        constexpr std::int64_t rowsAtOnce = 1024; // whatever there is of events, this bounds the memory
        Chunk chunk;
        for (std::int64_t first = 0; first < offsets.back(); first += rowsAtOnce) {
            chunk.cut(offsets, first, std::min(rowsAtOnce, offsets.back() - first));
            run(chunk, sequenceItems + first, states + chunk.begin * stateFloats, vectors + chunk.begin * width);
        }
    }

private:
    // Rows of successive sequences that go together.
    struct Chunk {
        std::int64_t begin = 0, end = 0; // sequences [begin, end)
        std::vector<std::int64_t> offsets; // of their rows
        std::vector<float> x, items, states; // kept from chunk to chunk

        void cut(std::span<const std::int64_t> all, std::int64_t first, std::int64_t rows)
        {
            begin = std::max<std::int64_t>(0, end - 1); // the last one may go on
            end = std::lower_bound(all.begin() + begin, all.end(), first + rows) - all.begin();
            offsets.clear();
            for (std::int64_t b = begin; b <= end; ++b)
                offsets.push_back(std::clamp<std::int64_t>(all[static_cast<std::size_t>(b)] - first, 0, rows));
        }
    };

    void run(Chunk& chunk, const std::int32_t* chunkItems, float* states, float* vectors) const
    {
        const std::int64_t rows = chunk.offsets.back(), count = chunk.end - chunk.begin, planar = 2 * channels;
        chunk.x.resize(static_cast<std::size_t>(rows * width));
        chunk.items.resize(chunk.x.size());
        chunk.states.resize(static_cast<std::size_t>(count * planar));
        kernels::embeddingGather(rows, width, static_cast<std::int64_t>(w.table.size()) / width, w.table.data(),
            chunkItems, chunk.items.data());
        normalise(chunk.items.data(), rows, chunk.x.data());
        for (std::size_t i = 0; i < w.blocks.size(); ++i) {
            float* own = states + static_cast<std::int64_t>(i) * planar; // of the first sequence
            for (std::int64_t b = 0; b < count; ++b)
                std::copy_n(own + b * stateFloats, planar, chunk.states.data() + b * planar);
            kernels::LruSteps steps{stepOf(w.blocks[i]), chunk.offsets};
            steps.block.state = chunk.states.data();
            steps.block.x = chunk.x.data();
            kernels::lruSteps(steps);
            for (std::int64_t b = 0; b < count; ++b)
                std::copy_n(chunk.states.data() + b * planar, planar, own + b * stateFloats);
        }
        for (std::int64_t b = 0; b < count; ++b) {
            const std::int64_t end = chunk.offsets[static_cast<std::size_t>(b) + 1];
            if (end > chunk.offsets[static_cast<std::size_t>(b)])
                std::copy_n(chunk.x.data() + (end - 1) * width, width, vectors + b * width);
        }
    }

    void normalise(const float* from, std::int64_t rows, float* to) const
    {
        kernels::LayerNormForward norm;
        norm.rows = rows;
        norm.width = width;
        norm.input = from;
        norm.weight = w.normWeight.data();
        norm.bias = w.normBias.data();
        norm.output = to;
        kernels::layerNormForward(norm);
    }

    kernels::LruStep stepOf(const LruWeights::Block& b) const
    {
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
        return step;
    }

    const LruWeights w;
    const std::int64_t channels;
};

} // namespace

std::shared_ptr<const IncrementalForm> makeLruForm(LruWeights weights)
{
    return std::make_shared<LruForm>(std::move(weights));
}

} // namespace recoscope
