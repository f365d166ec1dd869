// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/lrurec.h"

#include <cmath>
#include <numbers>

#include "engine/core/random.h"
#include "engine/models/common_schema.h"
#include "engine/models/lrurec_step.h"
#include "engine/models/presets.h"
#include "engine/nn/functional.h"
#include "engine/nn/kernel_call.h"
#include "engine/nn/modules.h"
#include "engine/nn/neural_model.h"

namespace recoscope {

using torch::Tensor;

namespace {

// Rows nu_log, theta_log, gamma_log of [3, S]: |lambda| uniform in area between the radii, angle on the full circle,
// gamma = sqrt(1 - |lambda|^2) at the start and free afterwards.
// `phase`: the largest angle, as a share of the whole turn.
Tensor ringInit(std::int64_t channels, double rMin, double rMax, double phase, std::uint64_t seed, std::uint64_t block)
{
    Tensor values = torch::empty({3, channels}, torch::kFloat32);
    auto row = values.accessor<float, 2>();
    RandomStream stream(seed, "lru-ring", block);
    for (std::int64_t s = 0; s < channels; ++s) {
        const double square = stream.uniform() * (rMax * rMax - rMin * rMin) + rMin * rMin;
        const double nu = -0.5 * std::log(square);
        const double theta = phase * (2.0 * std::numbers::pi * (1.0 - stream.uniform())); // not 0: it has a logarithm
        row[0][s] = static_cast<float>(std::log(nu));
        row[1][s] = static_cast<float>(std::log(theta));
        row[2][s] = static_cast<float>(0.5 * std::log(1.0 - square));
    }
    return values;
}

struct Block {
    Tensor ring; // [3, S]
    Tensor inWeight, inBias; // [2S, H], [2S]: real rows, then imaginary rows
    Tensor outWeight, outBias; // [H, 2S] = [Re C, -Im C], [H]
    nn::Norm norm1, norm2;
    nn::Linear w1, w2;

    Tensor gamma2() const { return ring[2].exp().repeat({2}); }
    Tensor lambda() const
    {
        const Tensor size = (-ring[0].exp()).exp(), angle = ring[1].exp();
        return torch::cat({size * angle.cos(), size * angle.sin()});
    }
    // gamma scales rows of B, which is cheaper than scaling every event.
    Tensor scaledInWeight() const { return inWeight * gamma2().unsqueeze(1); }
    Tensor scaledInBias() const { return inBias * gamma2(); }
};

class LruRec : public NeuralModel {
public:
    explicit LruRec(const ModelSetup& setup)
        : NeuralModel(setup)
        , m_dropout(setup.parameters.at("dropout"))
        , m_layerDropout(setup.parameters.at("layer_dropout"))
    {
        const Json& p = setup.parameters;
        const std::int64_t width = p.at("hidden");
        m_table = m_parameters.truncatedNormal(
            "item_embedding.weight", {setup.items + 1, width}, p.at("decay_embedding").get<bool>());
        m_norm = nn::Norm(m_parameters, "embedding_norm", width);
        for (std::int64_t i = 0; i < p.at("layers").get<std::int64_t>(); ++i)
            m_blocks.push_back(makeBlock(i, width));
        m_bias = m_parameters.truncatedNormal("item_bias", {setup.items + 1}, false);
        m_parameters.freeze();
    }

    std::string name() const override { return "lrurec"; }
    Tensor itemTable() const override { return m_table; }
    Tensor itemBias() const override { return m_bias; }

    std::int64_t carriedFloats() const override
    {
        return static_cast<std::int64_t>(m_blocks.size()) * m_blocks.front().inBias.size(0);
    }

    Tensor encodeChunk(const PackedBatch& batch, Tensor& carried, ForwardContext& context) const override
    {
        if (batch.events() == 0)
            return m_table.new_empty({0, m_table.size(1)});
        std::vector<Tensor> states = carried.chunk(static_cast<std::int64_t>(m_blocks.size()), 1);
        const Tensor rows = layers(batch, &states, context);
        carried = torch::cat(states, 1);
        return rows;
    }

