// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/common_schema.h"

#include <algorithm>

#include "engine/core/error.h"

namespace recoscope::schema {

namespace {

Parameter entry(
    std::string name, std::string label, ParameterType type, Json value, std::string help, std::string group)
{
    Parameter p;
    p.name = std::move(name);
    p.label = std::move(label);
    p.type = type;
    p.defaultValue = std::move(value);
    p.help = std::move(help);
    p.group = std::move(group);
    return p;
}

} // namespace

Parameter integer(std::string name, std::string label, std::int64_t value, double minimum, double maximum,
    std::string unit, std::string help, std::string group)
{
    Parameter p
        = entry(std::move(name), std::move(label), ParameterType::Integer, value, std::move(help), std::move(group));
    p.minimum = minimum;
    p.maximum = maximum;
    p.unit = std::move(unit);
    return p;
}

Parameter real(std::string name, std::string label, double value, double minimum, double maximum, std::string help,
    std::string group)
{
    Parameter p
        = entry(std::move(name), std::move(label), ParameterType::Real, value, std::move(help), std::move(group));
    p.minimum = minimum;
    p.maximum = maximum;
    return p;
}

Parameter boolean(std::string name, std::string label, bool value, std::string help, std::string group)
{
    return entry(std::move(name), std::move(label), ParameterType::Boolean, value, std::move(help), std::move(group));
}

Parameter choice(std::string name, std::string label, std::string value, std::vector<std::string> choices,
    std::string help, std::string group)
{
    Parameter p
        = entry(std::move(name), std::move(label), ParameterType::Choice, value, std::move(help), std::move(group));
    p.choices = std::move(choices);
    return p;
}

Parameter text(std::string name, std::string label, std::string help, std::string group)
{
    return entry(std::move(name), std::move(label), ParameterType::Text, "", std::move(help), std::move(group));
}

Parameter with(const std::string& key, const std::vector<Json>& values, Parameter parameter)
{
    parameter.onlyWith[key] = values;
    return parameter;
}

ParameterSchema alternatives(
    const std::string& key, const std::vector<std::pair<std::string, ParameterSchema>>& schemas)
{
    ParameterSchema all;
    for (const auto& [value, schema] : schemas)
        all = all + schema;
    std::vector<Parameter> parameters = all.parameters();
    for (Parameter& parameter : parameters) {
        std::vector<Json> having;
        for (const auto& [value, schema] : schemas)
            if (schema.find(parameter.name))
                having.push_back(value);
        if (having.size() < schemas.size())
            parameter.onlyWith[key] = having;
    }
    return ParameterSchema(std::move(parameters));
}

ParameterSchema withDefaults(const ParameterSchema& schema, const Json& defaults)
{
    std::vector<Parameter> parameters = schema.parameters();
    for (const auto& [name, value] : defaults.items()) {
        const auto at = std::find_if(
            parameters.begin(), parameters.end(), [&name = name](const Parameter& p) { return p.name == name; });
        if (at == parameters.end())
            throw Error(ErrorKind::Internal, "no parameter " + name + " to give a default", "report this");
        at->defaultValue = value;
    }
    return ParameterSchema(std::move(parameters));
}

ParameterSchema without(const ParameterSchema& schema, const std::vector<std::string>& names)
{
    std::vector<Parameter> kept;
    for (const Parameter& p : schema.parameters())
        if (std::find(names.begin(), names.end(), p.name) == names.end())
            kept.push_back(p);
    return ParameterSchema(std::move(kept));
}

Json ownParameters(const ParameterSchema& schema, const Json& all)
{
    Json own = schema.validate(Json::object());
    for (const auto& [key, value] : all.items())
        if (schema.find(key))
            own[key] = value;
    return own;
}

ParameterSchema losses(const LossDefaults& defaults)
{
    const std::string group = "Loss";
    return ParameterSchema({
        choice("loss", "Loss", defaults.loss, {"cross_entropy", "bce", "gbce", "sampled_softmax"},
            "Full softmax over the catalogue, or a loss over sampled negatives", group),
        with("loss", {"bce", "gbce", "sampled_softmax"},
            integer("negatives", "Negatives", 256, 1, 65536, "items",
                "Negatives of each position (bce, gbce) or of each batch (sampled_softmax)", group)),
        with("loss", {"sampled_softmax"},
            choice("negatives_per", "Negatives for each", "batch", {"batch", "position"},
                "One set shared by the batch, or uniform ones of every position (memory: one item vector each)",
                group)),
        with("loss", {"gbce"},
            real("gbce_t", "gBCE calibration t", 0.75, 0.0, 1.0, "0 = plain BCE, 1 = fully calibrated", group)),
        with("loss", {"cross_entropy"},
            real("label_smoothing", "Label smoothing", 0.0, 0.0, 0.9, "Share of the target that all items get", group)),
        with("loss", {"cross_entropy", "sampled_softmax"},
            real("temperature", "Temperature", defaults.temperature, 0.01, 10.0, "Divides the logits", group)),
        with("loss", {"sampled_softmax"},
            real("popularity_power", "Sampling power", 0.0, 0.0, 1.0,
                "Draws items with probability ~ count^power; logQ corrects for it", group)),
        boolean("begin_of_sequence", "Predict the first item", defaults.beginOfSequence,
            "Also trains an empty history to predict the first item, which gives a cold-start vector", group),
    });
}

} // namespace recoscope::schema
