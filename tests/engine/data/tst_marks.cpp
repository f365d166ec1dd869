// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Where events took place and of which kind they are, on their way from the writer to a model.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/data/catalogue.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/feedback_factors.h"
#include "interaction_table.h"
#include "tests/engine/data/import_support.h"

namespace recoscope {
namespace {

using testing::InteractionTable;
using testing::plainProtocol;

constexpr std::uint8_t none = EventMark::unknown;
using Numbers8 = std::vector<std::uint8_t>;
using Names = std::vector<std::string>;

// The events of two users, out of order.
std::shared_ptr<const Dataset> marked(const Path& folder, const Names& surfaces, const Names& kinds)
{
    DatasetWriter writer(folder, "marked", "test", "marked.csv");
    writer.setMarkNames(surfaces, kinds);
    const auto add = [&](const char* user, std::int64_t time, EventMark mark) {
        writer.addRow(writer.userIndex(user), writer.itemIndex("i"), time, std::nullopt, mark);
    };
    add("b", 30, {1, 0});
    add("a", 5, {0, 2});
    add("b", 10, {none, 1});
    add("b", 30, {0, none});
    Progress progress;
    return writer.finish({}, progress);
}

Numbers8 surfacesOf(std::span<const EventMark> marks)
{
    Numbers8 result;
    for (const EventMark& mark : marks)
        result.push_back(mark.surface);
    return result;
}

TEST(Marks, AreSortedWithTheirRowsAndReadBack)
{
    const TemporaryFolder folder;
    marked(folder.path() / "d", {"feed", "search"}, {"view", "basket", "order"});
    const auto dataset = Dataset::open(folder.path() / "d");
    EXPECT_EQ(toVector(dataset->interactions().surfaces), (Numbers8{none, 1, 0, 0}));
    EXPECT_EQ(toVector(dataset->interactions().kinds), (Numbers8{1, 0, none, 2}));
    EXPECT_EQ(dataset->info().surfaces, (Names{"feed", "search"}));
    EXPECT_EQ(dataset->info().kinds, (Names{"view", "basket", "order"}));
}

TEST(Marks, MayBeNamedAfterTheRows)
{
    const TemporaryFolder folder;
    DatasetWriter writer(folder.path() / "d", "late", "test", "late.csv");
    const auto add = [&](EventMark mark) {
        writer.addRow(writer.userIndex("u"), writer.itemIndex("i"), std::nullopt, std::nullopt, mark);
    };
    const std::vector<std::int64_t> ids{7};
    add({});
    writer.addIntegerRows(ids, ids, {}, {});
    add({none, 1});
    writer.addIntegerRows(ids, ids, {}, {});
    writer.addIntegerRows(ids, ids, {}, {}, std::vector<EventMark>{{0, none}});
    add({});
    writer.setMarkNames({}, {"view", "like"});
    Progress progress;
    const auto dataset = writer.finish({}, progress);
    EXPECT_TRUE(dataset->interactions().surfaces.empty()) << "numbers without names are left out";
    // Rows of "u", then those of 7.
    EXPECT_EQ(toVector(dataset->interactions().kinds), (Numbers8{none, 1, none, none, none, none}));
}

TEST(Marks, AreAbsentWithoutNamesAsInFoldersOfEarlierBuilds)
{
    const TemporaryFolder folder;
    const auto plain = marked(folder.path() / "plain", {}, {});
    EXPECT_TRUE(plain->interactions().surfaces.empty());
    EXPECT_TRUE(plain->interactions().kinds.empty());
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "plain" / "interactions" / "surface.npy"));
    const Json json = readJson(folder.path() / "plain" / "dataset.json");
    EXPECT_FALSE(json.contains("surfaces") || json.contains("kinds"));
    const auto placed = marked(folder.path() / "placed", {"feed", "search"}, {});
    EXPECT_TRUE(placed->interactions().kinds.empty());
    EXPECT_EQ(placed->interactions().surfaces.size(), 4u);
    EXPECT_NE(placed->info().contentHash, plain->info().contentHash);
    EXPECT_NE(marked(folder.path() / "other", {"feed", "mail"}, {})->info().contentHash, placed->info().contentHash)
        << "names are content";
}

