// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Files of Yambda's shape: what becomes of their rows, and what is refused.

#include "tests/engine/data/parquet/parquet_files.h"

#include <cmath>

#include "engine/core/sqlite.h"
#include "engine/data/catalogue.h"
#include "engine/data/feedback_factors.h"
#include "engine/data/importers/importer.h"
#include "engine/data/prepared.h"
#include "tests/engine/data/import_support.h"

namespace recoscope {
namespace {

using namespace recoscope::testing;
using Lines = std::map<std::string, std::vector<std::int64_t>>;

class Yambda : public ::testing::Test {
protected:
    std::shared_ptr<const Dataset> import(const Path& source, const ImportOptions& options = {})
    {
        Progress progress;
        std::filesystem::remove_all(m_folder.path() / "d");
        return importDataset(source, m_folder.path() / "d", "d", options, progress);
    }
    void refuse(const Path& source, const std::string& text, const ImportOptions& options = {})
    {
        expectError(ErrorKind::Input, text, [&] { import(source, options); });
        EXPECT_FALSE(std::filesystem::exists(m_folder.path() / "d")) << "something was left behind";
    }
    Path file(const std::string& name) const { return m_folder.path() / name; }

    static Lines dropped(const Dataset& dataset)
    {
        Lines result;
        for (const auto& entry : dataset.info().report.dropped)
            for (const auto& example : entry.examples)
                result[entry.reason].push_back(example.line);
        return result;
    }
    static std::vector<std::string> itemsOf(const Dataset& dataset, std::int32_t user)
    {
        const std::vector<std::string> raw = dataset.catalogue().rawItems();
        const InteractionView& view = dataset.interactions();
        std::vector<std::string> items;
        for (std::int64_t row = view.offsets[user]; row < view.offsets[user + 1]; ++row)
            items.push_back(raw[static_cast<std::size_t>(view.items[row])]);
        return items;
    }
    // Two users, ids beyond 2^31, times out of order and equal ones.
    static ParquetFields flatListens()
    {
        return {{"uid", column(Numbers{100, 100, 100, 100, 4100000000, 4100000000})},
            {"timestamp", column(Numbers{25, 10, 25, 5, 40, 40})},
            {"item_id", column(Numbers{11, 12, 3000000000, 14, 12, 11})},
            {"is_organic", column(Numbers{1, 0, 1, 1, 0, 1}, "u8")},
            {"played_ratio_pct", column(Numbers{100, 49, 50, 0, 159, 75}, "u16")},
            {"track_length_seconds", column(Numbers{180, 200, 220, 240, 200, 180})}};
    }

    static std::string extraOf(const Path& dataset, const std::string& item)
    {
        Database catalogue(dataset / "catalogue.sqlite", Database::Mode::ReadOnly);
        Statement found(catalogue, "SELECT extra FROM items WHERE raw = ?");
        found.bind(1, item);
        return found.step() ? found.text(0) : "";
    }

