// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A run as the words that train it on the command line. Pure function.
#pragma once

#include <QString>

#include "engine/workspace/workspace.h"

namespace recoscope {

// For a POSIX shell; says only what differs from the defaults.
QString trainCommand(const Workspace::NewRun& run);

} // namespace recoscope
