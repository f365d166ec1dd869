// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Yambda's Parquet files (Yandex, arXiv 2505.22238): listens, likes, dislikes, unlikes, undislikes or multi_event, flat
// or sequential, with artist_item_mapping and album_item_mapping beside them. The rating is the played ratio.

#include <algorithm>

#include "engine/core/error.h"
#include "engine/data/importers/formats.h"
#include "engine/data/importers/item_table.h"
#include "engine/data/importers/yambda_items.h"
#include "engine/data/importers/yambda_rows.h"

namespace recoscope {

namespace {

constexpr std::size_t shownRows = 50, shownEntries = 10;

bool isParquetName(const std::string& name)
{
    return name.ends_with(".parquet");
}

// Of a folder the listens, or the file of all events: "" when it holds neither.
std::string eventsFile(const SourceTree& tree)
{
    if (tree.isFile())
        return isParquetName(tree.primary()) ? tree.primary() : "";
    for (const char* wanted : {"listens.parquet", "multi_event.parquet", "likes.parquet", "dislikes.parquet"}) {
        std::vector<std::string> found;
        std::copy_if(tree.names().begin(), tree.names().end(), std::back_inserter(found),
            [&](const std::string& name) { return plainName(name) == wanted; });
        if (found.size() > 1)
            throw Error(ErrorKind::Input,
                "'" + tree.path().string() + "' holds several files " + wanted + ": " + found[0] + ", " + found[1],
                "name the file, or the folder of one size and shape such as flat/50m");
        if (!found.empty())
            return found.front();
    }
    return "";
}

std::string cellText(const ParquetColumn& column, const ParquetCells& cells)
{
    std::string text;
    for (std::size_t entry = 0; entry < std::min(cells.size(), shownEntries); ++entry) {
        text += entry > 0 ? " " : "";
        if (cells.known[entry])
            text += column.kind == ParquetKind::Integer ? std::to_string(cells.numbers[entry])
                                                        : printable(cells.texts[entry]);
    }
    return cells.size() > shownEntries ? text + " ..." : text;
}

void showRows(const ParquetTable& table, ImportPreview& preview)
{
    std::vector<std::size_t> shown;
    for (std::size_t number = 0; number < table.columns().size(); ++number) {
        const ParquetColumn& column = table.columns()[number];
        if (column.kind == ParquetKind::Other)
            continue;
        shown.push_back(number);
        preview.columns.push_back({column.name, column.kind == ParquetKind::Integer ? "integer" : "text", ""});
    }
    const auto rows = table.read(shown);
    while (preview.rows.size() < shownRows && rows->next()) {
        preview.rows.emplace_back();
        for (std::size_t place = 0; place < shown.size(); ++place)
            preview.rows.back().push_back(cellText(table.columns()[shown[place]], rows->cells(place)));
    }
}

void showRoles(const ParquetTable& table, const YambdaColumns& columns, ImportPreview& preview)
{
    const auto mark = [&](std::size_t place, const char* role) {
        for (ColumnPreview& column : preview.columns)
            if (column.name == table.columns()[columns.numbers[place]].name)
                column.role = role;
    };
    mark(columns.user, "user");
    mark(columns.item, "item");
    mark(columns.time, "time");
    if (columns.ratio)
        mark(*columns.ratio, "rating");
}

class YambdaImporter : public Importer {
public:
    std::string name() const override { return "yambda"; }
    std::string description() const override { return "Yambda's Parquet files, flat or sequential"; }

    int score(const Path& source) const override
    {
        const SourceTree tree(source);
        if (tree.isFile())
            return isParquetName(tree.primary()) ? 90 : 0;
        return std::any_of(tree.names().begin(), tree.names().end(),
                   [](const std::string& name) { return isParquetName(name); })
            ? 80
            : 0;
    }

    ImportPreview preview(const Path& source, const ImportOptions& options) const override
    {
        const SourceTree tree(source);
        const std::string file = require(tree);
        const auto table = openParquet(tree.path() / file);
        ImportPreview preview;
        preview.format = name();
        preview.options = options;
        preview.options.format = name();
        preview.files = {file};
        for (const std::string& mapping : yambdaMappings(tree))
            preview.files.push_back(mapping);
        showRows(*table, preview);
        try {
            showRoles(*table, yambdaColumns(*table, options), preview);
        } catch (const Error& error) {
            preview.problem = error;
        }
        return preview;
    }

    ImportReport read(
        const Path& source, const ImportOptions& options, DatasetWriter& writer, Progress& progress) const override
    {
        const SourceTree tree(source);
        const auto table = openParquet(tree.path() / require(tree));
        DropLog drops;
        YambdaReader(*table, options, writer, drops).read(progress);
        readYambdaItems(tree, writer, drops, progress);
        readItems(options, tree, {}, writer, drops, progress);
        return drops.finish();
    }

private:
    // The name of the file below tree.path().
    static std::string require(const SourceTree& tree)
    {
        if (!tree.isFile() && !std::filesystem::is_directory(tree.path()))
            throw Error(ErrorKind::Input,
                "'" + tree.path().string() + "' is an archive, and Parquet is read from a disk",
                "unpack it and import the folder or file");
        const std::string file = tree.isFile() ? tree.primary() : eventsFile(tree);
        if (file.empty())
            throw Error(ErrorKind::Input,
                "'" + tree.path().string() + "' holds none of listens.parquet, multi_event.parquet, likes.parquet and "
                    + "dislikes.parquet",
                "name the file itself");
        return file;
    }
};

} // namespace

const Importer& yambdaImporter()
{
    static const YambdaImporter importer;
    return importer;
}

} // namespace recoscope
