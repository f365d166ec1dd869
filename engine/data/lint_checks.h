// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The checks of lintDataset(), one a function, each linear in the events. A check returns nothing when it finds
// nothing. Row checks look at the dataset as it was read; split checks at what the protocol made of it.
#pragma once

#include <optional>
#include <string>

#include "engine/data/lint.h"

namespace recoscope::lint {

using Check = std::optional<LintFinding> (*)(const PreparedData& data, const Progress& progress);

std::optional<LintFinding> exactDuplicates(const PreparedData& data, const Progress& progress);
std::optional<LintFinding> nearDuplicates(const PreparedData& data, const Progress& progress);
std::optional<LintFinding> timeTies(const PreparedData& data, const Progress& progress);
std::optional<LintFinding> outOfOrder(const PreparedData& data, const Progress& progress);
std::optional<LintFinding> negativeTime(const PreparedData& data, const Progress& progress);
std::optional<LintFinding> futureTime(const PreparedData& data, const Progress& progress);
std::optional<LintFinding> bots(const PreparedData& data, const Progress& progress);

std::optional<LintFinding> coldTestItems(const PreparedData& data, const Progress& progress);
std::optional<LintFinding> leakage(const PreparedData& data, const Progress& progress);
std::optional<LintFinding> maskedTargets(const PreparedData& data, const Progress& progress);
std::optional<LintFinding> coldItems(const PreparedData& data, const Progress& progress);

// Shared by the checks.
class Evidence {
public:
    explicit Evidence(const PreparedData& data);

    // Counts one case; the first 20 are kept as text.
    void add(std::int32_t datasetUser, std::int32_t datasetItem, std::optional<std::int64_t> seconds,
        const std::string& more = {});
    // The same for an item alone, and for any text.
    void addItem(std::int32_t datasetItem, const std::string& more);
    std::int64_t count() const { return m_finding.count; }
    // The finding, completed; nothing when no case was counted.
    std::optional<LintFinding> finish(std::string code, LintSeverity severity, std::string title, std::string why,
        std::string remedy, std::string protocolKey = {}, std::string protocolValue = {});

private:
    void keep(std::string text);

    const PreparedData& m_data;
    LintFinding m_finding;
};

std::string percentText(std::int64_t part, std::int64_t whole); // "3.2 %"; "over 99.9 %" only for a part

} // namespace recoscope::lint
