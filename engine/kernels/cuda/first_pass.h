// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Lists from a table of bfloat16 that are those of topK() byte for byte. A first pass with its products on tensor cores
// lists somewhat more items than are wanted; those are scored again from the floats. No other item scores above the
// last one listed by more than the margin of the query, so where that is below the list's own last score, the list is
// proven; the queries for which it is not go through the floats, tile by tile.
#pragma once

#include "engine/kernels/cuda/group_first_pass.h"
#include "engine/kernels/cuda/ranking.h"
#include "engine/kernels/cuda/tensor_tiles.h"

namespace recoscope::kernels::cuda {

// The query in bfloat16, and how far the product of a rounded item with it may be from a score without its bias, by
// Cauchy and Schwarz; infinite where that is no use.
struct RoundQuery {
    TopKBf16Op op;
    Bfloat16* rounded; // [queries, stride]
    float* margins; // [queries]

    RECOSCOPE_DEVICE void operator()(std::int64_t q) const
    {
        const std::int64_t width = op.top.width;
        double length = 0.0, rest = 0.0;
        for (std::int64_t d = 0; d < op.stride; ++d) {
            const float x = d < width ? op.top.query[q * width + d] : 0.0f;
            const Bfloat16 kept = toBfloat16(x);
            rounded[q * op.stride + d] = kept;
            const double lost = static_cast<double>(x) - toFloat(kept);
            length += static_cast<double>(x) * x;
            rest += lost * lost;
        }
        length = sqrt(length);
        const double longest = static_cast<double>(op.longest) + op.residual;
        const double rounding = static_cast<double>(4 * width + 32) * 0x1p-24 * length * longest;
        const double margin = (length * op.residual + sqrt(rest) * longest + rounding) * 1.00001 + 1e-30;
        margins[q] = margin < 1e30 ? static_cast<float>(margin) : -minusInfinity;
    }
};

// The best of each query in a span, by the products of rounded rows.
struct FirstPassTiles {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t sharedBytes
        = 2 * stageNumbers * sizeof(Bfloat16) + (productNumbers + tileFloats) * sizeof(float);

    RankingShape shape; // k is the length of these lists
    const Bfloat16 *queries, *items; // [queries, stride], [items, stride]
    std::int64_t stride;
    std::int32_t* ids; // [spans, queries, k], as scores
    float* scores;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t first = block.index() / shape.spans * tileSide, span = block.index() % shape.spans;
        const std::int64_t end = smaller(shape.items, (span + 1) * shape.spanItems);
        SharedRoom room{block.shared()};
        Bfloat16* stages = room.take<Bfloat16>(2 * stageNumbers);
        float *products = room.take<float>(productNumbers), *tile = room.take<float>(tileFloats);
        const auto asks = [&](int t) { return t < tileSide && first + t < shape.queries; };
        block.phase([&](int t) {
            if (asks(t))
                listOf(span, first + t).fill();
        });
        for (std::int64_t item = span * shape.spanItems; item < end; item += tileSide) {
            tensorProducts(block, rows(queries, first, shape.queries), rows(items, item, end), stages, products);
            block.phase([&](int t) {
                forTile(t, [&](int, int, int row, int column) {
                    const float product = products[row * productPitch + column];
                    tile[row * tilePitch + column]
                        = shape.bias && item + column < end ? product + shape.bias[item + column] : product;
                });
            });
            block.phase([&](int t) {
                if (asks(t))
                    offerRow(listOf(span, first + t), item,
                        static_cast<int>(smaller<std::int64_t>(tileSide, end - item)), tile + t * tilePitch);
            });
        }
    }

private:
    RECOSCOPE_DEVICE Bf16Rows rows(const Bfloat16* matrix, std::int64_t first, std::int64_t end) const
    {
        return {matrix + first * stride, stride, smaller<std::int64_t>(tileSide, end - first), stride};
    }
    RECOSCOPE_DEVICE RankedList listOf(std::int64_t span, std::int64_t q) const
    {
        const std::int64_t at = (span * shape.queries + q) * shape.k;
        return shape.list(q, ids + at, scores + at);
    }
};