    FlopCount flops(std::span<const std::int64_t> lengths, const ScoreWork& score) const override
    {
        const Json& p = m_setup.parameters;
        LruRecSizes s;
        s.width = p.at("hidden");
        s.layers = p.at("layers");
        s.state = s.width * p.at("state_multiple").get<double>();
        s.inner = s.width * p.at("inner_multiple").get<double>();
        return lruRecFlops(s, countSequences(lengths), score);
    }

    std::shared_ptr<const IncrementalForm> incrementalForm(const torch::Tensor&) const override
    {
        const torch::NoGradGuard guard;
        LruWeights weights;
        weights.items = items();
        weights.predictsFirst = predictsFirst();
        weights.table = m_table;
        weights.norm = m_norm;
        for (const Block& b : m_blocks) {
            LruWeights::Block& w = weights.blocks.emplace_back();
            w.lambda = b.lambda();
            w.in.weight = b.scaledInWeight();
            w.in.bias = b.scaledInBias();
            w.out.weight = b.outWeight;
            w.out.bias = b.outBias;
            w.w1 = b.w1;
            w.w2 = b.w2;
            w.norm1 = b.norm1;
            w.norm2 = b.norm2;
        }
        return makeLruForm(weights);
    }

protected:
    Tensor encodeRows(const PackedBatch& batch, ForwardContext& context, const Tensor& asked) const override
    {
        return layers(batch, nullptr, context, asked);
    }

private:
    Block makeBlock(std::int64_t index, std::int64_t width)
    {
        const Json& p = m_setup.parameters;
        const std::int64_t state = width * p.at("state_multiple").get<std::int64_t>();
        const std::int64_t inner = width * p.at("inner_multiple").get<std::int64_t>();
        const std::string prefix = "blocks." + std::to_string(index) + ".";
        const bool decayRing = p.at("decay_params_log");
        Block b;
        b.ring = m_parameters.add(prefix + "lru.params_log",
            ringInit(state, p.at("r_min"), p.at("r_max"), p.at("phase_max"), m_parameters.seed(), index), decayRing);
        b.inWeight = m_parameters.truncatedNormal(prefix + "lru.in.weight", {2 * state, width});
        b.inBias = m_parameters.truncatedNormal(prefix + "lru.in.bias", {2 * state}, false);
        b.outWeight = m_parameters.truncatedNormal(prefix + "lru.out.weight", {width, 2 * state});
        b.outBias = m_parameters.truncatedNormal(prefix + "lru.out.bias", {width}, false);
        b.norm1 = nn::Norm(m_parameters, prefix + "lru.norm", width);
        b.w1 = nn::Linear(m_parameters, prefix + "feed_forward.w1", inner, width, true);
        b.w2 = nn::Linear(m_parameters, prefix + "feed_forward.w2", width, inner, true);
        b.norm2 = nn::Norm(m_parameters, prefix + "feed_forward.norm", width);
        return b;
    }

    // `carried`: the states of each block [B, 2S] before the batch, replaced by those after it; null: zeros before it.
    // With `asked` [R] int64 these rows alone leave the last block.
    Tensor layers(const PackedBatch& batch, std::vector<Tensor>* carried, ForwardContext& context,
        const Tensor& asked = Tensor()) const
    {
        PackedBatch whole = batch;
        Tensor x = m_norm(nn::embedding(m_table, batch.items), Tensor(), context.dropout(m_dropout));
        context.hidden(-1, x);
        for (std::size_t i = 0; i < m_blocks.size(); ++i) {
            if (i + 1 == m_blocks.size())
                whole.asked = asked;
            x = blockForward(m_blocks[i], x, whole, carried ? &(*carried)[i] : nullptr, context, static_cast<int>(i));
            if (!whole.asked.defined())
                context.hidden(static_cast<int>(i), x);
        }
        return x;
    }

