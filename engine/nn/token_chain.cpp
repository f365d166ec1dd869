// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/token_chain.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/nn/chain_pictures.h"
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
    return {{0, model.rowWidth()}};
}

// [new tokens, D] without their positions.
Tensor TokenChain::newTokens(const Tensor& x, const std::vector<Stretch>& stretches) const
{
    std::vector<std::int32_t> which;
    std::vector<Share> shares;
    for (const Stretch& stretch : stretches)
        for (const std::int32_t j : stretch.tokens) {
            which.push_back(j);
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
    // Rows come from: the events, then what is held, then the new tokens.
    const auto heldFrom = static_cast<std::int32_t>(x.size(0));
    std::int32_t heldCount = 0;
    for (const Stretch& stretch : stretches)
        heldCount += static_cast<std::int32_t>(stretch.held.size());
    const std::int32_t newFrom = heldFrom + heldCount;
    std::vector<std::int32_t> sources, positions, heldRows, heldPositions, newPositions;
    const auto* places = batch.positions.const_data_ptr<std::int32_t>();
    std::vector<std::int64_t> offsets{0};
    const auto row = [&sources] { return static_cast<std::int32_t>(sources.size()); };
    for (const Stretch& stretch : stretches) {
        for (const Held& held : stretch.held) {
            sources.push_back(heldFrom + static_cast<std::int32_t>(heldRows.size()));
            heldRows.push_back(held.row);
            heldPositions.push_back(held.position);
            positions.push_back(held.position);
            times.addToken(held.time);
        }
        for (std::int64_t event = stretch.first; event < stretch.last; ++event) {
            result.answers.push_back(row());
            sources.push_back(static_cast<std::int32_t>(event));
            positions.push_back(places[event]);
            times.addEvent(event, !stretch.closes || event + 1 < stretch.last);
        }
        for (std::size_t j = 0; j < stretch.tokens.size(); ++j) {
            result.answers.back() = row();
            result.tokens.push_back(row());
            sources.push_back(newFrom + static_cast<std::int32_t>(newPositions.size()));
            newPositions.push_back(stretch.tokenPosition);
            positions.push_back(stretch.tokenPosition);
            times.addToken(times.of(stretch.last - 1));
        }
        offsets.push_back(row());
    }
    std::vector<Tensor> inputs{x};
    if (heldCount > 0)
        inputs.push_back(model.placed(m_read(gatherRows(remembered, copied(heldRows))), copied(heldPositions)));
    if (!newPositions.empty())
        inputs.push_back(model.placed(newTokens(x, stretches), copied(newPositions)));
    PackedBatch laidOut;
    laidOut.offsets = copied(offsets);
    laidOut.positions = copied(positions);
    times.moveTo(laidOut);
    result.rows = model.layersAndHead(gatherRows(torch::cat(inputs), copied(sources)), laidOut, context);
    return result;
}

Tensor TokenChain::encode(const AttentionModel& model, const PackedBatch& batch, ForwardContext& context) const
{
    std::vector<SequenceSegments> segments;
    for (const std::int64_t count : segmentCounts(batch.offsetSpan(), geometry))
        segments.push_back({std::vector<std::int64_t>(static_cast<std::size_t>(count), geometry.segment), {}});
    return walk(model, batch, segments, nullptr, context);
}

Tensor TokenChain::encodePartial(
    const AttentionModel& model, const PartialHistories& given, TokenContents* contents, ForwardContext& context) const
{
    return walk(model, given.events, given.segments, contents, context);
}

// The next segment, or what is left, of every user who has one with events.
std::vector<TokenChain::Stretch> TokenChain::takeTurn(
    std::size_t turn, std::span<const SequenceSegments> segments, std::vector<Walker>& walkers) const
{
    std::vector<Stretch> stretches;
    for (std::size_t user = 0; user < walkers.size(); ++user) {
        Walker& walker = walkers[user];
        const std::vector<std::int64_t>& cuts = segments[user].events;
        const bool closes = turn < cuts.size();
        Stretch stretch{walker.next, closes ? walker.next + cuts[turn] : walker.end, closes};
        if (turn > cuts.size() || stretch.first == stretch.last)
            continue;
        if (closes) {
            stretch.tokens = presentTokens(geometry, segments[user], turn);
            stretch.tokenPosition
                = static_cast<std::int32_t>((static_cast<std::int64_t>(turn) + 1) * geometry.segment - 1);
        }
        stretch.held = walker.held;
        stretch.user = user;
        walker.next = stretch.last;
        stretches.push_back(std::move(stretch));
    }
    return stretches;
}

Tensor TokenChain::walk(const AttentionModel& model, const PackedBatch& batch,
    std::span<const SequenceSegments> segments, TokenContents* contents, ForwardContext& context) const
{
    const auto offsets = batch.offsetSpan();
    const Tensor x = model.input(batch, context);
    std::vector<Walker> walkers;
    std::size_t longest = 0;
    for (std::size_t user = 0; user < segments.size(); ++user) {
        walkers.push_back({offsets[user], offsets[user + 1], {}});
        longest = std::max(longest, segments[user].events.size());
    }
    if (longest == 0)
        return model.layersAndHead(x, batch, context);
    const RowTimes times(batch);
    ChainPictures pictures;
    ForwardContext shown(&pictures);
    const bool shows = context.observes("token_attention"); // of one history
    std::vector<Tensor> outputs, remembered{x.slice(0, 0, 0)};
    std::vector<std::int32_t> answers(static_cast<std::size_t>(x.size(0)));
    std::int32_t rowsBefore = 0, tokensBefore = 0;
    for (std::size_t turn = 0; turn <= longest; ++turn) {
        const std::vector<Stretch> stretches = takeTurn(turn, segments, walkers);
        if (stretches.empty())
            continue;
        if (shows)
            pictures.beginPass(shownRows(stretches.front().held));
        const Pass done = pass(model, x, batch, stretches, torch::cat(remembered), shows ? shown : context);
        std::size_t next = 0;
        for (const Stretch& stretch : stretches) {
            for (std::int64_t event = stretch.first; event < stretch.last; ++event)
                answers[static_cast<std::size_t>(event)] = rowsBefore + done.answers[next++];
            std::vector<Held>& held = walkers[stretch.user].held;
            if (stretch.closes && m_recursive)
                held.clear();
            auto row = pictures.rows() - static_cast<std::int32_t>(stretch.tokens.size());
            for (const std::int32_t token : stretch.tokens) {
                held.push_back({tokensBefore++, stretch.tokenPosition, times.of(stretch.last - 1), row++});
                if (contents) {
                    contents->sequence.push_back(static_cast<std::int64_t>(stretch.user));
                    contents->token.push_back(geometry.tokenAfter(stretch.tokenPosition, token));
                }
            }
        }
        outputs.push_back(done.rows);
        remembered.push_back(gatherRows(done.rows, copied(done.tokens)));
        rowsBefore += static_cast<std::int32_t>(done.rows.size(0));
    }
    if (shows)
        pictures.report(*context.observer());
    if (contents)
        contents->values = torch::cat(remembered).unsqueeze(1);
    return gatherRows(torch::cat(outputs), copied(answers));
}

std::vector<std::int32_t> TokenChain::shownRows(const std::vector<Held>& held)
{
    std::vector<std::int32_t> rows;
    for (const Held& one : held)
        rows.push_back(one.shown);
    return rows;
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

TokenChain::Pass TokenChain::passOfOne(const AttentionModel& model, const PackedBatch& events,
    const HistoryMemory& memory, bool closes, ForwardContext& context) const
{
    const Tensor x = model.input(events, context);
    const Tensor remembered
        = memory.tokens() > 0 ? memory.values(0, keptColumns(model), x.scalar_type()) : x.slice(0, 0, 0);
    Stretch stretch{0, events.events(), closes};
    if (closes) {
        stretch.tokens = presentTokens(geometry, {}, 0);
        stretch.tokenPosition = events.positions[events.events() - 1].item<std::int32_t>();
    }
    stretch.held = heldOf(memory);
    return pass(model, x, events, {stretch}, remembered, context);
}

void TokenChain::compress(
    const AttentionModel& model, const PackedBatch& segment, HistoryMemory& memory, ForwardContext& context) const
{
    if (geometry.tokens > 0) {
        const Pass done = passOfOne(model, segment, memory, true, context);
        memory.add(0, gatherRows(done.rows, copied(done.tokens)), keptColumns(model));
        const std::int64_t last
            = segment.times.defined() ? segment.times[segment.events() - 1].item<std::int64_t>() : 0;
        memory.times.insert(memory.times.end(), static_cast<std::size_t>(geometry.tokens), last);
    }
    ++memory.segments;
    if (m_recursive && geometry.tokens > 0)
        memory.keepLast(geometry.tokens);
}

Tensor TokenChain::encodeRecent(
    const AttentionModel& model, const PackedBatch& recent, const HistoryMemory& memory, ForwardContext& context) const
{
    const Pass done = passOfOne(model, recent, memory, false, context);
    return gatherRows(done.rows, copied(done.answers));
}

} // namespace recoscope::nn
