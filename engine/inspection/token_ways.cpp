// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/token_ways.h"

#include "engine/inspection/reading_ranker.h"

namespace recoscope {

TokenWays tokenWays(const CompressedHistory& compressed, std::int64_t events)
{
    const auto tokens = static_cast<std::int32_t>(compressed.segmentsOf(events) * compressed.shape().tokens);
    TokenWays all{{{TokenWay::AllTokens}}, std::vector<HistoryReading>(1)};
    for (std::int32_t token = 0; token < tokens; ++token) {
        all.ways.push_back({TokenWay::WithoutOne, token});
        all.readings.push_back({true, -1, {token}, {}});
    }
    all.ways.push_back({TokenWay::WithoutAny});
    all.readings.push_back(recentAlone(compressed, events));
    all.ways.push_back({TokenWay::FullHistory});
    all.readings.push_back(fullReading());
    return all;
}

} // namespace recoscope