    // The states after the last event of each sequence; those before where it has none here.
    static Tensor lastStates(const Tensor& states, const Tensor& before, const Tensor& offsets)
    {
        const Tensor there = nn::copyOn(states.device(), offsets);
        const Tensor ends = there.slice(0, 1), some = ends > there.slice(0, 0, -1);
        return torch::where(some.unsqueeze(1), states.index_select(0, (ends - 1).clamp_min(0)), before);
    }

    Tensor blockForward(const Block& b, const Tensor& x, const PackedBatch& batch, Tensor* carried,
        ForwardContext& context, int layer) const
    {
        const Tensor input = torch::linear(x, b.scaledInWeight(), b.scaledInBias());
        const Tensor states = nn::lruScan(input, b.lambda(), batch.offsets, carried ? *carried : Tensor());
        if (carried)
            *carried = lastStates(states, *carried, batch.offsets);
        if (context.observes("state")) {
            const Tensor values = states.detach().to(torch::kFloat32).contiguous();
            context.observer()->onState(layer, values.size(0), values.size(1), true, values.const_data_ptr<float>());
        }
        const Tensor output = torch::linear(batch.onlyAsked(states), b.outWeight, b.outBias);
        const Tensor z = b.norm1(output, batch.onlyAsked(x), context.dropout(m_layerDropout));
        context.record("layer" + std::to_string(layer) + ".recurrent", z);
        const Tensor inner = nn::geluDropout(b.w1(z), context.dropout(m_dropout));
        return b.norm2(b.w2(inner), z, context.dropout(m_dropout));
    }

    double m_dropout, m_layerDropout;
    Tensor m_table, m_bias;
    nn::Norm m_norm;
    std::vector<Block> m_blocks;
};

} // namespace

std::unique_ptr<NeuralModel> buildLruRec(const ModelSetup& setup)
{
    return std::make_unique<LruRec>(setup);
}

ModelDescriptor lruRecDescriptor()
{
    using namespace schema;
    ModelDescriptor d;
    d.build = buildLruRec;
    d.name = "lrurec";
    d.title = "LRURec";
    d.summary = "Linear recurrent units: trains in parallel, serves one event at a time from a 2 KiB state.";
    d.paper = "Yue, Wang, He, Zeng, McAuley & Wang, WSDM 2024";
    d.hasState = true;
    d.trainsOnDevice = true;
    d.schema
        = ParameterSchema({
              integer("hidden", "Width", 64, 4, 1024, "dims", "Width of item vectors and hidden layers"),
              integer("layers", "Blocks", 2, 1, 16, "", "Recurrent blocks"),
              integer("state_multiple", "State width", 2, 1, 8, "× width", "Complex channels per unit of width"),
              integer("inner_multiple", "Feed-forward", 4, 1, 8, "× width", "Inner width of the feed-forward"),
              real("dropout", "Dropout", 0.2, 0.0, 0.95, "After the embedding and in the feed-forward"),
              real("layer_dropout", "Recurrent dropout", 0.2, 0.0, 0.95, "After each recurrent layer"),
              real("r_min", "Smallest |λ|", 0.8, 0.0, 0.999, "Start of the ring of eigenvalues"),
              real("r_max", "Largest |λ|", 0.99, 0.001, 0.9999, "End of the ring of eigenvalues"),
              real("phase_max", "Largest angle", 1.0, 0.0001, 1.0, "Of an eigenvalue at the start, in whole turns"),
              boolean("decay_params_log", "Decay ring", true, "Weight decay also on ν, θ and γ, as published"),
              boolean("decay_embedding", "Decay items", true, "Weight decay also on item vectors, as published"),
          })
        + losses(true);
    d.presets = lruRecPresets();
    return d;
}

} // namespace recoscope
