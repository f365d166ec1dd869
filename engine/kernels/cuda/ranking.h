// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Scores and what is picked from them, without storing them. A score is one chain of multiply-adds over the dimensions
// in ascending order, and then the bias: whoever makes it gets the same bits. A block takes 32 queries and a span of
// the catalogue; spans are joined in the order of their items, so that ties keep the lower index.
#pragma once

#include "engine/kernels/cuda/faults.h"
#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/reduce.h"
#include "engine/kernels/cuda/tiles.h"
#include "engine/kernels/ranked_list.h"

namespace recoscope::kernels::cuda {

RECOSCOPE_DEVICE float scoreOf(
    const float* query, const float* table, const float* bias, std::int64_t width, std::int64_t item)
{
    float sum = 0.0f;
    for (std::int64_t d = 0; d < width; ++d)
        sum = multiplyAdd(query[d], table[item * width + d], sum);
    return bias ? sum + bias[item] : sum;
}

struct ScoreOfItem {
    ScoreAllOp a;

    RECOSCOPE_DEVICE void operator()(std::int64_t item) const
    {
        a.scores[item] = scoreOf(a.query, a.table, a.bias, a.width, item);
    }
};

template <class Launcher> void scoreAll(Launcher& launcher, const ScoreAllOp& a)
{
    forEach(launcher, a.items, ScoreOfItem{a});
}

struct RankingShape {
    std::int64_t queries, items, width, k;
    const float *query, *table, *bias;
    const std::int64_t* seenOffsets; // or null
    const std::int32_t* seen;
    std::int64_t spans, spanItems;

    RECOSCOPE_DEVICE RankedList list(std::int64_t q, std::int32_t* ids, float* scores) const
    {
        const std::int64_t begin = seenOffsets ? seenOffsets[q] : 0, end = seenOffsets ? seenOffsets[q + 1] : 0;
        return {k, ids, scores, seen + begin, end - begin};
    }
};

// Offers `count` items from `item` on, whose scores are given.
RECOSCOPE_DEVICE void offerRow(RankedList list, std::int64_t item, int count, const float* row)
{
    float bound = list.threshold();
    for (int i = 0; i < count; ++i)
        if (row[i] > bound) {
            list.offer(static_cast<std::int32_t>(item + i), row[i]);
            bound = list.threshold();
        }
}

// Counts of scores against that of the target: above, equal, equal with a lower index.
struct RankCounts {
    std::int64_t greater, equal, before;
};

// What a block looks for: with ids the best of each query in its span, with targets the counts.
struct RankTiles {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t sharedBytes = 3 * tileFloats * sizeof(float);

    RankingShape shape;
    std::int32_t* ids; // [spans, queries, k] or null, as scores
    float* scores;
    const std::int32_t* targets; // or null, as the next two
    const float* targetScores;
    RankCounts* counts; // [spans, queries]
    const std::int32_t* done; // [queries] not 0 where the list is made already; or null

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t first = block.index() / shape.spans * tileSide, span = block.index() % shape.spans;
        if (allDone(first))
            return;
        const std::int64_t end = smaller(shape.items, (span + 1) * shape.spanItems);
        float *tile = reinterpret_cast<float*>(block.shared()), *room = tile + tileFloats;
        typename Block::template Private<Tile> products;
        typename Block::template Private<RankCounts> found;
        const auto queryOf = [&](int t) { return t < tileSide && first + t < shape.queries ? first + t : -1; };
        block.phase([&](int t) {
            found(t) = {0, 0, 0};
            if (ids && queryOf(t) >= 0)
                listOf(span, queryOf(t)).fill();
        });
        for (std::int64_t item = span * shape.spanItems; item < end; item += tileSide) {
            tileProducts(block, rowsFrom(shape.query, shape.width, shape.width, first, shape.queries),
                rowsFrom(shape.table, shape.width, shape.width, item, end), room, products);
            block.phase([&](int t) {
                forTile(t, [&](int r, int c, int row, int column) {
                    const float bias = shape.bias && item + column < end ? shape.bias[item + column] : 0.0f;
                    const float product = products(t).at[r][c];
                    tile[row * tilePitch + column] = shape.bias ? product + bias : product;
                });
            });
            block.phase([&](int t) {
                const std::int64_t q = queryOf(t);
                const auto count = static_cast<int>(smaller<std::int64_t>(tileSide, end - item));
                if (q >= 0 && ids)
                    offerRow(listOf(span, q), item, count, tile + t * tilePitch);
                if (q >= 0 && targets)
                    compare(q, item, count, tile + t * tilePitch, found(t));
            });
        }
        block.phase([&](int t) {
            if (targets && queryOf(t) >= 0)
                counts[span * shape.queries + queryOf(t)] = found(t);
        });
    }

private:
    RECOSCOPE_DEVICE RankedList listOf(std::int64_t span, std::int64_t q) const
    {
        const std::int64_t at = (span * shape.queries + q) * shape.k;
        return shape.list(q, ids + at, scores + at);
    }

