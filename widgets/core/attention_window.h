// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of one head that the Attention page shows: the last n events, raw or with each row scaled to sum to 1 over
// all events it reads (not only the shown ones, so that cutting the window never changes a number). Pure functions of
// values; any thread. Rows are queries, columns are what they read, both oldest first.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/inspection/attention.h"
#include "engine/serving/session.h"

namespace recoscope {

enum class AttentionScale { Raw, RowNormalised };

struct AttentionWindow {
    std::int64_t first = 0; // index of the first shown event
    std::int64_t size = 0; // shown events
    std::vector<float> weights; // [size, size], NaN above the diagonal (masked)
    double largest = 0.0; // over the shown cells
    double rowMean(std::int64_t row) const; // mean of the unmasked cells of a shown row

    float at(std::int64_t row, std::int64_t column) const
    {
        return weights[static_cast<std::size_t>(row * size + column)];
    }
};
// `events` 0 = all.
AttentionWindow attentionWindow(
    const AttentionMaps& maps, std::int64_t layer, std::int64_t head, AttentionScale scale, std::int64_t events);

// What the last row reads, largest first; at most `limit` events.
struct ReadEvent {
    std::int64_t event = 0; // index among all events of the maps
    double weight = 0.0;
};
std::vector<ReadEvent> predictionReads(
    const AttentionMaps& maps, std::int64_t layer, std::int64_t head, AttentionScale scale, int limit);

// The events that lift an item most: positive leave-one-out contributions, largest first, until they make up `share`
// of all positive contributions, at most `limit`. Indices into the contributions.
std::vector<int> liftingEvents(const Explanation& explanation, double share, int limit);

// A small picture of a head: mean weights of size x size blocks of the row-normalised map, NaN where all is masked.
std::vector<float> thumbnail(const AttentionMaps& maps, std::int64_t layer, std::int64_t head, int size);

} // namespace recoscope
