// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// PerSRec's public HSTU with learnable tokens. Where the public code is known to be wrong, this follows it: positions
// and segments are those of the left-padded window and each token has a position of its own (ownPositions); attention
// is divided by the rows of the pass, another number in each pass; the event before a token is trained on the token,
// and the one after the tokens on nothing.
#include <algorithm>
#include <numeric>

#include "engine/nn/functional.h"
#include "engine/nn/history_reader.h"
#include "engine/nn/history_tokens.h"
#include "engine/training/parity_families.h"
#include "engine/training/parity_persrec.h"

namespace recoscope {

using torch::Tensor;

namespace {

// Where the tokens of the padded window are: after `offset` columns, tokens [first, first + count).
struct Insertion {
    std::int64_t offset = 0, first = 0, count = 0;
};

std::vector<Insertion> insertionsOf(const ParityCase& c)
{
    std::vector<Insertion> found;
    std::int64_t tokens = 0;
    for (const Json& one : c.hyper().at("insert")) {
        found.push_back({one.at(0), tokens, one.at(1)});
        tokens += found.back().count;
    }
    return found;
}

const AttentionModel& backboneOf(const NeuralModel& model)
{
    return dynamic_cast<const AttentionModel&>(model);
}

const nn::HistoryTokens& tokensOf(const NeuralModel& model)
{
    return dynamic_cast<const nn::HistoryTokens&>(dynamic_cast<const nn::CompressedModel&>(model).compression());
}

// The packed events of the case in the columns of their window.
struct PaddedWindow {
    PackedBatch batch; // positions: rows of the padded forward
    std::vector<std::int64_t> columns; // [T] of each event
};

PaddedWindow windowOf(const ParityCase& c, const NeuralModel& model)
{
    PaddedWindow window{packedInputs(c, model.items()), {}};
    const auto offsets = window.batch.offsetSpan();
    const std::int64_t size = c.hyper().at("items_in_window");
    const auto insertions = insertionsOf(c);
    auto* positions = window.batch.positions.data_ptr<std::int32_t>();
    for (std::size_t b = 1; b < offsets.size(); ++b)
        for (std::int64_t event = offsets[b - 1]; event < offsets[b]; ++event) {
            const std::int64_t column = size - (offsets[b] - event);
            window.columns.push_back(column);
            positions[event] = static_cast<std::int32_t>(column);
            for (const Insertion& one : insertions)
                positions[event] += static_cast<std::int32_t>(one.offset <= column ? one.count : 0);
        }
    return window;
}

// The case's tokens as segments of k tokens of which the others are absent.
nn::SegmentedRows tokenRowsOf(const ParityCase& c, const PaddedWindow& window, const nn::SegmentGeometry& geometry)
{
    const auto insertions = insertionsOf(c);
    const auto offsets = window.batch.offsetSpan();
    std::vector<nn::SequenceSegments> cuts(offsets.size() - 1);
    for (std::size_t b = 0; b < cuts.size(); ++b) {
        std::int64_t begin = 0;
        for (std::size_t s = 0; s < insertions.size(); ++s) {
            const Insertion& one = insertions[s];
            const auto first = window.columns.begin() + offsets[b], last = window.columns.begin() + offsets[b + 1];
            cuts[b].events.push_back(std::count_if(
                first, last, [&](std::int64_t column) { return column >= begin && column < one.offset; }));
            for (std::int64_t token = 0; token < geometry.tokens; ++token)
                if (token < one.first || token >= one.first + one.count)
                    cuts[b].absent.push_back(
                        static_cast<std::int32_t>(static_cast<std::int64_t>(s) * geometry.tokens + token));
            begin = one.offset;
        }
        cuts[b].ownPositions = true;
    }
    return nn::segmentRows(window.batch.offsetSpan(), geometry, std::span<const nn::SequenceSegments>(cuts));
}

// The model with another number of rows in its pass, which the public code divides attention by, and with the
// positions from `firstPosition` on.
std::unique_ptr<NeuralModel> withRows(const NeuralModel& model, std::int64_t rows, std::int64_t firstPosition)
{
    ModelSetup setup = model.setup();
    setup.maxLength = rows;
    auto other = buildNeuralModel("persrec", setup);
    for (const auto& entry : other->parameters().entries()) {
        const Tensor value = model.parameters().at(entry.name).value;
        const bool isPosition = entry.name == "position_embedding.weight";
        entry.value.copy_(isPosition ? value.slice(0, firstPosition, firstPosition + rows) : value);
    }
    return other;
}

// Events of the batch that `wanted` says, with positions counted from `firstPosition`.
PackedBatch partOf(
    const PaddedWindow& window, const std::function<bool(std::int64_t column)>& wanted, std::int64_t firstPosition)
{
    PackedSequences part;
    std::vector<std::int32_t> positions;
    const auto offsets = window.batch.offsetSpan();
    for (std::size_t b = 1; b < offsets.size(); ++b) {
        std::vector<std::int32_t> items;
        for (std::int64_t event = offsets[b - 1]; event < offsets[b]; ++event) {
            if (!wanted(window.columns[static_cast<std::size_t>(event)]))
                continue;
            items.push_back(window.batch.items.const_data_ptr<std::int32_t>()[event]);
            positions.push_back(static_cast<std::int32_t>(
                window.batch.positions.const_data_ptr<std::int32_t>()[event] - firstPosition));
        }
        part.append(items);
    }
    PackedBatch batch = makePackedBatch(part.view());
    batch.positions = torch::tensor(positions, torch::kInt32);
    return batch;
}

// Compress, then predict from the cached keys and values: two passes, each divided by its own rows.
void addCached(const ParityCase& c, const NeuralModel& model, std::map<std::string, Tensor>& outputs)
{
    const std::int64_t older = c.hyper().at("older_items_P"), recent = c.hyper().at("recent_items_R");
    const std::int64_t k = c.hyper().at("tokens_k");
    const PaddedWindow window = windowOf(c, model);
    const auto compressing = withRows(model, older + k, 0), asking = withRows(model, recent, older + k);
    const AttentionModel &first = backboneOf(*compressing), &second = backboneOf(*asking);
    const nn::SegmentGeometry& geometry = tokensOf(*compressing).geometry;

    const PackedBatch past = partOf(
        window, [&](std::int64_t column) { return column < older; }, 0);
    const auto offsets = past.offsetSpan();
    std::vector<nn::SequenceSegments> cuts;
    for (std::size_t b = 1; b < offsets.size(); ++b)
        cuts.push_back({{offsets[b] - offsets[b - 1]}, {}, true});
    ForwardContext context;
    std::vector<Tensor> kept;
    tokensOf(*compressing)
        .encodeRows(first, past, nn::segmentRows(offsets, geometry, std::span<const nn::SequenceSegments>(cuts)),
            {.kept = &kept}, context);

    nn::HistoryMemory memory; // of all sequences, one after another
    const auto ranges = first.keysAndValues(); // values, keys
    const std::int64_t sequences = past.sequences();
    for (std::size_t layer = 0; layer < kept.size(); ++layer) {
        const Tensor values = kept[layer].slice(1, ranges[0].first, ranges[0].last);
        const Tensor keys = kept[layer].slice(1, ranges[1].first, ranges[1].last);
        outputs["cache_v" + std::to_string(layer)] = values.reshape({sequences, k, -1});
        outputs["cache_k" + std::to_string(layer)] = keys.reshape({sequences, k, -1});
        memory.kept.push_back(torch::cat({values, keys}, 1));
    }
    memory.times.assign(static_cast<std::size_t>(sequences * k), 0);

    const PackedBatch now = partOf(
        window, [&](std::int64_t column) { return column >= older; }, older + k);
    const std::vector<std::int64_t> none(static_cast<std::size_t>(sequences), 0), before(none.size(), k);
    const Tensor hidden = tokensOf(*asking).encodeRows(
        second, now, nn::segmentRows(now.offsetSpan(), geometry, none, before), {.memories = {&memory}}, context);
    outputs["scores_eval_cached"] = theirScores(model, hidden.index_select(0, now.lastRows()));
}

Tensor maskOf(const ParityCase& c, const nn::SegmentedRows& rows)
{
    // The first sequence of the cases fills its window.
    const std::int64_t size = c.hyper().at("rows_in_forward");
    Tensor mask = torch::zeros({size, size});
    for (std::int64_t query = 0; query < size; ++query)
        for (std::int64_t key = 0; key < size; ++key)
            mask.data_ptr<float>()[query * size + key] = rows.sees(query, key) ? 1.0f : 0.0f;
    return mask;
}

std::map<std::string, Tensor> tokenOutputs(const ParityCase& c, const NeuralModel& model)
{
    const nn::HistoryTokens& compression = tokensOf(model);
    const PaddedWindow window = windowOf(c, model);
    const nn::SegmentedRows rows = tokenRowsOf(c, window, compression.geometry);
    Trace trace;
    ForwardContext context;
    context.setTrace(&trace);
    const Tensor hidden = compression.encodeRows(backboneOf(model), window.batch, rows, {}, context);
    const std::int64_t layers = c.hyper().at("layers");
    std::map<std::string, Tensor> outputs{
        {"hidden_packed", trace.at("layer" + std::to_string(layers - 1))}, // before it is normalised
        {"item_vectors", persrecItemVectors(model)},
        {"scores_eval_full_mask", theirScores(model, hidden.index_select(0, window.batch.lastRows()))},
        {"attention_mask_no_pads", maskOf(c, rows)}};
    for (std::int64_t i = 0; i < layers; ++i)
        outputs["layer" + std::to_string(i) + "_packed"] = trace.at("layer" + std::to_string(i));
    if (insertionsOf(c).size() == 1)
        addCached(c, model, outputs);
    return outputs;
}

// Unit input vectors that follow each event in the padded forward: the next item's, but before tokens the first
// token's.
Tensor insertedTargets(const ParityCase& c, const NeuralModel& model, const PaddedWindow& window)
{
    const auto insertions = insertionsOf(c);
    const Tensor next
        = ourItems(c.io("in.items").slice(1, 1).masked_select(c.io("in.mask").to(torch::kBool)), model.items());
    const auto* items = next.const_data_ptr<std::int32_t>();
    const Tensor tokens = torch::nn::functional::normalize(
        model.parameters().at("tokens").value, torch::nn::functional::NormalizeFuncOptions().dim(1));
    std::vector<std::int64_t> chosen;
    for (std::size_t event = 0; event < window.columns.size(); ++event) {
        chosen.push_back(items[event]);
        for (const Insertion& one : insertions)
            if (window.columns[event] + 1 == one.offset)
                chosen.back() = model.items() + 1 + one.first; // below the table's rows
    }
    return torch::cat({model.scoringTable(), tokens}).index_select(0, torch::tensor(chosen));
}

// Their negatives, of which the first rows of a segment stand there once more for each of its tokens.
Tensor lengthenedNegatives(const ParityCase& c, std::int64_t items)
{
    const Tensor negatives = c.io("in.negatives");
    std::vector<Tensor> parts{negatives.reshape({-1})};
    std::int64_t begin = 0;
    for (const Insertion& one : insertionsOf(c)) {
        parts.push_back(negatives.slice(1, begin, begin + one.count).reshape({-1}));
        begin = one.offset;
    }
    return ourItems(torch::cat(parts), items);
}

// [T, D] of events' own rows; a row's answer would be the token after it.
Tensor ownRows(const nn::SegmentedRows& rows, const Tensor& all)
{
    std::vector<std::int64_t> own;
    for (std::int64_t row = 0; row < rows.rows(); ++row)
        if (!rows.isToken(row))
            own.push_back(row);
    return all.index_select(0, torch::tensor(own));
}

Tensor tokenLoss(const ParityCase& c, const NeuralModel& model)
{
    const nn::HistoryTokens& compression = tokensOf(model);
    const PaddedWindow window = windowOf(c, model);
    nn::SegmentedRows rows = tokenRowsOf(c, window, compression.geometry);
    rows.answer.resize(static_cast<std::size_t>(rows.rows()));
    std::iota(rows.answer.begin(), rows.answer.end(), 0); // every row
    ForwardContext context;
    const Tensor all = compression.encodeRows(backboneOf(model), window.batch, rows, {}, context);
    const Tensor pool = model.scoringTable().index_select(0, lengthenedNegatives(c, model.items()));
    return persrecInfoNce(c, model, ownRows(rows, all), insertedTargets(c, model, window), pool);
}

} // namespace

std::vector<ParityRow> parityPerSRecTokens(const ParityCase& c)
{
    Json parameters = persrecHstuParameters(c);
    const std::int64_t k = c.hyper().at("tokens_k");
    // The segments are given with each pass; these sizes only have to fit.
    parameters.update({{"backbone", "hstu"}, {"tokens", k}, {"segment", k}, {"recent", k}});
    ParityModel m;
    m.model = "persrec";
    m.setup.items = c.hyper().at("item_num_including_pad").get<std::int64_t>() - 1;
    m.setup.maxLength = c.hyper().at("attention_normaliser");
    m.setup.parameters = modelParameters("persrec", parameters);
    m.links = persrecLinks(c, m.setup.items);
    m.optimiser = optimiserOf(c.json().at("optimiser"));
    m.outputs = [&c](const NeuralModel& model) { return tokenOutputs(c, model); };
    m.loss = [&c](const NeuralModel& model) { return tokenLoss(c, model); };
    return runParityModel(c, m);
}

} // namespace recoscope
