// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Amazon reviews, one JSON object a line: 2014 and 2018 (reviewerID, asin, overall, unixReviewTime in seconds) and 2023
// (user_id, parent_asin, rating, timestamp in milliseconds). Metadata meta_NAME.json* beside NAME_5.json*,
// reviews_NAME.json* or NAME.jsonl* is read with it. Of a folder or archive every file of reviews is read: categories
// share users and, where products are listed twice, items.

#include "engine/data/importers/formats.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/data/importers/drop_log.h"
#include "engine/data/importers/field_values.h"
#include "engine/data/importers/interaction_reader.h"
#include "engine/data/importers/item_table.h"
#include "engine/data/importers/json_values.h"
#include "engine/data/importers/layout_detection.h"
#include "engine/data/importers/source_tree.h"

namespace recoscope {

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

struct Review {
    std::string user, item, rating, time, dropReason;
    std::optional<std::int64_t> timeMs;
    std::optional<double> value;
};

std::optional<element> firstOf(const object& review, std::initializer_list<const char*> keys)
{
    for (const char* key : keys) {
        element value;
        if (review.at_key(key).get(value) == simdjson::SUCCESS && !value.is_null())
            return value;
    }
    return std::nullopt;
}

std::string textOf(const object& review, std::initializer_list<const char*> keys)
{
    const std::optional<element> value = firstOf(review, keys);
    return value ? idText(*value).value_or("") : "";
}

void readTime(const object& review, Review& result)
{
    // 2023 counts milliseconds, 2014 and 2018 seconds, with a date in words as the second source.
    const std::optional<element> seconds = firstOf(review, {"unixReviewTime"});
    const std::optional<element> either = seconds ? seconds : firstOf(review, {"timestamp", "sort_timestamp"});
    const std::optional<element> words = firstOf(review, {"reviewTime"});
    if (either) {
        result.time = idText(*either).value_or("");
        const TimeUnit unit = seconds ? TimeUnit::Seconds : guessTimeUnit(std::span(&result.time, 1));
        result.timeMs = parseTime(result.time, unit);
    }
    if (!result.timeMs && words) {
        result.time = idText(*words).value_or("");
        result.timeMs = parseIsoTime(result.time);
    }
}

Review readReview(const object& json)
{
    Review review;
    review.user = textOf(json, {"reviewerID", "user_id"});
    review.item = textOf(json, {"parent_asin", "asin"});
    review.rating = textOf(json, {"overall", "rating"});
    readTime(json, review);
    review.value = parseNumber(review.rating);
    if (review.user.empty())
        review.dropReason = "user is missing";
    else if (review.item.empty())
        review.dropReason = "item is missing";
    else if (!review.value)
        review.dropReason = review.rating.empty() ? "rating is missing" : "rating is not a number";
    else if (!std::isfinite(*review.value))
        review.dropReason = "rating is not finite";
    else if (!review.timeMs)
        review.dropReason = review.time.empty() ? "time is missing" : "time is out of range or not a date";
    return review;
}

bool isReview(const object& json)
{
    return !textOf(json, {"reviewerID", "user_id"}).empty() && !textOf(json, {"parent_asin", "asin"}).empty();
}

bool hasJsonName(const std::string& name)
{
    const std::string plain = plainName(name);
    return plain.ends_with(".json") || plain.ends_with(".jsonl") || plain.ends_with(".ndjson");
}

bool isMetaName(const std::string& name)
{
    return hasJsonName(name) && plainName(name).starts_with("meta_");
}

// Whether the first lines of the file are reviews.
bool holdsReviews(const SourceTree& tree, const std::string& name)
{
    JsonLineParser parser;
    for (const std::string& line : headLines(tree.head(name), TextEncoding::Utf8, 5)) {
        const std::optional<object> json = parser.object(line);
        if (json && isReview(*json))
            return true;
    }
    return false;
}

std::vector<std::string> reviewFiles(const SourceTree& tree)
{
    if (tree.isFile())
        return holdsReviews(tree, tree.primary()) ? std::vector{tree.primary()} : std::vector<std::string>();
    std::vector<std::string> files;
    for (const std::string& name : tree.names()) {
        if (hasJsonName(name) && !isMetaName(name) && holdsReviews(tree, name))
            files.push_back(name);
    }
    return files;
}

// "reviews_Beauty_5.json.gz" -> "Beauty"
std::string categoryOf(const std::string& file)
{
    std::string stem = plainName(file);
    stem = stem.substr(0, stem.rfind('.'));
    if (stem.starts_with("reviews_"))
        stem = stem.substr(8);
    return stem.ends_with("_5") ? stem.substr(0, stem.size() - 2) : stem;
}

std::string metaFile(const SourceTree& tree, const std::string& reviews)
{
    return tree.find([&](const std::string& plain) {
        return isMetaName(plain) && plain.substr(0, plain.rfind('.')) == "meta_" + categoryOf(reviews);
    });
}

std::vector<std::string> metaFiles(const SourceTree& tree, const std::vector<std::string>& reviews)
{
    std::vector<std::string> files;
    for (const std::string& file : reviews)
        if (const std::string meta = metaFile(tree, file);
            !meta.empty() && std::find(files.begin(), files.end(), meta) == files.end())
            files.push_back(meta);
    return files;
}

class AmazonImporter : public Importer {
public:
    std::string name() const override { return "amazon"; }
    std::string description() const override
    {
        return "Amazon reviews (JSON lines of 2014, 2018 and 2023) with metadata";
    }

