// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Delimited text of any kind. Of a folder or archive it takes the one file named after interactions, ratings, reviews
// or events, or the only table there is, and a table of items beside it.

#include "engine/data/importers/formats.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/data/importers/interaction_table.h"
#include "engine/data/importers/item_table.h"

namespace recoscope {

namespace {

bool isTableName(const std::string& plain)
{
    for (const char* ending : {".csv", ".tsv", ".txt", ".dat", ".tab", ".psv"}) {
        if (plain.ends_with(ending))
            return true;
    }
    return false;
}

bool hasStem(const std::string& plain, std::initializer_list<const char*> stems)
{
    const std::string stem = plain.substr(0, plain.find('.'));
    return std::find(stems.begin(), stems.end(), stem) != stems.end();
}

bool isInteractionsName(const std::string& plain)
{
    return isTableName(plain) && hasStem(plain, {"interactions", "ratings", "events", "reviews", "clicks", "train"});
}

std::string interactionsFile(const SourceTree& tree)
{
    if (tree.isFile())
        return tree.primary();
    const std::string named = tree.find(isInteractionsName);
    if (!named.empty())
        return named;
    std::vector<std::string> tables;
    std::copy_if(tree.names().begin(), tree.names().end(), std::back_inserter(tables),
        [](const std::string& name) { return isTableName(plainName(name)); });
    return tables.size() == 1 ? tables.front() : "";
}

std::string itemsFileBeside(const SourceTree& tree, const std::string& interactions)
{
    if (!isInteractionsName(plainName(interactions)))
        return "";
    const std::string folder = interactions.substr(0, interactions.rfind('/') + 1);
    const std::string found = tree.find([](const std::string& plain) {
        return isTableName(plain) && hasStem(plain, {"items", "movies", "products", "books"});
    });
    return found.starts_with(folder) ? found : "";
}

bool looksLikeText(const std::string& head)
{
    if (detectEncoding(head) == TextEncoding::Utf16Le || detectEncoding(head) == TextEncoding::Utf16Be)
        return true;
    const auto control = std::count_if(head.begin(), head.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t'; });
    return control * 50 <= static_cast<std::ptrdiff_t>(head.size());
}

class DelimitedImporter : public Importer {
public:
    std::string name() const override { return "delimited"; }
    std::string description() const override { return "CSV, TSV and other delimited text"; }

    int score(const Path& source) const override
    {
        const SourceTree tree(source);
        const std::string file = interactionsFile(tree);
        if (file.empty())
            return 0;
        const std::string head = tree.head(file);
        if (!looksLikeText(head))
            return 0;
        const std::size_t first = head.find_first_not_of(" \t\r\n\xef\xbb\xbf");
        if (first != std::string::npos && head[first] == '{')
            return 2;
        return isTableName(plainName(file)) ? 40 : 20;
    }

    ImportPreview preview(const Path& source, const ImportOptions& options) const override
    {
        const SourceTree tree(source);
        const std::string file = require(tree);
        std::vector<std::string> files = {file};
        if (const std::string items = itemsFileBeside(tree, file); !items.empty())
            files.push_back(items);
        return tablePreview(name(), guessTable(tree, file, options), options, std::move(files));
    }

    ImportReport read(
        const Path& source, const ImportOptions& options, DatasetWriter& writer, Progress& progress) const override
    {
        const SourceTree tree(source);
        const std::string file = require(tree);
        DropLog drops;
        readInteractions(tree, file, guessTable(tree, file, options).layout, options, writer, drops, progress);
        const std::string items = itemsFileBeside(tree, file);
        if (!items.empty() && options.itemsFile.empty())
            readItemTable(tree, items, writer, drops);
        return drops.finish();
    }

private:
    static std::string require(const SourceTree& tree)
    {
        const std::string file = interactionsFile(tree);
        if (file.empty())
            throw Error(ErrorKind::Input,
                "'" + tree.path().string() + "' holds no table, or several and none named interactions or ratings",
                "name the file itself");
        return file;
    }
};

} // namespace

const Importer& delimitedImporter()
{
    static const DelimitedImporter importer;
    return importer;
}

} // namespace recoscope
