// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/schema.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

#include "engine/core/error.h"

namespace recoscope {

namespace {

const char* typeName(ParameterType type)
{
    switch (type) {
    case ParameterType::Integer: return "integer";
    case ParameterType::Real: return "real";
    case ParameterType::Boolean: return "boolean";
    case ParameterType::Choice: return "choice";
    case ParameterType::Text: return "text";
    }
    return "text";
}

std::string joined(const std::vector<std::string>& names, const char* between = ", ")
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : between) + name;
    return text;
}

// Whole numbers without a point or an exponent.
std::string numberText(double value)
{
    if (value == std::floor(value) && std::abs(value) < 1e15)
        return std::to_string(static_cast<std::int64_t>(value));
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return std::string(buffer, end);
}

std::string valueText(const Json& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

// "an integer from 1 to 8", "true or false", "one of ce, bce".
std::string accepted(const Parameter& parameter)
{
    if (parameter.type == ParameterType::Boolean)
        return "true or false";
    if (parameter.type == ParameterType::Choice)
        return "one of " + joined(parameter.choices);
    if (parameter.type == ParameterType::Text)
        return "text";
    std::string text = parameter.type == ParameterType::Integer ? "an integer" : "a number";
    if (parameter.minimum && parameter.maximum)
        return text + " from " + numberText(*parameter.minimum) + " to " + numberText(*parameter.maximum);
    if (parameter.minimum)
        return text + " of at least " + numberText(*parameter.minimum);
    if (parameter.maximum)
        return text + " of at most " + numberText(*parameter.maximum);
    return text;
}

Error rejected(const Parameter& parameter, const std::string& given)
{
    return Error(ErrorKind::Usage, "parameter '" + parameter.name + "' cannot be " + given.substr(0, 100),
        "'" + parameter.name + "' accepts " + accepted(parameter));
}

// JSON has no words for what is no number.
std::string numberGiven(const Json& value)
{
    const double number = value.get<double>();
    return std::isfinite(number) ? value.dump() : std::isnan(number) ? "nan" : number > 0.0 ? "inf" : "-inf";
}

Json checkedNumber(const Parameter& parameter, const Json& value)
{
    if (!value.is_number())
        throw rejected(parameter, value.dump());
    const double number = value.get<double>();
    if (!std::isfinite(number) || (parameter.minimum && number < *parameter.minimum)
        || (parameter.maximum && number > *parameter.maximum))
        throw rejected(parameter, numberGiven(value));
    if (parameter.type == ParameterType::Real)
        return number;
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
        throw rejected(parameter, value.dump());
    if (value.is_number_integer())
        return value.get<std::int64_t>();
    // 5.0 is an integer, 5.5 is not; beyond 2^53 a double no longer tells integers apart.
    if (number != std::floor(number) || std::abs(number) > 0x1.0p53)
        throw rejected(parameter, value.dump());
    return static_cast<std::int64_t>(number);
}

Json checked(const Parameter& parameter, const Json& value)
{
    if (value.is_null() && parameter.defaultValue.is_null())
        return value;
    switch (parameter.type) {
    case ParameterType::Integer:
    case ParameterType::Real: return checkedNumber(parameter, value);
    case ParameterType::Boolean:
        if (value.is_boolean())
            return value;
        break;
    case ParameterType::Choice:
        if (value.is_string()
            && std::find(parameter.choices.begin(), parameter.choices.end(), value.get<std::string>())
                != parameter.choices.end())
            return value;
        break;
    case ParameterType::Text:
        if (value.is_string())
            return value;
        break;
    }
    throw rejected(parameter, value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::optional<Json> numberFromText(const Parameter& parameter, const std::string& text)
{
    const char* begin = text.data();
    const char* end = begin + text.size();
    if (parameter.type == ParameterType::Integer) {
        std::int64_t integer = 0;
        const auto [rest, code] = std::from_chars(begin, end, integer);
        if (code == std::errc() && rest == end)
            return Json(integer);
    }
    double real = 0.0;
    const auto [rest, code] = std::from_chars(begin, end, real);
    if (code == std::errc() && rest == end)
        return Json(real);
    return std::nullopt;
}

std::optional<Json> booleanFromText(const std::string& text)
{
    for (const char* yes : {"true", "1", "yes", "on"}) {
        if (text == yes)
            return Json(true);
    }
    for (const char* no : {"false", "0", "no", "off"}) {
        if (text == no)
            return Json(false);
    }
    return std::nullopt;
}

Error unknownParameter(const ParameterSchema& schema, const std::string& name)
{
    std::vector<std::string> names;
    for (const Parameter& parameter : schema.parameters())
        names.push_back(parameter.name);
    const std::vector<std::string> nearest = nearestNames(name, names);
    return Error(ErrorKind::Usage, "unknown parameter '" + name.substr(0, 100) + "'",
        nearest.empty() ? "there are no parameters here" : "did you mean " + joined(nearest) + "?");
}

int editDistance(const std::string& a, const std::string& b)
{
    std::vector<int> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        int diagonal = row[0];
        row[0] = static_cast<int>(i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[b.size()];
}

std::string lowerCase(std::string text)
{
    for (char& c : text)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

} // namespace

std::string rangeText(const Parameter& parameter)
{
    if (parameter.type == ParameterType::Choice)
        return joined(parameter.choices, " | ");
    if (!parameter.minimum && !parameter.maximum)
        return {};
    const auto end = [](const std::optional<double>& value) { return value ? numberText(*value) : "…"; };
    return end(parameter.minimum) + " to " + end(parameter.maximum);
}

std::string onlyWithText(const Parameter& parameter)
{
    std::vector<std::string> conditions;
    for (const auto& [name, values] : parameter.onlyWith) {
        std::vector<std::string> words;
        for (const Json& value : values)
            words.push_back(valueText(value));
        conditions.push_back(name + "=" + joined(words, " or "));
    }
    return joined(conditions);
}

ParameterSchema::ParameterSchema(std::vector<Parameter> parameters)
    : m_parameters(std::move(parameters))
{
}

const Parameter* ParameterSchema::find(const std::string& name) const
{
    const auto found = std::find_if(m_parameters.begin(), m_parameters.end(),
        [&name](const Parameter& parameter) { return parameter.name == name; });
    return found == m_parameters.end() ? nullptr : &*found;
}

Json ParameterSchema::validate(const Json& values) const
{
    if (!values.is_null() && !values.is_object())
        throw Error(ErrorKind::Usage, "parameters must be a JSON object", "write {\"name\": value, ...}");
    Json result = Json::object();
    for (const Parameter& parameter : m_parameters)
        result[parameter.name] = parameter.defaultValue;
    for (const auto& [name, value] : values.items()) {
        const Parameter* parameter = find(name);
        if (!parameter)
            throw unknownParameter(*this, name);
        result[name] = checked(*parameter, value);
    }
    return result;
}

Json ParameterSchema::parseAssignment(const std::string& name, const std::string& text) const
{
    const Parameter* parameter = find(name);
    if (!parameter)
        throw unknownParameter(*this, name);
    std::optional<Json> value;
    switch (parameter->type) {
    case ParameterType::Integer:
    case ParameterType::Real: value = numberFromText(*parameter, text); break;
    case ParameterType::Boolean: value = booleanFromText(lowerCase(text)); break;
    case ParameterType::Choice:
    case ParameterType::Text: value = Json(text); break;
    }
    if (!value)
        throw rejected(*parameter, "'" + text + "'");
    return checked(*parameter, *value);
}

bool ParameterSchema::matters(const Parameter& parameter, const Json& values) const
{
    return std::all_of(parameter.onlyWith.begin(), parameter.onlyWith.end(), [&](const auto& condition) {
        const auto& [name, wanted] = condition;
        const Parameter* other = find(name);
        if (!other)
            return true;
        const Json value = values.value(name, other->defaultValue);
        return std::find(wanted.begin(), wanted.end(), value) != wanted.end();
    });
}

Json ParameterSchema::describe() const
{
    Json list = Json::array();
    for (const Parameter& parameter : m_parameters) {
        Json entry = {{"name", parameter.name}, {"label", parameter.label}, {"type", typeName(parameter.type)},
            {"default", parameter.defaultValue}, {"unit", parameter.unit}, {"help", parameter.help},
            {"group", parameter.group}};
        if (parameter.minimum)
            entry["minimum"] = *parameter.minimum;
        if (parameter.maximum)
            entry["maximum"] = *parameter.maximum;
        if (!parameter.choices.empty())
            entry["choices"] = parameter.choices;
        if (!parameter.onlyWith.empty())
            entry["only_with"] = parameter.onlyWith;
        list.push_back(std::move(entry));
    }
    return list;
}

ParameterSchema ParameterSchema::operator+(const ParameterSchema& other) const
{
    // A model may state its own default for a shared key: the left side wins.
    std::vector<Parameter> parameters = m_parameters;
    for (const Parameter& parameter : other.m_parameters) {
        if (!find(parameter.name))
            parameters.push_back(parameter);
    }
    return ParameterSchema(std::move(parameters));
}

std::vector<std::string> nearestNames(const std::string& name, const std::vector<std::string>& names, int count)
{
    // Names as long as a file are nobody's typing error, and the distance costs the product of the lengths.
    const std::string wanted = lowerCase(name.substr(0, 100));
    std::vector<std::pair<int, const std::string*>> ranked;
    for (const std::string& candidate : names)
        ranked.emplace_back(editDistance(wanted, lowerCase(candidate.substr(0, 100))), &candidate);
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> nearest;
    for (const auto& [distance, candidate] : ranked) {
        if (static_cast<int>(nearest.size()) >= count)
            break;
        nearest.push_back(*candidate);
    }
    return nearest;
}

} // namespace recoscope
