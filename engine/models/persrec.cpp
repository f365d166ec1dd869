// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// PerSRec (arXiv 2601.03479): the history's segments, each compressed into learnable tokens, around SASRec, HSTU or the
// user model of HLLM, which reads items by their texts.
// Geometry and mask: nn/segments.h; equations: docs/models.md.
#include "engine/core/error.h"
#include "engine/models/common_schema.h"
#include "engine/models/hllm.h"
#include "engine/models/hstu_network.h"
#include "engine/models/presets.h"
#include "engine/models/registry.h"
#include "engine/models/sasrec.h"
#include "engine/models/sasrec_network.h"
#include "engine/nn/history_reader.h"
#include "engine/nn/history_state.h"
#include "engine/nn/history_tokens.h"
#include "engine/nn/segments.h"
#include "engine/nn/token_chain.h"

namespace recoscope {

ModelDescriptor hstuDescriptor();

namespace {

// The keys of the backbone's own schema; what this schema leaves out has the backbone's default.
ModelSetup backboneSetup(ModelSetup setup, const ParameterSchema& schema)
{
    setup.parameters = schema::ownParameters(schema, setup.parameters);
    return setup;
}

// Any attention model around a history that is compressed one way or the other.
template <class Backbone, class Compression> class Compressed : public Backbone, public nn::CompressedModel {
public:
    Compressed(const ModelSetup& setup, const ParameterSchema& backboneSchema)
        : Backbone(backboneSetup(setup, backboneSchema))
        , m_compression(this->m_parameters, setup.parameters, Backbone::rowWidth(), setup.maxLength)
        , m_backboneSchema(backboneSchema)
    {
        this->m_setup = setup;
        this->m_parameters.freeze(); // again, with the tokens
    }

    std::string name() const override { return "persrec"; }
    torch::Tensor encodeRows(
        const PackedBatch& batch, ForwardContext& context, const torch::Tensor& asked) const override
    {
        return m_compression.encode(*this, batch, context, asked);
    }
    FlopCount flops(std::span<const std::int64_t> lengths, const ScoreWork& score) const override
    {
        return m_compression.flops(*this, lengths, score);
    }
    // No maps: their rows are not the events; "token_attention" tells of events and tokens.
    std::int64_t attentionLayers() const override { return 0; }
    std::int64_t attentionHeads() const override { return 0; }

    std::shared_ptr<const IncrementalForm> incrementalForm(const torch::Tensor& readItems) const override
    {
        const auto copy = std::make_shared<Compressed>(this->m_setup, m_backboneSchema);
        const torch::NoGradGuard guard;
        for (const Parameters::Entry& entry : this->m_parameters.entries())
            copy->m_parameters.at(entry.name).value.copy_(entry.value);
        return nn::makeHistoryForm(copy, copy->m_compression, m_compression.precision, readItems);
    }

    bool formReadsWindows() const override { return false; }

    const AttentionModel& wrapped() const override { return *this; }
    const Compression& compression() const override { return m_compression; }

private:
    Compression m_compression;
    ParameterSchema m_backboneSchema;
};

template <class Backbone>
std::unique_ptr<NeuralModel> compressed(const ModelSetup& setup, const ParameterSchema& backboneSchema)
{
    if (setup.parameters.at("memory") == "keys_values")
        return std::make_unique<Compressed<Backbone, nn::HistoryTokens>>(setup, backboneSchema);
    return std::make_unique<Compressed<Backbone, nn::TokenChain>>(setup, backboneSchema);
}

std::unique_ptr<NeuralModel> buildPerSRec(const ModelSetup& setup)
{
    if (wrapsHllm(setup.parameters))
        return compressed<Hllm>(setup, hllmDescriptor().schema);
    return setup.parameters.at("backbone") == "hstu" ? compressed<Hstu>(setup, hstuDescriptor().schema)
                                                     : compressed<SasRec>(setup, sasRecDescriptor().schema);
}

// Whether the protocol's histories are long enough is known to the network alone.
void requireTokensFit(const Json& parameters, const DataFacts& data)
{
    const nn::SegmentGeometry geometry{parameters.at("tokens"), parameters.at("segment"), parameters.at("recent")};
    const std::int64_t least = geometry.segment + geometry.recent;
    geometry.check(least);
    if (parameters.at("backbone") == "hstu" && parameters.at("ratings") != 0)
        throw Error(ErrorKind::Usage, "persrec's tokens and states know no ratings", "set ratings to 0, or take hstu");
    if (data.longestTraining >= 0 && data.longestTraining < least)
        throw Error(ErrorKind::Input,
            "no user has the " + std::to_string(least) + " training events that a segment of "
                + std::to_string(geometry.segment) + " behind " + std::to_string(geometry.recent)
                + " recent ones takes: the longest history has " + std::to_string(data.longestTraining),
            "set a smaller segment or recent, or choose data with longer histories");
    requireWrapped(parameters, data);
}

} // namespace

ModelDescriptor perSRecDescriptor()
{
    using namespace schema;
    ModelDescriptor d;
    d.name = "persrec";
    d.title = "PerSRec";
    d.summary = "A long history compressed into a few learnable tokens, around SASRec, HSTU or HLLM.";
    d.paper = "PerSRec, arXiv 2601.03479";
    d.build = buildPerSRec;
    d.requireData = requireTokensFit;
    d.fixedTensors = keptOfWrapped;
    d.hasState = true;
    d.trainsOnDevice = true;
    d.schema = ParameterSchema({
                   choice("backbone", "Backbone", "hstu", {"hstu", "sasrec", "hllm"},
                       "Whose layers; with sasrec choose temperature 1; hllm reads items by their texts"),
                   integer("tokens", "Tokens", 4, 0, 16, "", "After each segment; 0 = the segments are forgotten"),
                   integer("segment", "Segment", 64, 1, 65536, "events", "Events that one set of tokens stands for"),
                   integer("recent", "Recent", 64, 1, 65536, "events",
                       "Fewest events left as they are; a history shorter than this and a segment has no tokens"),
                   choice("initialisation", "Tokens start from", "learned", {"learned", "pooled"},
                       "pooled: the learned vector plus the mean of the token's share of the segment"),
                   boolean("tokens_read", "Tokens read", true,
                       "Off: tokens see no events; with pooled they hold the segment's averages alone"),
                   choice("memory", "Kept of tokens", "keys_values", {"keys_values", "outputs", "recursive"},
                       "keys_values: of every layer; outputs: one vector of each, read again as input; recursive: "
                       "those of the last segment alone, whose tokens read the ones before"),
                   choice("state_precision", "State's numbers", "float", {"float", "half", "byte"},
                       "How a stored state keeps what it keeps of the tokens", "Serving"),
               })
        + alternatives("backbone",
            {{"hstu", hstuDescriptor().schema},
                {"sasrec", without(sasRecDescriptor().schema, {"bidirectional", "dense_head", "mask_ratio"})},
                {"hllm", withDefaults(hllmDescriptor().schema, {{"near_positive", 1.0}})}});
    d.presets = perSRecPresets();
    return d;
}

} // namespace recoscope
