// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A parameter schema is written once per model (and once for the trainer) and gives JSON validation, command-line
// `--set k=v` parsing and the form in the window. Values are kept as canonical JSON.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/json.h"

namespace recoscope {

enum class ParameterType { Integer, Real, Boolean, Choice, Text };

struct Parameter {
    std::string name; // "learning_rate": the key in JSON and on the command line
    std::string label; // "Learning rate": what the form shows
    ParameterType type = ParameterType::Real;
    Json defaultValue;
    std::optional<double> minimum; // inclusive
    std::optional<double> maximum; // inclusive
    std::vector<std::string> choices; // for Choice
    std::string unit; // "events", "dims", ...; may be empty
    std::string help; // one line
    std::string group; // "Architecture", "Optimisation", "Loss"
    // Other parameters and the values of theirs with which this one matters, all of them; elsewhere it has no effect.
    std::map<std::string, std::vector<Json>> onlyWith = {};
};

std::string rangeText(const Parameter& parameter); // "1 to 16", "adam | adamw", or empty
std::string onlyWithText(const Parameter& parameter); // "loss=bce or gbce", or empty

class ParameterSchema {
public:
    ParameterSchema() = default;
    ParameterSchema(std::vector<Parameter> parameters);

    const std::vector<Parameter>& parameters() const { return m_parameters; }
    const Parameter* find(const std::string& name) const;

    // Every default filled in; unknown keys, wrong types and values out of range give Error{Usage} naming the
    // parameter, the accepted range and, for an unknown key, the nearest name.
    Json validate(const Json& values) const;
    // Converts "k=v" text by the parameter's type; the same errors.
    Json parseAssignment(const std::string& name, const std::string& text) const;
    // Whether the parameter has any effect beside `values`, an object; what these lack has its default. A condition on
    // a parameter that is not here is met.
    bool matters(const Parameter& parameter, const Json& values) const;
    Json describe() const; // for `model NAME --json`
    ParameterSchema operator+(const ParameterSchema& other) const;

private:
    std::vector<Parameter> m_parameters;
};

// The closest of `names` by edit distance, for "did you mean".
std::vector<std::string> nearestNames(const std::string& name, const std::vector<std::string>& names, int count = 3);

} // namespace recoscope
