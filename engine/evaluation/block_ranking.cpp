// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/block_ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.h"
#include "engine/evaluation/ranking.h"
#include "engine/evaluation/score_ranking.h"
#include "engine/evaluation/targets.h"
#include "engine/kernels/ops.h"

namespace recoscope {

namespace {

std::span<const std::int32_t> window(const EvaluationCase& c, const Protocol& protocol)
{
    const std::size_t length = std::min(c.history.size(), static_cast<std::size_t>(protocol.maxLength));
    return c.history.last(length);
}

void requireNumbers(std::span<const float> values, const TrainedModel& model, bool infinityAllowed)
{
    for (float v : values)
        if (std::isnan(v) || (!infinityAllowed && std::isinf(v)))
            throw Error(ErrorKind::Input, model.modelName() + " gives scores that are not numbers",
                "its training diverged: lower the learning rate, or set a clip, and train again");
}

bool contains(std::span<const std::int32_t> ascending, std::int32_t item)
{
    return std::binary_search(ascending.begin(), ascending.end(), item);
}

// Targets that cannot be listed take the places from `place` on, one after another.
template <class Unlisted>
void missWhere(Unlisted unlisted, const EvaluationCase& c, std::int64_t place, RankedUser& out)
{
    for (std::size_t t = 0; t < c.targets.size(); ++t)
        if (unlisted(c.targets[t]))
            out.targets[t] = {place++, 0, 0};
}

void missMasked(const EvaluationCase& c, std::span<const std::int32_t> mask, std::int64_t place, RankedUser& out)
{
    missWhere([&](std::int32_t target) { return contains(mask, target); }, c, place, out);
}

bool isSampled(CandidateKind kind)
{
    return kind == CandidateKind::Uniform || kind == CandidateKind::Popular;
}

void keepTop(const std::vector<ScoredItem>& top, std::span<const std::int32_t> names, RankedUser& out)
{
    for (const ScoredItem& s : top) {
        out.items.push_back(names.empty() ? s.item : names[static_cast<std::size_t>(s.item)]);
        out.scores.push_back(s.score);
    }
}

} // namespace

struct BlockRanker::Block {
    std::span<const EvaluationCase> cases;
    PackedSequences histories; // cut to the protocol's window
    std::vector<std::vector<std::int32_t>> masks;
};

std::vector<std::int32_t> maskedItems(const EvaluationCase& c, const Protocol& protocol)
{
    std::span<const std::int32_t> seen;
    if (protocol.maskSeen == MaskSeen::Window)
        seen = window(c, protocol);
    else if (protocol.maskSeen == MaskSeen::History)
        seen = c.history;
    std::vector<std::int32_t> items(seen.begin(), seen.end());
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    return items;
}

BlockRanker::BlockRanker(const TrainedModel& model, const PreparedData& data, const Protocol& protocol)
    : m_model(model)
    , m_data(data)
    , m_protocol(protocol)
    , m_lister(dynamic_cast<const ListingModel*>(&model))
    , m_head(model.linearHead())
{
    if (model.items() != data.items())
        throw Error(ErrorKind::Input,
            model.modelName() + " knows " + std::to_string(model.items()) + " items, the data has "
                + std::to_string(data.items()),
            "evaluate with the dataset and filter that the run was trained on");
    if (m_lister && isSampled(protocol.candidates))
        throw Error(ErrorKind::Refused,
            model.modelName() + " finds lists in the whole catalogue and gives no scores for sampled candidates",
            "set the protocol's candidates to full");
    if (isSampled(protocol.candidates))
        m_sampler.emplace(protocol.candidates, protocol.candidateCount, data.trainCounts());
}

std::int64_t BlockRanker::affordableUsers() const
{
    constexpr std::int64_t products = 2'000'000'000; // multiply-adds of one block
    constexpr std::int64_t scores = 8'000'000; // scores held at once
    constexpr std::int64_t searched = 32; // users of one search
    if (m_lister)
        return searched;
    const std::int64_t perUser = std::max<std::int64_t>(1, m_data.items());
    return std::max<std::int64_t>(
        1, m_head ? products / (perUser * std::max<std::int64_t>(1, m_head->width)) : scores / perUser);
}

std::vector<RankedUser> BlockRanker::rank(std::span<const EvaluationCase> cases, std::int64_t depth) const
{
    Block block{cases, {}, {}};
    std::vector<RankedUser> out(cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const auto items = window(cases[i], m_protocol);
        if (m_data.hasTimes())
            block.histories.append(items, cases[i].times.last(items.size()), cases[i].targetTime);
        else
            block.histories.append(items);
        block.histories.appendFeedback(cases[i].feedback.last(std::min(items.size(), cases[i].feedback.size())));
        block.histories.appendMarks(cases[i].marks.last(std::min(items.size(), cases[i].marks.size())));
        block.masks.push_back(hiddenItems(cases[i], m_data, m_protocol));
        out[i].targets.resize(cases[i].targets.size());
    }
    if (m_sampler)
        rankCandidates(block, depth, out);
    else if (m_head)
        rankWithHead(block, depth, out);
    else
        rankWithScores(block, depth, out);
    return out;
}

std::vector<float> BlockRanker::encode(const Block& block) const
{
    std::vector<float> vectors(block.cases.size() * static_cast<std::size_t>(m_head->width));
    m_model.encodeLast(block.histories.view(), vectors);
    requireNumbers(vectors, m_model, false);
    return vectors;
}

void BlockRanker::rankWithHead(const Block& block, std::int64_t depth, std::vector<RankedUser>& out) const
{
    const std::vector<float> vectors = encode(block);
    const auto width = static_cast<std::size_t>(m_head->width);
    std::size_t rounds = 1;
    for (const EvaluationCase& c : block.cases)
        rounds = std::max(rounds, c.targets.size());
    // Round t ranks the t-th target of every user that has one; the lists come with the first.
    for (std::size_t round = 0; round < rounds; ++round) {
        std::vector<std::size_t> members;
        std::vector<float> queries;
        std::vector<std::int64_t> seenOffsets{0};
        std::vector<std::int32_t> seen, targets;
        for (std::size_t i = 0; i < block.cases.size(); ++i) {
            if (round >= block.cases[i].targets.size())
                continue;
            members.push_back(i);
            queries.insert(queries.end(), vectors.begin() + std::ptrdiff_t(i * width),
                vectors.begin() + std::ptrdiff_t((i + 1) * width));
            seen.insert(seen.end(), block.masks[i].begin(), block.masks[i].end());
            seenOffsets.push_back(static_cast<std::int64_t>(seen.size()));
            targets.push_back(block.cases[i].targets[round]);
        }
        const std::size_t rows = members.size();
        const std::int64_t k = round == 0 ? std::min(depth, m_head->items) : 0;
        std::vector<std::int32_t> ids(rows * static_cast<std::size_t>(k));
        std::vector<float> scores(ids.size()), targetScores(rows);
        std::vector<std::int64_t> greater(rows), equal(rows), before(rows);
        kernels::RankTargets job;
        job.top = {static_cast<std::int64_t>(rows), m_head->items, m_head->width, k, queries.data(), m_head->table,
            m_head->bias, seenOffsets, seen, ids.data(), scores.data()};
        job.targets = targets.data();
        job.greater = greater.data();
        job.equal = equal.data();
        job.equalBefore = before.data();
        job.targetScore = targetScores.data();
        kernels::rankTargets(job);
        for (std::size_t r = 0; r < rows; ++r) {
            RankedUser& user = out[members[r]];
            if (greater[r] < 0 || equal[r] < 0 || before[r] < 0)
                throw Error(ErrorKind::Internal, "a target has a rank above the first",
                    "report this with the output of recoscope-cli doctor; RECOSCOPE_KERNELS=scalar may work meanwhile");
            user.targets[round] = {greater[r], equal[r], before[r]};
            for (std::size_t j = r * std::size_t(k); j < (r + 1) * std::size_t(k) && ids[j] >= 0; ++j) {
                user.items.push_back(ids[j]);
                user.scores.push_back(scores[j]);
            }
        }
    }
    for (std::size_t i = 0; i < block.cases.size(); ++i)
        missMasked(block.cases[i], block.masks[i],
            missPlace(m_head->items - static_cast<std::int64_t>(block.masks[i].size()), m_protocol), out[i]);
}

void BlockRanker::rankWithScores(const Block& block, std::int64_t depth, std::vector<RankedUser>& out) const
{
    const auto items = static_cast<std::size_t>(m_data.items());
    std::vector<float> scores(block.cases.size() * items);
    if (m_lister)
        scoreLists(block, scores);
    else
        m_model.score(block.histories.view(), scores);
    requireNumbers(scores, m_model, true);
    for (std::size_t i = 0; i < block.cases.size(); ++i) {
        const auto row = std::span(scores).subspan(i * items, items);
        for (std::size_t t = 0; t < block.cases[i].targets.size(); ++t)
            out[i].targets[t] = rankInScores(row, block.masks[i], block.cases[i].targets[t]);
        const std::int64_t missed = missPlace(std::int64_t(items - block.masks[i].size()), m_protocol);
        std::vector<ScoredItem> top = topItems(row, block.masks[i], depth);
        if (m_lister) {
            const auto outside = [&](float score) { return std::isinf(score); };
            missWhere([&](std::int32_t t) { return outside(row[std::size_t(t)]) || contains(block.masks[i], t); },
                block.cases[i], missed, out[i]);
            std::erase_if(top, [&](const ScoredItem& s) { return outside(s.score); });
        } else {
            missMasked(block.cases[i], block.masks[i], missed, out[i]);
        }
        keepTop(top, {}, out[i]);
    }
}

void BlockRanker::scoreLists(const Block& block, std::span<float> scores) const
{
    std::vector<std::int64_t> offsets{0};
    std::vector<std::int32_t> hidden;
    for (const std::vector<std::int32_t>& mask : block.masks) {
        hidden.insert(hidden.end(), mask.begin(), mask.end());
        offsets.push_back(static_cast<std::int64_t>(hidden.size()));
    }
    m_lister->scoreHiding(block.histories.view(), {offsets, hidden}, scores);
}

std::vector<float> BlockRanker::candidateScores(
    std::span<const std::int32_t> items, std::span<const float> vector) const
{
    const auto width = static_cast<std::size_t>(m_head->width);
    std::vector<float> rows(items.size() * width), bias(m_head->bias ? items.size() : 0), scores(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        const float* row = m_head->table + static_cast<std::size_t>(items[i]) * width;
        std::copy(row, row + width, rows.begin() + std::ptrdiff_t(i * width));
        if (m_head->bias)
            bias[i] = m_head->bias[items[i]];
    }
    kernels::scoreAll(static_cast<std::int64_t>(items.size()), m_head->width, vector.data(), rows.data(),
        m_head->bias ? bias.data() : nullptr, scores.data());
    return scores;
}

void BlockRanker::rankCandidates(const Block& block, std::int64_t depth, std::vector<RankedUser>& out) const
{
    const std::size_t rowSize = static_cast<std::size_t>(m_head ? m_head->width : m_data.items());
    std::vector<float> rows(block.cases.size() * rowSize);
    if (m_head)
        m_model.encodeLast(block.histories.view(), rows);
    else
        m_model.score(block.histories.view(), rows);
    requireNumbers(rows, m_model, !m_head);
    for (std::size_t i = 0; i < block.cases.size(); ++i) {
        const EvaluationCase& c = block.cases[i];
        std::vector<std::int32_t> targets(c.targets.begin(), c.targets.end());
        std::erase_if(targets, [&](std::int32_t t) { return contains(block.masks[i], t); });
        std::sort(targets.begin(), targets.end());
        std::vector<std::int32_t> excluded, items;
        std::set_union(
            block.masks[i].begin(), block.masks[i].end(), targets.begin(), targets.end(), std::back_inserter(excluded));
        const auto user = static_cast<std::uint64_t>(m_data.datasetUser(c.user));
        const std::vector<std::int32_t> drawn = m_sampler->draw(user, excluded);
        std::set_union(drawn.begin(), drawn.end(), targets.begin(), targets.end(), std::back_inserter(items));
        const auto row = std::span<const float>(rows).subspan(i * rowSize, rowSize);
        std::vector<float> scores;
        if (m_head)
            scores = candidateScores(items, row);
        else
            for (std::int32_t item : items)
                scores.push_back(row[static_cast<std::size_t>(item)]);
        for (std::size_t t = 0; t < c.targets.size(); ++t) {
            const auto at = std::lower_bound(items.begin(), items.end(), c.targets[t]);
            if (at != items.end() && *at == c.targets[t])
                out[i].targets[t] = rankInScores(scores, {}, static_cast<std::int32_t>(at - items.begin()));
        }
        missMasked(c, block.masks[i], missPlace(static_cast<std::int64_t>(items.size()), m_protocol), out[i]);
        keepTop(topItems(scores, {}, depth), items, out[i]);
    }
}

} // namespace recoscope
