// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/generator.h"

#include <cmath>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/data/catalogue.h"
#include "engine/data/generator_optimum.h"
#include "import_support.h"

namespace recoscope {
namespace {

Json presetParameters(const std::string& name)
{
    for (const GeneratorPreset& preset : generatorPresets()) {
        if (preset.name == name)
            return generatorSchema().validate(preset.parameters);
    }
    ADD_FAILURE() << "no preset " << name;
    return {};
}

Json small(const Json& changes = Json::object())
{
    Json parameters = {{"users", 60}, {"items", 80}, {"clusters", 4}, {"mean_length", 15.0}, {"min_length", 4}};
    parameters.update(changes);
    return generatorSchema().validate(parameters);
}

std::vector<std::int32_t> allItems(const PlantedProcess& process)
{
    std::vector<std::int32_t> items(process.items());
    std::iota(items.begin(), items.end(), 0);
    return items;
}

// Ten best by probability, ties by lower item.
std::vector<std::int32_t> best10(const std::vector<double>& probability)
{
    std::vector<std::int32_t> order(probability.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(
        order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return probability[a] > probability[b]; });
    order.resize(10);
    return order;
}

class PlantedPresets : public ::testing::TestWithParam<const char*> { };

// The known optimum stands or falls with these probabilities: they sum to one, and over many real events the share of
// targets among the ten likeliest is what they promise, within four standard errors.
TEST_P(PlantedPresets, probabilitiesAreThoseOfTheEvents)
{
    const PlantedProcess process(presetParameters(GetParam()), 11);
    const auto items = allItems(process);
    double promised = 0.0, variance = 0.0, hits = 0.0;
    for (std::int32_t user = 0; user < 150; ++user) {
        const auto events = process.sequence(user);
        for (std::size_t event = 1; event < events.size(); event += 7) {
            const auto history = std::span(events).first(event);
            const auto probability = nextProbabilities(process, history, events[event].time, items);
            const double sum = std::accumulate(probability.begin(), probability.end(), 0.0);
            ASSERT_NEAR(sum, 1.0, 1e-9);
            double p = 0.0;
            for (const std::int32_t item : best10(probability)) {
                p += probability[item];
                hits += item == events[event].item;
            }
            promised += p;
            variance += p * (1.0 - p);
        }
    }
    EXPECT_LT(std::abs(hits - promised), 4.0 * std::sqrt(variance)) << hits << " hits, " << promised << " promised";
}

INSTANTIATE_TEST_SUITE_P(Generator, PlantedPresets,
    ::testing::Values(
        "tour", "long_range", "landmarks", "drift", "repeats", "first_order", "popular", "coarse_times", "order_only"));

TEST(Generator, optimumOfTheCandidatesIsTheOptimumOverAllItems)
{
    Progress progress;
    for (const Json& parameters : {small({{"long_range", 0.3}, {"distance", 3}}),
             small({{"long_range", 0.5}, {"landmarks", 0.2}, {"partners", 5}}), small({{"repeats", 0.4}}),
             small({{"eras", 3}, {"drift", 0.7}})}) {
        const PlantedProcess process(parameters, 5);
        const auto items = allItems(process);
        double hr = 0.0, ndcg = 0.0;
        for (std::int32_t user = 0; user < process.users(); ++user) {
            const auto events = process.sequence(user);
            const auto probability
                = nextProbabilities(process, std::span(events).first(events.size() - 1), events.back().time, items);
            const auto best = best10(probability);
            for (std::size_t rank = 0; rank < best.size(); ++rank) {
                hr += probability[best[rank]];
                ndcg += probability[best[rank]] / std::log2(double(rank) + 2.0);
            }
        }
        const PlantedOptimum optimum = computeOptimum(process, process.users(), progress);
        EXPECT_EQ(optimum.cases, process.users());
        EXPECT_NEAR(optimum.best.hr10, hr / process.users(), 1e-12);
        EXPECT_NEAR(optimum.best.ndcg10, ndcg / process.users(), 1e-12);
    }
}

TEST(Generator, whatIsPlantedDecidesWhoComesClose)
{
    Progress progress;
    const auto optimum = [&](const char* preset) {
        return computeOptimum(PlantedProcess(presetParameters(preset), 1), 1000, progress);
    };
    const PlantedOptimum tour = optimum("tour");
    EXPECT_GT(tour.best.hr10, 2.0 * tour.popularity.hr10);
    EXPECT_GT(tour.best.ndcg10, 3.0 * tour.popularity.ndcg10);
    const PlantedOptimum longRange = optimum("long_range");
    EXPECT_GT(longRange.best.hr10, longRange.firstOrder.hr10 + 0.3);
    const PlantedOptimum firstOrder = optimum("first_order");
    EXPECT_NEAR(firstOrder.best.hr10, firstOrder.firstOrder.hr10, 1e-12);
    EXPECT_GT(firstOrder.firstOrder.hr10, firstOrder.popularity.hr10 + 0.3);
    const PlantedOptimum popular = optimum("popular");
    EXPECT_NEAR(popular.best.hr10, popular.popularity.hr10, 0.02);
    EXPECT_NEAR(popular.best.hr10, popular.firstOrder.hr10, 1e-12);
}

TEST(Generator, theLastLandmarkThatIsFarEnoughDecides)
{
    const auto deciding = [](const PlantedProcess& process, const std::vector<std::int32_t>& items) {
        std::vector<GeneratedEvent> events;
        for (const std::int32_t item : items)
            events.push_back({item, 0, 0.0f});
        return process.contextAfter(events, 0).distant;
    };
    const PlantedProcess every(small({{"long_range", 0.5}, {"distance", 2}}), 4);
    EXPECT_EQ(deciding(every, {7}), -1);
    EXPECT_EQ(deciding(every, {7, 8, 9}), 8);

    const PlantedProcess some(small({{"long_range", 0.5}, {"distance", 2}, {"landmarks", 0.2}}), 4);
    std::vector<std::int32_t> landmarks, others;
    for (const std::int32_t item : allItems(some))
        (some.isLandmark(item) ? landmarks : others).push_back(item);
    EXPECT_NEAR(double(landmarks.size()), 16.0, 12.0); // 80 items; sigma is 3.6
    EXPECT_EQ(deciding(some, {others[0], others[1], others[2]}), -1);
    EXPECT_EQ(deciding(some, {landmarks[0], landmarks[1], others[0], others[1], others[2]}), landmarks[1]);
    EXPECT_EQ(deciding(some, {landmarks[0], others[0], landmarks[1]}), landmarks[0]);
}

TEST(Generator, newItemsAreNewAndRepeatsLieInTheWindow)
{
    const PlantedProcess plain(small(), 3);
    for (std::int32_t user = 0; user < plain.users(); ++user) {
        std::set<std::int32_t> had;
        for (const GeneratedEvent& event : plain.sequence(user))
            EXPECT_TRUE(had.insert(event.item).second);
    }
    const PlantedProcess repeating(small({{"repeats", 0.5}, {"repeat_window", 3}}), 3);
    int repeats = 0, events = 0;
    for (std::int32_t user = 0; user < repeating.users(); ++user) {
        const auto sequence = repeating.sequence(user);
        for (std::size_t event = 1; event < sequence.size(); ++event) {
            ++events;
            std::size_t back = 1;
            while (back <= event && sequence[event - back].item != sequence[event].item)
                ++back;
            if (back > event)
                continue;
            ++repeats;
            EXPECT_LE(back, 3u);
        }
    }
    EXPECT_NEAR(double(repeats) / events, 0.5, 4.0 * 0.5 / std::sqrt(double(events)));
}

TEST(Generator, driftChangesTheStatedShareOfRules)
{
    const PlantedProcess process(
        generatorSchema().validate({{"items", 2000}, {"clusters", 10}, {"eras", 3}, {"drift", 0.3}}), 9);
    int changed = 0;
    for (std::int32_t item = 0; item < process.items(); ++item) {
        const auto before = process.successors(item, 0), after = process.successors(item, 1);
        changed += !std::equal(before.begin(), before.end(), after.begin());
    }
    EXPECT_NEAR(changed / 2000.0, 0.3, 4.0 * std::sqrt(0.21 / 2000.0));
}

TEST(Generator, timesStayInTheSpanAndInOrder)
{
    for (const char* preset : {"tour", "coarse_times"}) {
        const Json parameters = presetParameters(preset);
        const PlantedProcess process(parameters, 2);
        const std::int64_t begin = 1640995200; // 2022-01-01
        const std::int64_t end = begin + parameters.at("days").get<std::int64_t>() * 86400;
        for (std::int32_t user = 0; user < process.users(); ++user) {
            std::int64_t before = begin;
            for (const GeneratedEvent& event : process.sequence(user)) {
                EXPECT_GE(event.time, before);
                EXPECT_LT(event.time, end);
                before = event.time;
            }
        }
    }
}

TEST(Generator, feedbackHasTheRangeOfItsKind)
{
    const auto values = [](const char* kind) {
        const PlantedProcess process(small({{"feedback", kind}}), 4);
        std::set<float> found;
        for (std::int32_t user = 0; user < process.users(); ++user) {
            for (const GeneratedEvent& event : process.sequence(user))
                found.insert(event.feedback);
        }
        return found;
    };
    for (const float star : values("stars"))
        EXPECT_TRUE(star >= 1.0f && star <= 5.0f && star == std::floor(star)) << star;
    EXPECT_TRUE(values("half_stars").contains(3.5f));
    EXPECT_EQ(values("likes"), (std::set<float>{0.0f, 1.0f}));
    EXPECT_EQ(*values("plays").begin(), 1.0f);
    EXPECT_GT(*values("plays").rbegin(), 20.0f);
    EXPECT_EQ(values("none"), std::set<float>{0.0f});
}

TEST(Generator, theSameParametersAndSeedGiveTheSameBytes)
{
    Progress progress;
    const TemporaryFolder folder;
    const auto hash = [&](const Json& parameters, std::uint64_t seed) {
        generateCsv(parameters, seed, folder.path() / "out.csv", progress);
        return sha256HexOfFile(folder.path() / "out.csv");
    };
    const Json parameters = small({{"repeats", 0.1}, {"long_range", 0.2}, {"eras", 2}, {"drift", 0.5}});
    EXPECT_EQ(hash(parameters, 7), "72625471fc50464846fac94ce4b15282de6fc8173580f82dd719d16f56822aaf");
    EXPECT_NE(hash(parameters, 8), hash(parameters, 7));
}

TEST(Generator, datasetHoldsEventsTitlesAndTheOptimum)
{
    Progress progress;
    const TemporaryFolder folder;
    const auto dataset = generateDataset(small(), 7, folder.path() / "planted", "planted", progress);
    EXPECT_EQ(dataset->info().users, 60);
    EXPECT_TRUE(dataset->info().hasTimes);
    EXPECT_TRUE(dataset->info().hasFeedback);
    const Json& generator = dataset->info().generator;
    EXPECT_EQ(generator.at("seed"), 7);
    EXPECT_EQ(generator.at("parameters").at("items"), 80);
    EXPECT_GT(generator.at("optimum").at("hr@10").get<double>(), 0.3);
    EXPECT_GE(generator.at("optimum").at("hr@10"), generator.at("optimum").at("first_order").at("hr@10"));
    // Categories follow the cluster, which raw ids do not give away.
    const ItemRecord item = dataset->catalogue().item(ItemIndex{0});
    EXPECT_FALSE(item.title.empty());
    EXPECT_EQ(item.categories.size(), 2u);
    EXPECT_TRUE(item.price.has_value());
    const auto& titles = dataset->catalogue().titles();
    EXPECT_EQ(std::set<std::string>(titles.begin(), titles.end()).size(), titles.size());
}

TEST(Generator, refusesWhatCannotBePlanted)
{
    for (const Json& changes :
        {Json{{"switch", 0.6}, {"noise", 0.5}}, Json{{"items", 20}, {"clusters", 5}}, Json{{"start", "yesterday"}},
            Json{{"repeats", 1.5}}, Json{{"repeat", 0.5}}, Json{{"partners", 80}}, Json{{"min_length", 41}}}) {
        try {
            PlantedProcess process(small(changes), 1);
            FAIL() << changes;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::Usage);
        }
    }
}

TEST(Generator, cancelLeavesNothingBehind)
{
    const TemporaryFolder folder;
    Progress progress;
    progress.requestCancel();
    EXPECT_THROW(generateDataset(small(), 1, folder.path() / "x", "x", progress), Error);
    EXPECT_THROW(generateCsv(small(), 1, folder.path() / "x.csv", progress), Error);
    EXPECT_TRUE(folder.entries().empty());
}

} // namespace
} // namespace recoscope
