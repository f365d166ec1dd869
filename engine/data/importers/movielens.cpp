// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The MovieLens layouts of GroupLens: 100K (u.data, u.item, u.user), 1M and 10M (ratings.dat with "::"), and the CSV of
// latest, 20M, 25M and 32M with their links and tags. From a folder, an archive, or the file of ratings with the others
// beside it.

#include "engine/data/importers/formats.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/data/importers/delimited_text.h"
#include "engine/data/importers/interaction_table.h"
#include "engine/data/importers/item_table.h"

namespace recoscope {

namespace {

enum class Variant { None, Tab, Colons, Csv };

struct Found {
    Variant variant = Variant::None;
    std::string ratings, items, users;
    std::string links, tags; // of the CSV layouts
};

bool isColonRatings(const std::string& name)
{
    return name.starts_with("ratings") && name.ends_with(".dat");
}

bool fitsPrimary(const SourceTree& tree, const std::string& file)
{
    return !file.empty() && (!tree.isFile() || tree.primary() == file);
}

Found findFiles(const SourceTree& tree)
{
    // Of a single file only its own name counts; the others lie beside it.
    const auto pick = [&](auto fits) {
        return tree.isFile() ? (fits(plainName(tree.primary())) ? tree.primary() : std::string()) : tree.find(fits);
    };
    const std::string tab = pick([](const std::string& name) { return name == "u.data"; });
    if (fitsPrimary(tree, tab))
        return {Variant::Tab, tab, tree.findNamed("u.item"), tree.findNamed("u.user"), "", ""};
    const std::string colons = pick(isColonRatings);
    if (fitsPrimary(tree, colons))
        return {Variant::Colons, colons, tree.findNamed("movies.dat"), tree.findNamed("users.dat"), "", ""};
    const std::string csv = pick([](const std::string& name) { return name == "ratings.csv"; });
    const std::string movies = tree.findNamed("movies.csv");
    if (fitsPrimary(tree, csv) && !movies.empty())
        return {Variant::Csv, csv, movies, "", tree.findNamed("links.csv"), tree.findNamed("tags.csv")};
    return {};
}

ImportOptions presetOf(Variant variant)
{
    ImportOptions preset;
    preset.timeUnit = "seconds";
    if (variant == Variant::Csv) {
        preset.delimiter = ",";
        preset.header = true;
        return preset;
    }
    preset.delimiter = variant == Variant::Tab ? "\t" : "::";
    preset.quote = "none";
    preset.header = false;
    preset.user = "1";
    preset.item = "2";
    preset.rating = "3";
    preset.time = "4";
    return preset;
}

using Row = std::vector<std::string_view>;

std::string latin1(std::string_view text)
{
    return isUtf8(text) ? std::string(text) : latin1ToUtf8(text);
}

std::vector<std::string> genreNames(const SourceTree& tree)
{
    std::vector<std::string> names;
    const std::string file = tree.findNamed("u.genre");
    if (!file.empty())
        readTable(tree.open(file), "|", 0, [&](const Row& fields, std::int64_t) {
            names.emplace_back(fields[0]);
            return true;
        });
    return names;
}

// id|title|release date|video date|IMDb URL|one flag for each genre
void readTabItems(const SourceTree& tree, const Found& found, DatasetWriter& writer)
{
    constexpr std::size_t firstFlag = 5;
    const std::vector<std::string> genres = genreNames(tree);
    readTable(tree.open(found.items), "|", 0, [&](const Row& fields, std::int64_t) {
        if (fields.size() < firstFlag || !writer.knowsItem(fields[0]))
            return true;
        ItemAttributes attributes;
        attributes.title = latin1(fields[1]);
        for (std::size_t genre = 0; genre < genres.size() && firstFlag + genre < fields.size(); ++genre) {
            if (fields[firstFlag + genre] == "1")
                attributes.categories += (attributes.categories.empty() ? "" : "|") + genres[genre];
        }
        attributes.extraJson = Json{{"release_date", latin1(fields[2])}, {"url", latin1(fields[4])}}.dump();
        writer.setItem(fields[0], std::move(attributes));
        return true;
    });
}

// id::title::genre|genre
void readColonItems(const SourceTree& tree, const Found& found, DatasetWriter& writer)
{
    readTable(tree.open(found.items), "::", 0, [&](const Row& fields, std::int64_t) {
        if (fields.size() == 3 && writer.knowsItem(fields[0]))
            writer.setItem(fields[0], {latin1(fields[1]), latin1(fields[2]), "", {}, "", ""});
        return true;
    });
}

void readUsers(const SourceTree& tree, const std::string& file, const std::string& delimiter,
    const std::vector<std::string>& names, DatasetWriter& writer)
{
    readTable(tree.open(file), delimiter, 0, [&](const Row& fields, std::int64_t) {
        if (fields.size() != names.size())
            return true;
        Json attributes = Json::object();
        for (std::size_t column = 1; column < names.size(); ++column)
            attributes[names[column]] = latin1(fields[column]);
        writer.setUser(fields[0], attributes.dump());
        return true;
    });
}

// Rows of a CSV file behind its header, which must begin with the named columns; anything else is left out with a
// warning.
template <class Use>
void readCsvRows(
    const SourceTree& tree, const std::string& file, const std::vector<std::string>& columns, DropLog& drops, Use use)
{
    if (file.empty())
        return;
    bool header = true;
    std::int64_t odd = 0;
    readTable(tree.open(file), ",", '"', [&](const Row& fields, std::int64_t) {
        if (header) {
            header = false;
            if (std::equal(columns.begin(), columns.end(), fields.begin(), fields.end()))
                return true;
            drops.warn(plainName(file) + ": other columns than expected; it was not read");
            return false;
        }
        if (fields.size() == columns.size())
            use(fields);
        else
            ++odd;
        return true;
    });
    if (odd > 0)
        drops.warn(plainName(file) + ": " + std::to_string(odd) + " rows with another number of fields were skipped");
}

// movieId,imdbId,tmdbId
void addLinks(const SourceTree& tree, const std::string& file, DropLog& drops, ItemExtras& extras)
{
    readCsvRows(tree, file, {"movieId", "imdbId", "tmdbId"}, drops, [&](const Row& fields) {
        const std::string raw(fields[0]);
        if (!fields[1].empty())
            extras[raw]["imdb"] = latin1(fields[1]);
        if (!fields[2].empty())
            extras[raw]["tmdb"] = latin1(fields[2]);
    });
}

// userId,movieId,tag,timestamp: the words that most users gave a film, first.
void addTags(const SourceTree& tree, const std::string& file, DropLog& drops, ItemExtras& extras)
{
    constexpr std::size_t most = 20;
    std::unordered_map<std::string, std::map<std::string, std::int64_t>> counts;
    readCsvRows(tree, file, {"userId", "movieId", "tag", "timestamp"}, drops,
        [&](const Row& fields) { ++counts[std::string(fields[1])][latin1(fields[2])]; });
    for (const auto& [raw, tags] : counts) {
        std::vector<std::pair<std::int64_t, std::string>> order;
        for (const auto& [tag, count] : tags)
            order.emplace_back(-count, tag);
        std::sort(order.begin(), order.end());
        order.resize(std::min(order.size(), most));
        Json& list = extras[raw]["tags"] = Json::array();
        for (const auto& entry : order)
            list.push_back(entry.second);
    }
}

class MovieLensImporter : public Importer {
public:
    std::string name() const override { return "movielens"; }
    std::string description() const override { return "MovieLens 100K, 1M, 10M, 20M, 25M, 32M and latest"; }

