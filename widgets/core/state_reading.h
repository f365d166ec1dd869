// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the State page reads off the numbers of the engine: rings, a histogram of memory lengths, the channels to
// compare with, and what each event of a history weighs, for two models on one axis. Pure functions of values; any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/data/statistics.h"
#include "engine/inspection/attention.h"

namespace recoscope {

struct MemoryRing {
    int events = 0;
    double radius = 0.0; // |lambda| of a channel that has 1 % left after so many events
};
std::array<MemoryRing, 3> memoryRings(); // 5, 20 and 100 events

// Bins of an eighth of a decade from the shortest memory, or the history if that is shorter, to the longest. A channel
// that never forgets stands in the last bin.
Histogram memoryHistogram(std::span<const float> memory, std::int64_t history);

// The channel whose memory is nearest to the length of the history (by ratio); -1 without channels.
int channelNearest(std::span<const float> memory, std::int64_t history);
// The channels at the quartiles of memory, short one first, without `chosen`; fewer when there are no others.
std::vector<int> channelsToCompare(std::span<const float> memory, int chosen);

// Each value over the sum of all magnitudes; zeros when that is 0.
std::vector<double> signedShares(std::span<const double> values);
// What the last row reads: the mean over the heads of the last layer, each head as shares.
std::vector<double> attentionShares(const AttentionMaps& maps);

// How many events two histories have in common at their end.
std::int64_t commonEnd(std::span<const int> a, std::span<const int> b);
// `values` of a history that has its last `common` events in common with an axis of `length` events; NaN elsewhere.
std::vector<double> onAxis(std::span<const double> values, std::int64_t common, std::int64_t length);

} // namespace recoscope
