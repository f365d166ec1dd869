// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/tokens.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/inspection/arrays.h"
#include "engine/inspection/compressed_model.h"

namespace recoscope {

namespace {

// Of each layer and head keeps what tokens read and what is read of tokens.
class TokenCollector : public ModelObserver {
public:
    explicit TokenCollector(TokenMaps& maps)
        : m_maps(maps)
    {
        for (std::int64_t row = 0; row < maps.rows.size(); ++row)
            (maps.rows.token[row] >= 0 ? m_tokenRows : m_eventRows).push_back(row);
    }
    bool wants(const std::string& name) const override { return name == "token_attention"; }
    void onAttention(
        int layer, int head, std::int64_t rows, std::int64_t columns, const float* weights, bool rowsSumToOne) override
    {
        if (rows != m_maps.rows.size() || columns != rows)
            throw Error(ErrorKind::Internal, "attention of other rows than the history's", "report this");
        m_maps.rowsSumToOne = rowsSumToOne;
        const std::int64_t map = layer * m_maps.shape.heads + head, cells = m_maps.tokens() * m_maps.events;
        float* absorbed = m_maps.absorbed.data() + map * cells;
        for (const std::int64_t row : m_tokenRows)
            absorbed = addShares(weights + row * columns, columns, m_eventRows, absorbed);
        float* read = m_maps.read.data() + map * cells;
        for (const std::int64_t row : m_eventRows)
            read = addShares(weights + row * columns, columns, m_tokenRows, read);
    }

private:
    static float* addShares(
        const float* weights, std::int64_t columns, const std::vector<std::int64_t>& wanted, float* out)
    {
        double sum = 0.0;
        for (std::int64_t column = 0; column < columns; ++column)
            sum += std::abs(weights[column]);
        for (const std::int64_t column : wanted)
            *out++ = sum > 0.0 ? static_cast<float>(std::abs(weights[column]) / sum) : 0.0f;
        return out;
    }

