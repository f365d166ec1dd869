// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Artists and albums of tracks: artist_item_mapping.parquet (artist_id, item_id) and album_item_mapping.parquet
// (album_id, item_id). The artists become the item's brand, the albums stand in `extra`. Holds the ids of the dataset's
// own items only.
#pragma once

#include <string>
#include <vector>

#include "engine/data/importers/drop_log.h"
#include "engine/data/importers/importer.h"
#include "engine/data/importers/source_tree.h"

namespace recoscope {

// Which of the two lie beside the events: names below tree.path().
std::vector<std::string> yambdaMappings(const SourceTree& tree);
// Damaged mappings are told in a warning; no interaction is lost to them.
void readYambdaItems(const SourceTree& tree, DatasetWriter& writer, DropLog& drops, Progress& progress);

} // namespace recoscope
