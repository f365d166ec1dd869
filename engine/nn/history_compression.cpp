// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/history_compression.h"

#include <algorithm>

#include "engine/nn/functional.h"
#include "engine/nn/row_sums.h"

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

StatePrecision precisionOf(const std::string& name)
{
    return name == "half" ? StatePrecision::Half : name == "byte" ? StatePrecision::Byte : StatePrecision::Float;
}

std::vector<Tensor> columnParts(const Tensor& rows, const std::vector<ColumnRange>& columns)
{
    std::vector<std::int64_t> widths;
    for (const ColumnRange& range : columns)
        widths.push_back(range.last - range.first);
    return torch::split_with_sizes(rows, widths, 1);
}

// Puts rows below what `list` holds for the layer.
void putBelow(std::vector<Tensor>& list, std::size_t layer, const Tensor& rows)
{
    if (layer == list.size())
        list.push_back(rows);
    else
        list[layer] = torch::cat({list[layer], rows});
}

} // namespace

HistoryCompression::HistoryCompression(const Json& settings, std::int64_t maxLength)
    : geometry(geometryOf(settings, maxLength))
    , precision(precisionOf(settings.at("state_precision")))
{
}

FlopCount HistoryCompression::flops(
    const AttentionModel& model, std::span<const std::int64_t> lengths, const ScoreWork& score) const
{
    const CompressionSizes sizes{geometry.tokens, geometry.segment, geometry.recent, geometry.tokensRead};
    const CompressedWork seen = compressedWork(lengths, sizes, memoryKind());
    FlopCount work = model.layerFlops(seen.rows);
    const auto width = static_cast<double>(model.rowWidth());
    work.addProduct("remembered tokens", seen.reread, width, width);
    work += model.endFlops(countSequences(lengths).events, score);
    return work;
}

std::int64_t HistoryMemory::bytes() const
{
    std::int64_t total = static_cast<std::int64_t>(times.size() * sizeof(std::int64_t));
    for (const auto* list : {&kept, &scales})
        for (const Tensor& layer : *list)
            total += static_cast<std::int64_t>(layer.nbytes());
    return total;
}

Tensor HistoryMemory::values(std::size_t layer, const std::vector<ColumnRange>& columns, torch::ScalarType type) const
{
    const Tensor rows = kept[layer].to(type);
    if (scales.empty())
        return rows;
    std::vector<Tensor> parts = columnParts(rows, columns);
    for (std::size_t i = 0; i < parts.size(); ++i)
        parts[i] = parts[i] * scales[layer].slice(1, static_cast<std::int64_t>(i), static_cast<std::int64_t>(i) + 1);
    return torch::cat(parts, 1);
}

void HistoryMemory::add(std::size_t layer, const Tensor& rows, const std::vector<ColumnRange>& columns)
{
    if (precision != StatePrecision::Byte) {
        putBelow(kept, layer, precision == StatePrecision::Half ? rows.to(torch::kHalf) : rows);
        return;
    }
    std::vector<Tensor> bytes, steps;
    for (const Tensor& part : columnParts(rows, columns)) {
        steps.push_back(part.abs().amax(1, true).clamp_min(1e-12) / 127.0);
        bytes.push_back(torch::round(part / steps.back()).to(torch::kChar));
    }
    putBelow(kept, layer, torch::cat(bytes, 1));
    putBelow(scales, layer, torch::cat(steps, 1));
}

void HistoryMemory::keepLast(std::int64_t count)
{
    const std::int64_t first = std::max<std::int64_t>(0, tokens() - count);
    for (auto* list : {&kept, &scales})
        for (Tensor& layer : *list)
            layer = layer.slice(0, first).clone();
    times.erase(times.begin(), times.begin() + first);
}

Tensor meansOf(const Tensor& x, const std::vector<Share>& shares)
{
    std::vector<std::int32_t> rows, owner;
    std::vector<float> count;
    for (const Share& share : shares) {
        for (std::int64_t row = share.first; row < share.last; ++row) {
            rows.push_back(static_cast<std::int32_t>(row));
            owner.push_back(static_cast<std::int32_t>(count.size()));
        }
        count.push_back(static_cast<float>(std::max<std::int64_t>(1, share.last - share.first)));
    }
    const auto all = static_cast<std::int64_t>(count.size());
    const torch::Device device = x.device();
    const Tensor sums = rowSums(gatherRows(x, copied(rows, device)), copied(owner, device), all);
    return sums / copied(count, device).to(x.scalar_type()).unsqueeze(1);
}

} // namespace recoscope::nn
