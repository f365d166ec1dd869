// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/store/records.h"

#include <limits>

#include "engine/core/error.h"
#include "engine/core/schema.h"

namespace recoscope {

namespace {

double numberOrNan(const Json& value)
{
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

std::map<std::string, double> numbersOrNan(const Json& json)
{
    std::map<std::string, double> numbers;
    for (const auto& [name, value] : json.items())
        numbers[name] = numberOrNan(value);
    return numbers;
}

} // namespace

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

MetricSummary MetricSummary::fromJson(const Json& json)
{
    MetricSummary summary;
    summary.values = numbersOrNan(json.at("values"));
    summary.halfWidth95 = numbersOrNan(json.at("half_width_95"));
    summary.users = json.at("users").get<std::int64_t>();
    return summary;
}

Json MetricSlice::toJson() const
{
    return {{"group", group}, {"name", name}, {"users", users}, {"metrics", metrics.toJson()}};
}

MetricSlice MetricSlice::fromJson(const Json& json)
{
    return {json.at("group"), json.at("name"), json.at("users"), MetricSummary::fromJson(json.at("metrics"))};
}

Json EpochRecord::toJson() const
{
    return {{"epoch", epoch}, {"step", step}, {"train_loss", trainLoss}, {"learning_rate", learningRate},
        {"gradient_norm", gradientNorm}, {"max_gradient_norm", maxGradientNorm}, {"seconds", seconds},
        {"valid_seconds", validSeconds}, {"events_per_second", eventsPerSecond}, {"memory_bytes", memoryBytes},
        {"best", isBest}, {"valid", valid ? valid->toJson() : Json()}};
}

EpochRecord EpochRecord::fromJson(const Json& json)
{
    EpochRecord record;
    record.epoch = json.at("epoch");
    record.step = json.at("step");
    record.trainLoss = numberOrNan(json.at("train_loss"));
    record.learningRate = numberOrNan(json.at("learning_rate"));
    record.gradientNorm = numberOrNan(json.at("gradient_norm"));
    record.maxGradientNorm = numberOrNan(json.at("max_gradient_norm"));
    record.seconds = numberOrNan(json.at("seconds"));
    record.validSeconds = numberOrNan(json.at("valid_seconds"));
    record.eventsPerSecond = numberOrNan(json.at("events_per_second"));
    record.memoryBytes = json.at("memory_bytes");
    record.isBest = json.at("best");
    if (!json.at("valid").is_null())
        record.valid = MetricSummary::fromJson(json.at("valid"));
    return record;
}

const char* servingModeName(ServingMode mode)
{
    switch (mode) {
    case ServingMode::Full: return "full";
    case ServingMode::Incremental: return "incremental";
    case ServingMode::Compressed: return "compressed";
    case ServingMode::ItemHead: return "item_head";
    case ServingMode::ItemHeadReread: return "item_head_reread";
    case ServingMode::Beam: return "beam";
    }
    return "full";
}

std::optional<ServingMode> servingModeNamed(std::string_view name)
{
    for (const ServingMode mode : allServingModes)
        if (name == servingModeName(mode))
            return mode;
    return std::nullopt;
}

} // namespace recoscope
