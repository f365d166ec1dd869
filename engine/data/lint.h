// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Dataset lint: what would make a result on this dataset wrong or hard to compare. Each finding says what, how many,
// why it matters and the remedy (a protocol key where one exists), with up to 20 example rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/core/progress.h"
#include "engine/data/prepared.h"

namespace recoscope {

enum class LintSeverity { Info, Warning, Error };
const char* lintSeverityName(LintSeverity severity); // "info", "warning", "error"

struct LintFinding {
    std::string code; // "exact_duplicates", "near_duplicates", "time_ties", "out_of_order", "negative_time",
                      // "future_time", "cold_test_items", "leakage", "masked_targets", "cold_items", "bots"
    LintSeverity severity = LintSeverity::Info;
    std::string title; // one sentence with the count
    std::string why; // one sentence
    std::string remedy; // what to do; "" if nothing
    std::string protocolKey, protocolValue; // one-click remedy, or empty
    std::int64_t count = 0;
    std::vector<std::string> examples; // "user 12, item 55, 1998-04-02 10:00:00"
};

std::vector<LintFinding> lintDataset(const PreparedData& data, Progress& progress);
Json toJson(const std::vector<LintFinding>& findings);

} // namespace recoscope
