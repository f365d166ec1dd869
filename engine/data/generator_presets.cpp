// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What can be set in the generator, and the named settings.

#include "engine/data/generator.h"

namespace recoscope {

namespace {

Parameter count(std::string name, std::string label, std::int64_t value, double minimum, double maximum,
    std::string unit, std::string help, std::string group)
{
    return {std::move(name), std::move(label), ParameterType::Integer, value, minimum, maximum, {}, std::move(unit),
        std::move(help), std::move(group)};
}

Parameter real(std::string name, std::string label, double value, double minimum, double maximum, std::string unit,
    std::string help, std::string group)
{
    return {std::move(name), std::move(label), ParameterType::Real, value, minimum, maximum, {}, std::move(unit),
        std::move(help), std::move(group)};
}

Parameter share(std::string name, std::string label, double value, std::string help)
{
    return real(std::move(name), std::move(label), value, 0.0, 1.0, "share", std::move(help), "Structure");
}

Parameter choice(std::string name, std::string label, std::string value, std::vector<std::string> choices,
    std::string help, std::string group)
{
    return {std::move(name), std::move(label), ParameterType::Choice, std::move(value), {}, {}, std::move(choices), "",
        std::move(help), std::move(group)};
}

std::vector<Parameter> makeParameters()
{
    const std::string size = "Size", structure = "Structure", rows = "Rows";
    return {
        count("users", "Users", 400, 1, 5e6, "users", "How many users act", size),
        count("items", "Items", 300, 4, 2e6, "items", "How many items there are", size),
        real("mean_length", "Mean length", 40.0, 1.0, 1e4, "events", "Mean number of events of a user", size),
        count("min_length", "Shortest length", 8, 1, 1e4, "events", "Every user has at least this many events", size),
        count(
            "clusters", "Taste clusters", 8, 1, 1e4, "clusters", "Items of one cluster follow one another", structure),
        real("skew", "Popularity skew", 0.8, 0.0, 3.0, "", "Exponent of the power law inside a cluster; 0 = all alike",
            structure),
        count("branching", "Successors", 4, 1, 64, "items", "How many items may follow an item by its rule", structure),
        share("concentration", "Concentration", 0.5, "How much likelier each successor is than the one after it"),
        share("switch", "Cluster switch", 0.1, "Share of new events that go to a neighbouring cluster"),
        share("noise", "Noise", 0.1, "Share of new events that are any item by popularity"),
        share("long_range", "Long range", 0.0,
            "Share of new events that an item at least `distance` events back decides"),
        count(
            "distance", "Distance", 8, 1, 1e4, "events", "How far back the deciding item lies at the least", structure),
        share("landmarks", "Landmarks", 1.0,
            "Share of items that decide what comes long after; the last one counts. 1: the item just `distance` back"),
        count("partners", "Partners", 2, 1, 1000, "items", "How many items a deciding item brings", structure),
        share("repeats", "Repeats", 0.0, "Share of events that repeat a recent item"),
        count(
            "repeat_window", "Repeat window", 10, 1, 1e4, "events", "How far back a repeated item may lie", structure),
        count("eras", "Eras", 1, 1, 100, "eras", "The time span is cut into this many; rules may change between",
            structure),
        share("drift", "Drift", 0.0, "Share of items whose successors change from one era to the next"),
        choice("feedback", "Feedback", "stars", {"none", "stars", "half_stars", "plays", "likes"},
            "What the feedback column holds", rows),
        choice("times", "Times", "seconds", {"seconds", "days", "none"}, "Resolution of the time column", rows),
        {"start", "First day", ParameterType::Text, "2022-01-01", {}, {}, {}, "date", "First day of the time span",
            rows},
        count("days", "Days", 730, 1, 20000, "days", "Length of the time span", rows),
        real("session_length", "Session length", 4.0, 1.0, 1e4, "events", "Mean number of events of a session", rows),
        real("session_gap_hours", "Session gap", 72.0, 0.0, 1e5, "hours", "Mean time between sessions", rows),
        real("category_noise", "Category noise", 0.1, 0.0, 1.0, "share", "Share of items whose category is random",
            rows),
    };
}

std::vector<GeneratorPreset> makePresets()
{
    return {
        {"tour", "400 users, 300 titles in 8 categories; trains in seconds", {{"long_range", 0.2}, {"distance", 2}}},
        {"long_range", "What comes next was decided 20 events ago",
            {{"users", 1000}, {"items", 200}, {"clusters", 4}, {"mean_length", 60.0}, {"min_length", 30},
                {"long_range", 0.7}, {"distance", 20}, {"noise", 0.1}, {"switch", 0.05}}},
        {"landmarks", "One item in twenty decides much of what comes until the next such one",
            {{"users", 2000}, {"items", 400}, {"clusters", 4}, {"mean_length", 60.0}, {"min_length", 30},
                {"long_range", 0.7}, {"landmarks", 0.05}, {"partners", 12}, {"switch", 0.05}}},
        {"drift", "Half of the rules change every quarter of the time span",
            {{"users", 1500}, {"eras", 4}, {"drift", 0.5}, {"days", 365}}},
        {"repeats", "Every second event is something the user had before, with play counts",
            {{"users", 800}, {"mean_length", 60.0}, {"repeats", 0.5}, {"feedback", "plays"}}},
        {"first_order", "Only the last item matters: a first-order Markov chain is the best model",
            {{"users", 800}, {"switch", 0.0}, {"noise", 0.1}, {"branching", 6}}},
        {"popular", "No order at all: the most popular items are the best prediction",
            {{"users", 800}, {"noise", 1.0}, {"switch", 0.0}, {"skew", 1.2}}},
        {"coarse_times", "Days instead of seconds, so that many events tie; likes as feedback",
            {{"times", "days"}, {"feedback", "likes"}, {"days", 120}}},
        {"order_only", "Neither times nor feedback, only the order", {{"times", "none"}, {"feedback", "none"}}},
        {"large", "About 20 million rows, for measuring imports",
            {{"users", 435000}, {"items", 228000}, {"clusters", 200}, {"mean_length", 46.0}, {"min_length", 5},
                {"skew", 0.7}, {"noise", 0.3}, {"days", 3650}, {"start", "2010-01-01"}, {"feedback", "stars"}}},
    };
}

} // namespace

const ParameterSchema& generatorSchema()
{
    static const ParameterSchema schema(makeParameters());
    return schema;
}

const std::vector<GeneratorPreset>& generatorPresets()
{
    static const std::vector<GeneratorPreset> presets = makePresets();
    return presets;
}

} // namespace recoscope
