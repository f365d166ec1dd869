// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/assignments.h"

#include <charconv>
#include <cmath>

#include "engine/core/error.h"

namespace recoscope::cli {

std::pair<std::string, std::string> splitAssignment(const std::string& word, const std::string& option)
{
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
        throw Error(ErrorKind::Usage, option + ": \"" + word + "\" is not key=value",
            "for example " + option + (option == "--protocol" ? " max_length=50" : " batch_size=128"));
    return {word.substr(0, equals), word.substr(equals + 1)};
}

void applySettings(const ParameterSchema& schema, const std::vector<std::string>& words, Json& parameters)
{
    if (parameters.is_null())
        parameters = Json::object();
    for (const std::string& word : words) {
        const auto [key, value] = splitAssignment(word, "--set");
        parameters[key] = schema.parseAssignment(key, value);
    }
}

void applyProtocol(const std::vector<std::string>& words, Protocol& protocol)
{
    for (const std::string& word : words) {
        const auto [key, value] = splitAssignment(word, "--protocol");
        protocol.set(key, value);
    }
}

Json protocolJson(const Protocol& protocol)
{
    Json json = protocol.toJson();
    json["hash"] = protocol.hash();
    return json;
}

double realNumber(const std::string& text, const std::string& option)
{
    double value = 0.0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size() || !std::isfinite(value))
        throw Error(ErrorKind::Usage, option + ": \"" + text + "\" is not a number", "for example " + option + " 3.5");
    return value;
}

} // namespace recoscope::cli
