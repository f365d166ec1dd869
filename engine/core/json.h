// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// JSON values (nlohmann-json) and the two ways they are read and written everywhere.
#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

namespace recoscope {

using Json = nlohmann::json; // object keys are sorted, so dump() is canonical

// Throws Error{Input} naming `path` with line and column for malformed text, Error{NotFound} for a missing file.
Json readJson(const std::filesystem::path& path);
// `origin` names the text in the message, e.g. "protocol" or a file.
Json parseJson(const std::string& text, const std::string& origin);
// Whole-file atomic write (see file.h), two-space indent, final newline.
void writeJson(const std::filesystem::path& path, const Json& value);

} // namespace recoscope
