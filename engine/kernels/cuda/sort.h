// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A stable radix sort of row indices with the places they stood at, four bits a pass, and sums over the entries of each
// row in their order: the deterministic way to add many rows to few.
#pragma once

#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/reduce.h"

#include <bit>

namespace recoscope::kernels::cuda {

struct SortedEntries {
    std::int64_t count;
    const std::int32_t *keys, *entries; // keys ascending; those that are no rows last, as the number of rows
};

struct StartOfSort {
    const std::int32_t* from;
    std::int64_t limit;
    std::int32_t *keys, *entries;

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const
    {
        keys[i] = inside(from[i], limit) ? from[i] : static_cast<std::int32_t>(limit);
        entries[i] = static_cast<std::int32_t>(i);
    }
};

// A block's share of a pass: how many keys it has of each digit, or where they go.
template <bool Moves> struct RadixPass {
    static constexpr int threads = blockThreads, digits = 16, keysOfThread = 8, tile = threads * keysOfThread;
    static constexpr std::int64_t sharedBytes = digits * threads * sizeof(std::int32_t);

    const std::int32_t *keys, *entries;
    std::int64_t count, blocks;
    int shift;
    std::int32_t* places; // [digits, blocks]: counts, which become the first places
    std::int32_t *toKeys, *toEntries;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        auto* counts = reinterpret_cast<std::int32_t*>(block.shared()); // [digits, threads]
        const auto digitOf = [&](std::int32_t key) { return key >> shift & (digits - 1); };
        const auto forKeys = [&](int t, auto&& body) {
            const std::int64_t first = block.index() * tile + t * keysOfThread;
            for (std::int64_t i = first; i < smaller(count, first + keysOfThread); ++i)
                body(i, counts[digitOf(keys[i]) * threads + t]);
        };
        block.phase([&](int t) {
            for (int d = 0; d < digits; ++d)
                counts[d * threads + t] = 0;
            forKeys(t, [&](std::int64_t, std::int32_t& mine) { ++mine; });
        });
        block.phase([&](int t) {
            if (t >= digits)
                return;
            std::int32_t& total = places[t * blocks + block.index()];
            std::int32_t at = Moves ? total : 0;
            for (int other = 0; other < threads; ++other) {
                std::int32_t& mine = counts[t * threads + other];
                const std::int32_t next = at + mine;
                mine = at;
                at = next;
            }
            if (!Moves)
                total = at;
        });
        if (!Moves)
            return;
        block.phase([&](int t) {
            forKeys(t, [&](std::int64_t i, std::int32_t& mine) {
                toKeys[mine] = keys[i];
                toEntries[mine++] = entries[i];
            });
        });
    }
};

// Each number becomes the sum of those before it; one block.
struct ExclusiveSums {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t sharedBytes = threads * sizeof(std::int32_t);

    std::int32_t* values;
    std::int64_t count;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        auto* sums = reinterpret_cast<std::int32_t*>(block.shared());
        const std::int64_t share = pieces(count, threads);
        block.phase([&](int t) {
            std::int32_t sum = 0;
            for (std::int64_t i = t * share; i < smaller(count, (t + 1) * share); ++i)
                sum += values[i];
            sums[t] = sum;
        });
        block.phase([&](int t) {
            std::int32_t sum = 0;
            for (int other = 0; t == 0 && other < threads; ++other) {
                const std::int32_t next = sum + sums[other];
                sums[other] = sum;
                sum = next;
            }
        });
        block.phase([&](int t) {
            std::int32_t sum = sums[t];
            for (std::int64_t i = t * share; i < smaller(count, (t + 1) * share); ++i) {
                const std::int32_t next = sum + values[i];
                values[i] = sum;
                sum = next;
            }
        });
    }
};

// `count` below 2^31. Entries with one key keep their order.
template <class Launcher>
SortedEntries sortEntries(Launcher& launcher, const std::int32_t* keys, std::int64_t count, std::int64_t limit)
{
    using Count = RadixPass<false>;
    using Move = RadixPass<true>;
    const std::int64_t blocks = pieces(count, Count::tile);
    std::int32_t *fromKeys = launcher.template temporary<std::int32_t>(count),
                 *fromEntries = launcher.template temporary<std::int32_t>(count),
                 *toKeys = launcher.template temporary<std::int32_t>(count),
                 *toEntries = launcher.template temporary<std::int32_t>(count),
                 *places = launcher.template temporary<std::int32_t>(Count::digits * blocks);
    forEach(launcher, count, StartOfSort{keys, limit, fromKeys, fromEntries});
    for (int shift = 0; limit >> shift > 0; shift += 4) {
        launcher.launch(
            Count{fromKeys, fromEntries, count, blocks, shift, places, nullptr, nullptr}, blocks, Count::sharedBytes);
        launcher.launch(ExclusiveSums{places, Count::digits * blocks}, 1, ExclusiveSums::sharedBytes);
        launcher.launch(
            Move{fromKeys, fromEntries, count, blocks, shift, places, toKeys, toEntries}, blocks, Move::sharedBytes);
        std::swap(fromKeys, toKeys);
        std::swap(fromEntries, toEntries);
    }
    return {count, fromKeys, fromEntries};
}

// to[key] += summand(entry, key, d) for all entries of each row, in their order: a warp for each row that occurs, which
// the block that has its first entry among its 128 finds.
template <class Summand> struct AddSegments {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t sharedBytes = threads * sizeof(std::int32_t);

    Summand summand;
    SortedEntries sorted;
    std::int64_t limit, width;
    float* to; // [limit, width]

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        auto* heads = reinterpret_cast<std::int32_t*>(block.shared()); // the row that begins at a place, or -1
        const std::int64_t first = block.index() * threads;
        block.phase([&](int t) {
            const std::int64_t i = first + t;
            const bool begins = i < sorted.count && (i == 0 || sorted.keys[i - 1] != sorted.keys[i]);
            heads[t] = begins && sorted.keys[i] < limit ? sorted.keys[i] : -1;
        });
        block.phase([&](int t) {
            for (int place = t / 32; place < threads; place += threads / 32)
                if (heads[place] >= 0)
                    addRow(first + place, heads[place], t % 32);
        });
    }

private:
    RECOSCOPE_DEVICE void addRow(std::int64_t begin, std::int32_t key, int lane) const
    {
        for (std::int64_t d = lane; d < width; d += 32) {
            float& target = to[static_cast<std::int64_t>(key) * width + d];
            float sum = target;
            for (std::int64_t i = begin; i < sorted.count && sorted.keys[i] == key; ++i)
                sum += summand(sorted.entries[i], key, d);
            target = sum;
        }
    }
};

template <class Launcher, class Summand>
void addSegments(Launcher& launcher, const Summand& summand, const SortedEntries& sorted, std::int64_t limit,
    std::int64_t width, float* to)
{
    using Kernel = AddSegments<Summand>;
    launcher.launch(
        Kernel{summand, sorted, limit, width, to}, pieces(sorted.count, Kernel::threads), Kernel::sharedBytes);
}

} // namespace recoscope::kernels::cuda
