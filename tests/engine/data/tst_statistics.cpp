// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/statistics.h"

#include <numeric>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "interaction_table.h"
#include "written_dataset.h"

namespace recoscope {
namespace {

// Lengths 4, 2, 1; items p 4 times, q 2, r 1; gaps 10, 30, 0, 100.
testing::InteractionTable sample()
{
    testing::InteractionTable table;
    table.add("a", "p", 1000);
    table.add("a", "q", 1010);
    table.add("a", "p", 1040);
    table.add("a", "p", 1040);
    table.add("b", "q", 5000);
    table.add("b", "p", 5100);
    table.add("c", "r", 90000);
    return table;
}

std::int64_t total(const Histogram& histogram)
{
    return std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::int64_t(0));
}

void expectSample(const DatasetStatistics& statistics)
{
    EXPECT_EQ(statistics.users, 3);
    EXPECT_EQ(statistics.items, 3);
    EXPECT_EQ(statistics.interactions, 7);
    EXPECT_DOUBLE_EQ(statistics.density, 7.0 / 9.0);
    EXPECT_DOUBLE_EQ(statistics.meanLength, 7.0 / 3.0);
    EXPECT_DOUBLE_EQ(statistics.medianLength, 2.0);
    EXPECT_EQ(statistics.minLength, 1);
    EXPECT_EQ(statistics.maxLength, 4);
    EXPECT_DOUBLE_EQ(statistics.repeatShare, 2.0 / 7.0);
    // Ascending 1, 2, 4: 2 * (1*1 + 2*2 + 3*4) / (3 * 7) - 4 / 3.
    EXPECT_NEAR(statistics.giniPopularity, 34.0 / 21.0 - 4.0 / 3.0, 1e-12);
    EXPECT_DOUBLE_EQ(statistics.topPercentShare, 4.0 / 7.0);
    EXPECT_EQ(statistics.firstTime, 1000);
    EXPECT_EQ(statistics.lastTime, 90000);
    EXPECT_DOUBLE_EQ(statistics.medianGapSeconds, 20.0); // of 0, 10, 30, 100
    EXPECT_EQ(statistics.popularityCurve, (std::vector<std::int64_t>{4, 2, 1}));
    EXPECT_EQ(statistics.lengths.edges, (std::vector<double>{1, 2, 3, 4, 5}));
    EXPECT_EQ(statistics.lengths.counts, (std::vector<std::int64_t>{1, 1, 0, 1}));
    EXPECT_EQ(statistics.popularity.counts, (std::vector<std::int64_t>{1, 1, 0, 1}));
    EXPECT_DOUBLE_EQ(statistics.sameSecondShare, 0.25); // of 0, 10, 30, 100
    EXPECT_EQ(total(statistics.gaps), 3); // the rest
    EXPECT_EQ(statistics.mostPopularItem, 0); // p
    EXPECT_EQ(statistics.overTime.edges.front(), 0.0); // hours, aligned
    EXPECT_EQ(statistics.overTime.counts.front(), 4);
    EXPECT_EQ(statistics.overTime.counts.back(), 1); // 90000 s = hour 25
    EXPECT_EQ(statistics.overTime.counts.size(), 26u);
    EXPECT_EQ(total(statistics.overTime), 7);
}

TEST(Statistics, ofPreparedDataAreThoseWorkedByHand)
{
    Progress progress;
    expectSample(computeStatistics(*sample().prepare(testing::plainProtocol()), progress));
}

TEST(Statistics, ofTheDatasetAreTheSameAndKnowMilliseconds)
{
    Progress progress;
    auto table = sample();
    const testing::WrittenDataset written(table);
    expectSample(computeStatistics(*written.dataset(), progress));
}

TEST(Statistics, countSurfacesAndKinds)
{
    constexpr std::uint8_t none = EventMark::unknown;
    testing::InteractionTable table;
    table.setMarkNames({"feed", "search"}, {"view", "buy", "like"});
    for (const EventMark mark : {EventMark{0, 2}, EventMark{none, 2}, EventMark{none, 0}, EventMark{none, 2}})
        table.add("a", "p", 1000, mark);
    const testing::WrittenDataset written(table);
    Progress progress;
    const auto countsOf = [](const std::vector<MarkCount>& counts) {
        std::vector<std::pair<std::string, std::int64_t>> result;
        for (const MarkCount& count : counts)
            result.emplace_back(count.name.value_or("?"), count.events);
        return result;
    };
    using Counts = std::vector<std::pair<std::string, std::int64_t>>;
    const DatasetStatistics raw = computeStatistics(*written.dataset(), progress);
    EXPECT_EQ(countsOf(raw.surfaces), (Counts{{"feed", 1}, {"search", 0}, {"?", 3}}));
    EXPECT_EQ(countsOf(raw.kinds), (Counts{{"like", 3}, {"view", 1}, {"buy", 0}}));
    EXPECT_EQ(raw.toJson().at("surfaces").at(2), (Json{{"name", nullptr}, {"events", 3}, {"share", 0.75}}));
    Protocol exact = testing::plainProtocol(); // of the four events of one moment the first is left
    exact.set("duplicates", "exact");
    const DatasetStatistics prepared = computeStatistics(*written.prepare(exact), progress);
    EXPECT_EQ(countsOf(prepared.surfaces), (Counts{{"feed", 1}, {"search", 0}}));
    EXPECT_EQ(countsOf(prepared.kinds), (Counts{{"like", 1}, {"view", 0}, {"buy", 0}}));
}

TEST(Statistics, withoutTimesHaveNoGaps)
{
    Progress progress;
    testing::InteractionTable table;
    table.add("a", "p");
    table.add("a", "q");
    const DatasetStatistics statistics = computeStatistics(*table.prepare(testing::plainProtocol()), progress);
    EXPECT_TRUE(statistics.gaps.counts.empty());
    EXPECT_TRUE(statistics.overTime.counts.empty());
    EXPECT_EQ(statistics.firstTime, 0);
    EXPECT_EQ(statistics.medianLength, 2.0);
}

TEST(Statistics, absurdTimesStillFitInABoundedHistogram)
{
    Progress progress;
    testing::InteractionTable table;
    table.add("a", "p", -400'000'000'000);
    table.add("a", "q", 0);
    table.add("a", "r", 900'000'000'000);
    const DatasetStatistics statistics = computeStatistics(*table.prepare(testing::plainProtocol()), progress);
    EXPECT_LE(statistics.overTime.counts.size(), 122u);
    EXPECT_EQ(total(statistics.overTime), 3);
    EXPECT_EQ(total(statistics.gaps), 2);
}

TEST(Statistics, aLongPopularityCurveIsThinnedInJsonOnly)
{
    Progress progress;
    testing::InteractionTable table;
    for (int item = 0; item < 500; ++item)
        table.add("a", std::to_string(item));
    const DatasetStatistics statistics = computeStatistics(*table.prepare(testing::plainProtocol()), progress);
    EXPECT_EQ(statistics.popularityCurve.size(), 500u);
    const Json json = statistics.toJson();
    EXPECT_LT(json.at("popularity_curve").size(), 60u);
    EXPECT_EQ(json.at("popularity_curve").at(0), Json::array({1, 1}));
}

TEST(Statistics, canBeCancelled)
{
    Progress progress;
    const auto data = sample().prepare(testing::plainProtocol());
    progress.requestCancel();
    EXPECT_THROW(computeStatistics(*data, progress), Error);
}

} // namespace
} // namespace recoscope
