// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// RecBole atomic files: tab-separated NAME.inter with typed column names ("user_id:token"), and NAME.item and NAME.user
// beside it.

#include "engine/data/importers/formats.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/data/importers/interaction_table.h"
#include "engine/data/importers/item_table.h"

namespace recoscope {

namespace {

std::string interFile(const SourceTree& tree)
{
    if (tree.isFile())
        return plainName(tree.primary()).ends_with(".inter") ? tree.primary() : "";
    return tree.find([](const std::string& name) { return name.ends_with(".inter"); });
}

std::string beside(const SourceTree& tree, const std::string& inter, const std::string& ending)
{
    const std::string plain = plainName(inter);
    return tree.findNamed(plain.substr(0, plain.size() - std::string(".inter").size()) + ending);
}

ImportOptions preset()
{
    ImportOptions options;
    options.delimiter = "\t";
    options.quote = "none";
    options.header = true;
    return options;
}

class RecboleImporter : public Importer {
public:
    std::string name() const override { return "recbole"; }
    std::string description() const override { return "RecBole atomic files (.inter, .item, .user)"; }

    int score(const Path& source) const override
    {
        const SourceTree tree(source);
        const std::string file = interFile(tree);
        if (file.empty())
            return 0;
        const std::vector<std::string> lines = headLines(tree.head(file), TextEncoding::Utf8, 1);
        return lines.front().find(":token") != std::string::npos ? 95 : 10;
    }

    ImportPreview preview(const Path& source, const ImportOptions& options) const override
    {
        const SourceTree tree(source);
        const std::string file = require(tree);
        std::vector<std::string> files = {file};
        for (const char* ending : {".item", ".user"}) {
            if (const std::string other = beside(tree, file, ending); !other.empty())
                files.push_back(other);
        }
        return tablePreview(name(), guessTable(tree, file, withPreset(options, preset())), options, std::move(files));
    }

    ImportReport read(
        const Path& source, const ImportOptions& options, DatasetWriter& writer, Progress& progress) const override
    {
        const SourceTree tree(source);
        const std::string file = require(tree);
        DropLog drops;
        const LayoutGuess guess = guessTable(tree, file, withPreset(options, preset()));
        readInteractions(tree, file, guess.layout, options, writer, drops, progress);
        if (const std::string items = beside(tree, file, ".item"); !items.empty() && options.itemsFile.empty())
            readItemTable(tree, items, writer, drops);
        if (const std::string users = beside(tree, file, ".user"); !users.empty())
            readUserTable(tree, users, writer, drops);
        return drops.finish();
    }

private:
    static std::string require(const SourceTree& tree)
    {
        const std::string file = interFile(tree);
        if (file.empty())
            throw Error(ErrorKind::Input, "'" + tree.path().string() + "' holds no .inter file",
                "choose another format, or 'auto'");
        return file;
    }
};

} // namespace

const Importer& recboleImporter()
{
    static const RecboleImporter importer;
    return importer;
}

} // namespace recoscope
