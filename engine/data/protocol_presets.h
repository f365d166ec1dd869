// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Protocols of published benchmarks by name. A preset is a list of assignments: it leaves no trace of its own, so the
// protocol's text and hash hold every number, and a key that is set after it wins.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace recoscope {

struct ProtocolPreset {
    std::string name;
    std::string summary; // one line
    std::vector<std::pair<std::string, std::string>> assignments; // key, value
};

const std::vector<ProtocolPreset>& protocolPresets();
// Error{Usage} with the names.
const ProtocolPreset& findProtocolPreset(const std::string& name);

} // namespace recoscope
