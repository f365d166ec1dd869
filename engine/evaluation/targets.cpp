// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/targets.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "engine/evaluation/metrics.h"
#include "engine/evaluation/ranking.h"

namespace recoscope {

std::vector<std::int32_t> distinctTargets(std::span<const std::int32_t> targets)
{
    std::vector<std::int32_t> distinct;
    std::unordered_set<std::int32_t> met;
    for (const std::int32_t target : targets)
        if (met.insert(target).second)
            distinct.push_back(target);
    return distinct;
}

std::vector<std::int32_t> hiddenItems(const EvaluationCase& c, const PreparedData& data, const Protocol& protocol)
{
    std::vector<std::int32_t> masked = maskedItems(c, protocol);
    if (protocol.candidates != CandidateKind::Trained)
        return masked;
    std::vector<std::int32_t> hidden;
    std::set_union(masked.begin(), masked.end(), data.untrainedItems().begin(), data.untrainedItems().end(),
        std::back_inserter(hidden));
    return hidden;
}

std::int64_t missPlace(std::int64_t candidates, const Protocol& protocol)
{
    std::int64_t place = candidates;
    for (const int cut : protocol.metricsAt)
        place = std::max<std::int64_t>(place, cut);
    const auto chosen = parseMetricName(protocol.selectBy);
    return chosen ? std::max<std::int64_t>(place, chosen->k) : place;
}

} // namespace recoscope
