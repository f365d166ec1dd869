// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// TIGER (Rajput et al., NeurIPS 2023, "Recommender Systems with Generative Retrieval"), as a decoder alone and with
// names from k-means: recommends by spelling the name of the next item. Equations: docs/models.md.
#include "engine/core/error.h"
#include "engine/models/common_schema.h"
#include "engine/models/item_pieces.h"
#include "engine/models/registry.h"
#include "engine/models/sasrec.h"
#include "engine/models/tiger_network.h"
#include "engine/models/token_names.h"
#include "engine/nn/cross_entropy.h"
#include "engine/nn/model_loss.h"
#include "engine/nn/transfers.h"

namespace recoscope {

using torch::Tensor;

namespace {

const FixedTensors& keptNames(const ModelSetup& setup)
{
    if (!setup.fixed)
        throw Error(ErrorKind::Input, "TIGER has no names of its items", "restore the run's weights, or train again");
    return *setup.fixed;
}

std::int64_t longestName(const TokenSequences& names)
{
    std::int64_t tokens = 0;
    for (std::int64_t item = 0; item < names.items(); ++item)
        tokens = std::max(tokens, std::ssize(names.of(item)));
    return tokens;
}

// SASRec's settings for the layers over tokens: the history's, and those of the item that is spelled.
ModelSetup layersOverTokens(ModelSetup setup, std::int64_t tokensOfName)
{
    setup.maxLength = (setup.maxLength + 1) * tokensOfName;
    setup.parameters = schema::ownParameters(sasRecDescriptor().schema, setup.parameters);
    return setup;
}

// Cross-entropy of every token of every target, summed over the tokens of an item: what the model gives for the item's
// name. Mean over the targets.
class TigerLoss : public ModelLoss {
public:
    explicit TigerLoss(const Tiger& model)
        : m_model(model)
    {
    }

    Tensor operator()(const LossBatch& batch) override
    {
        ForwardContext context = ForwardContext::training(batch.seed, batch.step);
        const Tiger::Predictions p = predictions(batch);
        const torch::Device device = m_model.parameters().device();
        const Tensor states = m_model.tokenRows(p.tokens, context).index_select(0, nn::sentTo(device, p.rows));
        const double tokensOfTarget = double(p.following.size(0)) / double(batch.targets.size(0));
        return nn::crossEntropy(states, m_model.tokenTable(), {}, nn::sentTo(device, p.following)) * tokensOfTarget;
    }

    FlopCount flops(const LossBatch& batch) const override
    {
        const Tiger::Predictions p = predictions(batch);
        return m_model.flops(sequenceLengths(p.tokens.offsetSpan()),
            {static_cast<double>(p.rows.size(0)), static_cast<double>(m_model.names().vocabulary())});
    }

private:
    Tiger::Predictions predictions(const LossBatch& batch) const
    {
        const Tensor last = batch.targets.index_select(0, batch.inputs.lastRows());
        return m_model.predictions(
            batch.inputs, {last.const_data_ptr<std::int32_t>(), static_cast<std::size_t>(last.size(0))});
    }

    const Tiger& m_model;
};

} // namespace

Tiger::Tiger(const ModelSetup& setup)
    : Tiger(setup, namesOf(keptNames(setup), setup.items))
{
}

Tiger::Tiger(const ModelSetup& setup, TokenSequences names)
    : SasRec("tiger", layersOverTokens(setup, longestName(names)), ItemTable::Own, TableSize{names.vocabulary + 1, 0})
    , m_names(std::move(names))
    , m_trie(m_names)
    , m_beam(setup.parameters.at("beam"))
{
    m_setup = setup;
    const std::int32_t start = m_trie.vocabulary(); // the start token has a name, too
    m_names.append({&start, 1});
}

Tiger::Spelled Tiger::spelled(const PackedBatch& batch, std::span<const std::int32_t> next) const
{
    PackedSequences tokens;
    std::vector<std::int32_t> sequence;
    Spelled result;
    const auto offsets = batch.offsetSpan();
    const auto* items = batch.items.const_data_ptr<std::int32_t>();
    const auto add = [&](std::int32_t item) {
        const auto name = m_names.of(item);
        sequence.insert(sequence.end(), name.begin(), name.end());
    };
    for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
        sequence.clear();
        for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t) {
            add(items[t]);
            result.lastRows.push_back(std::ssize(tokens.items) + std::ssize(sequence) - 1);
        }
        if (!next.empty())
            add(next[b]);
        tokens.append(sequence);
    }
    result.tokens = makePackedBatch(tokens.view());
    return result;
}

