// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/scenarios.h"

#include <algorithm>

#include "engine/data/catalogue.h"
#include "engine/store/store.h"

namespace recoscope {

namespace {

std::string keyOf(const std::string& dataset)
{
    return "scenarios/" + dataset;
}

void write(Store& store, const std::string& dataset, const std::vector<Scenario>& scenarios)
{
    Json list = Json::array();
    for (const Scenario& scenario : scenarios)
        list.push_back(toJson(scenario));
    store.putDocument(keyOf(dataset), list);
    store.flush();
}

std::vector<Scenario> without(std::vector<Scenario> scenarios, const std::string& name)
{
    std::erase_if(scenarios, [&](const Scenario& scenario) { return scenario.name == name; });
    return scenarios;
}

} // namespace

Json toJson(const Scenario& scenario)
{
    return {{"name", scenario.name}, {"items", scenario.items}, {"times", scenario.times}};
}

std::optional<Scenario> scenarioFromJson(const Json& json)
{
    try {
        Scenario scenario{json.at("name").get<std::string>(), json.at("items").get<std::vector<std::string>>(),
            json.at("times").get<std::vector<std::int64_t>>()};
        const bool fits = scenario.times.empty() || scenario.times.size() == scenario.items.size();
        return fits && !scenario.name.empty() ? std::optional(std::move(scenario)) : std::nullopt;
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

std::vector<Scenario> readScenarios(const Store& store, const std::string& dataset)
{
    std::vector<Scenario> scenarios;
    const auto document = store.document(keyOf(dataset));
    if (!document || !document->is_array())
        return scenarios;
    for (const Json& entry : *document) {
        if (auto scenario = scenarioFromJson(entry))
            scenarios.push_back(std::move(*scenario));
    }
    std::sort(scenarios.begin(), scenarios.end(), [](const Scenario& a, const Scenario& b) { return a.name < b.name; });
    return scenarios;
}

void saveScenario(Store& store, const std::string& dataset, const Scenario& scenario)
{
    std::vector<Scenario> scenarios = without(readScenarios(store, dataset), scenario.name);
    scenarios.push_back(scenario);
    write(store, dataset, scenarios);
}

void removeScenario(Store& store, const std::string& dataset, const std::string& name)
{
    write(store, dataset, without(readScenarios(store, dataset), name));
}

ScenarioEvents scenarioEvents(const Scenario& scenario, const Catalogue& catalogue)
{
    ScenarioEvents events;
    for (std::size_t i = 0; i < scenario.items.size(); ++i) {
        const auto item = catalogue.findItem(scenario.items[i]);
        if (!item) {
            ++events.unknown;
            continue;
        }
        events.items.push_back(item->value);
        if (!scenario.times.empty())
            events.times.push_back(scenario.times[i]);
    }
    return events;
}

} // namespace recoscope
