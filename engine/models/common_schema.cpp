// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/common_schema.h"

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

ParameterSchema losses(bool beginOfSequence)
{
    const std::string group = "Loss";
    return ParameterSchema({
        choice("loss", "Loss", "cross_entropy", {"cross_entropy", "bce", "gbce", "sampled_softmax"},
            "Full softmax over the catalogue, or a loss over sampled negatives", group),
        integer("negatives", "Negatives", 256, 1, 65536, "items",
            "Negatives of each position (bce, gbce) or of each batch (sampled_softmax)", group),
        real("gbce_t", "gBCE calibration t", 0.75, 0.0, 1.0, "0 = plain BCE, 1 = fully calibrated", group),
        real("label_smoothing", "Label smoothing", 0.0, 0.0, 0.9, "Cross-entropy only", group),
        real("temperature", "Temperature", 1.0, 0.01, 10.0, "Divides the logits of sampled_softmax", group),
        real("popularity_power", "Sampling power", 0.0, 0.0, 1.0,
            "sampled_softmax draws items with probability ~ count^power; logQ corrects for it", group),
        boolean("begin_of_sequence", "Predict the first item", beginOfSequence,
            "Also trains an empty history to predict the first item, which gives a cold-start vector", group),
    });
}

} // namespace recoscope::schema
