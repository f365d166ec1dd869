// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/history_tokens.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "engine/nn/functional.h"

namespace recoscope::nn {

using torch::Tensor;

namespace {

SegmentGeometry geometryOf(const Json& settings, std::int64_t maxLength)
{
    SegmentGeometry geometry{
        settings.at("tokens"), settings.at("segment"), settings.at("recent"), settings.at("tokens_read")};
    geometry.check(maxLength);
    return geometry;
}

MemoryPrecision precisionOf(const std::string& name)
{
    return name == "half" ? MemoryPrecision::Half : name == "byte" ? MemoryPrecision::Byte : MemoryPrecision::Float;
}

template <class T> Tensor copied(const std::vector<T>& values)
{
    return torch::tensor(values, torch::CppTypeToScalarType<T>::value);
}

// With times always there, and the last event of a segment asked at its own.
PackedBatch closed(PackedBatch batch, const SegmentedRows& rows)
{
    if (!batch.times.defined()) {
        batch.times = batch.queryTimes = torch::zeros({batch.events()}, torch::kInt64);
        return batch;
    }
    batch.queryTimes = batch.queryTimes.clone();
    const auto* times = batch.times.const_data_ptr<std::int64_t>();
    auto* asked = batch.queryTimes.data_ptr<std::int64_t>();
    for (std::int64_t row = 0; row < rows.rows(); ++row)
        if (rows.isToken(row))
            asked[rows.event[row]] = times[rows.event[row]];
    return batch;
}

std::vector<std::int32_t> tokenRows(const SegmentedRows& rows)
{
    std::vector<std::int32_t> found;
    for (std::int64_t row = 0; row < rows.rows(); ++row)
        if (rows.isToken(row))
            found.push_back(static_cast<std::int32_t>(row));
    return found;
}

// For every token row, the mean of x [T, D] over the j-th of k equal parts of its segment; 0 where that has no event.
Tensor sharesOf(const Tensor& x, const SegmentedRows& rows, std::int64_t tokens)
{
    std::vector<std::int32_t> events;
    std::vector<std::int64_t> share;
    std::vector<float> count;
    for (std::int64_t row = 0; row < rows.rows(); ++row) {
        if (!rows.isToken(row))
            continue;
        const std::int64_t first = rows.first[row], length = rows.event[row] + 1 - first, j = rows.token[row];
        const std::int64_t begin = first + j * length / tokens, end = first + (j + 1) * length / tokens;
        for (std::int64_t event = begin; event < end; ++event) {
            events.push_back(static_cast<std::int32_t>(event));
            share.push_back(static_cast<std::int64_t>(count.size()));
        }
        count.push_back(static_cast<float>(std::max<std::int64_t>(1, end - begin)));
    }
    const auto shares = static_cast<std::int64_t>(count.size());
    const Tensor sums
        = torch::zeros({shares, x.size(1)}, x.options()).index_add(0, copied(share), gatherRows(x, copied(events)));
    return sums / copied(count).to(x.scalar_type()).unsqueeze(1);
}

std::vector<Tensor> columnParts(const Tensor& columns, const AttentionModel& model)
{
    std::vector<std::int64_t> widths;
    for (const ColumnRange& range : model.keysAndValues())
        widths.push_back(range.last - range.first);
    return torch::split_with_sizes(columns, widths, 1);
}

// The memory's keys and values of a layer at their columns of attention rows, zero elsewhere.
Tensor attentionRows(const HistoryMemory& memory, std::size_t layer, const AttentionModel& model)
{
    const Tensor kept = memory.keysAndValues[layer].to(model.parameters().type());
    Tensor rows = torch::zeros({kept.size(0), model.attentionRowWidth()}, kept.options());
    const auto ranges = model.keysAndValues();
    const auto parts = columnParts(kept, model);
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const bool scaled = !memory.scales.empty();
        const auto at = static_cast<std::int64_t>(i);
        rows.slice(1, ranges[i].first, ranges[i].last)
            .copy_(scaled ? parts[i] * memory.scales[layer].slice(1, at, at + 1) : parts[i]);
    }
    return rows;
}

Tensor keysAndValuesOf(const Tensor& rows, const AttentionModel& model)
{
    std::vector<Tensor> parts;
    for (const ColumnRange& range : model.keysAndValues())
        parts.push_back(rows.slice(1, range.first, range.last));
    return torch::cat(parts, 1);
}

// Puts rows below what `list` holds for the layer.
void putBelow(std::vector<Tensor>& list, std::size_t layer, const Tensor& rows)
{
    if (layer == list.size())
        list.push_back(rows);
    else
        list[layer] = torch::cat({list[layer], rows});
}

// Keys and values of new tokens into the memory's layer.
void remember(HistoryMemory& memory, std::size_t layer, const Tensor& added, const AttentionModel& model,
    MemoryPrecision precision)
{
    if (precision != MemoryPrecision::Byte) {
        putBelow(memory.keysAndValues, layer, precision == MemoryPrecision::Half ? added.to(torch::kHalf) : added);
        return;
    }
    std::vector<Tensor> bytes, scales;
    for (const Tensor& part : columnParts(added, model)) {
        scales.push_back(part.abs().amax(1, true).clamp_min(1e-12) / 127.0);
        bytes.push_back(torch::round(part / scales.back()).to(torch::kChar));
    }
    putBelow(memory.keysAndValues, layer, torch::cat(bytes, 1));
    putBelow(memory.scales, layer, torch::cat(scales, 1));
}

AttentionView viewOf(
    const AttentionModel& model, const PackedBatch& batch, const SegmentedRows& rows, const HistoryMemory* memory)
{
    AttentionView view;
    view.sources = copied(rows.sources);
    view.offsets = copied(rows.pieceOffsets);
    view.places = copied(rows.places);
    const std::vector<std::int64_t> none;
    const auto& before = memory ? memory->times : none;
    const auto count = static_cast<std::int64_t>(before.size());
    const auto *times = batch.times.const_data_ptr<std::int64_t>(),
               *asked = batch.queryTimes.const_data_ptr<std::int64_t>();
    std::vector<std::int64_t> keyTimes, queryTimes;
    for (const std::int32_t source : rows.sources) {
        const std::int64_t row = source - count;
        keyTimes.push_back(row < 0 ? before[source] : times[rows.event[row]]);
        queryTimes.push_back(row < 0 || rows.isToken(row) ? keyTimes.back() : asked[rows.event[row]]);
    }
    view.times = copied(keyTimes);
    view.queryTimes = copied(queryTimes);
    for (std::size_t layer = 0; memory && layer < memory->keysAndValues.size(); ++layer)
        view.before.push_back(attentionRows(*memory, layer, model));
    return view;
}

} // namespace

