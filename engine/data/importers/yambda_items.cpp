// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/yambda_items.h"

#include <map>

#include "engine/core/error.h"
#include "engine/core/json.h"
#include "engine/data/importers/interaction_reader.h"
#include "engine/data/importers/parquet_table.h"

namespace recoscope {

namespace {

constexpr const char* artistFile = "artist_item_mapping.parquet";
constexpr const char* albumFile = "album_item_mapping.parquet";

struct Links {
    std::vector<std::int64_t> artists, albums;
};
using LinksOfItems = std::map<std::int64_t, Links>;

std::size_t integerColumn(const ParquetTable& table, const std::string& name)
{
    for (std::size_t number = 0; number < table.columns().size(); ++number) {
        const ParquetColumn& column = table.columns()[number];
        if (column.name == name && column.kind == ParquetKind::Integer && !column.list)
            return number;
    }
    throw Error(ErrorKind::Input, "'" + table.name() + "' has no column '" + name + "' of integers",
        "fetch the file again, or import without it");
}

void readMapping(const Path& file, const std::string& column, std::vector<std::int64_t> Links::*member,
    const DatasetWriter& writer, LinksOfItems& links, Progress& progress)
{
    const auto table = openParquet(file);
    const auto rows = table->read({integerColumn(*table, column), integerColumn(*table, "item_id")});
    while (rows->next()) {
        if (rows->row() % 8192 == 0)
            progress.checkCancelled();
        if (!rows->cells(0).known[0] || !rows->cells(1).known[0])
            continue;
        const std::int64_t item = rows->cells(1).numbers[0];
        if (writer.knowsItem(std::to_string(item)))
            (links[item].*member).push_back(rows->cells(0).numbers[0]);
    }
}

std::string joined(const std::vector<std::int64_t>& ids)
{
    std::string text;
    for (const std::int64_t id : ids)
        text += (text.empty() ? "" : ", ") + std::to_string(id);
    return text;
}

} // namespace

std::vector<std::string> yambdaMappings(const SourceTree& tree)
{
    std::vector<std::string> found;
    for (const char* name : {artistFile, albumFile}) {
        const std::string file = tree.findNamed(name);
        if (!file.empty())
            found.push_back(file);
    }
    return found;
}

void readYambdaItems(const SourceTree& tree, DatasetWriter& writer, DropLog& drops, Progress& progress)
{
    LinksOfItems links;
    for (const std::string& file : yambdaMappings(tree)) {
        const bool artists = plainName(file) == artistFile;
        progress.update(readingShare, "Reading " + plainName(file));
        try {
            readMapping(tree.path() / file, artists ? "artist_id" : "album_id",
                artists ? &Links::artists : &Links::albums, writer, links, progress);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::Input)
                throw;
            drops.warn(error.message());
        }
    }
    for (const auto& [item, own] : links) {
        ItemAttributes attributes;
        attributes.brand = joined(own.artists);
        attributes.extraJson = own.albums.empty() ? "" : Json({{"albums", own.albums}}).dump();
        writer.setItem(std::to_string(item), std::move(attributes));
    }
}

} // namespace recoscope
