// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/workspace/ranking_keys.h"

namespace recoscope {

bool isRankingKey(const std::string& key)
{
    for (const char* known : {"candidates", "mask_seen", "metrics_at", "score_ties", "select_by"}) {
        if (key == known)
            return true;
    }
    return false;
}

std::vector<ProtocolDifference> trainingDifferences(const Protocol& own, const Protocol& wanted)
{
    std::vector<ProtocolDifference> result = differences(own, wanted);
    std::erase_if(result, [](const ProtocolDifference& difference) { return isRankingKey(difference.key); });
    return result;
}

} // namespace recoscope