    TokenMaps& m_maps;
    std::vector<std::int64_t> m_eventRows, m_tokenRows;
};

std::vector<float> meanOrOne(
    const std::vector<float>& all, std::int64_t heads, std::int64_t layer, std::int64_t head, std::int64_t cells)
{
    const auto first = all.begin() + layer * heads * cells;
    if (head >= 0)
        return {first + head * cells, first + (head + 1) * cells};
    std::vector<float> mean(static_cast<std::size_t>(cells));
    for (std::int64_t h = 0; h < heads; ++h)
        for (std::int64_t cell = 0; cell < cells; ++cell)
            mean[static_cast<std::size_t>(cell)] += first[h * cells + cell] / static_cast<float>(heads);
    return mean;
}

} // namespace

std::unique_ptr<CompressedHistory> requireCompressed(const TrainedModel& model, const PackedView& history)
{
    auto compressed = compressedHistory(model);
    if (!compressed)
        throw Error(ErrorKind::Refused, "there are no tokens to look at in this " + model.modelName(),
            "choose a run of a model that compresses the history, such as persrec");
    if (history.sequences() != 1 || history.events() == 0)
        throw Error(ErrorKind::Usage, "tokens need one history with at least one event", "choose another user");
    return compressed;
}

std::vector<float> TokenMaps::absorbedBy(std::int64_t layer, std::int64_t head) const
{
    return meanOrOne(absorbed, shape.heads, layer, head, tokens() * events);
}

std::vector<float> TokenMaps::readBy(std::int64_t layer, std::int64_t head) const
{
    return meanOrOne(read, shape.heads, layer, head, tokens() * events);
}

std::shared_ptr<const TokenMaps> inspectTokens(const TrainedModel& model, const PackedView& history)
{
    const auto compressed = requireCompressed(model, history);
    auto maps = std::make_shared<TokenMaps>();
    maps->shape = compressed->shape();
    maps->events = std::min(history.events(), model.maxLength());
    maps->segments = compressed->segmentsOf(maps->events);
    maps->rows = compressed->rows(maps->events);
    keepEvents(history, maps->events, maps->items, maps->times);
    const auto cells = static_cast<std::size_t>(maps->shape.layers * maps->shape.heads * maps->tokens() * maps->events);
    maps->absorbed.assign(cells, 0.0f);
    maps->read.assign(cells, 0.0f);
    if (maps->tokens() == 0)
        return maps;
    TokenCollector collector(*maps);
    model.observe(history, collector);
    return maps;
}

TokenEffects tokenEffects(const TrainedModel& model, const PackedView& history, Progress& progress)
{
    const auto compressed = requireCompressed(model, history);
    const CompressedShape shape = compressed->shape();
    const std::int64_t events = std::min(history.events(), model.maxLength());
    const std::int64_t segments = compressed->segmentsOf(events), older = segments * shape.segment;
    TokenEffects effects{segments * shape.tokens, events, {}};
    effects.change.assign(static_cast<std::size_t>(effects.tokens * events), 0.0f);
    if (effects.tokens == 0)
        return effects;
    std::vector<std::int32_t> recent; // not in the passes: no token sees them
    for (std::int64_t event = older; event < events; ++event)
        recent.push_back(static_cast<std::int32_t>(event));
    const HistoryReading whole{true, segments, {}, recent};
    const std::vector<float> all = compressed->tokenContents(history, {&whole, 1});
    const std::int64_t size = shape.tokenNumbers;
    constexpr std::int64_t atOnce = 16;
    for (std::int64_t first = 0; first < older; first += atOnce) {
        progress.checkCancelled();
        const std::int64_t count = std::min(atOnce, older - first);
        std::vector<HistoryReading> readings(static_cast<std::size_t>(count), whole);
        for (std::int64_t i = 0; i < count; ++i) {
            auto& absent = readings[static_cast<std::size_t>(i)].absentEvents;
            absent.insert(absent.begin(), static_cast<std::int32_t>(first + i));
        }
        const std::vector<float> left = compressed->tokenContents(history, readings);
        for (std::int64_t i = 0; i < count; ++i)
            for (std::int64_t token = 0; token < effects.tokens; ++token) {
                const float* without = left.data() + (i * effects.tokens + token) * size;
                effects.change[static_cast<std::size_t>(token * events + first + i)]
                    = relativeChange(all.data() + token * size, without, size);
            }
        progress.update(double(first + count) / double(older),
            "Leaving out one event at a time · " + std::to_string(first + count) + " / " + std::to_string(older));
    }
    return effects;
}

double tokenReach(const float* shares, std::int64_t events, std::int64_t end)
{
    double sum = 0.0, distance = 0.0;
    for (std::int64_t event = 0; event < events; ++event) {
        sum += shares[event];
        distance += shares[event] * static_cast<double>(end - event);
    }
    return sum > 0.0 ? distance / sum : 0.0;
}

void writeTokens(const TokenMaps& maps, const TokenEffects& effects, const Path& npz)
{
    const std::int64_t layers = maps.shape.layers, heads = maps.shape.heads, tokens = maps.tokens();
    const std::int64_t rows = maps.rows.size();
    std::vector<std::uint8_t> mask;
    for (std::int64_t query = 0; query < rows; ++query)
        for (std::int64_t key = 0; key < rows; ++key)
            mask.push_back(maps.rows.sees(query, key));
    std::vector<NamedArray> arrays;
    arrays.push_back(namedArray<float>("absorbed", {layers, heads, tokens, maps.events}, maps.absorbed));
    arrays.push_back(namedArray<float>("read", {layers, heads, maps.events, tokens}, maps.read));
    arrays.push_back(namedArray<float>("change", {tokens, maps.events}, effects.change));
    arrays.push_back(namedArray<std::int32_t>("row_event", {rows}, maps.rows.event));
    arrays.push_back(namedArray<std::int32_t>("row_token", {rows}, maps.rows.token));
    arrays.push_back(namedArray<std::uint8_t>("mask", {rows, rows}, mask));
    arrays.push_back(namedArray<std::int32_t>("items", {maps.events}, maps.items));
    if (!maps.times.empty())
        arrays.push_back(namedArray<std::int64_t>("times", {maps.events}, maps.times));
    writeNpz(npz, arrays);
}

} // namespace recoscope