// A block for each query: its candidates scored from the floats, each put where as many are better, and whether that
// proves the list.
struct ScoreAgain {
    static constexpr int threads = blockThreads;

    TopK top;
    std::int64_t candidates;
    const std::int32_t* ids; // [queries, candidates], best first, as the next
    const float* approximate;
    const float* margins; // [queries]
    float* exact; // [queries, candidates]
    std::int32_t* proven; // [queries]

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t q = block.index(), k = top.k;
        const std::int32_t* id = ids + q * candidates;
        float* score = exact + q * candidates;
        block.phase([&](int t) {
            for (std::int64_t i = t; i < candidates; i += threads)
                score[i] = id[i] < 0 ? minusInfinity
                                     : scoreOf(top.query + q * top.width, top.table, top.bias, top.width, id[i]);
            for (std::int64_t i = t; i < k; i += threads) {
                top.ids[q * k + i] = -1;
                top.scores[q * k + i] = minusInfinity;
            }
        });
        block.phase([&](int t) {
            for (std::int64_t i = t; i < candidates; i += threads) {
                std::int64_t place = score[i] > minusInfinity ? 0 : k;
                for (std::int64_t j = 0; j < candidates && place < k; ++j)
                    place += score[j] > score[i] || (score[j] == score[i] && id[j] < id[i]);
                if (place < k) {
                    top.ids[q * k + place] = id[i];
                    top.scores[q * k + place] = score[i];
                }
            }
        });
        block.phase([&](int t) {
            if (t == 0)
                proven[q]
                    = mostOfOthers(approximate[(q + 1) * candidates - 1], margins[q]) < top.scores[(q + 1) * k - 1];
        });
    }

private:
    // Bound of the scores that were not listed: the last listed one, the margin, and a rounding of each sum with a
    // bias.
    RECOSCOPE_DEVICE static float mostOfOthers(float last, float margin)
    {
        return last > minusInfinity ? last + margin + fabsf(last) * 0x1p-22f + 1e-30f : last + margin;
    }
};

template <class Launcher> void topKBf16(Launcher& launcher, const TopKBf16Op& op)
{
    const TopK& a = op.top;
    std::int32_t* proven = launcher.template temporary<std::int32_t>(a.queries);
    {
        const typename Launcher::Scope scope(launcher);
        RankingShape shape = rankingShape(a);
        shape.k = a.k + larger<std::int64_t>(32, a.k / 2);
        const std::int64_t listed = a.queries * shape.k;
        Bfloat16* queries = launcher.template temporary<Bfloat16>(a.queries * op.stride);
        float* margins = launcher.template temporary<float>(a.queries);
        std::int32_t* spanIds = launcher.template temporary<std::int32_t>(shape.spans * listed);
        float* spanScores = launcher.template temporary<float>(shape.spans * listed);
        std::int32_t* ids = launcher.template temporary<std::int32_t>(listed);
        float *scores = launcher.template temporary<float>(listed), *exact = launcher.template temporary<float>(listed);
        forEach(launcher, a.queries, RoundQuery{op, queries, margins});
        if (!suitsGroups(op) || !launcher.warpGroups())
            launcher.launch(FirstPassTiles{shape, queries, op.rounded, op.stride, spanIds, spanScores},
                pieces(a.queries, tileSide) * shape.spans, FirstPassTiles::sharedBytes);
        else if (a.queries <= GroupFirstPass<1>::rows)
            launchGroupFirstPass<1>(launcher, shape, op, queries, spanIds, spanScores);
        else
            launchGroupFirstPass<2>(launcher, shape, op, queries, spanIds, spanScores);
        forEach(launcher, a.queries, JoinLists{shape, spanIds, spanScores, ids, scores, nullptr});
        launcher.launch(ScoreAgain{a, shape.k, ids, scores, margins, exact, proven}, a.queries, 0);
    }
    rank(launcher, a, nullptr, proven);
}

} // namespace recoscope::kernels::cuda
