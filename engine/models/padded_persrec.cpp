// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// PerSRec's HSTU, with and without tokens, and its HLLM with tokens, as the public code has them
// (facebookresearch/PerSRec): for checkpoints from elsewhere, which give the scores of their own program only so. Every
// history stands at the end of a window of max_length columns; tokens are inserted before fixed columns of it, whether
// events or pads stand before them; positions count columns and tokens from the window's begin; HSTU's attention is
// divided by the number of all of them. `persrec` has none of these habits.
#include <charconv>
#include <limits>

#include "engine/core/error.h"
#include "engine/models/common_schema.h"
#include "engine/models/hllm.h"
#include "engine/models/hstu_network.h"
#include "engine/models/registry.h"
#include "engine/nn/functional.h"

namespace recoscope {

ModelDescriptor hstuDescriptor();

namespace {

using torch::Tensor;

// `count` tokens stand before column `column` of the window.
struct Insertion {
    std::int64_t column = 0, count = 0;
};

[[noreturn]] void refuseInsertions(const std::string& text, const std::string& problem)
{
    throw Error(ErrorKind::Usage, "insert '" + text + "': " + problem,
        "give pairs as COLUMN:TOKENS, columns ascending and below max_length, such as 4:1,8:2");
}

std::vector<Insertion> insertionsOf(const std::string& text, std::int64_t window)
{
    std::vector<Insertion> found;
    const char *at = text.data(), *end = at + text.size();
    const auto number = [&](std::int64_t& value) {
        const auto [next, error] = std::from_chars(at, end, value);
        if (error != std::errc())
            refuseInsertions(text, "'" + std::string(at, end) + "' does not begin with a number");
        at = next;
    };
    while (at != end) {
        Insertion one;
        number(one.column);
        if (at == end || *at++ != ':')
            refuseInsertions(text, "a column is not followed by ':'");
        number(one.count);
        if (one.count < 1 || one.count > 1024)
            refuseInsertions(text, "tokens have to be 1 to 1024");
        if (one.column < 1 || one.column >= window || (!found.empty() && one.column <= found.back().column))
            refuseInsertions(text,
                "column " + std::to_string(one.column) + " is not above the one before it and below "
                    + std::to_string(window));
        found.push_back(one);
        if (at != end && *at++ != ',')
            refuseInsertions(text, "pairs are not parted by ','");
    }
    return found;
}

std::int64_t tokensOf(const std::vector<Insertion>& insertions)
{
    std::int64_t tokens = 0;
    for (const Insertion& one : insertions)
        tokens += one.count;
    return tokens;
}

std::vector<Insertion> insertionsOf(const ModelSetup& setup)
{
    return insertionsOf(setup.parameters.at("insert"), setup.maxLength);
}

// The keys of this schema that are the backbone's; HSTU's other ones as the public code has them.
ModelSetup backboneSetup(ModelSetup setup)
{
    setup.maxLength += tokensOf(insertionsOf(setup));
    if (wrapsHllm(setup.parameters)) {
        setup.parameters = schema::ownParameters(hllmDescriptor().schema, setup.parameters);
        return setup;
    }
    setup.parameters = schema::ownParameters(hstuDescriptor().schema, setup.parameters);
    setup.parameters.update({{"relative_bias", false}, {"normaliser", "padded"}, {"scale_embedding", false}});
    return setup;
}

// The rows of a batch once tokens are among its events: a piece is a run of events and the tokens behind it, and sees
// itself and the tokens of earlier pieces.
struct InsertedRows {
    std::vector<std::int64_t> offsets{0}; // [B+1]
    std::vector<std::int32_t> order; // [rows] event, or, from `events` on, token
    std::vector<std::int32_t> columns; // [rows] of each, tokens counted
    std::vector<std::int64_t> eventRows; // [events]
    std::vector<std::int32_t> sources, places; // of the AttentionView
    std::vector<std::int64_t> pieces{0};

