// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/store/records.h"

#include "engine/core/error.h"
#include "engine/core/schema.h"

namespace recoscope {

double MetricSummary::at(const std::string& name) const
{
    const auto found = values.find(name);
    if (found != values.end())
        return found->second;
    std::vector<std::string> names;
    for (const auto& entry : values)
        names.push_back(entry.first);
    std::string nearest;
    for (const std::string& candidate : nearestNames(name, names))
        nearest += (nearest.empty() ? "" : ", ") + candidate;
    throw Error(ErrorKind::NotFound, "there is no metric '" + name + "' here",
        nearest.empty() ? "no metric was measured" : "did you mean " + nearest + "?");
}

Json MetricSummary::toJson() const
{
    Json json = {{"users", users}, {"half_width_95", halfWidth95}, {"values", values}};
    return json;
}

const char* servingModeName(ServingMode mode)
{
    switch (mode) {
    case ServingMode::Full: return "full";
    case ServingMode::Incremental: return "incremental";
    case ServingMode::Compressed: return "compressed";
    }
    return "full";
}

} // namespace recoscope