    int score(const Path& source) const override { return reviewFiles(SourceTree(source)).empty() ? 0 : 90; }

    ImportPreview preview(const Path& source, const ImportOptions& options) const override
    {
        const SourceTree tree(source);
        const std::vector<std::string> files = require(tree);
        ImportPreview preview;
        preview.format = name();
        preview.options = options;
        preview.options.format = name();
        preview.columns = {
            {"user", "text", "user"}, {"item", "text", "item"}, {"rating", "real", "rating"}, {"time", "time", "time"}};
        JsonLineParser parser;
        for (const std::string& line : headLines(tree.head(files.front()), TextEncoding::Utf8, 50)) {
            if (const std::optional<object> json = parser.object(line)) {
                const Review review = readReview(*json);
                preview.rows.push_back({review.user, review.item, review.rating, review.time});
            }
        }
        preview.files = files;
        const std::vector<std::string> metas = metaFiles(tree, files);
        preview.files.insert(preview.files.end(), metas.begin(), metas.end());
        if (metas.empty())
            preview.warnings.push_back("no metadata file was found beside the reviews: items will have no titles");
        else if (metas.size() < files.size())
            preview.warnings.push_back(
                "some files of reviews have no metadata beside them: their items have no titles");
        return preview;
    }

    ImportReport read(
        const Path& source, const ImportOptions& options, DatasetWriter& writer, Progress& progress) const override
    {
        const SourceTree tree(source);
        const std::vector<std::string> files = require(tree);
        DropLog drops;
        for (std::size_t i = 0; i < files.size(); ++i)
            readReviews(tree, files, i, options, writer, drops, progress);
        readItems(options, tree, metaFiles(tree, files), writer, drops, progress);
        return drops.finish();
    }

private:
    static std::vector<std::string> require(const SourceTree& tree)
    {
        const std::vector<std::string> files = reviewFiles(tree);
        if (tree.isFile())
            return {tree.primary()};
        if (files.empty())
            throw Error(
                ErrorKind::Input, "'" + tree.path().string() + "' holds no file of reviews", "name the file itself");
        return files;
    }

    static void readReviews(const SourceTree& tree, const std::vector<std::string>& files, std::size_t index,
        const ImportOptions& options, DatasetWriter& writer, DropLog& drops, Progress& progress)
    {
        const std::int64_t rowsBefore = writer.rows();
        const auto done = [&](double fraction) {
            return readingShare * (static_cast<double>(index) + fraction) / static_cast<double>(files.size());
        };
        LineReader lines(readText(tree.open(files[index]), TextEncoding::Utf8));
        JsonLineParser parser;
        std::string_view line;
        while (lines.next(line)) {
            if (lines.lineNumber() % 1024 == 0) {
                progress.checkCancelled();
                progress.update(done(lines.fraction()), "Reading " + lines.name());
            }
            if (!lines.tooLong() && trimmed(line).empty())
                continue;
            const std::optional<object> json = lines.tooLong() ? std::nullopt : parser.object(line);
            Review review;
            if (json)
                review = readReview(*json);
            else
                review.dropReason = lines.tooLong() ? "line is longer than 10 MB" : "line is not a JSON object";
            if (review.dropReason.empty() && options.minRating && *review.value < *options.minRating)
                review.dropReason = "rating is below the minimum";
            if (!review.dropReason.empty()) {
                drops.drop(review.dropReason, lines.lineNumber(), line);
                continue;
            }
            writer.addRow(writer.userIndex(review.user), writer.itemIndex(review.item), review.timeMs,
                static_cast<float>(*review.value));
            drops.kept();
        }
        if (writer.rows() == rowsBefore)
            throw Error(ErrorKind::Input,
                "'" + lines.name() + "' has no review that could be read"
                    + (drops.summary().empty() ? " (empty)" : ": " + drops.summary()),
                "check that it holds one JSON object a line with user, item, rating and time");
    }
};

} // namespace

const Importer& amazonImporter()
{
    static const AmazonImporter importer;
    return importer;
}

} // namespace recoscope