    int score(const Path& source) const override
    {
        const SourceTree tree(source);
        const Found found = findFiles(tree);
        if (found.variant == Variant::None)
            return 0;
        return found.variant == Variant::Csv || !found.items.empty() ? 95 : 80;
    }

    ImportPreview preview(const Path& source, const ImportOptions& options) const override
    {
        const SourceTree tree(source);
        const Found found = require(tree);
        std::vector<std::string> files = {found.ratings};
        for (const std::string& file : {found.items, found.users, found.links, found.tags}) {
            if (!file.empty())
                files.push_back(file);
        }
        return tablePreview(name(), guess(tree, found, options), options, std::move(files));
    }

    ImportReport read(
        const Path& source, const ImportOptions& options, DatasetWriter& writer, Progress& progress) const override
    {
        const SourceTree tree(source);
        const Found found = require(tree);
        DropLog drops;
        readInteractions(tree, found.ratings, guess(tree, found, options).layout, options, writer, drops, progress);
        if (!found.items.empty() && options.itemsFile.empty()) {
            if (found.variant == Variant::Tab)
                readTabItems(tree, found, writer);
            else if (found.variant == Variant::Colons)
                readColonItems(tree, found, writer);
            else
                readCsvItems(tree, found, writer, drops);
        }
        if (!found.users.empty() && found.variant == Variant::Tab)
            readUsers(tree, found.users, "|", {"", "age", "gender", "occupation", "zip"}, writer);
        else if (!found.users.empty())
            readUsers(tree, found.users, "::", {"", "gender", "age", "occupation", "zip"}, writer);
        return drops.finish();
    }

private:
    static void readCsvItems(const SourceTree& tree, const Found& found, DatasetWriter& writer, DropLog& drops)
    {
        ItemExtras extras;
        addLinks(tree, found.links, drops, extras);
        addTags(tree, found.tags, drops, extras);
        readItemTable(tree, found.items, writer, drops, extras);
    }

    static Found require(const SourceTree& tree)
    {
        const Found found = findFiles(tree);
        if (found.variant == Variant::None)
            throw Error(ErrorKind::Input,
                "'" + tree.path().string()
                    + "' holds no MovieLens ratings (u.data, ratings.dat, or ratings.csv with "
                      "movies.csv)",
                "choose another format, or 'auto'");
        return found;
    }

    static LayoutGuess guess(const SourceTree& tree, const Found& found, const ImportOptions& options)
    {
        return guessTable(
            tree, found.ratings, withPreset(options, presetOf(found.variant)), {"user", "item", "rating", "timestamp"});
    }
};

} // namespace

const Importer& movielensImporter()
{
    static const MovieLensImporter importer;
    return importer;
}

} // namespace recoscope
