// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the Attention page reads off its maps: the last row of a head, raw or scaled to sum to 1, the events that lift a
// recommendation, and small pictures of whole heads. Pure functions of values; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/inspection/attention.h"
#include "engine/serving/session.h"

namespace recoscope {

enum class AttentionScale { Raw, RowNormalised };

// What the last row reads, largest first; at most `limit` events.
struct ReadEvent {
    std::int64_t event = 0; // index among all events of the maps
    double weight = 0.0;
};
std::vector<ReadEvent> predictionReads(
    const AttentionMaps& maps, std::int64_t layer, std::int64_t head, AttentionScale scale, int limit);

// A head as a matrix of at most `limit` × `limit` cells for a thumbnail: rows scaled to sum to 1, each cell the largest
// magnitude of the weights it stands for. [size, size] row-major, size = min(limit, length).
std::vector<float> pooledHead(const AttentionMaps& maps, std::int64_t layer, std::int64_t head, std::int64_t limit);

// The events that lift an item most: positive leave-one-out contributions, largest first, until they make up `share`
// of all positive contributions, at most `limit`. Indices into the contributions.
std::vector<int> liftingEvents(const Explanation& explanation, double share, int limit);

} // namespace recoscope
