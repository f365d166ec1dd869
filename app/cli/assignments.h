// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// key=value words of the command line. Every function throws Error{Usage} that names the word and what is accepted.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/core/json.h"
#include "engine/core/schema.h"
#include "engine/data/protocol.h"

namespace recoscope::cli {

std::pair<std::string, std::string> splitAssignment(const std::string& word, const std::string& option);
// --set: values by the schema's types, over those already in `parameters`.
void applySettings(const ParameterSchema& schema, const std::vector<std::string>& words, Json& parameters);
// --protocol: over what `protocol` has.
void applyProtocol(const std::vector<std::string>& words, Protocol& protocol);
// The protocol with its hash, as every result carries it.
Json protocolJson(const Protocol& protocol);
double realNumber(const std::string& text, const std::string& option);

} // namespace recoscope::cli
