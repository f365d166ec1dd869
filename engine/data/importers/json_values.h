// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// simdjson values as text and numbers; used inside the importers of JSON only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace recoscope {

// A string as it is, a number as its shortest text, anything else as nothing.
std::optional<std::string> idText(simdjson::dom::element value);
// A number, or a string that is one.
std::optional<double> numberOf(simdjson::dom::element value);
// A string, or the strings of (nested) lists joined by `separator`.
std::string joinedText(simdjson::dom::element value, std::string_view separator);

// Reads one JSON document at a time and keeps its memory. The result is valid until the next call.
class JsonLineParser {
public:
    // Nothing when the text is no JSON object. Python's dictionaries, in which Amazon's metadata of 2014 is written,
    // are read too.
    std::optional<simdjson::dom::object> object(std::string_view line);

private:
    simdjson::dom::parser m_parser;
    std::string m_converted;
};

// {'a': 'it\'s', "b": True} -> JSON; "" when it cannot be one.
std::string pythonToJson(std::string_view text);

} // namespace recoscope
