// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The text of S3-Rec: "user item item ..." with all items of a user on one line, in time order; beside NAME.txt there
// may be NAME_item2attributes.json, {"item": [attributes]}, whose attributes become categories.

#include "engine/data/importers/formats.h"

#include <algorithm>
#include <set>

#include "engine/core/error.h"
#include "engine/data/importers/drop_log.h"
#include "engine/data/importers/field_values.h"
#include "engine/data/importers/interaction_reader.h"
#include "engine/data/importers/item_table.h"
#include "engine/data/importers/layout_detection.h"
#include "engine/data/importers/source_tree.h"

namespace recoscope {

namespace {

std::vector<std::string_view> words(std::string_view line)
{
    std::vector<std::string_view> result;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
        if (end > 0)
            result.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return result;
}

// Lines of integers, not all of the same length; in a table they would be.
bool looksLikeSequences(const std::string& head)
{
    std::set<std::size_t> lengths;
    const std::vector<std::string> lines = headLines(head, TextEncoding::Utf8);
    for (const std::string& line : lines) {
        if (line.find_first_not_of("0123456789 ") != std::string::npos)
            return false;
        lengths.insert(words(line).size());
    }
    return !lengths.contains(1) && (lengths.size() > 1 || *lengths.begin() > 5);
}

// None or one.
std::vector<std::string> attributesFiles(const SourceTree& tree, const std::string& file)
{
    const std::string plain = plainName(file);
    const std::string found = tree.findNamed(plain.substr(0, plain.rfind('.')) + "_item2attributes.json");
    return found.empty() ? std::vector<std::string>() : std::vector{found};
}

// The file that was named, or those of a folder or archive that look like sequences.
std::vector<std::string> sequenceFiles(const SourceTree& tree)
{
    std::vector<std::string> files;
    for (const std::string& name : tree.isFile() ? std::vector{tree.primary()} : tree.names())
        if ((tree.isFile() || plainName(name).ends_with(".txt")) && looksLikeSequences(tree.head(name)))
            files.push_back(name);
    return files;
}

class S3recImporter : public Importer {
public:
    std::string name() const override { return "s3rec"; }
    std::string description() const override { return "S3-Rec text: 'user item item ...', one user a line"; }

    int score(const Path& source) const override { return sequenceFiles(SourceTree(source)).empty() ? 0 : 60; }

    ImportPreview preview(const Path& source, const ImportOptions& options) const override
    {
        const SourceTree tree(source);
        const std::string file = require(tree);
        ImportPreview preview;
        preview.format = name();
        preview.options = options;
        preview.options.format = name();
        preview.columns = {{"user", "text", "user"}, {"items", "text", "item"}};
        for (const std::string& line : headLines(tree.head(file), TextEncoding::Utf8, 50)) {
            const std::size_t space = std::min(line.find(' '), line.size());
            preview.rows.push_back({line.substr(0, space), line.substr(std::min(space + 1, line.size()))});
        }
        preview.files = {file};
        for (const std::string& attributes : attributesFiles(tree, file))
            preview.files.push_back(attributes);
        preview.warnings.push_back("no times: the order of the items in a line is taken");
        return preview;
    }

    ImportReport read(
        const Path& source, const ImportOptions& options, DatasetWriter& writer, Progress& progress) const override
    {
        const SourceTree tree(source);
        const std::string file = require(tree);
        DropLog drops;
        LineReader lines(readText(tree.open(file), TextEncoding::Utf8));
        std::string_view line;
        while (lines.next(line)) {
            if (lines.lineNumber() % 1024 == 0) {
                progress.checkCancelled();
                progress.update(readingShare * lines.fraction(), "Reading " + lines.name());
            }
            addLine(line, lines, writer, drops);
        }
        if (writer.rows() == 0)
            throw Error(ErrorKind::Input,
                "'" + lines.name() + "' has no sequence that could be read"
                    + (drops.summary().empty() ? " (empty)" : ": " + drops.summary()),
                "check that each line holds a user and its items");
        readItems(options, tree, attributesFiles(tree, file), writer, drops, progress);
        return drops.finish();
    }

private:
    // Asked for by name, any single file will do: its lines are judged one by one.
    static std::string require(const SourceTree& tree)
    {
        if (tree.isFile())
            return tree.primary();
        const std::vector<std::string> files = sequenceFiles(tree);
        if (files.size() == 1)
            return files.front();
        std::string list;
        for (const std::string& file : files)
            list += (list.empty() ? "" : ", ") + file;
        if (files.empty())
            throw Error(ErrorKind::Input,
                "'" + tree.path().string() + "' holds no .txt file with 'user item item ...' lines",
                "name the file itself");
        throw Error(ErrorKind::Input, "'" + tree.path().string() + "' holds several sets of sequences: " + list,
            "each has item numbers of its own, so import one: " + (tree.path() / files.front()).string());
    }

    static void addLine(std::string_view line, const LineReader& lines, DatasetWriter& writer, DropLog& drops)
    {
        if (lines.tooLong() || line.find('\0') != std::string_view::npos || !isUtf8(line)) {
            drops.drop(lines.tooLong() ? "line is longer than 10 MB" : "line is not text", lines.lineNumber(), line);
            return;
        }
        const std::vector<std::string_view> parts = words(line);
        if (parts.size() == 1)
            drops.drop("user without items", lines.lineNumber(), line);
        if (parts.size() < 2)
            return;
        const std::int32_t user = writer.userIndex(parts[0]);
        for (std::size_t i = 1; i < parts.size(); ++i)
            writer.addRow(user, writer.itemIndex(parts[i]), std::nullopt, std::nullopt);
        drops.kept(static_cast<std::int64_t>(parts.size()) - 1);
    }
};

} // namespace

const Importer& s3recImporter()
{
    static const S3recImporter importer;
    return importer;
}

} // namespace recoscope