    const TemporaryFolder m_folder;
};

TEST_F(Yambda, FlatListens)
{
    const auto dataset = import(writeParquet(file("listens.parquet"), flatListens(), 2));
    EXPECT_EQ(dataset->info().format, "yambda");
    EXPECT_EQ(dataset->catalogue().rawUsers(), (std::vector<std::string>{"100", "4100000000"}));
    // By time, equal times in the order of the file.
    EXPECT_EQ(itemsOf(*dataset, 0), (std::vector<std::string>{"14", "12", "11", "3000000000"}));
    EXPECT_EQ(itemsOf(*dataset, 1), (std::vector<std::string>{"12", "11"}));
    EXPECT_EQ(
        toVector(dataset->interactions().times), (std::vector<std::int64_t>{5000, 10000, 25000, 25000, 40000, 40000}));
    EXPECT_EQ(toVector(dataset->interactions().feedback), (std::vector<float>{0, 49, 100, 50, 159, 75}));
    EXPECT_EQ(dataset->info().report.rowsKept, 6);
    EXPECT_TRUE(dataset->info().report.dropped.empty());
    EXPECT_EQ(dataset->info().surfaces, (std::vector<std::string>{"recommended", "organic"}));
    EXPECT_EQ(toVector(dataset->interactions().surfaces), (std::vector<std::uint8_t>{1, 0, 1, 1, 0, 1}));
    EXPECT_TRUE(dataset->info().kinds.empty()) << "a file of listens alone";
}

TEST_F(Yambda, SequentialListsAreTheSameEvents)
{
    const auto flat = import(writeParquet(file("listens.parquet"), flatListens()))->info();
    for (const std::string ending : {"s", ""}) {
        const auto dataset = import(writeParquet(file("sequential.parquet"),
            {{"uid", column(Numbers{100, 4100000000})},
                {"timestamp" + ending, listColumn({Numbers{25, 10, 25, 5}, Numbers{40, 40}})},
                {"item_id" + ending, listColumn({Numbers{11, 12, 3000000000, 14}, Numbers{12, 11}})},
                {"is_organic" + ending, listColumn({Numbers{1, 0, 1, 1}, Numbers{0, 1}}, "u8")},
                {"played_ratio_pct" + ending, listColumn({Numbers{100, 49, 50, 0}, Numbers{159, 75}}, "u16")}}));
        EXPECT_EQ(dataset->info().contentHash, flat.contentHash) << "names ending in '" << ending << "'";
    }
}

TEST_F(Yambda, LikesHaveNoRating)
{
    const auto dataset = import(writeParquet(file("likes.parquet"),
        {{"uid", column(Numbers{1, 2})}, {"timestamp", column(Numbers{5, 5})}, {"item_id", column(Numbers{7, 7})},
            {"is_organic", column(Numbers{1, 0}, "u8")}}));
    EXPECT_FALSE(dataset->info().hasFeedback);
    EXPECT_EQ(dataset->info().interactions, 2);
}

TEST_F(Yambda, EventsOfManyKinds)
{
    const Path source = writeParquet(file("multi_event.parquet"),
        {{"uid", column(Numbers{1, 1, 1, 1, 1})}, {"timestamp", column(Numbers{5, 10, 15, 20, 25})},
            {"item_id", column(Numbers{7, 7, 8, 9, 9})},
            {"event_type", textColumn({"listen", "like", "listen", "skip", "dislike"})},
            {"played_ratio_pct", column(Numbers{90, std::nullopt, std::nullopt, 3, std::nullopt}, "u16")}});
    const auto all = import(source);
    ASSERT_EQ(all->info().interactions, 3);
    EXPECT_EQ(all->interactions().feedback[0], 90.0f);
    EXPECT_TRUE(std::isnan(all->interactions().feedback[1])); // a like has no played ratio
    EXPECT_EQ(dropped(*all), (Lines{{"played ratio is missing", {3}}, {"kind of event is missing or unknown", {4}}}));
    EXPECT_EQ(all->info().kinds, (std::vector<std::string>{"listen", "like", "dislike", "unlike", "undislike"}));
    EXPECT_EQ(toVector(all->interactions().kinds), (std::vector<std::uint8_t>{0, 1, 2}));
    EXPECT_TRUE(all->info().surfaces.empty()) << "a file without is_organic";

    ImportOptions options;
    options.events = "like,dislike";
    const auto likes = import(source, options);
    EXPECT_EQ(itemsOf(*likes, 0), (std::vector<std::string>{"7", "9"}));
    EXPECT_FALSE(likes->info().hasFeedback);
    EXPECT_EQ(toVector(likes->interactions().kinds), (std::vector<std::uint8_t>{1, 2}));
    options.events = "listen";
    EXPECT_TRUE(import(source, options)->info().kinds.empty()) << "one kind tells nothing";
    options.events = "listen,love";
    expectError(ErrorKind::Usage, "'love' is no kind of event", [&] { import(source, options); });
    const Path listens = writeParquet(file("listens.parquet"), flatListens());
    options.events = "listen";
    expectError(ErrorKind::Usage, "has no column 'event_type'", [&] { import(listens, options); });
}

// The way of multi_event.parquet into ARGUS: played ratios are levels, likes and dislikes classes of their own.
TEST_F(Yambda, KindsOfEventsBecomeAFeedbackFactor)
{
    const Path source = writeParquet(file("multi_event.parquet"),
        {{"uid", column(Numbers{1, 1, 1, 1, 1, 1, 1})}, {"timestamp", column(Numbers{5, 10, 15, 20, 25, 30, 35})},
            {"item_id", column(Numbers{7, 7, 8, 9, 9, 7, 8})},
            {"event_type", textColumn({"listen", "like", "listen", "listen", "dislike", "like", "listen"})},
            {"played_ratio_pct", column(Numbers{90, {}, 40, 3, {}, {}, 50}, "u16")}});
    ImportOptions options;
    options.events = "listen,like,dislike";
    Protocol protocol;
    protocol.set("filter", "none");
    Progress progress;
    const auto data = prepare(import(source, options), protocol, progress); // five events train
    const FeedbackFactors factors = FeedbackFactors::of(*data, 10, 50.0);
    EXPECT_EQ(factors.names, (std::vector<std::string>{"level", "like", "kind"}));
    EXPECT_EQ(factors.edges, (std::vector<std::vector<float>>{{40.0f, 90.0f}, {50.0f}, {1.0f, 2.0f}}));
    const PackedView all = data->sequences();
    std::vector<std::int32_t> kinds, levels;
    for (std::size_t event = 0; event < all.items.size(); ++event) {
        levels.push_back(factors.classOf(0, all.feedback[event], all.marks[event].kind));
        kinds.push_back(factors.classOf(2, all.feedback[event], all.marks[event].kind));
    }
    EXPECT_EQ(kinds, (std::vector<std::int32_t>{0, 1, 0, 0, 2, 1, 0}));
    EXPECT_EQ(levels, (std::vector<std::int32_t>{2, -1, 1, 0, -1, -1, 1})) << "a like was not played";
    protocol.set("min_rating", "0"); // listens alone
    EXPECT_EQ(FeedbackFactors::of(*prepare(import(source, options), protocol, progress), 10, 0.0).names,
        std::vector<std::string>{"level"});
}

TEST_F(Yambda, WhatIsOrganicDoesNotSayIsNotKnown)
{
    const auto fields = [](const ColumnText& organic) {
        return ParquetFields{{"uid", column(Numbers{1, 1, 1})}, {"timestamp", column(Numbers{5, 10, 15})},
            {"item_id", column(Numbers{7, 8, 9})}, {"is_organic", organic}};
    };
    const auto odd = import(writeParquet(file("a.parquet"), fields(column(Numbers{7, {}, 0}, "i64"))));
    EXPECT_EQ(
        toVector(odd->interactions().surfaces), (std::vector<std::uint8_t>{EventMark::unknown, EventMark::unknown, 0}));
    ASSERT_EQ(odd->info().report.warnings.size(), 1u);
    EXPECT_NE(odd->info().report.warnings[0].find("2 events of 'a.parquet'"), std::string::npos);

    const auto flags = import(writeParquet(file("b.parquet"), fields(column(Numbers{1, 0, 1}, "bool"))));
    EXPECT_EQ(toVector(flags->interactions().surfaces), (std::vector<std::uint8_t>{1, 0, 1}));

    const auto words = import(writeParquet(file("c.parquet"), fields(textColumn({"yes", "no", "yes"}))));
    EXPECT_EQ(words->info().interactions, 3) << "events are not lost to it";
    EXPECT_TRUE(words->info().surfaces.empty());
    ASSERT_EQ(words->info().report.warnings.size(), 1u);
    EXPECT_NE(words->info().report.warnings[0].find("'is_organic' is BYTE_ARRAY, String; expected integers"),
        std::string::npos);
}

TEST_F(Yambda, RowsWithoutAValueAreDroppedAndCounted)
{
    const auto dataset = import(writeParquet(file("listens.parquet"),
        {{"uid", column(Numbers{1, std::nullopt, 1, 1, 1, 1})},
            {"timestamp", column(Numbers{5, 5, std::nullopt, 5, 5, 999999999999999}, "i64")},
            {"item_id", column(Numbers{7, 7, 7, std::nullopt, 8, 7})},
            {"played_ratio_pct", column(Numbers{1, 1, 1, 1, std::nullopt, 1}, "u16")}}));
    EXPECT_EQ(dataset->info().report.rowsKept, 1);
    EXPECT_EQ(dropped(*dataset),
        (Lines{{"user is missing", {2}}, {"time is missing", {3}}, {"item is missing", {4}},
            {"played ratio is missing", {5}}, {"time is outside of the years 1 to 9999", {6}}}));
}

TEST_F(Yambda, ListsOfUnequalLengthsDropTheirRow)
{
    const auto dataset = import(writeParquet(file("listens.parquet"),
        {{"uid", column(Numbers{1, 2, 3})}, {"timestamps", listColumn({Numbers{5, 6}, Numbers{5}, std::nullopt})},
            {"item_ids", listColumn({Numbers{7, 8}, Numbers{7, 8}, Numbers{9}})}}));
    EXPECT_EQ(dataset->catalogue().rawUsers(), (std::vector<std::string>{"1"}));
    EXPECT_EQ(dropped(*dataset), (Lines{{"lists of unequal lengths", {2, 3}}}));
}

TEST_F(Yambda, MinimumOfThePlayedRatioOnReading)
{
    ImportOptions options;
    options.minRating = 50.0; // Listen+
    const auto dataset = import(writeParquet(file("listens.parquet"), flatListens()), options);
    EXPECT_EQ(toVector(dataset->interactions().feedback), (std::vector<float>{100, 50, 159, 75}));
    EXPECT_EQ(dropped(*dataset), (Lines{{"rating is below the minimum", {2, 4}}}));
}

TEST_F(Yambda, ColumnsAreCheckedByNameAndType)
{
    ParquetFields fields = flatListens();
    fields.erase(fields.begin() + 1);
    refuse(writeParquet(file("a.parquet"), fields), "'a.parquet' has no column 'timestamp'; it has: uid, item_id");

    fields = flatListens();
    fields[2].second = column(Numbers{1, 2, 3, 4, 5, 6}, "double");
    refuse(writeParquet(file("b.parquet"), fields), "'b.parquet': the column 'item_id' is DOUBLE; expected integers");

    fields = flatListens();
    fields[0].second = textColumn({"a", "b", "c", "d", "e", "f"});
    refuse(writeParquet(file("c.parquet"), fields), "the column 'uid' is BYTE_ARRAY, String; expected integers");

    refuse(
        writeParquet(file("d.parquet"),
            {{"uid", column(Numbers{1})}, {"timestamp", column(Numbers{1})}, {"item_ids", listColumn({Numbers{1}})}}),
        "the column 'timestamp' is INT32, Int(bitWidth=32, isSigned=false); expected a list of integers");

    fields = flatListens();
    fields.emplace_back("item_ids", column(Numbers{1, 2, 3, 4, 5, 6}));
    const Path twice = writeParquet(file("e.parquet"), fields);
    refuse(twice, "holds the column 'item_id' twice: 'item_id' and 'item_ids'");
}

TEST_F(Yambda, OtherNamesOfColumns)
{
    ImportOptions options;
    options.user = "person";
    options.rating = "none";
    ParquetFields fields = flatListens();
    fields[0].first = "person";
    const auto dataset = import(writeParquet(file("x.parquet"), fields), options);
    EXPECT_EQ(dataset->info().users, 2);
    EXPECT_FALSE(dataset->info().hasFeedback);
}

TEST_F(Yambda, FilesWithoutEventsAreRefused)
{
    refuse(writeParquet(file("listens.parquet"),
               {{"uid", column(Numbers{})}, {"timestamp", column(Numbers{})}, {"item_id", column(Numbers{})}}),
        "'listens.parquet' has no event that could be read (no rows)");
    refuse(writeParquet(file("nulls.parquet"),
               {{"uid", column(Numbers{std::nullopt})}, {"timestamp", column(Numbers{1})},
                   {"item_id", column(Numbers{1})}}),
        "1 of 1 rows: user is missing");
}

TEST_F(Yambda, OfAFolderTheListensAreRead)
{
    std::filesystem::create_directories(file("50m"));
    writeParquet(file("50m/listens.parquet"), flatListens());
    writeText(file("50m/likes.parquet"), "never opened");
    writeParquet(file("50m/artist_item_mapping.parquet"),
        {{"artist_id", column(Numbers{5, 6, 8})}, {"item_id", column(Numbers{11, 11, 999})}});
    writeParquet(file("50m/album_item_mapping.parquet"),
        {{"album_id", column(Numbers{70})}, {"item_id", column(Numbers{3000000000})}});
    const auto dataset = import(file("50m"));
    EXPECT_EQ(dataset->info().interactions, 6);
    const Catalogue& catalogue = dataset->catalogue();
    EXPECT_EQ(catalogue.item(*catalogue.findItem("11")).brand, "5, 6");
    EXPECT_EQ(extraOf(file("d"), "3000000000"), R"({"albums":[70]})");

    writeText(file("50m/artist_item_mapping.parquet"), "damaged");
    ASSERT_EQ(import(file("50m"))->info().report.warnings.size(), 1u);

    std::filesystem::create_directories(file("500m"));
    writeParquet(file("500m/listens.parquet"), flatListens());
    refuse(m_folder.path(), "holds several files listens.parquet");
}

TEST_F(Yambda, PreviewShowsRowsAndRoles)
{
    const ImportPreview preview = previewImport(writeParquet(file("listens.parquet"), flatListens()), {});
    EXPECT_EQ(preview.format, "yambda");
    ASSERT_EQ(preview.columns.size(), 6u);
    EXPECT_EQ(preview.columns[0].role, "user");
    EXPECT_EQ(preview.columns[2].role, "item");
    EXPECT_EQ(preview.columns[4].role, "rating");
    EXPECT_EQ(preview.rows[2], (std::vector<std::string>{"100", "25", "3000000000", "1", "50", "220"}));
    EXPECT_FALSE(preview.problem);
}

TEST_F(Yambda, ReadingCanBeCancelled)
{
    Numbers many(20000, 1);
    const Path source = writeParquet(
        file("listens.parquet"), {{"uid", column(many)}, {"timestamp", column(many)}, {"item_id", column(many)}});
    Progress progress;
    progress.requestCancel();
    expectError(ErrorKind::Cancelled, "", [&] { importDataset(source, file("d"), "d", {}, progress); });
    EXPECT_FALSE(std::filesystem::exists(file("d")));
}

} // namespace
} // namespace recoscope