TEST(Marks, DamageIsNamed)
{
    const TemporaryFolder folder;
    const Path path = folder.path() / "d", file = path / "interactions" / "surface.npy";
    const auto refused = [&](const auto& values, const std::string& text) {
        std::filesystem::remove_all(path);
        marked(path, {"feed", "search"}, {});
        writeNpy(file, std::span(values));
        expectError(ErrorKind::Input, text, [&] { Dataset::open(path); });
    };
    refused(Numbers8{0, 1, 2, 0}, "surface.npy has the number 2 at row 2, and dataset.json 2 names");
    refused(Numbers8{0, 1, 0}, "3 values, 4 expected");
    refused(std::vector<float>{0, 1, 0, 1}, "surface.npy");
    std::filesystem::remove(file);
    EXPECT_THROW(Dataset::open(path), Error);
    Json json = readJson(path / "dataset.json");
    json["surfaces"] = 2;
    writeJson(path / "dataset.json", json);
    expectError(ErrorKind::Input, "dataset.json", [&] { Dataset::open(path); });
}

TEST(Marks, StayWithTheirEventsThroughFilterTiesAndDuplicates)
{
    InteractionTable table;
    table.add("a", "2", 100, 2.0f, {2, 0});
    table.add("a", "1", 100, 1.0f, {1, 0}); // ties go by item
    table.add("a", "1", 100, 5.0f, {5, 0}); // exact duplicate: the first stays
    table.add("a", "9", 150, 9.0f, {9, 0}); // item 9 has one event: filtered away
    table.add("a", "3", 200, 3.0f, {3, 0});
    table.add("b", "3", 50, 3.5f, {13, 1});
    table.add("b", "1", 10, 1.5f, {11, 0});
    table.add("b", "2", 90, 2.5f, {12, 7});
    Protocol protocol = plainProtocol();
    protocol.set("filter", "core:2");
    protocol.set("order_ties", "item");
    protocol.set("duplicates", "exact");
    const auto data = table.prepare(protocol);
    EXPECT_EQ(surfacesOf(data->sequences().marks), (Numbers8{1, 2, 3, 11, 13, 12}));
    const EvaluationCase c = data->evaluationCase(SplitPart::Test, 1);
    EXPECT_EQ(surfacesOf(c.marks), (Numbers8{11, 13})) << "the history alone";
    EXPECT_EQ(surfacesOf(c.targetMarks), Numbers8{12});
    EXPECT_EQ(data->surfaces(), 12) << "held-out events are not counted";
    EXPECT_EQ(data->kinds(), 1);
}

TEST(Marks, KindsAreAFactorWhereThereAreSeveral)
{
    const auto factorsOf = [](const std::vector<std::uint8_t>& kinds) {
        InteractionTable table;
        for (std::size_t i = 0; i < kinds.size(); ++i)
            table.add("a", std::to_string(i), static_cast<std::int64_t>(i), 1.0f, {none, kinds[i]});
        return FeedbackFactors::of(*table.prepare(plainProtocol()), 10, 0.0);
    };
    const FeedbackFactors factors = factorsOf({4, 1, 1, none, 3, 0, 2}); // the last two are held out
    EXPECT_EQ(factors.names, Names{"kind"}) << "the ratings are all the same";
    EXPECT_EQ(factors.edges, (std::vector<std::vector<float>>{{3.0f, 4.0f}}));
    EXPECT_EQ(factors.classOf(0, 9.0f, 1), 0) << "whatever the rating is";
    EXPECT_EQ(factors.classOf(0, std::nanf(""), 3), 1);
    EXPECT_EQ(factors.classOf(0, 1.0f, 4), 2);
    EXPECT_EQ(factors.classOf(0, 1.0f, none), -1);
    EXPECT_TRUE(factorsOf({1, 1, none, 0, 2}).empty()) << "one kind is nothing to learn";
}

} // namespace
} // namespace recoscope
