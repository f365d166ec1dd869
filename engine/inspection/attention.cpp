// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/core/error.h"
#include "engine/inspection/arrays.h"
#include "engine/kernels/ops.h"
#include "engine/models/compressed_history.h"

namespace recoscope {

namespace {

class AttentionCollector : public ModelObserver {
public:
    explicit AttentionCollector(AttentionMaps& maps)
        : m_maps(maps)
    {
    }
    bool wants(const std::string& name) const override { return name == "attention"; }
    void onAttention(
        int layer, int head, std::int64_t rows, std::int64_t columns, const float* weights, bool rowsSumToOne) override
    {
        if (rows != m_maps.length || columns != m_maps.length)
            throw Error(ErrorKind::Internal, "attention of another length than the history", "report this");
        m_maps.rowsSumToOne = rowsSumToOne;
        std::copy_n(weights, rows * columns, m_maps.weights.data() + (layer * m_maps.heads + head) * rows * columns);
    }

private:
    AttentionMaps& m_maps;
};

// The last row after the embedding and after each layer.
class LastRows : public ModelObserver {
public:
    bool wants(const std::string& name) const override { return name == "hidden"; }
    void onHidden(int, std::int64_t rows, std::int64_t width, const float* values) override
    {
        const float* last = values + (rows - 1) * width;
        vectors.emplace_back(last, last + width);
    }
    std::vector<std::vector<float>> vectors;
};

// `seen` items (ascending) take no rank.
double rankOf(const std::vector<float>& scores, const std::vector<std::int32_t>& seen, std::int32_t item)
{
    const auto isAhead = [&](std::int32_t other) { return other != item && scores[other] >= scores[item]; };
    std::int64_t ahead = 0; // ties stand against the item, as the protocol's default
    for (std::int32_t other = 0; other < static_cast<std::int32_t>(scores.size()); ++other)
        ahead += isAhead(other);
    for (const std::int32_t other : seen)
        ahead -= isAhead(other);
    return 1.0 + static_cast<double>(ahead);
}

} // namespace

AttentionMaps::HeadSummary AttentionMaps::summary(std::int64_t layer, std::int64_t headIndex) const
{
    HeadSummary result;
    const float* weights = head(layer, headIndex);
    for (std::int64_t row = 0; row < length; ++row) {
        const float* values = weights + row * length;
        double sum = 0.0, entropy = 0.0, reach = 0.0;
        for (std::int64_t column = 0; column <= row; ++column)
            sum += std::abs(values[column]);
        for (std::int64_t column = 0; column <= row && sum > 0.0; ++column) {
            const double p = std::abs(values[column]) / sum;
            entropy -= p > 0.0 ? p * std::log(p) : 0.0;
            reach += p * static_cast<double>(row - column);
        }
        result.entropy += entropy / static_cast<double>(length);
        result.reach += reach / static_cast<double>(length);
    }
    return result;
}

std::shared_ptr<const AttentionMaps> inspectAttention(const TrainedModel& model, const PackedView& history)
{
    if (model.layers() == 0)
        throw Error(ErrorKind::Refused, model.modelName() + " has no attention to look at",
            compressedHistory(model) ? "look at its tokens: recoscope-cli inspect tokens"
                                     : "choose a run of a model with attention, such as sasrec");
    if (history.sequences() != 1 || history.events() == 0)
        throw Error(ErrorKind::Usage, "attention needs one history with at least one event", "choose another user");
    auto maps = std::make_shared<AttentionMaps>();
    maps->layers = model.layers();
    maps->heads = model.heads();
    maps->length = std::min(history.events(), model.maxLength());
    keepEvents(history, maps->length, maps->items, maps->times);
    maps->weights.assign(maps->layers * maps->heads * maps->length * maps->length, 0.0f);
    AttentionCollector collector(*maps);
    model.observe(history, collector);
    return maps;
}

void writeAttention(const AttentionMaps& maps, const Path& npz)
{
    std::vector<NamedArray> arrays;
    arrays.push_back(namedArray<float>("attention", {maps.layers, maps.heads, maps.length, maps.length}, maps.weights));
    arrays.push_back(namedArray<std::int32_t>("items", {maps.length}, maps.items));
    if (!maps.times.empty())
        arrays.push_back(namedArray<std::int64_t>("times", {maps.length}, maps.times));
    writeNpz(npz, arrays);
}

std::vector<double> rankByLayer(const TrainedModel& model, const PackedView& history, std::int32_t item)
{
    return ranksByLayer(model, history, {&item, 1}, false).front();
}

std::vector<std::vector<double>> ranksByLayer(
    const TrainedModel& model, const PackedView& history, std::span<const std::int32_t> items, bool maskSeen)
{
    const auto head = model.linearHead();
    if (!head)
        throw Error(ErrorKind::Refused, model.modelName() + " has no layers to read ranks from",
            "choose a run of a neural model");
    for (const std::int32_t item : items) {
        if (item < 0 || item >= head->items)
            throw Error(ErrorKind::Usage, "item index " + std::to_string(item) + " is outside the catalogue",
                "choose an item of the run's data");
    }
    LastRows observer;
    model.observe(history, observer);
    const std::vector<std::int32_t> seen = maskSeen ? distinct(history.items) : std::vector<std::int32_t>();
    std::vector<std::vector<double>> ranks(items.size());
    std::vector<float> scores(head->items);
    for (const std::vector<float>& vector : observer.vectors) {
        kernels::scoreAll(head->items, head->width, vector.data(), head->table, head->bias, scores.data());
        for (std::size_t i = 0; i < items.size(); ++i)
            ranks[i].push_back(rankOf(scores, seen, items[i]));
    }
    return ranks;
}

} // namespace recoscope
