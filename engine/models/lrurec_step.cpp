// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/lrurec_step.h"

#include <algorithm>

#include "engine/core/hash.h"
#include "engine/kernels/ops.h"
#include "engine/nn/recurrent_state.h"
#include "engine/nn/step_layers.h"
#include "engine/nn/user_state_base.h"

namespace recoscope {

namespace {

struct BlockForm {
    nn::StepVector lambda;
    nn::StepLinear in, out, w1, w2;
    nn::StepNorm norm1, norm2;

    explicit BlockForm(const LruWeights::Block& weights)
        : lambda(copyFloats(weights.lambda))
    {
        in.load(weights.in);
        out.load(weights.out);
        w1.load(weights.w1);
        w2.load(weights.w2);
        norm1.load(weights.norm1);
        norm2.load(weights.norm2);
    }
};

class LruForm : public RecurrentForm {
public:
    explicit LruForm(const LruWeights& weights)
        : m_table(weights.table.detach().to(torch::kFloat32).contiguous())
        , m_channels(weights.blocks.front().lambda.size(0) / 2)
    {
        m_norm.load(weights.norm);
        for (const LruWeights::Block& block : weights.blocks)
            m_blocks.emplace_back(block);
        items = weights.items;
        width = m_table.size(1);
        stateFloats = static_cast<std::int64_t>(m_blocks.size()) * 2 * m_channels;
        predictsFirst = weights.predictsFirst;
        tag = weightTag(m_table.const_data_ptr<float>(), m_table.numel());
        mix(weights.norm.weight);
        mix(weights.norm.bias);
        for (const LruWeights::Block& b : weights.blocks)
            for (const torch::Tensor& values :
                {b.lambda, b.in.weight, b.in.bias, b.out.weight, b.out.bias, b.norm1.weight, b.norm1.bias, b.w1.weight,
                    b.w1.bias, b.w2.weight, b.w2.bias, b.norm2.weight, b.norm2.bias})
                mix(values);
    }

    // x <- the vector after `item`; states [blocks, 2S] advance.
    void advance(std::int32_t item, float* states, float* x) const override
    {
        normalise(rowsOfItems() + item * width, 1, x);
        for (const BlockForm& block : m_blocks) {
            kernels::LruStep step = stepOf(block);
            step.state = states;
            step.x = x;
            kernels::lruStep(step);
            states += 2 * m_channels;
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
        const std::int64_t rows = chunk.offsets.back(), count = chunk.end - chunk.begin, planar = 2 * m_channels;
        chunk.x.resize(static_cast<std::size_t>(rows * width));
        chunk.items.resize(chunk.x.size());
        chunk.states.resize(static_cast<std::size_t>(count * planar));
        kernels::embeddingGather(rows, width, m_table.size(0), rowsOfItems(), chunkItems, chunk.items.data());
        normalise(chunk.items.data(), rows, chunk.x.data());
        for (std::size_t i = 0; i < m_blocks.size(); ++i) {
            float* own = states + static_cast<std::int64_t>(i) * planar; // of the first sequence
            for (std::int64_t b = 0; b < count; ++b)
                std::copy_n(own + b * stateFloats, planar, chunk.states.data() + b * planar);
            kernels::LruSteps steps{stepOf(m_blocks[i]), chunk.offsets};
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
        norm.weight = m_norm.weight.data();
        norm.bias = m_norm.bias.data();
        norm.output = to;
        kernels::layerNormForward(norm);
    }

    kernels::LruStep stepOf(const BlockForm& b) const
    {
        kernels::LruStep step;
        step.width = width;
        step.channels = m_channels;
        step.inner = b.w1.outputs();
        step.epsilon = b.norm1.epsilon;
        step.lambda = b.lambda.data();
        step.in = b.in.packed();
        step.out = b.out.packed();
        step.w1 = b.w1.packed();
        step.w2 = b.w2.packed();
        step.norm1Weight = b.norm1.weight.data();
        step.norm1Bias = b.norm1.bias.data();
        step.norm2Weight = b.norm2.weight.data();
        step.norm2Bias = b.norm2.bias.data();
        return step;
    }

    const float* rowsOfItems() const { return m_table.const_data_ptr<float>(); }

    void mix(const torch::Tensor& values)
    {
        const nn::StepVector own = copyFloats(values);
        tag = fnvStep(tag, weightTag(own.data(), static_cast<std::int64_t>(own.size())));
    }

    const torch::Tensor m_table; // [V+1, H], the model's own where it is of floats
    const std::int64_t m_channels;
    nn::StepNorm m_norm;
    std::vector<BlockForm> m_blocks;
};

} // namespace

std::shared_ptr<const IncrementalForm> makeLruForm(const LruWeights& weights)
{
    return std::make_shared<LruForm>(weights);
}

} // namespace recoscope
