// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// How runs are named to people: the title of a model instead of its registry name, the status of a run as a word with
// its colour. Pure functions.
#pragma once

#include <string>

#include <QString>

#include "engine/store/store.h"
#include "widgets/frame/palette.h"

namespace recoscope {

QString modelTitle(const std::string& registryName); // the name itself when this build does not know it
QString statusText(RunStatus status);
StatusTone statusTone(RunStatus status);
// The queue can take it up again: it did not finish, or it never came to start.
bool canResume(const RunRecord& run);

} // namespace recoscope
