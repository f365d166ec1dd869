// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/cross_entropy.h"
#include "engine/nn/losses.h"
#include "engine/nn/plain.h"
#include "engine/training/parity_families.h"
#include "engine/training/parity_model.h"

namespace recoscope {

using torch::Tensor;

namespace {

struct Encoded {
    Tensor hidden;
    Trace trace;
};

Encoded encode(const NeuralModel& model, const PackedBatch& batch)
{
    Encoded result;
    ForwardContext context;
    context.setTrace(&result.trace);
    result.hidden = model.encode(batch, context);
    return result;
}

ParityModel baseModel(const ParityCase& c, Json changes)
{
    const Json& h = c.hyper();
    changes["hidden"] = h.at("hidden");
    changes["heads"] = h.at("heads");
    changes["norm_epsilon"] = h.at("layer_norm_eps");
    changes["dropout"] = changes["attention_dropout"] = 0.0;
    ParityModel m;
    m.model = "sasrec";
    m.setup.items = h.at("num_items");
    m.setup.maxLength = h.at("window");
    m.setup.parameters = modelParameters("sasrec", changes);
    m.optimiser = optimiserOf(c.json().at("optimiser"));
    return m;
}

// ---- The PyTorch port: real positions attend to the pads on their left, so the padded rows are packed whole.

PackedBatch paddedInputs(const ParityCase& c, std::int64_t items, torch::ScalarType type)
{
    const Tensor padded = c.io("in.items");
    const std::int64_t rows = padded.size(0), window = padded.size(1);
    const Tensor real = padded != 0;
    PackedBatch batch;
    batch.items = ourItems(padded, items).reshape({-1});
    batch.offsets = torch::arange(0, rows * window + 1, window);
    const Tensor columns = torch::arange(1, window + 1).unsqueeze(0);
    batch.positions = (columns * real).to(torch::kInt32).reshape({-1}).contiguous();
    batch.padMask = real.to(type).reshape({-1, 1});
    return batch;
}

Tensor realRows(const ParityCase& c)
{
    return torch::nonzero(c.io("in.items").reshape({-1})).squeeze(1);
}

Tensor portLogits(const ParityCase& c, const NeuralModel& model, const Tensor& realHidden)
{
    const Tensor ids = torch::stack({c.io("in.packed_pos"), c.io("in.packed_neg")}, 1);
    return nn::plain::itemLogits(realHidden, model.itemTable(), {}, ourItems(ids, model.items()));
}

std::map<std::string, Tensor> portOutputs(const ParityCase& c, const NeuralModel& model)
{
    Encoded e = encode(model, paddedInputs(c, model.items(), model.parameters().type()));
    const Tensor rows = realRows(c), real = e.hidden.index_select(0, rows);
    const Tensor logits = portLogits(c, model, real);
    const std::int64_t window = c.hyper().at("window");
    const Tensor last = e.hidden.view({-1, window, e.hidden.size(1)}).select(1, window - 1);
    std::map<std::string, Tensor> outputs{{"hidden", e.hidden}, {"hidden_packed", real},
        {"pos_logits_packed", logits.select(1, 0)}, {"neg_logits_packed", logits.select(1, 1)},
        {"scores_last", theirScores(model, last)}};
    for (std::int64_t i = 0; i < c.hyper().at("blocks").get<std::int64_t>(); ++i)
        outputs[numbered("block", i, "_packed")] = e.trace.at(numbered("layer", i, "")).index_select(0, rows);
    return outputs;
}

Tensor portLoss(const ParityCase& c, const NeuralModel& model)
{
    const Encoded e = encode(model, paddedInputs(c, model.items(), model.parameters().type()));
    const auto loss = nn::SampledLoss::binary(
        ourItems(c.io("in.packed_pos"), model.items()), ourItems(c.io("in.packed_neg"), model.items()).unsqueeze(1));
    return nn::sampledLossRows(e.hidden.index_select(0, realRows(c)), model.itemTable(), {}, loss).mean();
}

// ---- RecBole: post-norm, loss at the last position only.

std::map<std::string, Tensor> recBoleOutputs(const ParityCase& c, const NeuralModel& model)
{
    const PackedBatch batch = packedInputs(c, model.items());
    Encoded e = encode(model, batch);
    const Tensor current = e.hidden.index_select(0, batch.lastRows());
    std::map<std::string, Tensor> outputs{{"embedding_packed", e.trace.at("embedding")}, {"hidden_packed", e.hidden},
        {"current", current}, {"scores_last", theirScores(model, current)}};
    for (std::int64_t i = 0; i < c.hyper().at("layers").get<std::int64_t>(); ++i)
        outputs[numbered("layer", i, "_packed")] = e.trace.at(numbered("layer", i, ""));
    return outputs;
}

// ---- gSASRec: pads are masked, positions are window columns, gBCE over given negatives.

PackedBatch gSasRecInputs(const ParityCase& c, std::int64_t items)
{
    PackedBatch batch = packedInputs(c, items);
    batch.positions = c.io("in.packed_positions").to(torch::kInt32);
    return batch;
}

Tensor gSasRecLogits(const ParityCase& c, const NeuralModel& model, const Tensor& hidden)
{
    const Tensor ids = torch::cat({c.io("in.packed_labels").unsqueeze(1), c.io("in.packed_negatives")}, 1);
    return nn::plain::itemLogits(hidden, model.itemTable(), {}, ourItems(ids, model.items()));
}

std::map<std::string, Tensor> gSasRecOutputs(const ParityCase& c, const NeuralModel& model)
{
    const PackedBatch batch = gSasRecInputs(c, model.items());
    Encoded e = encode(model, batch);
    const Tensor last = e.hidden.index_select(0, batch.lastRows());
    const Tensor scores = theirScores(model, last).slice(1, 1);
    const auto [values, ids] = scores.topk(10, 1);
    std::map<std::string, Tensor> outputs{{"hidden_packed", e.hidden},
        {"logits_packed", gSasRecLogits(c, model, e.hidden)}, {"top10_scores", values}, {"top10_ids", ids + 1}};
    for (std::int64_t i = 0; i < c.hyper().at("blocks").get<std::int64_t>(); ++i)
        outputs[numbered("block", i, "_packed")] = e.trace.at(numbered("layer", i, ""));
    return outputs;
}

} // namespace

std::vector<ParityRow> paritySasRecPort(const ParityCase& c)
{
    const Json& h = c.hyper();
    ParityModel m = baseModel(c,
        {{"layers", h.at("blocks")}, {"inner", h.at("hidden")}, {"activation", "relu"},
            {"norm", h.value("norm_first", false) ? "pre" : "post"}});
    m.setup.maxLength += 1; // position row 0 is the pads'
    m.links = sasRecPortLinks(m.setup.items, h.at("blocks"));
    m.outputs = [&c](const NeuralModel& model) { return portOutputs(c, model); };
    m.loss = [&c](const NeuralModel& model) { return portLoss(c, model); };
    return runParityModel(c, m);
}

std::vector<ParityRow> paritySasRecCrossEntropy(const ParityCase& c)
{
    const Json& h = c.hyper();
    ParityModel m = baseModel(c,
        {{"layers", h.at("layers")}, {"inner", h.at("inner")}, {"activation", h.at("hidden_act")}, {"norm", "post"},
            {"scale_embedding", false}, {"input_norm", true}, {"final_norm", false}});
    m.links = recBoleSasRecLinks(m.setup.items, h.at("layers"), h.at("hidden"));
    m.outputs = [&c](const NeuralModel& model) { return recBoleOutputs(c, model); };
    m.loss = [&c](const NeuralModel& model) { return lastPositionCrossEntropy(c, model); };
    return runParityModel(c, m);
}

std::vector<ParityRow> parityGSasRec(const ParityCase& c)
{
    const Json& h = c.hyper();
    ParityModel m = baseModel(c,
        {{"layers", h.at("blocks")}, {"inner", h.at("ffn_hidden")}, {"activation", "relu"}, {"norm", "query"},
            {"scale_embedding", false}, {"output_projection", false},
            {"separate_output", !h.at("reuse_item_embeddings").get<bool>()}});
    m.model = "gsasrec"; // the same network under its own name
    m.links = gSasRecLinks({m.setup.items, h.at("blocks"), h.at("hidden"), h.at("reuse_item_embeddings").get<bool>()});
    m.outputs = [&c](const NeuralModel& model) { return gSasRecOutputs(c, model); };
    m.loss = [&c](const NeuralModel& model) {
        const Encoded e = encode(model, gSasRecInputs(c, model.items()));
        const auto loss = nn::SampledLoss::gbce(ourItems(c.io("in.packed_labels"), model.items()),
            ourItems(c.io("in.packed_negatives"), model.items()), c.hyper().at("gbce_beta"));
        return nn::sampledLossRows(e.hidden, model.itemTable(), {}, loss).mean();
    };
    return runParityModel(c, m);
}

} // namespace recoscope
