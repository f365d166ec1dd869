// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One JSON document {"user": [item, ...]} with items in time order (LC-Rec, LETTER: NAME.inter.json); NAME.item.json
// beside it, {"item": {"title", "brand", "categories", "description"}}, gives the metadata.

#include "engine/data/importers/formats.h"

#include "engine/core/error.h"
#include "engine/data/importers/delimited_text.h"
#include "engine/data/importers/drop_log.h"
#include "engine/data/importers/interaction_reader.h"
#include "engine/data/importers/item_table.h"
#include "engine/data/importers/json_values.h"
#include "engine/data/importers/source_tree.h"

namespace recoscope {

namespace {

// {"...": [ at the beginning, spaces aside.
bool beginsLikeLists(std::string_view head)
{
    std::size_t position = 0;
    const auto skipTo = [&](std::string_view characters) {
        for (const char c : characters) {
            position = std::min(head.find_first_not_of(" \t\r\n\xef\xbb\xbf", position), head.size());
            if (position == head.size() || head[position] != c)
                return false;
            ++position;
        }
        return true;
    };
    if (!skipTo("{\""))
        return false;
    while (position < head.size() && head[position] != '"')
        position += head[position] == '\\' ? 2 : 1;
    return skipTo("\":[");
}

std::string listsFile(const SourceTree& tree)
{
    if (tree.isFile())
        return beginsLikeLists(tree.head(tree.primary())) ? tree.primary() : "";
    return tree.find([](const std::string& name) { return name.ends_with(".inter.json"); });
}

// None or one.
std::vector<std::string> itemsBeside(const SourceTree& tree, const std::string& file)
{
    const std::string plain = plainName(file);
    const std::string ending = ".inter.json";
    if (!plain.ends_with(ending))
        return {};
    const std::string found = tree.findNamed(plain.substr(0, plain.size() - ending.size()) + ".item.json");
    return found.empty() ? std::vector<std::string>() : std::vector{found};
}

class UserListsImporter : public Importer {
public:
    std::string name() const override { return "user-lists"; }
    std::string description() const override { return "JSON {\"user\": [items]} in time order (LC-Rec, LETTER)"; }

    int score(const Path& source) const override
    {
        const SourceTree tree(source);
        const std::string file = listsFile(tree);
        if (file.empty() || !beginsLikeLists(tree.head(file)) || plainName(file).ends_with("_item2attributes.json"))
            return 0;
        return plainName(file).ends_with(".inter.json") ? 90 : 75;
    }

    ImportPreview preview(const Path& source, const ImportOptions& options) const override
    {
        const SourceTree tree(source);
        const std::string file = require(tree);
        ImportPreview preview;
        preview.format = name();
        preview.options = options;
        preview.options.format = name();
        preview.columns = {{"user", "text", "user"}, {"items", "text", "item"}};
        simdjson::dom::parser parser;
        simdjson::dom::object users;
        const std::string text = readAll(*readText(tree.open(file), TextEncoding::Utf8));
        if (parser.parse(text).get(users) == simdjson::SUCCESS) {
            for (const auto field : users) {
                preview.rows.push_back({std::string(field.key), joinedText(field.value, " ")});
                if (preview.rows.size() == 50)
                    break;
            }
        }
        preview.files = {file};
        for (const std::string& items : itemsBeside(tree, file))
            preview.files.push_back(items);
        preview.warnings.push_back("no times: the order of the lists is taken");
        return preview;
    }

    ImportReport read(
        const Path& source, const ImportOptions& options, DatasetWriter& writer, Progress& progress) const override
    {
        const SourceTree tree(source);
        const std::string file = require(tree);
        DropLog drops;
        readLists(tree, file, writer, drops, progress);
        readItems(options, tree, itemsBeside(tree, file), writer, drops, progress);
        return drops.finish();
    }

private:
    static std::string require(const SourceTree& tree)
    {
        const std::string file = tree.isFile() ? tree.primary() : listsFile(tree);
        if (file.empty())
            throw Error(
                ErrorKind::Input, "'" + tree.path().string() + "' holds no .inter.json file", "name the file itself");
        return file;
    }

    static void readLists(
        const SourceTree& tree, const std::string& file, DatasetWriter& writer, DropLog& drops, Progress& progress)
    {
        const std::string text = readAll(*readText(tree.open(file), TextEncoding::Utf8));
        simdjson::dom::parser parser;
        simdjson::dom::element document;
        simdjson::dom::object users;
        if (const auto code = parser.parse(text).get(document); code != simdjson::SUCCESS)
            throw Error(ErrorKind::Input,
                "'" + plainName(file) + "' (line 1) is not valid JSON: " + simdjson::error_message(code),
                "check that the file was copied completely");
        if (document.get(users) != simdjson::SUCCESS)
            throw Error(ErrorKind::Input, "'" + plainName(file) + "' (line 1) is no JSON object {\"user\": [items]}",
                "choose another format, or 'auto'");
        std::int64_t number = 0;
        const double count = static_cast<double>(std::max<std::size_t>(users.size(), 1));
        for (const auto field : users) {
            if (++number % 4096 == 0) {
                progress.checkCancelled();
                progress.update(readingShare * static_cast<double>(number) / count, "Reading " + plainName(file));
            }
            addList(field.key, field.value, number, writer, drops);
        }
        if (writer.rows() == 0)
            throw Error(ErrorKind::Input,
                "'" + plainName(file) + "' has no list that could be read"
                    + (drops.summary().empty() ? " (empty)" : ": " + drops.summary()),
                "check that it is an object {\"user\": [items]}");
    }

    // `number` counts users from 1: the document may be a single line.
    static void addList(
        std::string_view user, simdjson::dom::element value, std::int64_t number, DatasetWriter& writer, DropLog& drops)
    {
        simdjson::dom::array list;
        if (user.empty() || value.get(list) != simdjson::SUCCESS) {
            drops.drop(user.empty() ? "user is empty" : "user without a list of items", number, user);
            return;
        }
        for (const simdjson::dom::element element : list) {
            const std::optional<std::string> item = idText(element);
            if (!item || item->empty() || item->find('\0') != std::string::npos) {
                drops.drop("item is no text or number", number, user);
                continue;
            }
            writer.addRow(writer.userIndex(user), writer.itemIndex(*item), std::nullopt, std::nullopt);
            drops.kept();
        }
    }
};

} // namespace

const Importer& userListsImporter()
{
    static const UserListsImporter importer;
    return importer;
}

} // namespace recoscope
