// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/token_chain.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/nn/functional.h"

namespace recoscope::nn {

using torch::Tensor;

namespace {

// Times of the rows of a pass, as attention reads them. Without times of the data all are zero.
class RowTimes {
public:
    explicit RowTimes(const PackedBatch& batch)
        : m_times(batch.times.defined() ? batch.times.const_data_ptr<std::int64_t>() : nullptr)
        , m_asked(batch.times.defined() ? batch.queryTimes.const_data_ptr<std::int64_t>() : nullptr)
    {
    }
    std::int64_t of(std::int64_t event) const { return m_times ? m_times[event] : 0; }
    void addEvent(std::int64_t event, bool askedLater)
    {
        m_own.push_back(of(event));
        m_query.push_back(m_asked && askedLater ? m_asked[event] : of(event));
    }
    void addToken(std::int64_t time)
    {
        m_own.push_back(time);
        m_query.push_back(time);
    }
    void moveTo(PackedBatch& batch) const
    {
        batch.times = copied(m_own);
        batch.queryTimes = copied(m_query);
    }

private:
    const std::int64_t *m_times, *m_asked;
    std::vector<std::int64_t> m_own, m_query;
};

} // namespace

TokenChain::TokenChain(Parameters& parameters, const Json& settings, std::int64_t width, std::int64_t maxLength)
    : HistoryCompression(settings, maxLength)
    , m_recursive(settings.at("memory") == "recursive")
    , m_pooled(settings.at("initialisation") == "pooled")
{
    if (!geometry.tokensRead)
        throw Error(ErrorKind::Usage, "tokens whose outputs are kept must read their segment",
            "set tokens_read to true, or memory to keys_values");
    if (geometry.tokens > 0)
        m_tokens = parameters.truncatedNormal( // as large as scaled item vectors
            "tokens", {geometry.tokens, width}, true, 0.02 * std::sqrt(static_cast<double>(width)));
    m_read.weight = parameters.xavierUniform("memory_input.weight", width, width);
    m_read.bias = parameters.constant("memory_input.bias", {width}, 0.0);
}

std::int64_t TokenChain::tokensAfter(std::int64_t segments) const
{
    return geometry.tokens * (m_recursive ? std::min<std::int64_t>(1, segments) : segments);
}

std::vector<ColumnRange> TokenChain::keptColumns(const AttentionModel& model) const
{
    return {{0, model.positionTable().size(1)}};
}

// [new tokens, D] without their positions.
Tensor TokenChain::newTokens(const Tensor& x, const std::vector<Stretch>& stretches) const
{
    std::vector<std::int32_t> which;
    std::vector<Share> shares;
    for (const Stretch& stretch : stretches)
        for (std::int64_t j = 0; stretch.closes && j < geometry.tokens; ++j) {
            which.push_back(static_cast<std::int32_t>(j));
            shares.push_back(Share::of(stretch.first, stretch.last, j, geometry.tokens));
        }
    if (which.empty())
        return x.slice(0, 0, 0);
    const Tensor tokens = nn::embedding(m_tokens, copied(which));
    return m_pooled ? tokens + meansOf(x, shares) : tokens;
}

TokenChain::Pass TokenChain::pass(const AttentionModel& model, const Tensor& x, const PackedBatch& batch,
    const std::vector<Stretch>& stretches, const Tensor& remembered, ForwardContext& context) const
{
    Pass result;
    RowTimes times(batch);
    const auto* place = batch.positions.const_data_ptr<std::int32_t>();
    // Rows come from: the events, then what is held, then the new tokens.
    const auto heldFrom = static_cast<std::int32_t>(x.size(0));
    std::int32_t heldCount = 0;
    for (const Stretch& stretch : stretches)
        heldCount += static_cast<std::int32_t>(stretch.held.size());
    const std::int32_t newFrom = heldFrom + heldCount;
    std::vector<std::int32_t> sources, heldRows, heldPositions, newPositions;
    std::vector<std::int64_t> offsets{0};
    const auto row = [&sources] { return static_cast<std::int32_t>(sources.size()); };
    for (const Stretch& stretch : stretches) {
        for (const Held& held : stretch.held) {
            sources.push_back(heldFrom + static_cast<std::int32_t>(heldRows.size()));
            heldRows.push_back(held.row);
            heldPositions.push_back(held.position);
            times.addToken(held.time);
        }
        for (std::int64_t event = stretch.first; event < stretch.last; ++event) {
            result.answers.push_back(row());
            sources.push_back(static_cast<std::int32_t>(event));
            times.addEvent(event, !stretch.closes || event + 1 < stretch.last);
        }
        for (std::int64_t j = 0; stretch.closes && j < geometry.tokens; ++j) {
            result.answers.back() = row();
            result.tokens.push_back(row());
            sources.push_back(newFrom + static_cast<std::int32_t>(newPositions.size()));
            newPositions.push_back(place[stretch.last - 1]);
            times.addToken(times.of(stretch.last - 1));
        }
        offsets.push_back(row());
    }
    std::vector<Tensor> inputs{x};
    const auto placed = [&model](const Tensor& rows, const std::vector<std::int32_t>& positions) {
        return rows + nn::embedding(model.positionTable(), copied(positions));
    };
    if (heldCount > 0)
        inputs.push_back(placed(m_read(gatherRows(remembered, copied(heldRows))), heldPositions));
    if (!newPositions.empty())
        inputs.push_back(placed(newTokens(x, stretches), newPositions));
    PackedBatch laidOut;
    laidOut.offsets = copied(offsets);
    times.moveTo(laidOut);
    result.rows = model.layersAndHead(gatherRows(torch::cat(inputs), copied(sources)), laidOut, context);
    return result;
}

Tensor TokenChain::encode(const AttentionModel& model, const PackedBatch& batch, ForwardContext& context) const
{
    const auto offsets = batch.offsetSpan();
    const std::vector<std::int64_t> counts = segmentCounts(offsets, geometry);
    const Tensor x = model.input(batch, context);
    const std::int64_t longest = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
    if (longest == 0)
        return model.layersAndHead(x, batch, context);
    const RowTimes times(batch);
    const auto* place = batch.positions.const_data_ptr<std::int32_t>();
    std::vector<std::vector<Held>> held(counts.size());
    std::vector<Tensor> outputs, remembered{x.slice(0, 0, 0)};
    std::vector<std::int32_t> answers(static_cast<std::size_t>(x.size(0)));
    std::int32_t rowsBefore = 0, tokensBefore = 0;
    for (std::int64_t turn = 0; turn <= longest; ++turn) {
        std::vector<Stretch> stretches;
        std::vector<std::size_t> users;
        for (std::size_t user = 0; user < counts.size(); ++user) {
            if (counts[user] < turn)
                continue;
            const std::int64_t first = offsets[user] + turn * geometry.segment;
            const bool closes = turn < counts[user];
            stretches.push_back({first, closes ? first + geometry.segment : offsets[user + 1], closes, held[user]});
            users.push_back(user);
        }
        const Pass done = pass(model, x, batch, stretches, torch::cat(remembered), context);
        std::size_t next = 0;
        for (std::size_t i = 0; i < stretches.size(); ++i) {
            const Stretch& stretch = stretches[i];
            for (std::int64_t event = stretch.first; event < stretch.last; ++event)
                answers[static_cast<std::size_t>(event)] = rowsBefore + done.answers[next++];
            if (!stretch.closes)
                continue;
            if (m_recursive)
                held[users[i]].clear();
            for (std::int64_t j = 0; j < geometry.tokens; ++j)
                held[users[i]].push_back({tokensBefore++, place[stretch.last - 1], times.of(stretch.last - 1)});
        }
        outputs.push_back(done.rows);
        remembered.push_back(gatherRows(done.rows, copied(done.tokens)));
        rowsBefore += static_cast<std::int32_t>(done.rows.size(0));
    }
    return gatherRows(torch::cat(outputs), copied(answers));
}

std::vector<TokenChain::Held> TokenChain::heldOf(const HistoryMemory& memory) const
{
    std::vector<Held> held;
    const std::int64_t tokens = memory.tokens();
    for (std::int64_t i = 0; i < tokens; ++i) {
        // Counted from the latest segment: with `recursive` the earlier ones have none.
        const std::int64_t segment = memory.segments - (tokens - 1 - i) / geometry.tokens;
        held.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(segment * geometry.segment - 1),
            memory.times[static_cast<std::size_t>(i)]});
    }
    return held;
}

