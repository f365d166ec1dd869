// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The most-popular baseline against independently computed values, on public datasets.

#include <gtest/gtest.h>

#include "../data/shared_tables.h"
#include "engine/core/json.h"
#include "engine/evaluation/popularity_baseline.h"

namespace recoscope {
namespace {

void expectMetrics(const PreparedData& data, PopularityCounts counts, const Json& expected)
{
    Progress progress;
    const MetricSummary summary = popularityBaseline(data, SplitPart::Test, counts, progress);
    EXPECT_EQ(summary.users, expected.at("users_evaluated"));
    EXPECT_EQ(data.items(), expected.at("catalogue"));
    for (const char* k : {"1", "5", "10", "20", "50"}) {
        EXPECT_NEAR(summary.values.at(std::string("hr@") + k), expected.at(std::string("HR@") + k), 1e-12);
        EXPECT_NEAR(summary.values.at(std::string("ndcg@") + k), expected.at(std::string("NDCG@") + k), 1e-12);
    }
    EXPECT_NEAR(summary.values.at("mrr"), expected.at("MRR"), 1e-12);
}

void expectBaseline(testing::InteractionTable table, const std::string& name, const char* orderTies = "file")
{
    SCOPED_TRACE(name);
    const Json expected = readJson(testing::sharedFolder() / "parity" / "dataset_counts" / "counts.json")
                              .at("most_popular")
                              .at("results")
                              .at(name);
    Protocol protocol = testing::plainProtocol();
    protocol.set("score_ties", "lowest_id");
    protocol.set("order_ties", orderTies);
    const auto data = table.prepare(protocol);
    expectMetrics(*data, PopularityCounts::History, expected.at("counts_all_but_last"));
    expectMetrics(*data, PopularityCounts::Train, expected.at("counts_all_but_last_two"));
}

TEST(PopularityShared, valuesAreThoseOfTheFixture)
{
    const auto shared = testing::sharedFolder();
    if (shared.empty())
        GTEST_SKIP() << "the shared material is not beside the checkout";
    const auto data = shared / "data";
    expectBaseline(testing::readRatings(data / "ml-100k/u.data", "\t"), "ml-100k, equal times by file order");
    expectBaseline(testing::readRatings(data / "ml-100k/u.data", "\t"), "ml-100k, equal times by item id", "item");
    expectBaseline(testing::readSequences(data / "ml-1m-sasrec/ml-1m.txt.gz"), "ml-1m-sasrec");
    expectBaseline(testing::readSequences(data / "s3rec/Beauty.txt"), "s3rec/Beauty");
}

} // namespace
} // namespace recoscope
