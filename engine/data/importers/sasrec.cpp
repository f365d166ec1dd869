// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The text of SASRec: "user item" a line, in time order within a user, no header.

#include "engine/data/importers/formats.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/data/importers/interaction_table.h"

namespace recoscope {

namespace {

bool isPair(const std::string& line)
{
    const std::size_t space = line.find(' ');
    const auto digits = [](std::string_view text) {
        return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    };
    return space != std::string::npos && digits(std::string_view(line).substr(0, space))
        && digits(std::string_view(line).substr(space + 1));
}

std::string pairsFile(const SourceTree& tree)
{
    const auto fits = [&tree](const std::string& name) {
        if (!plainName(name).ends_with(".txt"))
            return false;
        const std::vector<std::string> lines = headLines(tree.head(name), TextEncoding::Utf8);
        return std::all_of(lines.begin(), lines.end(), isPair);
    };
    if (tree.isFile())
        return fits(tree.primary()) ? tree.primary() : "";
    std::vector<std::string> texts;
    std::copy_if(tree.names().begin(), tree.names().end(), std::back_inserter(texts),
        [&](const std::string& name) { return !plainName(name).starts_with("sas_to_original") && fits(name); });
    return texts.size() == 1 ? texts.front() : "";
}

ImportOptions preset()
{
    ImportOptions options;
    options.delimiter = " ";
    options.quote = "none";
    options.header = false;
    options.user = "1";
    options.item = "2";
    options.time = "none";
    options.rating = "none";
    options.timeUnit = "none";
    return options;
}

class SasrecImporter : public Importer {
public:
    std::string name() const override { return "sasrec"; }
    std::string description() const override { return "SASRec text: 'user item' a line, in time order"; }

    int score(const Path& source) const override { return pairsFile(SourceTree(source)).empty() ? 0 : 70; }

    ImportPreview preview(const Path& source, const ImportOptions& options) const override
    {
        const SourceTree tree(source);
        const std::string file = require(tree);
        return tablePreview(name(), guess(tree, file, options), options, {file});
    }

    ImportReport read(
        const Path& source, const ImportOptions& options, DatasetWriter& writer, Progress& progress) const override
    {
        const SourceTree tree(source);
        const std::string file = require(tree);
        DropLog drops;
        readInteractions(tree, file, guess(tree, file, options).layout, options, writer, drops, progress);
        return drops.finish();
    }

private:
    // Asked for by name, any single file will do: its lines are judged one by one.
    static std::string require(const SourceTree& tree)
    {
        const std::string file = tree.isFile() ? tree.primary() : pairsFile(tree);
        if (file.empty())
            throw Error(ErrorKind::Input,
                "'" + tree.path().string() + "' holds no .txt file with 'user item' lines, or several",
                "name the file itself");
        return file;
    }

    static LayoutGuess guess(const SourceTree& tree, const std::string& file, const ImportOptions& options)
    {
        return guessTable(tree, file, withPreset(options, preset()), {"user", "item"});
    }
};

} // namespace

const Importer& sasrecImporter()
{
    static const SasrecImporter importer;
    return importer;
}

} // namespace recoscope
