// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/item_table.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/core/error.h"
#include "engine/data/importers/column_roles.h"
#include "engine/data/importers/delimited_text.h"
#include "engine/data/importers/field_values.h"
#include "engine/data/importers/layout_detection.h"

namespace recoscope {

namespace {

enum class ItemColumn { Id, Title, Categories, Brand, Price, Description, Extra };

ItemColumn itemColumn(const std::string& name)
{
    std::string plain;
    for (const char c : name.substr(0, name.find(':'))) {
        if (std::isalnum(static_cast<unsigned char>(c)))
            plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    static const std::map<std::string, ItemColumn> known = {{"title", ItemColumn::Title}, {"name", ItemColumn::Title},
        {"itemname", ItemColumn::Title}, {"movietitle", ItemColumn::Title}, {"producttitle", ItemColumn::Title},
        {"productname", ItemColumn::Title}, {"itemtitle", ItemColumn::Title}, {"genres", ItemColumn::Categories},
        {"genre", ItemColumn::Categories}, {"category", ItemColumn::Categories}, {"categories", ItemColumn::Categories},
        {"class", ItemColumn::Categories}, {"tags", ItemColumn::Categories}, {"brand", ItemColumn::Brand},
        {"artist", ItemColumn::Brand}, {"author", ItemColumn::Brand}, {"manufacturer", ItemColumn::Brand},
        {"store", ItemColumn::Brand}, {"price", ItemColumn::Price}, {"description", ItemColumn::Description},
        {"overview", ItemColumn::Description}};
    const auto found = known.find(plain);
    if (found != known.end())
        return found->second;
    return roleOfColumn(name) == "item" || plain == "id" ? ItemColumn::Id : ItemColumn::Extra;
}

std::string utf8(std::string_view text)
{
    return isUtf8(text) ? std::string(text) : latin1ToUtf8(text);
}

struct Table {
    std::string delimiter;
    TextEncoding encoding = TextEncoding::Utf8;
    std::vector<std::string> columns;
};

Table describeTable(const SourceTree& tree, const std::string& file)
{
    Table table;
    const std::string head = tree.head(file);
    table.encoding = detectEncoding(head);
    const std::vector<std::string> lines = headLines(head, table.encoding);
    // The header decides: titles are full of every other candidate.
    table.delimiter = detectDelimiter({lines.front()}, '"');
    if (table.delimiter.empty())
        table.delimiter = ",";
    FieldSplitter splitter(table.delimiter, '"');
    splitter.split(lines.front());
    table.columns.assign(splitter.fields().begin(), splitter.fields().end());
    return table;
}

std::string plainColumn(const std::string& name)
{
    return name.substr(0, name.find(':'));
}

bool isSequence(const std::string& name)
{
    return name.ends_with(":token_seq") || name.ends_with(":float_seq");
}

using Row = std::vector<std::string_view>;

// Calls `row` for each record behind the header that has as many fields as the header and a known id.
template <class Known, class Use>
void forEachRow(const SourceTree& tree, const std::string& file, const Table& table, std::size_t id, DropLog& drops,
    Known known, Use use)
{
    std::int64_t damaged = 0, firstDamaged = 0;
    bool header = true;
    // RecBole tables are never quoted, and a title may begin with a quote there.
    const bool typed = table.columns[id].find(':') != std::string::npos;
    readTable(readText(tree.open(file), table.encoding), table.delimiter, typed ? '\0' : '"',
        [&](const Row& fields, std::int64_t line) {
            if (header) {
                header = false;
            } else if (fields.size() != table.columns.size()) {
                firstDamaged = damaged++ == 0 ? line : firstDamaged;
            } else if (known(utf8(fields[id]))) {
                use(fields);
            }
            return true;
        });
    if (damaged > 0)
        drops.warn(plainName(file) + ": " + std::to_string(damaged) + " rows do not have "
            + std::to_string(table.columns.size()) + " fields and were skipped (first: line "
            + std::to_string(firstDamaged) + ")");
}

// `extra` is what is known already.
ItemAttributes attributesOf(
    const Table& table, const std::vector<ItemColumn>& kinds, const Row& fields, Json extra = Json::object())
{
    ItemAttributes attributes;
    for (std::size_t column = 0; column < kinds.size(); ++column) {
        const std::string value = utf8(fields[column]);
        if (value.empty())
            continue;
        switch (kinds[column]) {
        case ItemColumn::Id: break;
        case ItemColumn::Title: attributes.title = value; break;
        case ItemColumn::Categories:
            attributes.categories = value == "(no genres listed)" ? ""
                : isSequence(table.columns[column])               ? joinedCategories(value, ' ')
                                                                  : value;
            break;
        case ItemColumn::Brand: attributes.brand = value; break;
        case ItemColumn::Price: attributes.price = parsePrice(value); break;
        case ItemColumn::Description: attributes.description = value; break;
        case ItemColumn::Extra: extra[plainColumn(table.columns[column])] = value; break;
        }
    }
    if (!extra.empty())
        attributes.extraJson = extra.dump();
    return attributes;
}

} // namespace

std::string joinedCategories(std::string_view text, char separator)
{
    std::string result;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        const std::string_view part = trimmed(text.substr(0, end));
        if (!part.empty())
            result.append(result.empty() ? "" : "|").append(part);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

std::string withoutMarkup(std::string_view text)
{
    static constexpr std::array<std::pair<std::string_view, char>, 6> entities
        = {{{"&amp;", '&'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&lt;", '<'}, {"&gt;", '>'}, {"&nbsp;", ' '}}};
    std::string out;
    while (!text.empty()) {
        const bool tag = text[0] == '<' && text.size() > 1
            && (std::isalpha(static_cast<unsigned char>(text[1])) || text[1] == '/');
        if (tag) {
            text.remove_prefix(std::min(text.find('>'), text.size() - 1) + 1);
            continue;
        }
        const auto entity = std::find_if(
            entities.begin(), entities.end(), [&](const auto& one) { return text.starts_with(one.first); });
        out += entity == entities.end() ? text[0] : entity->second;
        text.remove_prefix(entity == entities.end() ? 1 : entity->first.size());
    }
    return std::string(trimmed(out));
}

std::optional<double> parsePrice(std::string_view text)
{
    std::string digits;
    for (const char c : text) {
        const bool part = (c >= '0' && c <= '9') || c == '.';
        if (part)
            digits += c;
        else if (!digits.empty() && c != ',')
            break;
    }
    return parseNumber(digits);
}

void readItemTable(
    const SourceTree& tree, const std::string& file, DatasetWriter& writer, DropLog& drops, const ItemExtras& extras)
{
    const Table table = describeTable(tree, file);
    std::vector<ItemColumn> kinds;
    for (const std::string& column : table.columns)
        kinds.push_back(itemColumn(column));
    const auto id = std::find(kinds.begin(), kinds.end(), ItemColumn::Id);
    if (id == kinds.end()) {
        drops.warn(plainName(file) + ": no column for the item was recognised; it was not read");
        return;
    }
    const auto idColumn = static_cast<std::size_t>(id - kinds.begin());
    forEachRow(
        tree, file, table, idColumn, drops, [&](const std::string& raw) { return writer.knowsItem(raw); },
        [&](const Row& fields) {
            const std::string raw = utf8(fields[idColumn]);
            const auto known = extras.find(raw);
            writer.setItem(
                raw, attributesOf(table, kinds, fields, known == extras.end() ? Json::object() : known->second));
        });
}

void readUserTable(const SourceTree& tree, const std::string& file, DatasetWriter& writer, DropLog& drops)
{
    const Table table = describeTable(tree, file);
    const auto id = std::find_if(table.columns.begin(), table.columns.end(),
        [](const std::string& column) { return roleOfColumn(column) == "user"; });
    if (id == table.columns.end()) {
        drops.warn(plainName(file) + ": no column for the user was recognised; it was not read");
        return;
    }
    const auto idColumn = static_cast<std::size_t>(id - table.columns.begin());
    forEachRow(
        tree, file, table, idColumn, drops, [](const std::string&) { return true; },
        [&](const Row& fields) {
            Json attributes = Json::object();
            for (std::size_t column = 0; column < fields.size(); ++column) {
                if (column != idColumn && !fields[column].empty())
                    attributes[plainColumn(table.columns[column])] = utf8(fields[column]);
            }
            writer.setUser(utf8(fields[idColumn]), attributes.dump());
        });
}

namespace {

void readItemsFile(const Path& file, DatasetWriter& writer, DropLog& drops, Progress& progress)
{
    const SourceTree tree(file);
    if (!tree.isFile())
        throw Error(ErrorKind::Input, "'" + file.string() + "' is no file of item metadata", "name one file");
    const std::string head = tree.head(tree.primary());
    const std::size_t first = head.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (first != std::string::npos && head[first] == '{')
        readItemJson(tree, tree.primary(), writer, drops, progress);
    else
        readItemTable(tree, tree.primary(), writer, drops);
}

} // namespace

void readItems(const ImportOptions& options, const SourceTree& tree, const std::vector<std::string>& jsonFiles,
    DatasetWriter& writer, DropLog& drops, Progress& progress)
{
    if (!options.itemsFile.empty()) {
        readItemsFile(options.itemsFile, writer, drops, progress);
        return;
    }
    for (const std::string& file : jsonFiles)
        readItemJson(tree, file, writer, drops, progress);
}

} // namespace recoscope
