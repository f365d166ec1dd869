// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Filter counts against independently computed ones.

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/json.h"
#include "shared_tables.h"

namespace recoscope {
namespace {

using testing::InteractionTable;

Json expectedCounts(const char* file)
{
    return readJson(testing::sharedFolder() / "parity" / "dataset_counts" / file);
}

void expectCounts(InteractionTable& table, const char* filter, const char* duplicates, const Json& expected)
{
    SCOPED_TRACE(filter);
    Protocol protocol = testing::plainProtocol();
    protocol.set("filter", filter);
    protocol.set("duplicates", duplicates);
    if (expected.at("interactions") == 0) {
        EXPECT_THROW(table.prepare(protocol), Error);
        return;
    }
    const auto data = table.prepare(protocol);
    EXPECT_EQ(data->users(), expected.at("users"));
    EXPECT_EQ(data->items(), expected.at("items"));
    EXPECT_EQ(data->interactions(), expected.at("interactions"));
}

void expectAllCounts(InteractionTable table, const std::string& name, const char* duplicates = "keep")
{
    SCOPED_TRACE(name);
    const Json expected = expectedCounts("counts.json").at("k_core_counts").at(name);
    expectCounts(table, "none", duplicates, expected.at("before"));
    expectCounts(table, "core:5", duplicates, expected.at("iterated_5_core"));
    expectCounts(table, "core:10", duplicates, expected.at("iterated_10_core"));
    expectCounts(table, "raw:5", duplicates, expected.at("one_pass_raw_count_5"));
}

class PrepareShared : public ::testing::Test {
protected:
    void SetUp() override
    {
        if (testing::sharedFolder().empty())
            GTEST_SKIP() << "the shared material is not beside the checkout";
    }
    std::filesystem::path data(const char* name) const { return testing::sharedFolder() / "data" / name; }
};

TEST_F(PrepareShared, movieLens)
{
    expectAllCounts(testing::readRatings(data("ml-100k/u.data"), "\t"), "ml-100k");
    expectAllCounts(testing::readRatings(data("ml-latest-small/ratings.csv"), ",", 1), "ml-latest-small");
    expectAllCounts(testing::readRatings(data("ml-1m/ratings.1000072-of-1000209.dat.gz"), "::"),
        "ml-1m (1,000,072 rows, 137 short of the original)");
}

TEST_F(PrepareShared, amazonWithoutExactDuplicates)
{
    for (const char* name : {"Gift_Cards", "Magazine_Subscriptions", "All_Beauty"})
        expectAllCounts(testing::readAmazonReviews(data("amazon-raw") / (std::string(name) + "_5.json.gz")),
            std::string("amazon-raw ") + name, "exact");
}

TEST_F(PrepareShared, lastFmPairs)
{
    expectAllCounts(
        testing::readDistinctPairs(data("lastfm-hetrec/lastfm.inter")), "lastfm-hetrec (distinct user-artist pairs)");
}

TEST_F(PrepareShared, smallTableKeepsExactlyTheRowsOfTheCore)
{
    const Json expected = expectedCounts("small_kcore.json");
    InteractionTable table;
    for (const Json& row : expected.at("rows"))
        table.add(row.at(0).dump(), row.at(1).dump());
    for (const auto& [count, survivors] : expected.at("surviving_row_indices").items()) {
        SCOPED_TRACE("core:" + count);
        Protocol protocol = testing::plainProtocol();
        protocol.set("filter", "core:" + count);
        if (survivors.empty()) {
            EXPECT_THROW(table.prepare(protocol), Error);
            continue;
        }
        std::multiset<std::pair<std::string, std::string>> wanted, kept;
        for (const Json& row : survivors) {
            const Json& pair = expected.at("rows").at(row.get<std::size_t>());
            wanted.insert({pair.at(0).dump(), pair.at(1).dump()});
        }
        const auto data = table.prepare(protocol);
        for (std::int32_t user = 0; user < data->users(); ++user) {
            for (const std::int32_t item : data->sequences().sequence(user))
                kept.insert({table.rawUsers()[data->datasetUser(user)], table.rawItems()[data->datasetItem(item)]});
        }
        EXPECT_EQ(kept, wanted);
    }
}

} // namespace
} // namespace recoscope
