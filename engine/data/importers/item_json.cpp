// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The JSON part of item_table.h.

#include "engine/data/importers/drop_log.h"
#include "engine/data/importers/item_table.h"
#include "engine/data/importers/json_values.h"
#include "engine/data/importers/line_reader.h"
#include "engine/data/importers/text_encoding.h"

namespace recoscope {

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

std::string textAt(const object& json, std::initializer_list<const char*> keys, std::string_view separator)
{
    for (const char* key : keys) {
        element value;
        if (json.at_key(key).get(value) == simdjson::SUCCESS) {
            std::string text = joinedText(value, separator);
            if (!text.empty())
                return text;
        }
    }
    return "";
}

ItemAttributes attributesOf(const object& json)
{
    ItemAttributes attributes;
    attributes.title = withoutMarkup(textAt(json, {"title", "name"}, " "));
    attributes.categories = withoutMarkup(textAt(json, {"category", "categories", "main_cat", "main_category"}, "|"));
    // LETTER writes the list as one text with commas.
    element categories;
    std::string_view oneText;
    if (json.at_key("categories").get(categories) == simdjson::SUCCESS && categories.get(oneText) == simdjson::SUCCESS)
        attributes.categories = withoutMarkup(joinedCategories(oneText, ','));
    attributes.brand = withoutMarkup(textAt(json, {"brand", "store"}, " "));
    attributes.description = withoutMarkup(textAt(json, {"description"}, "\n"));
    element price;
    if (json.at_key("price").get(price) == simdjson::SUCCESS) {
        std::string_view text;
        attributes.price = price.get(text) == simdjson::SUCCESS ? parsePrice(text) : numberOf(price);
    }
    return attributes;
}

// {"item": {...}} or {"item": [attributes]}: nothing in it but objects and lists.
bool isItemMap(const object& json)
{
    bool any = false;
    for (const auto field : json) {
        if (!field.value.is_object() && !field.value.is_array())
            return false;
        any = true;
    }
    return any;
}

void readItemMap(const object& json, DatasetWriter& writer)
{
    for (const auto field : json) {
        if (!writer.knowsItem(field.key))
            continue;
        object attributes;
        if (field.value.get(attributes) == simdjson::SUCCESS) {
            writer.setItem(field.key, attributesOf(attributes));
        } else {
            ItemAttributes listed;
            listed.categories = joinedText(field.value, "|");
            writer.setItem(field.key, std::move(listed));
        }
    }
}

void readItemLines(
    const SourceTree& tree, const std::string& file, DatasetWriter& writer, DropLog& drops, Progress& progress)
{
    LineReader lines(readText(tree.open(file), TextEncoding::Utf8));
    JsonLineParser parser;
    std::string_view line;
    std::int64_t damaged = 0, firstDamaged = 0;
    while (lines.next(line)) {
        if (lines.lineNumber() % 1024 == 0)
            progress.checkCancelled();
        const std::optional<object> json = lines.tooLong() ? std::nullopt : parser.object(line);
        const std::string id = json ? textAt(*json, {"parent_asin", "asin", "item_id", "id"}, " ") : "";
        if (id.empty())
            firstDamaged = damaged++ == 0 ? lines.lineNumber() : firstDamaged;
        else if (writer.knowsItem(id))
            writer.setItem(id, attributesOf(*json));
    }
    if (damaged > 0)
        drops.warn(plainName(file) + ": " + std::to_string(damaged)
            + " lines are not JSON objects with an item id and were skipped (first: line "
            + std::to_string(firstDamaged) + ")");
}

} // namespace

void readItemJson(
    const SourceTree& tree, const std::string& file, DatasetWriter& writer, DropLog& drops, Progress& progress)
{
    // One document that maps items, or a document on each line: the first line tells when it is complete in itself.
    JsonLineParser parser;
    const std::string head = tree.head(file);
    const std::string_view firstLine = std::string_view(head).substr(0, head.find('\n'));
    const std::optional<object> first = parser.object(firstLine);
    if (first && !isItemMap(*first))
        return readItemLines(tree, file, writer, drops, progress);
    const std::string whole = readAll(*readText(tree.open(file), TextEncoding::Utf8));
    const std::optional<object> json = parser.object(whole);
    if (json && isItemMap(*json))
        readItemMap(*json, writer);
    else
        readItemLines(tree, file, writer, drops, progress);
}

} // namespace recoscope
