// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A training as the words that start it on the command line, for a POSIX shell. Pure functions.
#pragma once

#include <string>

#include "engine/workspace/workspace.h"

namespace recoscope {

// Every setting spelt out: trains the run again whatever later defaults are.
std::string trainCommand(const RunRecord& run);
// Only what differs from the defaults, with name and tags.
std::string trainCommand(const Workspace::NewRun& run);

} // namespace recoscope
