// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Scores of queries against the catalogue: no more than a short row of scores for a few queries is ever held.
#pragma once

#include "engine/kernels/cpu/score_tile.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/parallel.h"

namespace recoscope::kernels::cpu {

template <class V>
void scoreAll(std::int64_t width, const float* query, const float* table, const float* bias, float* scores,
    std::int64_t begin, std::int64_t end)
{
    std::int64_t i = begin;
    for (; i + 8 <= end; i += 8) {
        prefetchAhead(table + i * width, 8 * width * static_cast<std::int64_t>(sizeof(float)));
        const F8 sum = dotEight<V>(width, query, table + i * width, width);
        store<Eight>(scores + i, bias ? sum + load<Eight>(bias + i) : sum);
    }
    for (; i < end; ++i)
        scores[i] = dotOne<V>(width, query, table + i * width) + (bias ? bias[i] : 0.0f);
}

// In the order of dot_body.h, as scoreAll() gives it.
template <class V> RECOSCOPE_INLINE float exactScore(const TopK& a, std::int64_t query, std::int64_t item)
{
    return dotOne<V>(a.width, a.query + query * a.width, a.table + item * a.width) + (a.bias ? a.bias[item] : 0.0f);
}

// Scores are scanned in steps of this many, of which any may be past the end.
template <class V> constexpr std::int64_t scanStep = 4 * V::lanes;

// Scores of one query and some successive items, followed by -inf up to a whole number of scan steps. The exact ones
// are within `margin` of them.
struct ScoreRow {
    const TopK& a;
    std::int64_t query, first, count;
    float* scores;
    float margin;

    template <class V> RECOSCOPE_INLINE float exactAt(std::int64_t i) const
    {
        return margin == 0.0f ? scores[i] : exactScore<V>(a, query, first + i);
    }
};

// Walks queries [begin, end) over the catalogue, a few queries at a time, items ascending. For each of them the visitor
// sees start(slot, query), row(slot, ScoreRow) any number of times and finish(slot, query); all this once or more
// often, with ascending items. Slots count from 0 to blockRows.
template <class V, class Visitor> class CatalogueWalk {
public:
    using Tile = ScoreTile<V>;
    static constexpr std::int64_t blockTiles = 2; // a group of packed items serves so many tiles while it is near
    static constexpr std::int64_t blockRows = blockTiles * Tile::rows;
    // Scores of a row at a time: whole groups of packed items, which a tile starts at, and whole scan steps.
    static constexpr std::int64_t wholeItems = 4 * ScoreStrip<V>::group;
    static_assert(wholeItems % scanStep<V> == 0);
    static constexpr std::int64_t rowItems = 2048 / wholeItems * wholeItems;

    CatalogueWalk(const TopK& arguments, Visitor& visits)
        : a(arguments)
        , visitor(visits)
    {
    }

    // One query streams the table; its scores are the exact ones.
    void stream(std::int64_t q, float* scores)
    {
        visitor.start(0, q);
        for (std::int64_t first = 0; first < a.items; first += rowItems)
            exactRow(0, q, first, smaller(rowItems, a.items - first), scores);
        visitor.finish(0, q);
    }

    // Many go through tiles.
    void tile(std::int64_t begin, std::int64_t end, float* memory)
    {
        const std::int64_t most = stripItems(a);
        float* scores = memory;
        ScoreStrip<V> strip(scores + blockRows * stride, most, a.width);
        for (std::int64_t first = 0; first < a.items; first += most) {
            const std::int64_t count = smaller(most, a.items - first);
            strip.pack(a.table + first * a.width, a.bias ? a.bias + first : nullptr, count);
            for (std::int64_t q = begin; q < end; q += blockRows)
                block(strip, first, q, smaller(end, q + blockRows), scores);
        }
    }

    // Floats that tile() and stream() need.
    static std::int64_t room(const TopK& a) { return blockRows * stride + ScoreStrip<V>::room(stripItems(a), a.width); }

private:
    static constexpr std::int64_t stride = rowItems + V::lanes; // off the power of two

    static std::int64_t stripItems(const TopK& a) { return smaller(ScoreStrip<V>::mostItems(a.width), a.items); }

    void exactRow(std::int64_t slot, std::int64_t q, std::int64_t first, std::int64_t count, float* scores)
    {
        scoreAll<V>(a.width, a.query + q * a.width, a.table + first * a.width, a.bias ? a.bias + first : nullptr,
            scores, 0, count);
        row(slot, {a, q, first, count, scores, 0.0f});
    }

    void row(std::int64_t slot, const ScoreRow& r)
    {
        for (std::int64_t i = r.count; i % scanStep<V> != 0; ++i)
            r.scores[i] = -__builtin_inff();
        visitor.row(slot, r);
    }

    void block(const ScoreStrip<V>& strip, std::int64_t firstItem, std::int64_t q, std::int64_t end, float* scores)
    {
        const float* query[blockTiles][Tile::rows];
        float margin[blockRows];
        for (std::int64_t r = 0; r < blockRows; ++r) {
            const float* vector = query[r / Tile::rows][r % Tile::rows] = a.query + smaller(q + r, end - 1) * a.width;
            margin[r] = strip.margin(lengthOf<V>(vector, a.width));
            if (q + r < end)
                visitor.start(r, q + r);
        }
        const std::int64_t tiles = (end - q + Tile::rows - 1) / Tile::rows;
        for (std::int64_t at = 0; at < strip.count; at += rowItems) {
            const std::int64_t count = smaller(rowItems, strip.count - at);
            for (std::int64_t i = 0; i < count; i += strip.group)
                for (std::int64_t t = 0; t < tiles; ++t)
                    Tile::run(strip, at + i, query[t], scores + t * Tile::rows * stride + i, stride);
            for (std::int64_t r = 0; r < end - q; ++r) {
                float* rowScores = scores + r * stride;
                if (margin[r] < __builtin_inff())
                    row(r, {a, q + r, firstItem + at, count, rowScores, margin[r]});
                else
                    exactRow(r, q + r, firstItem + at, count, rowScores);
            }
        }
        for (std::int64_t r = 0; r < end - q; ++r)
            visitor.finish(r, q + r);
    }

    const TopK& a;
    Visitor& visitor;
};

// Shows queries [begin, end) to the visitor; `extra` is the memory of visitor.memory(float*).
template <class V, class Visitor>
void walkCatalogue(const TopK& a, std::int64_t begin, std::int64_t end, Visitor& visitor)
{
    using Walk = CatalogueWalk<V, Visitor>;
    Walk walk(a, visitor);
    float* memory = threadScratch(Walk::room(a) + Walk::blockRows * visitor.roomOfSlot());
    visitor.memory = memory + Walk::room(a);
    if (end - begin < 4)
        for (std::int64_t q = begin; q < end; ++q)
            walk.stream(q, memory);
    else
        walk.tile(begin, end, memory);
}

} // namespace recoscope::kernels::cpu
