// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Histories that are the same on every machine, and what a model makes of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/models/trained_model.h"

namespace recoscope::test {

// One sequence of timed events of items 0 .. items-1.
inline PackedSequences history(std::int64_t length, std::int64_t items, std::int64_t seed = 0)
{
    std::vector<std::int32_t> events;
    std::vector<std::int64_t> times;
    std::int64_t now = 1'600'000'000 + seed;
    for (std::int64_t i = 0; i < length; ++i) {
        events.push_back(static_cast<std::int32_t>((i * i * 7 + 3 * i + 1 + seed) % items));
        times.push_back(now += i % 3 == 0 ? 40 : 90'000 * i);
    }
    PackedSequences out;
    out.append(events, times);
    return out;
}

inline std::vector<float> lastVector(const TrainedModel& model, const PackedSequences& events)
{
    std::vector<float> out(model.linearHead()->width);
    model.encodeLast(events.view(), out);
    return out;
}

inline double difference(const std::vector<float>& a, const std::vector<float>& b)
{
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
    return largest;
}

} // namespace recoscope::test
