// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/json_values.h"

#include <charconv>
#include <cmath>

#include "engine/data/importers/field_values.h"

namespace recoscope {

namespace {

// One Python string literal starting at text[position], appended as a JSON string. False when it is not closed.
bool convertString(std::string_view text, std::size_t& position, std::string& out)
{
    static constexpr char digits[] = "0123456789abcdef";
    const char quote = text[position++];
    out += '"';
    while (position < text.size() && text[position] != quote) {
        const char c = text[position++];
        if (c == '\\' && position < text.size()) {
            const char escaped = text[position++];
            if (escaped == 'x') // \xNN
                out += "\\u00";
            else if (escaped == '\'')
                out += '\'';
            else
                (out += '\\') += escaped;
        } else if (c == '"') {
            out += "\\\"";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            ((out += "\\u00") += digits[c >> 4]) += digits[c & 15];
        } else {
            out += c;
        }
    }
    out += '"';
    return position++ < text.size();
}

void appendWords(simdjson::dom::element value, std::string_view separator, std::string& out)
{
    std::string_view text;
    simdjson::dom::array list;
    if (value.get(text) == simdjson::SUCCESS) {
        if (!text.empty())
            out.append(out.empty() ? "" : separator).append(text);
    } else if (value.get(list) == simdjson::SUCCESS) {
        for (const simdjson::dom::element element : list)
            appendWords(element, separator, out);
    } else if (const std::optional<std::string> id = idText(value)) {
        out.append(out.empty() ? "" : separator).append(*id);
    }
}

} // namespace

std::optional<std::string> idText(simdjson::dom::element value)
{
    std::string_view text;
    std::int64_t integer = 0;
    std::uint64_t large = 0;
    double real = 0.0;
    if (value.get(text) == simdjson::SUCCESS)
        return std::string(text);
    if (value.get(integer) == simdjson::SUCCESS)
        return std::to_string(integer);
    if (value.get(large) == simdjson::SUCCESS)
        return std::to_string(large);
    if (value.get(real) == simdjson::SUCCESS) {
        char buffer[64];
        const auto end = std::to_chars(buffer, buffer + sizeof buffer, real).ptr;
        return std::string(buffer, end);
    }
    return std::nullopt;
}

std::optional<double> numberOf(simdjson::dom::element value)
{
    std::string_view text;
    double real = 0.0;
    if (value.get(real) == simdjson::SUCCESS)
        return real;
    if (value.get(text) == simdjson::SUCCESS)
        return parseNumber(text);
    return std::nullopt;
}

std::string joinedText(simdjson::dom::element value, std::string_view separator)
{
    std::string out;
    appendWords(value, separator, out);
    return out;
}

std::optional<simdjson::dom::object> JsonLineParser::object(std::string_view line)
{
    simdjson::dom::object object;
    if (m_parser.parse(line.data(), line.size()).get(object) == simdjson::SUCCESS)
        return object;
    m_converted = pythonToJson(line);
    if (!m_converted.empty() && m_parser.parse(m_converted).get(object) == simdjson::SUCCESS)
        return object;
    return std::nullopt;
}

std::string pythonToJson(std::string_view text)
{
    if (text.empty() || text[0] != '{' || text.find('\'') == std::string_view::npos)
        return "";
    std::string out;
    out.reserve(text.size() + 16);
    for (std::size_t position = 0; position < text.size();) {
        const char c = text[position];
        if (c == '\'' || c == '"') {
            if (!convertString(text, position, out))
                return "";
            continue;
        }
        bool word = false;
        for (const auto& [python, json] :
            {std::pair<std::string_view, std::string_view>{"True", "true"}, {"False", "false"}, {"None", "null"}}) {
            if (text.substr(position).starts_with(python)) {
                out += json;
                position += python.size();
                word = true;
                break;
            }
        }
        if (!word) {
            out += c;
            ++position;
        }
    }
    return out;
}

} // namespace recoscope
