// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the table of a sweep lies: scale writes it there, fit finds it.
#pragma once

#include <string>

#include "engine/core/file.h"

namespace recoscope::cli {

// "sweep.json" -> "sweep.csv"; another name as it is.
inline Path sweepTableFile(const std::string& sweep)
{
    Path file = sweep;
    return file.extension() == ".json" ? file.replace_extension(".csv") : file;
}

} // namespace recoscope::cli