    InsertedRows(const PackedBatch& batch, const std::vector<Insertion>& insertions, std::int64_t window)
    {
        const auto starts = batch.offsetSpan();
        const auto events = static_cast<std::int32_t>(batch.events());
        std::vector<Insertion> cuts = insertions;
        cuts.push_back({window, 0}); // the recent events
        for (std::size_t b = 0; b + 1 < starts.size(); ++b) {
            auto event = static_cast<std::int32_t>(starts[b]);
            const std::int64_t firstColumn = window - (starts[b + 1] - starts[b]);
            std::vector<std::int32_t> tokenRows; // of earlier pieces
            std::int32_t inserted = 0;
            for (const Insertion& cut : cuts) {
                sources.insert(sources.end(), tokenRows.begin(), tokenRows.end());
                for (; event < starts[b + 1] && firstColumn + event - starts[b] < cut.column; ++event) {
                    eventRows.push_back(std::ssize(order));
                    addRow(event, firstColumn + event - starts[b] + inserted);
                }
                for (std::int64_t token = 0; token < cut.count; ++token, ++inserted) {
                    tokenRows.push_back(static_cast<std::int32_t>(order.size()));
                    addRow(events + inserted, cut.column + inserted);
                }
                pieces.push_back(std::ssize(sources));
            }
            offsets.push_back(std::ssize(order));
        }
    }

private:
    void addRow(std::int32_t what, std::int64_t column)
    {
        columns.push_back(static_cast<std::int32_t>(column));
        places.push_back(static_cast<std::int32_t>(sources.size()));
        sources.push_back(static_cast<std::int32_t>(order.size()));
        order.push_back(what);
    }
};

template <class T> Tensor tensorOf(const std::vector<T>& values)
{
    return torch::tensor(values, torch::CppTypeToScalarType<T>::value);
}

template <class Backbone> class PaddedPerSRec : public Backbone {
public:
    explicit PaddedPerSRec(const ModelSetup& setup)
        : Backbone(backboneSetup(setup))
        , m_insertions(insertionsOf(setup))
    {
        this->m_setup = setup;
        if (!m_insertions.empty())
            m_tokens = this->m_parameters.truncatedNormal("tokens", {tokensOf(m_insertions), this->rowWidth()}, true);
        this->m_parameters.freeze(); // again, with the tokens
    }

    std::string name() const override { return "persrec_padded"; }
    Tensor encodeRows(const PackedBatch& batch, ForwardContext& context, const Tensor& asked) const override
    {
        const InsertedRows rows(batch, m_insertions, this->m_setup.maxLength);
        const Tensor columns = tensorOf(rows.columns), eventRows = tensorOf(rows.eventRows);
        PackedBatch moved = batch;
        moved.positions = columns.index_select(0, eventRows);
        if (m_insertions.empty())
            return Backbone::encodeRows(moved, context, asked);
        const Tensor all = torch::cat({this->input(moved, context), this->placed(m_tokens, tokenColumns())});
        auto view = std::make_shared<AttentionView>();
        view->sources = tensorOf(rows.sources);
        view->offsets = tensorOf(rows.pieces);
        view->places = tensorOf(rows.places);
        PackedBatch laidOut;
        laidOut.offsets = tensorOf(rows.offsets);
        laidOut.positions = columns;
        laidOut.view = view;
        return this->layersAndHead(
            nn::gatherRows(all, tensorOf(rows.order)), laidOut, context, askedRows(eventRows, asked));
    }
    // As if every row saw all before it, as the public code computes it.
    FlopCount flops(std::span<const std::int64_t> lengths, const ScoreWork& score) const override
    {
        std::vector<std::int64_t> rows(lengths.begin(), lengths.end());
        for (std::int64_t& length : rows)
            length += tokensOf(m_insertions);
        FlopCount work = this->layerFlops(countSequences(rows));
        work += this->endFlops(countSequences(lengths).events, score);
        return work;
    }
    // With tokens among the rows, a map is not of the events alone.
    std::int64_t attentionLayers() const override { return m_insertions.empty() ? Backbone::attentionLayers() : 0; }
    // Positions move with every further event.
    std::shared_ptr<const IncrementalForm> incrementalForm(const Tensor&) const override { return nullptr; }

private:
    Tensor tokenColumns() const
    {
        std::vector<std::int32_t> columns;
        for (const Insertion& one : m_insertions)
            for (std::int64_t token = 0; token < one.count; ++token)
                columns.push_back(static_cast<std::int32_t>(one.column + std::ssize(columns)));
        return tensorOf(columns);
    }

    std::vector<Insertion> m_insertions;
    Tensor m_tokens; // [k, D]; undefined without tokens
};

std::unique_ptr<NeuralModel> buildPadded(const ModelSetup& setup)
{
    if (wrapsHllm(setup.parameters))
        return std::make_unique<PaddedPerSRec<Hllm>>(setup);
    return std::make_unique<PaddedPerSRec<Hstu>>(setup);
}

// Whether the columns fit into the window is known to the network alone.
void requirePadded(const Json& parameters, const DataFacts& data)
{
    insertionsOf(parameters.at("insert"), std::numeric_limits<std::int64_t>::max());
    requireWrapped(parameters, data);
}

} // namespace

ModelDescriptor paddedPerSRecDescriptor()
{
    using namespace schema;
    ModelDescriptor d = hstuDescriptor();
    d.name = "persrec_padded";
    d.title = "PerSRec, padded";
    d.summary = "PerSRec with the padding of its public code, for checkpoints from elsewhere; no better.";
    d.paper = "PerSRec, arXiv 2601.03479";
    d.hasState = false;
    d.trainsOnDevice = false;
    d.build = buildPadded;
    d.requireData = requirePadded;
    d.fixedTensors = keptOfWrapped;
    d.presets = {};
    const ParameterSchema padded = without(d.schema,
        {"variant", "relative_bias", "query_time", "normaliser", "concat_ua", "ratings", "rating_width",
            "scale_embedding", "output"});
    d.schema = ParameterSchema({choice("backbone", "Backbone", "hstu", {"hstu", "hllm"}, "Whose layers"),
                   text("insert", "Tokens inserted",
                       "COLUMN:TOKENS pairs, such as 4:1,8:2: so many tokens before that column of the window; "
                       "empty = none")})
        + alternatives(
            "backbone", {{"hstu", padded}, {"hllm", withDefaults(hllmDescriptor().schema, {{"near_positive", 1.0}})}});
    return d;
}

} // namespace recoscope
