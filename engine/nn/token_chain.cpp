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

// Which of what stands side by side each row of a pass is: the events, what is held, the new tokens.
struct PassRows {
    std::vector<std::int32_t> sources;
    std::vector<std::int32_t> queries; // the same, and behind them once more the events, for those asked at their time
    std::vector<std::int32_t> heldPositions, newPositions;
    std::vector<std::int64_t> heldTimes, newTimes; // which of the events' times, and behind them the memory's
};

// Times of the rows of a pass, as attention reads them. Without times of the data all are zero.
void addTimes(
    PackedBatch& laidOut, const PackedBatch& batch, const PassRows& rows, const std::vector<std::int64_t>& memory)
{
    const torch::Device device = batch.items.device();
    if (!batch.times.defined()) {
        const auto count = static_cast<std::int64_t>(rows.sources.size());
        laidOut.times = laidOut.queryTimes = torch::zeros({count}, torch::TensorOptions(torch::kInt64).device(device));
        return;
    }
    const auto known = torch::cat({batch.times, copied(memory, device)});
    const auto at
        = [&](const std::vector<std::int64_t>& which) { return known.index_select(0, copied(which, device)); };
    const Tensor held = at(rows.heldTimes), made = at(rows.newTimes);
    laidOut.times = torch::cat({batch.times, held, made}).index_select(0, copied(rows.sources, device));
    laidOut.queryTimes
        = torch::cat({batch.queryTimes, held, made, batch.times}).index_select(0, copied(rows.queries, device));
}

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
    const Tensor tokens = nn::embedding(m_tokens, copied(which, x.device()));
    return m_pooled ? tokens + meansOf(x, shares) : tokens;
}

TokenChain::Pass TokenChain::pass(const AttentionModel& model, const Tensor& x, const PackedBatch& batch,
    const std::vector<Stretch>& stretches, const Remembered& remembered, ForwardContext& context) const
{
    Pass result;
    const torch::Device device = x.device();
    // Rows come from: the events, then what is held, then the new tokens.
    const auto heldFrom = static_cast<std::int32_t>(x.size(0));
    std::int32_t newFrom = heldFrom, ownTimesFrom = heldFrom;
    for (const Stretch& stretch : stretches) {
        newFrom += static_cast<std::int32_t>(stretch.held.size());
        ownTimesFrom += static_cast<std::int32_t>(stretch.held.size() + stretch.tokens.size());
    }
    PassRows rows;
    std::vector<std::int32_t> heldRows;
    std::vector<std::int64_t> offsets{0};
    const auto row = [&rows] { return static_cast<std::int32_t>(rows.sources.size()); };
    const auto add = [&rows](std::int32_t source, std::int32_t query) {
        rows.sources.push_back(source);
        rows.queries.push_back(query);
    };
    for (const Stretch& stretch : stretches) {
        for (const Held& held : stretch.held) {
            const std::int32_t source = heldFrom + static_cast<std::int32_t>(heldRows.size());
            add(source, source);
            heldRows.push_back(held.row);
            rows.heldPositions.push_back(held.position);
            rows.heldTimes.push_back(held.time);
        }
        for (std::int64_t event = stretch.first; event < stretch.last; ++event) {
            result.answers.push_back(row());
            const auto source = static_cast<std::int32_t>(event);
            add(source, stretch.closes && event + 1 == stretch.last ? ownTimesFrom + source : source);
        }
        for (std::size_t j = 0; j < stretch.tokens.size(); ++j) {
            result.answers.back() = row();
            result.tokens.push_back(row());
            const std::int32_t source = newFrom + static_cast<std::int32_t>(rows.newPositions.size());
            add(source, source);
            rows.newPositions.push_back(stretch.tokenPosition);
            rows.newTimes.push_back(stretch.last - 1);
        }
        offsets.push_back(row());
    }
    const Tensor heldPositions = copied(rows.heldPositions, device), newPositions = copied(rows.newPositions, device);
    std::vector<Tensor> inputs{x};
    if (!heldRows.empty())
        inputs.push_back(model.placed(m_read(gatherRows(remembered.rows, copied(heldRows, device))), heldPositions));
    if (!rows.newPositions.empty())
        inputs.push_back(model.placed(newTokens(x, stretches), newPositions));
    const Tensor sources = copied(rows.sources, device);
    PackedBatch laidOut;
    laidOut.offsets = copied(offsets);
    laidOut.positions = torch::cat({batch.positions, heldPositions, newPositions}).index_select(0, sources);
    addTimes(laidOut, batch, rows, remembered.times);
    result.rows = model.layersAndHead(gatherRows(torch::cat(inputs), sources), laidOut, context);
    return result;
}

