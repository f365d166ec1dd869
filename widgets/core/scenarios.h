// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Scenarios: histories that somebody typed or edited and gave a name, kept per dataset in a document of the workspace.
// Items are kept by raw id, so that a scenario outlives a new import; titles that are gone are counted. The functions
// read and write the store: call them in jobs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/json.h"

namespace recoscope {

class Catalogue;
class Store;

struct Scenario {
    std::string name;
    std::vector<std::string> items; // raw ids, oldest first
    std::vector<std::int64_t> times; // Unix seconds, as many as items, or empty
    bool operator==(const Scenario&) const = default;
};
Json toJson(const Scenario& scenario);
// Nothing for a document of another shape.
std::optional<Scenario> scenarioFromJson(const Json& json);

std::vector<Scenario> readScenarios(const Store& store, const std::string& dataset); // by name
// Replaces one of the same name.
void saveScenario(Store& store, const std::string& dataset, const Scenario& scenario);
void removeScenario(Store& store, const std::string& dataset, const std::string& name);

// The items that the catalogue still knows, with their times.
struct ScenarioEvents {
    std::vector<std::int32_t> items; // dataset items
    std::vector<std::int64_t> times;
    int unknown = 0;
};
ScenarioEvents scenarioEvents(const Scenario& scenario, const Catalogue& catalogue);

} // namespace recoscope
