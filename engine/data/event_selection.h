// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The steps of prepare() that look at one user's events at a time (threshold, tie order, duplicates) and the ones that
// look at counts (filters). Meaning and order of the steps: docs/protocol.md. Pure functions, single thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/packed.h"
#include "engine/core/progress.h"
#include "engine/data/dataset.h"
#include "engine/data/protocol.h"

namespace recoscope {

// rank[i] = position of item i when raw ids are sorted: by number when every one is an integer, else by bytes: [items].
std::vector<std::int32_t> rawIdRanks(std::span<const std::string> rawIds);

// Events that min_rating and duplicates leave, one sequence per dataset user (maybe empty), in the order that
// `order_ties` asks for; dataset item indices, times in seconds.
PackedSequences selectEvents(
    const InteractionView& view, std::span<const std::int32_t> itemRanks, const Protocol& protocol, Progress& progress);

struct KeptIds {
    std::vector<std::uint8_t> users; // [users] 1 = at least one of its events is kept
    std::vector<std::uint8_t> items; // [items] likewise; an event is kept when its user and its item are
};
// none: whoever has an event. raw:N: at least N events, users and items counted at once. core:N: the largest set in
// which every user and every item has at least N events. Linear in the events a pass; rows are counted, not pairs.
KeptIds filterIds(PackedView events, std::int32_t items, FilterKind filter, int count, Progress& progress);

} // namespace recoscope
