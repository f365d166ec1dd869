// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/interaction_table.h"

#include "engine/core/error.h"
#include "engine/data/importers/interaction_reader.h"
#include "engine/data/importers/item_table.h"

namespace recoscope {

LayoutGuess guessTable(const SourceTree& tree, const std::string& file, const ImportOptions& options,
    const std::vector<std::string>& names)
{
    return detectLayout(tree.head(file), plainName(file), options, names);
}

ImportPreview tablePreview(
    const std::string& format, const LayoutGuess& guess, const ImportOptions& options, std::vector<std::string> files)
{
    ImportPreview preview;
    preview.format = format;
    preview.options = optionsOf(guess.layout, options);
    preview.options.format = format;
    preview.columns = columnPreviews(guess);
    preview.rows = guess.rows;
    preview.warnings = guess.warnings;
    if (guess.layout.time < 0)
        preview.warnings.push_back("no column with times was found: the order of the file is taken");
    preview.files = std::move(files);
    try {
        requireRoles(guess.layout, plainName(preview.files.front()));
    } catch (const Error& error) {
        preview.problem = error;
    }
    return preview;
}

ImportOptions withPreset(ImportOptions options, const ImportOptions& preset)
{
    const auto fill = [](std::string& value, const std::string& other) { value = value.empty() ? other : value; };
    for (const ImportRole& role : importRoles)
        fill(options.*role.column, preset.*role.column);
    fill(options.delimiter, preset.delimiter);
    fill(options.quote, preset.quote);
    fill(options.encoding, preset.encoding);
    fill(options.timeUnit, preset.timeUnit);
    if (!options.header)
        options.header = preset.header;
    return options;
}

void readInteractions(const SourceTree& tree, const std::string& file, const DelimitedLayout& layout,
    const ImportOptions& options, DatasetWriter& writer, DropLog& drops, Progress& progress)
{
    requireRoles(layout, plainName(file));
    InteractionReader(layout, options, plainName(file), writer, drops).read(tree.open(file), progress);
    readItems(options, tree, {}, writer, drops, progress);
}

} // namespace recoscope