Tensor TokenChain::encode(
    const AttentionModel& model, const PackedBatch& batch, ForwardContext& context, const Tensor& asked) const
{
    std::vector<SequenceSegments> segments;
    for (const std::int64_t count : segmentCounts(batch.offsetSpan(), geometry))
        segments.push_back({std::vector<std::int64_t>(static_cast<std::size_t>(count), geometry.segment), {}});
    return askedRows(walk(model, batch, segments, nullptr, context), asked);
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
        const Pass done = pass(model, x, batch, stretches, {torch::cat(remembered), {}}, shows ? shown : context);
        std::size_t next = 0;
        for (const Stretch& stretch : stretches) {
            for (std::int64_t event = stretch.first; event < stretch.last; ++event)
                answers[static_cast<std::size_t>(event)] = rowsBefore + done.answers[next++];
            std::vector<Held>& held = walkers[stretch.user].held;
            if (stretch.closes && m_recursive)
                held.clear();
            auto row = pictures.rows() - static_cast<std::int32_t>(stretch.tokens.size());
            for (const std::int32_t token : stretch.tokens) {
                held.push_back({tokensBefore++, stretch.tokenPosition, stretch.last - 1, row++});
                if (contents) {
                    contents->sequence.push_back(static_cast<std::int64_t>(stretch.user));
                    contents->token.push_back(geometry.tokenAfter(stretch.tokenPosition, token));
                }
            }
        }
        outputs.push_back(done.rows);
        remembered.push_back(gatherRows(done.rows, copied(done.tokens, x.device())));
        rowsBefore += static_cast<std::int32_t>(done.rows.size(0));
    }
    if (shows)
        pictures.report(*context.observer());
    if (contents)
        contents->values = torch::cat(remembered).unsqueeze(1);
    return gatherRows(torch::cat(outputs), copied(answers, x.device()));
}

std::vector<std::int32_t> TokenChain::shownRows(const std::vector<Held>& held)
{
    std::vector<std::int32_t> rows;
    for (const Held& one : held)
        rows.push_back(one.shown);
    return rows;
}

std::vector<TokenChain::Held> TokenChain::heldOf(
    const HistoryMemory& memory, std::int64_t firstRow, std::int64_t events) const
{
    std::vector<Held> held;
    const std::int64_t tokens = memory.tokens();
    for (std::int64_t i = 0; i < tokens; ++i) {
        // Counted from the latest segment: with `recursive` the earlier ones have none.
        const std::int64_t segment = memory.segments - (tokens - 1 - i) / geometry.tokens;
        held.push_back({static_cast<std::int32_t>(firstRow + i),
            static_cast<std::int32_t>(segment * geometry.segment - 1), events + firstRow + i});
    }
    return held;
}

TokenChain::Pass TokenChain::passBehind(const AttentionModel& model, const PackedBatch& events,
    const HistoryMemories& memories, bool closes, ForwardContext& context) const
{
    const Tensor x = model.input(events, context);
    const auto offsets = events.offsetSpan();
    std::vector<Tensor> vectors{x.slice(0, 0, 0)};
    Remembered remembered;
    std::vector<Stretch> stretches;
    for (std::size_t b = 0; b < memories.size(); ++b) {
        const HistoryMemory& memory = *memories[b];
        Stretch stretch{offsets[b], offsets[b + 1], closes};
        if (closes) {
            stretch.tokens = presentTokens(geometry, {}, 0);
            stretch.tokenPosition = events.positions[stretch.last - 1].item<std::int32_t>();
        }
        stretch.held = heldOf(memory, std::ssize(remembered.times), events.events());
        stretches.push_back(std::move(stretch));
        remembered.times.insert(remembered.times.end(), memory.times.begin(), memory.times.end());
        if (memory.tokens() > 0)
            vectors.push_back(memory.values(0, keptColumns(model), x.scalar_type()));
    }
    remembered.rows = torch::cat(vectors);
    return pass(model, x, events, stretches, remembered, context);
}

void TokenChain::compress(
    const AttentionModel& model, const PackedBatch& segment, HistoryMemory& memory, ForwardContext& context) const
{
    if (geometry.tokens > 0) {
        const Pass done = passBehind(model, segment, {&memory}, true, context);
        memory.add(0, gatherRows(done.rows, copied(done.tokens)), keptColumns(model));
        const std::int64_t last
            = segment.times.defined() ? segment.times[segment.events() - 1].item<std::int64_t>() : 0;
        memory.times.insert(memory.times.end(), static_cast<std::size_t>(geometry.tokens), last);
    }
    ++memory.segments;
    if (m_recursive && geometry.tokens > 0)
        memory.keepLast(geometry.tokens);
}

Tensor TokenChain::encodeRecent(const AttentionModel& model, const PackedBatch& recent, const HistoryMemories& memories,
    ForwardContext& context) const
{
    const Pass done = passBehind(model, recent, memories, false, context);
    return gatherRows(done.rows, copied(done.answers).index_select(0, recent.lastRows()));
}

} // namespace recoscope::nn