std::int64_t HistoryMemory::bytes() const
{
    std::int64_t total = static_cast<std::int64_t>(times.size() * sizeof(std::int64_t));
    for (const auto* list : {&keysAndValues, &scales})
        for (const Tensor& layer : *list)
            total += static_cast<std::int64_t>(layer.nbytes());
    return total;
}

HistoryTokens::HistoryTokens(Parameters& parameters, const Json& settings, std::int64_t width, std::int64_t maxLength)
    : geometry(geometryOf(settings, maxLength))
    , precision(precisionOf(settings.at("state_precision")))
    , m_pooled(settings.at("initialisation") == "pooled")
{
    if (geometry.tokens > 0)
        m_tokens = parameters.truncatedNormal( // as large as scaled item vectors
            "tokens", {geometry.tokens, width}, true, 0.02 * std::sqrt(static_cast<double>(width)));
}

// [N, D]: rows of events as they are; token j is its learned vector plus its position, plus, when pooled, the mean of
// the j-th of k equal parts of its segment.
Tensor HistoryTokens::insertTokens(
    const AttentionModel& model, const Tensor& x, const PackedBatch& batch, const SegmentedRows& rows) const
{
    std::vector<std::int32_t> order, tokens, positions;
    const auto* place = batch.positions.const_data_ptr<std::int32_t>();
    for (std::int64_t row = 0; row < rows.rows(); ++row) {
        order.push_back(rows.isToken(row) ? static_cast<std::int32_t>(x.size(0) + tokens.size()) : rows.event[row]);
        if (!rows.isToken(row))
            continue;
        tokens.push_back(rows.token[row]);
        positions.push_back(place[rows.event[row]] + rows.later[row]);
    }
    if (tokens.empty())
        return x;
    Tensor inserted = nn::embedding(m_tokens, copied(tokens)) + nn::embedding(model.positionTable(), copied(positions));
    if (m_pooled)
        inserted = inserted + sharesOf(x, rows, geometry.tokens);
    return gatherRows(torch::cat({x, inserted}), copied(order));
}

Tensor HistoryTokens::encodeRows(const AttentionModel& model, const PackedBatch& given, const SegmentedRows& rows,
    const HistoryMemory* memory, std::vector<Tensor>* kept, ForwardContext& context) const
{
    const PackedBatch events = closed(given, rows);
    const Tensor x = insertTokens(model, model.input(events, context), events, rows);
    auto view = std::make_shared<AttentionView>(viewOf(model, events, rows, memory));
    if (kept) {
        view->kept = kept;
        view->keptRows = copied(tokenRows(rows));
    }
    PackedBatch laidOut;
    laidOut.offsets = copied(rows.offsets);
    laidOut.view = view;
    return gatherRows(model.layersAndHead(x, laidOut, context), copied(rows.answer));
}

Tensor HistoryTokens::encode(const AttentionModel& model, const PackedBatch& batch, ForwardContext& context) const
{
    const auto counts = segmentCounts(batch.offsetSpan(), geometry);
    if (std::all_of(counts.begin(), counts.end(), [](std::int64_t count) { return count == 0; }))
        return model.layersAndHead(model.input(batch, context), batch, context);
    return encodeRows(model, batch, segmentRows(batch.offsetSpan(), geometry, counts), nullptr, nullptr, context);
}

void HistoryTokens::compress(const AttentionModel& model, const PackedBatch& segment, HistoryMemory& memory) const
{
    ++memory.segments;
    if (geometry.tokens == 0)
        return;
    const std::int64_t one = 1, before = static_cast<std::int64_t>(memory.times.size());
    std::vector<Tensor> rows;
    ForwardContext context;
    encodeRows(
        model, segment, segmentRows(segment.offsetSpan(), geometry, {&one, 1}, {&before, 1}), &memory, &rows, context);
    for (std::size_t layer = 0; layer < rows.size(); ++layer)
        remember(memory, layer, keysAndValuesOf(rows[layer], model), model, precision);
    const std::int64_t last = segment.times.defined() ? segment.times[segment.events() - 1].item<std::int64_t>() : 0;
    memory.times.insert(memory.times.end(), geometry.tokens, last);
}

Tensor HistoryTokens::encodeRecent(
    const AttentionModel& model, const PackedBatch& recent, const HistoryMemory& memory) const
{
    const std::int64_t none = 0, before = static_cast<std::int64_t>(memory.times.size());
    ForwardContext context;
    return encodeRows(
        model, recent, segmentRows(recent.offsetSpan(), geometry, {&none, 1}, {&before, 1}), &memory, nullptr, context);
}

} // namespace recoscope::nn
