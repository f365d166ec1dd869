// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// How errors leave the program: two lines on standard error, a document on standard output with --json, an exit code.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/file.h"

namespace recoscope::cli {

// Returns the exit code of the error's kind.
int reportError(const Error& error, bool json);
// A bug: written to a log in the workspace, which the hint names.
Error unexpectedError(const std::exception& error, const std::vector<std::string>& words, const Path& workspace);

} // namespace recoscope::cli
