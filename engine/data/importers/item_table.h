// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Metadata of items and users beside the interactions. Items that no interaction names are skipped. Damage in metadata
// never loses interactions: rows that do not fit are counted in one warning.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/core/progress.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/importers/byte_source.h"
#include "engine/data/importers/drop_log.h"
#include "engine/data/importers/importer.h"
#include "engine/data/importers/source_tree.h"

namespace recoscope {

// Raw item id -> more attributes, from files beside the table.
using ItemExtras = std::unordered_map<std::string, Json>;

// A delimited table with a header: the columns are told by name (item id, title, genres, brand, price, description);
// any other column goes into the item's extra attributes. Names may carry RecBole types ("genre:token_seq").
void readItemTable(const SourceTree& tree, const std::string& file, DatasetWriter& writer, DropLog& drops,
    const ItemExtras& extras = {});
// The same for users: every other column becomes an attribute.
void readUserTable(const SourceTree& tree, const std::string& file, DatasetWriter& writer, DropLog& drops);
// JSON of any of the known shapes: one object a line (Amazon metadata), or {"item": {...}} or {"item": [attributes]}.
void readItemJson(
    const SourceTree& tree, const std::string& file, DatasetWriter& writer, DropLog& drops, Progress& progress);
// How every read() ends: the metadata of --items FILE (by its beginning one of the above) when it was given, else what
// the importer found beside the interactions.
void readItems(const ImportOptions& options, const SourceTree& tree, const std::vector<std::string>& jsonFiles,
    DatasetWriter& writer, DropLog& drops, Progress& progress);

// "a b c" or "a, b" -> "a|b|c" with a given separator.
std::string joinedCategories(std::string_view text, char separator);
// Without HTML tags and entities, in which Amazon's titles come.
std::string withoutMarkup(std::string_view text);
// The first number in "$1,299.00"; nothing when there is none.
std::optional<double> parsePrice(std::string_view text);

} // namespace recoscope
