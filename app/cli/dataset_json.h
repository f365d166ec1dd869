// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Datasets as documents and as lines of text; shared by import, generate and download.
#pragma once

#include <string>

#include "engine/core/json.h"
#include "engine/data/dataset.h"

namespace recoscope::cli {

// dataset, users, items, interactions, format, source, hash, has_times, has_feedback, surfaces, kinds (names).
Json datasetJson(const DatasetInfo& info);
// The same and report{rows_read, rows_kept, dropped{reason: count}, examples, warnings, seconds}.
Json importJson(const DatasetInfo& info);
std::string datasetLine(const DatasetInfo& info);
// What was read, what was dropped and why.
std::string importText(const DatasetInfo& info);

} // namespace recoscope::cli
