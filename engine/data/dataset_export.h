// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A dataset as CSV for other programs: the events as a protocol prepares them, with the part each belongs to; the
// statistics; the lint findings. Ids are those of the source. Files are written whole or not at all; errors as in
// core/file.h. Thread-safe.
#pragma once

#include <vector>

#include "engine/core/file.h"
#include "engine/core/progress.h"
#include "engine/data/lint.h"
#include "engine/data/prepared.h"
#include "engine/data/statistics.h"

namespace recoscope {

// user,item,time,part in sequence order; `time` is in Unix seconds and missing without times. `part` is train, valid,
// test, or unused for events that no part sees (in the gap of a split by time, or after the targets). Of data whose
// events have them a column surface and a column kind follow: names, missing where nobody knows.
void writeSequencesCsv(const PreparedData& data, const Path& file, Progress& progress);
// section,from,to,value: the plain figures (section "figure", `from` holds the name), then the bins of the histograms,
// then the events of each surface and kind (sections "surface" and "kind", `from` holds the name, empty for unknown).
void writeStatisticsCsv(const DatasetStatistics& statistics, const Path& file);
// code,severity,count,title,why,remedy,example: one row an example, or one without any.
void writeFindingsCsv(const std::vector<LintFinding>& findings, const Path& file);

} // namespace recoscope
