// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the Tokens page reads off the numbers of the engine: the bands of the mask, what a token reads most and of which
// categories, how a list changes, and what recent events read. Pure functions of values; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <QString>

#include "engine/inspection/token_readings.h"
#include "engine/inspection/tokens.h"

namespace recoscope {

// Rows that belong together, in the order of the rows.
enum class BandKind { Older, Tokens, Recent };
struct MaskBand {
    BandKind kind = BandKind::Older;
    int segment = 0; // of older events and tokens
    int first = 0, count = 0; // rows
};
std::vector<MaskBand> maskBands(const TokenMaps& maps);

// The events with the largest values, largest first, at most `limit`; zeros and NaN never.
std::vector<int> largestEvents(std::span<const double> values, int limit);

struct CategoryShare {
    QString name;
    double share = 0.0;
};
// Values shared out over the categories of the events ('|'-joined), each event's equally over its own; largest first,
// at most `limit`. Events without a category count into the whole.
std::vector<CategoryShare> categoryShares(
    std::span<const double> values, const std::vector<QString>& categories, int limit);

// Of token `token`: what it reads of every older event, NaN where the mask forbids it. `shares` [tokens, events].
std::vector<double> olderShares(const TokenMaps& maps, std::span<const float> shares, std::int64_t token);
// Of the recent events: the share of what each reads that goes to token `token`, or to all for -1. `shares` [events,
// tokens].
std::vector<double> recentShares(const TokenMaps& maps, std::span<const float> shares, std::int64_t token);

// Whether `item` stands in the list.
bool isListed(const std::vector<Recommendation>& list, std::int32_t item);

} // namespace recoscope
