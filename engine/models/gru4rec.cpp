// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/gru4rec.h"

#include <algorithm>
#include <numeric>

#include "engine/models/common_schema.h"
#include "engine/models/gru4rec_step.h"
#include "engine/models/presets.h"
#include "engine/nn/functional.h"
#include "engine/nn/modules.h"
#include "engine/nn/neural_model.h"
#include "engine/nn/transfers.h"

namespace recoscope {

using torch::Tensor;

namespace {

// Time-major order of a packed batch, longest sequence first, which is what the GRU walks: row order[i] of the batch is
// row i of the walk, and sizes[t] sequences are still running at step t.
struct TimeMajor {
    Tensor order, inverse; // [T] int64 where the batch is
    Tensor sizes; // [longest] int64 of the processor

    explicit TimeMajor(const PackedBatch& batch)
    {
        const auto offsets = batch.offsetSpan();
        std::vector<std::int64_t> byLength(batch.sequences());
        std::iota(byLength.begin(), byLength.end(), 0);
        const auto length = [&](std::int64_t b) { return offsets[b + 1] - offsets[b]; };
        std::stable_sort(
            byLength.begin(), byLength.end(), [&](std::int64_t a, std::int64_t b) { return length(a) > length(b); });
        std::vector<std::int64_t> walk, running;
        for (std::int64_t t = 0; !byLength.empty() && t < length(byLength.front()); ++t) {
            running.push_back(0);
            for (std::size_t i = 0; i < byLength.size() && length(byLength[i]) > t; ++i, ++running.back())
                walk.push_back(offsets[byLength[i]] + t);
        }
        order = torch::tensor(walk, torch::kInt64);
        sizes = torch::tensor(running, torch::kInt64);
        inverse = torch::empty_like(order);
        inverse.index_put_({order}, torch::arange(order.size(0)));
        order = nn::sentTo(batch.items.device(), order);
        inverse = nn::sentTo(batch.items.device(), inverse);
    }
};

class Gru4Rec : public NeuralModel {
public:
    explicit Gru4Rec(const ModelSetup& setup)
        : NeuralModel(setup)
        , m_hidden(setup.parameters.at("hidden"))
        , m_dropout(setup.parameters.at("dropout"))
    {
        const std::int64_t width = setup.parameters.at("embedding");
        m_table = m_parameters.truncatedNormal("item_embedding.weight", {setup.items + 1, width});
        const double sigma = 0.5 / std::sqrt(static_cast<double>(m_hidden));
        for (std::int64_t i = 0; i < setup.parameters.at("layers").get<std::int64_t>(); ++i) {
            const std::string prefix = "gru." + std::to_string(i) + ".";
            m_input.push_back(m_parameters.truncatedNormal(
                prefix + "weight_ih", {3 * m_hidden, i == 0 ? width : m_hidden}, true, sigma));
            m_recurrent.push_back(
                m_parameters.truncatedNormal(prefix + "weight_hh", {3 * m_hidden, m_hidden}, true, sigma));
        }
        m_dense = nn::Linear(m_parameters, "dense", width, m_hidden);
        m_parameters.freeze();
    }

    std::string name() const override { return "gru4rec"; }
    Tensor itemTable() const override { return m_table; }

    Tensor encodeRows(const PackedBatch& batch, ForwardContext& context, const Tensor& asked) const override
    {
        Tensor x = nn::dropout(nn::embedding(m_table, batch.items), context.dropout(m_dropout));
        context.hidden(-1, x);
        const TimeMajor walk(batch);
        x = x.index_select(0, walk.order);
        const Tensor start = torch::zeros({1, batch.sequences(), m_hidden}, x.options());
        const bool forBackward = torch::GradMode::is_enabled(); // cuDNN keeps what it needs in training alone
        for (std::size_t i = 0; i < m_input.size(); ++i) {
            if (i > 0)
                x = nn::dropout(x, context.dropout(m_dropout));
            x = std::get<0>(
                torch::gru(x, walk.sizes, start, {m_input[i], m_recurrent[i]}, false, 1, 0.0, forBackward, false));
            report(context, static_cast<int>(i), x.index_select(0, walk.inverse));
        }
        return m_dense(askedRows(x.index_select(0, walk.inverse), asked));
    }

    FlopCount flops(std::span<const std::int64_t> lengths, const ScoreWork& score) const override
    {
        const Json& p = m_setup.parameters;
        return gru4RecFlops({p.at("embedding"), p.at("hidden"), p.at("layers")}, countSequences(lengths), score);
    }

    std::shared_ptr<const IncrementalForm> incrementalForm(const torch::Tensor&) const override
    {
        return makeGruForm(items(), predictsFirst(), m_table, m_input, m_recurrent, m_dense);
    }

private:
    // The hidden vector of a GRU is its state.
    void report(ForwardContext& context, int layer, const Tensor& states) const
    {
        context.hidden(layer, states, m_dense);
        if (!context.observes("state"))
            return;
        const Tensor values = states.detach().to(torch::kFloat32).contiguous();
        context.observer()->onState(layer, values.size(0), values.size(1), false, values.const_data_ptr<float>());
    }

    std::int64_t m_hidden;
    double m_dropout;
    Tensor m_table;
    std::vector<Tensor> m_input, m_recurrent; // rows: reset, update, new
    nn::Linear m_dense;
};

} // namespace

std::unique_ptr<NeuralModel> buildGru4Rec(const ModelSetup& setup)
{
    return std::make_unique<Gru4Rec>(setup);
}

ModelDescriptor gru4RecDescriptor()
{
    using namespace schema;
    ModelDescriptor d;
    d.build = buildGru4Rec;
    d.name = "gru4rec";
    d.title = "GRU4Rec";
    d.summary = "Gated recurrent units over the history, with true incremental state.";
    d.paper = "Hidasi, Karatzoglou, Baltrunas & Tikk, ICLR 2016";
    d.hasState = true;
    d.trainsOnDevice = true;
    d.schema = ParameterSchema({
                   integer("embedding", "Item width", 64, 4, 1024, "dims", "Width of item vectors"),
                   integer("hidden", "State width", 128, 4, 2048, "dims", "Width of the recurrent state"),
                   integer("layers", "Layers", 1, 1, 8, "", "GRU layers"),
                   real("dropout", "Dropout", 0.2, 0.0, 0.95, "After the embedding and between layers"),
               })
        + losses(true);
    d.presets = gru4RecPresets();
    return d;
}

} // namespace recoscope
