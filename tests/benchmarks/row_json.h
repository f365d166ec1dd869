// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A row as programs print it, and read back.
#pragma once

#include <vector>

#include "engine/core/benchmark.h"
#include "engine/core/json.h"

namespace recoscope {

inline Json toJson(const BenchmarkRow& r)
{
    return {{"name", r.name}, {"shape", r.shape}, {"ours", r.ours}, {"baseline", r.baseline}, {"ratio", r.ratio},
        {"unit", r.unit}, {"note", r.note}, {"median", r.median}, {"baseline_median", r.baselineMedian},
        {"bytes", r.bytes}, {"flop", r.flop}};
}

// {"rows": [...]}, each with the goal that measuredBy() reads.
inline Json rowsJson(const std::vector<BenchmarkRow>& rows)
{
    Json list = Json::array();
    for (const BenchmarkRow& r : rows) {
        list.push_back(toJson(r));
        list.back()["goal"] = {
            {"ratio", r.goal.ratio}, {"most", r.goal.most}, {"bandwidth", r.goal.bandwidth}, {"unmet", r.goal.unmet}};
    }
    return {{"rows", list}};
}

inline BenchmarkRow rowFromJson(const Json& r)
{
    BenchmarkRow row{r.at("name"), r.at("shape"), r.at("ours"), r.at("baseline"), r.at("ratio"), r.at("unit"),
        r.at("note"), r.at("median"), r.at("baseline_median"), r.at("bytes"), r.at("flop")};
    const Json& goal = r.at("goal");
    row.goal = {goal.at("ratio"), goal.at("most"), goal.at("bandwidth"), goal.at("unmet")};
    return row;
}

} // namespace recoscope