    // Whether nobody waits for what is made of queries [first, first + 32).
    RECOSCOPE_DEVICE bool allDone(std::int64_t first) const
    {
        const std::int64_t end = done ? smaller(shape.queries, first + tileSide) : first;
        std::int64_t q = first;
        while (q < end && done[q])
            ++q;
        return done && q == end;
    }

    RECOSCOPE_DEVICE void compare(
        std::int64_t q, std::int64_t item, int count, const float* row, RankCounts& found) const
    {
        const RankedList list = shape.list(q, nullptr, nullptr);
        for (int i = 0; i < count; ++i) {
            if (!(row[i] >= targetScores[q]) || item + i == targets[q]
                || list.isSeen(static_cast<std::int32_t>(item + i)))
                continue;
            found.greater += row[i] > targetScores[q];
            found.equal += row[i] == targetScores[q];
            found.before += row[i] == targetScores[q] && item + i < targets[q];
        }
    }
};

struct JoinLists {
    RankingShape shape;
    const std::int32_t* ids;
    const float* scores;
    std::int32_t* toIds;
    float* toScores;
    const std::int32_t* done; // as in RankTiles

    RECOSCOPE_DEVICE void operator()(std::int64_t q) const
    {
        if (done && done[q])
            return;
        RankedList list(shape.k, toIds + q * shape.k, toScores + q * shape.k, nullptr, 0);
        list.fill();
        for (std::int64_t s = 0; s < shape.spans; ++s)
            for (std::int64_t i = (s * shape.queries + q) * shape.k; i < (s * shape.queries + q + 1) * shape.k; ++i) {
                if (!(scores[i] > list.threshold())) // and so are the rest of the span
                    break;
                list.offer(ids[i], scores[i]);
            }
    }
};

struct TargetScores {
    RankingShape shape;
    const std::int32_t* targets;
    float* scores;
    std::int32_t* fault;

    RECOSCOPE_DEVICE void operator()(std::int64_t q) const
    {
        const bool known = inside(targets[q], shape.items);
        if (!known)
            raiseFault(fault, Fault::RankTargets);
        scores[q] = known ? scoreOf(shape.query + q * shape.width, shape.table, shape.bias, shape.width, targets[q])
                          : -minusInfinity;
    }
};

struct JoinCounts {
    RankingShape shape;
    const RankCounts* counts;
    std::int64_t *greater, *equal, *equalBefore;

    RECOSCOPE_DEVICE void operator()(std::int64_t q) const
    {
        RankCounts sum{0, 0, 0};
        for (std::int64_t s = 0; s < shape.spans; ++s) {
            const RankCounts& part = counts[s * shape.queries + q];
            sum = {sum.greater + part.greater, sum.equal + part.equal, sum.before + part.before};
        }
        greater[q] = sum.greater;
        equal[q] = sum.equal;
        equalBefore[q] = sum.before;
    }
};

inline RankingShape rankingShape(const TopK& a)
{
    constexpr std::int64_t wantedBlocks = 1024;
    const std::int64_t tiles = pieces(a.items, tileSide), queryTiles = pieces(a.queries, tileSide);
    const std::int64_t wanted = smaller(
        larger<std::int64_t>(1, wantedBlocks / larger<std::int64_t>(1, queryTiles)), larger<std::int64_t>(1, tiles));
    const std::int64_t spanItems = larger<std::int64_t>(1, pieces(tiles, wanted)) * tileSide;
    const bool masked = !a.seenOffsets.empty();
    return {a.queries, a.items, a.width, a.k, a.query, a.table, a.bias, masked ? a.seenOffsets.data() : nullptr,
        a.seen.data(), larger<std::int64_t>(1, pieces(a.items, spanItems)), spanItems};
}

// With `done` [queries] lists alone, and of the queries alone where it is 0.
template <class Launcher>
void rank(Launcher& launcher, const TopK& a, const RankTargets* r, const std::int32_t* done = nullptr)
{
    const RankingShape shape = rankingShape(a);
    const std::int64_t places = a.k > 0 ? shape.spans * a.queries * a.k : 0;
    std::int32_t* ids = launcher.template temporary<std::int32_t>(places);
    float* scores = launcher.template temporary<float>(places);
    RankCounts* counts = launcher.template temporary<RankCounts>(r ? shape.spans * a.queries : 0);
    if (r)
        forEach(launcher, a.queries, TargetScores{shape, r->targets, r->targetScore, launcher.call().fault});
    launcher.launch(RankTiles{shape, a.k > 0 ? ids : nullptr, scores, r ? r->targets : nullptr,
                        r ? r->targetScore : nullptr, counts, done},
        pieces(a.queries, tileSide) * shape.spans, RankTiles::sharedBytes);
    if (a.k > 0)
        forEach(launcher, a.queries, JoinLists{shape, ids, scores, a.ids, a.scores, done});
    if (r)
        forEach(launcher, a.queries, JoinCounts{shape, counts, r->greater, r->equal, r->equalBefore});
}

template <class Launcher> void topK(Launcher& launcher, const TopK& a)
{
    rank(launcher, a, nullptr);
}

template <class Launcher> void rankTargets(Launcher& launcher, const RankTargets& r)
{
    rank(launcher, r.top, &r);
}

} // namespace recoscope::kernels::cuda
