// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Parameters that several models share, written once, and short makers for schema entries. Torch-free.
#pragma once

#include "engine/core/schema.h"

namespace recoscope::schema {

Parameter integer(std::string name, std::string label, std::int64_t value, double minimum, double maximum,
    std::string unit, std::string help, std::string group = "Architecture");
Parameter real(std::string name, std::string label, double value, double minimum, double maximum, std::string help,
    std::string group = "Architecture");
Parameter boolean(
    std::string name, std::string label, bool value, std::string help, std::string group = "Architecture");
Parameter choice(std::string name, std::string label, std::string value, std::vector<std::string> choices,
    std::string help, std::string group = "Architecture");

// Empty by default.
Parameter text(std::string name, std::string label, std::string help, std::string group = "Architecture");

// The parameter, of effect only where `key` has one of the values.
Parameter with(const std::string& key, const std::vector<Json>& values, Parameter parameter);

// Of models between which the parameter `key` chooses, by its values: a parameter that not all of them have is of
// effect with those that have it, and means what it means to the first one.
ParameterSchema alternatives(
    const std::string& key, const std::vector<std::pair<std::string, ParameterSchema>>& schemas);

// The same parameters with other defaults. Error{Internal} for a name that is not there.
ParameterSchema withDefaults(const ParameterSchema& schema, const Json& defaults);

// Without the parameters of these names.
ParameterSchema without(const ParameterSchema& schema, const std::vector<std::string>& names);

// The keys of `schema` among all those given, which were validated by another schema; what is missing gets its default.
Json ownParameters(const ParameterSchema& schema, const Json& all);

// loss, negatives, negatives_per, gbce_t, label_smoothing, temperature, popularity_power, begin_of_sequence (group
// "Loss"), with these defaults.
struct LossDefaults {
    bool beginOfSequence = false;
    std::string loss = "cross_entropy";
    double temperature = 1.0;
};
ParameterSchema losses(const LossDefaults& defaults);
inline ParameterSchema losses(bool beginOfSequence)
{
    return losses(LossDefaults{.beginOfSequence = beginOfSequence});
}

} // namespace recoscope::schema