TokenChain::Pass TokenChain::passOfOne(
    const AttentionModel& model, const PackedBatch& events, const HistoryMemory& memory, bool closes) const
{
    ForwardContext context;
    const Tensor x = model.input(events, context);
    const Tensor remembered
        = memory.tokens() > 0 ? memory.values(0, keptColumns(model), x.scalar_type()) : x.slice(0, 0, 0);
    return pass(model, x, events, {{0, events.events(), closes, heldOf(memory)}}, remembered, context);
}

void TokenChain::compress(const AttentionModel& model, const PackedBatch& segment, HistoryMemory& memory) const
{
    if (geometry.tokens > 0) {
        const Pass done = passOfOne(model, segment, memory, true);
        memory.add(0, gatherRows(done.rows, copied(done.tokens)), keptColumns(model), precision);
        const std::int64_t last
            = segment.times.defined() ? segment.times[segment.events() - 1].item<std::int64_t>() : 0;
        memory.times.insert(memory.times.end(), static_cast<std::size_t>(geometry.tokens), last);
    }
    ++memory.segments;
    if (m_recursive && geometry.tokens > 0)
        memory.keepLast(geometry.tokens);
}

Tensor TokenChain::encodeRecent(
    const AttentionModel& model, const PackedBatch& recent, const HistoryMemory& memory) const
{
    const Pass done = passOfOne(model, recent, memory, false);
    return gatherRows(done.rows, copied(done.answers));
}

} // namespace recoscope::nn