Tiger::Predictions Tiger::predictions(const PackedBatch& batch, std::span<const std::int32_t> next) const
{
    const Spelled all = spelled(batch, next);
    const auto* tokens = all.tokens.items.const_data_ptr<std::int32_t>();
    const auto offsets = all.tokens.offsetSpan(), events = batch.offsetSpan();
    PackedSequences inputs;
    std::vector<std::int64_t> rows;
    std::vector<std::int32_t> following;
    for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
        const std::int64_t first = all.lastRows[static_cast<std::size_t>(events[b])];
        for (std::int64_t t = first; t + 1 < offsets[b + 1]; ++t) {
            rows.push_back(t - std::int64_t(b)); // each sequence before lost its last token
            following.push_back(tokens[t + 1]);
        }
        inputs.append({tokens + offsets[b], static_cast<std::size_t>(offsets[b + 1] - offsets[b] - 1)});
    }
    return {
        makePackedBatch(inputs.view()), torch::tensor(rows, torch::kInt64), torch::tensor(following, torch::kInt32)};
}

Tensor Tiger::tokenRows(const PackedBatch& tokens, ForwardContext& context) const
{
    const PackedBatch there = onDevice(tokens, m_parameters.device());
    return layersAndHead(input(there, context), there, context);
}

Tensor Tiger::encodeRows(const PackedBatch& batch, ForwardContext& context, const Tensor& asked) const
{
    const Spelled all = spelled(onDevice(batch, torch::kCPU));
    const Tensor last = nn::sentTo(m_parameters.device(), torch::tensor(all.lastRows, torch::kInt64));
    return askedRows(tokenRows(all.tokens, context).index_select(0, last), asked);
}

Tensor Tiger::itemTable() const
{
    throw Error(ErrorKind::Refused, "tiger has names of items and no vectors", "use its lists instead");
}

std::unique_ptr<ModelLoss> Tiger::ownLoss() const
{
    return std::make_unique<TigerLoss>(*this);
}

std::string Tiger::namesDescription() const
{
    return nameUsage(*m_setup.fixed);
}

std::unique_ptr<BeamForm> Tiger::beamForm() const
{
    return makeTigerForm(*this);
}

ModelDescriptor tigerDescriptor()
{
    using namespace schema;
    ModelDescriptor d;
    d.name = "tiger";
    d.needsWindows = true;
    d.trainsOnDevice = true;
    d.title = "TIGER";
    d.summary = "Spells the next item's semantic id or title, token by token; lists come from beam search.";
    d.paper = "Rajput et al., NeurIPS 2023";
    d.build = [](const ModelSetup& setup) -> std::unique_ptr<NeuralModel> { return std::make_unique<Tiger>(setup); };
    d.requireData = requireTitles;
    d.fixedTensors = itemNames;
    const std::string names = "Item names";
    d.schema = ParameterSchema({
        integer("hidden", "Width", 64, 4, 1024, "dims", "Width of token vectors and hidden layers"),
        integer("layers", "Layers", 2, 1, 16, "", "Attention layers"),
        integer("heads", "Heads", 2, 1, 16, "", "Attention heads of each layer"),
        integer("inner", "Feed-forward", 0, 0, 8192, "dims", "Inner width; 0 = four times the width"),
        real("dropout", "Dropout", 0.1, 0.0, 0.95, "After the embedding and each sublayer"),
        real("attention_dropout", "Attention dropout", 0.0, 0.0, 0.95, "On the attention weights"),
        integer("beam", "Beam", 20, 1, 50, "items", "Width of the search, and the longest list; others are missed"),
        choice("names", "Names", "semantic", {"semantic", "title"}, "Codes of item vectors, or the words of titles",
            names),
        integer("levels", "Levels", 3, 1, 8, "", "Codes of a semantic id", names),
        integer("codes", "Codes", 256, 2, 65536, "", "Of each level; never more than items", names),
        Parameter{"item_vectors", "Item vectors", ParameterType::Text, "", {}, {}, {}, "",
            "File that recoscope-cli encode made of this dataset; empty: from the words of titles and brands", names},
        integer("vector_width", "Vector width", 64, 4, 1024, "dims", "Of vectors from words", names),
        integer("pieces", "Pieces", 8000, 16, 1000000, "pieces",
            "Most pieces of the vocabulary that is learned from the catalogue's words", names),
        integer("name_pieces", "Title", 8, 1, 64, "pieces", "Most pieces of a title that is a name", names),
        boolean("begin_of_sequence", "Predict the first item", false,
            "Also trains an empty history to predict the first item", "Loss"),
    });
    d.presets = {ModelPreset{"tour", "Sample data, seconds",
        Json{{"hidden", 32}, {"codes", 16}, {"levels", 2}, {"batch_size", 32}, {"epochs", 20}, {"learning_rate", 0.004},
            {"patience", 5}},
        Json::object()}};
    return d;
}

} // namespace recoscope
