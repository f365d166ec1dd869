// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the importers of delimited tables (MovieLens, RecBole, SASRec, any CSV) share.
#pragma once

#include <string>
#include <vector>

#include "engine/data/importers/drop_log.h"
#include "engine/data/importers/importer.h"
#include "engine/data/importers/layout_detection.h"
#include "engine/data/importers/source_tree.h"

namespace recoscope {

// Detects the layout of `file` in `tree`; `names` (if not empty) replaces the numbers of a table without a header.
LayoutGuess guessTable(const SourceTree& tree, const std::string& file, const ImportOptions& options,
    const std::vector<std::string>& names = {});
ImportPreview tablePreview(
    const std::string& format, const LayoutGuess& guess, const ImportOptions& options, std::vector<std::string> files);
// Fills what `options` leaves open from `preset`.
ImportOptions withPreset(ImportOptions options, const ImportOptions& preset);
// Streams the interactions, then the metadata file that `options` names.
void readInteractions(const SourceTree& tree, const std::string& file, const DelimitedLayout& layout,
    const ImportOptions& options, DatasetWriter& writer, DropLog& drops, Progress& progress);

} // namespace recoscope
