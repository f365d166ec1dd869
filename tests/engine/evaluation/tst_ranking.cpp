// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/ranking.h"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "../data/written_dataset.h"
#include "engine/data/catalogue.h"
#include "engine/evaluation/candidates.h"
#include "engine/evaluation/list_metrics.h"
#include "engine/evaluation/score_ranking.h"
#include "fake_models.h"

namespace recoscope {
namespace {

using testing::SumModel;

constexpr int itemCount = 40;

// 30 users with 4 to 12 events; every fifth has the last item twice.
testing::InteractionTable sampleTable()
{
    testing::InteractionTable table;
    for (int item = 0; item < itemCount; ++item)
        table.add("everything", "item " + std::to_string(item));
    for (int user = 0; user < 30; ++user) {
        const int length = 4 + user % 9;
        for (int t = 0; t < length; ++t)
            table.add(
                "user " + std::to_string(user), "item " + std::to_string((user * 11 + t * t * 3 + t) % itemCount));
        if (user % 5 == 0)
            table.add("user " + std::to_string(user), "item " + std::to_string((user * 11) % itemCount));
    }
    return table;
}

RankingResult rank(
    const TrainedModel& model, const PreparedData& data, const Protocol& protocol, RankingOptions options = {})
{
    Progress progress;
    return rankAll(model, data, protocol, options, progress);
}

struct TieAndMask {
    const char* ties;
    const char* mask;
};

void PrintTo(const TieAndMask& rule, std::ostream* out)
{
    *out << rule.ties << ", mask " << rule.mask;
}

class RankAll : public ::testing::TestWithParam<TieAndMask> {
protected:
    Protocol protocol() const
    {
        Protocol p = testing::plainProtocol();
        p.set("score_ties", GetParam().ties);
        p.set("mask_seen", GetParam().mask);
        p.set("max_length", "6");
        p.set("metrics_at", "1,5,10");
        return p;
    }
};

// Every score of every user, sorted in full, is the definition.
TEST_P(RankAll, AgreesWithSortingEverything)
{
    const Protocol p = protocol();
    const auto data = sampleTable().prepare(p);
    const SumModel model(data->items(), true);
    const RankingResult result = rank(model, *data, p);
    ASSERT_EQ(result.users.size(), data->evaluatedUsers(SplitPart::Test).size());
    double hits = 0.0;
    for (std::size_t u = 0; u < result.users.size(); ++u) {
        const EvaluationCase c = data->evaluationCase(SplitPart::Test, result.users[u].user);
        PackedSequences window;
        window.append(c.history.last(std::min<std::size_t>(6, c.history.size())));
        std::vector<float> scores(static_cast<std::size_t>(data->items()));
        model.score(window.view(), scores);
        const std::set<std::int32_t> mask = GetParam().mask == std::string("none") ? std::set<std::int32_t>()
            : GetParam().mask == std::string("window")
            ? std::set<std::int32_t>(window.items.begin(), window.items.end())
            : std::set<std::int32_t>(c.history.begin(), c.history.end());
        std::vector<std::int32_t> order;
        for (std::int32_t i = 0; i < data->items(); ++i)
            if (!mask.contains(i))
                order.push_back(i);
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
        const std::int32_t target = c.targets.front();
        double expected = 0.0;
        if (mask.contains(target)) {
            expected = static_cast<double>(order.size()) + 1.0;
        } else {
            const auto above
                = std::count_if(order.begin(), order.end(), [&](auto i) { return scores[i] > scores[target]; });
            const auto equal
                = std::count_if(order.begin(), order.end(), [&](auto i) { return scores[i] == scores[target]; });
            const auto place = std::find(order.begin(), order.end(), target) - order.begin();
            const std::string ties = GetParam().ties;
            expected = ties == "pessimistic" ? double(above + equal)
                : ties == "optimistic"       ? double(above + 1)
                : ties == "lowest_id"        ? double(place + 1)
                                             : double(above + 1) + double(equal - 1) / 2;
        }
        EXPECT_EQ(result.users[u].rank, expected) << "user " << u;
        EXPECT_EQ(result.users[u].historyLength, static_cast<std::int64_t>(c.history.size()));
        hits += result.userMetrics[u * result.userMetricNames.size()]; // hr@1
        for (std::size_t j = 0; j < std::min<std::size_t>(50, order.size()); ++j)
            ASSERT_EQ(result.topItems[u * 50 + j], order[j]) << "user " << u << " place " << j;
        if (order.size() < 50) {
            EXPECT_EQ(result.topItems[u * 50 + order.size()], -1);
        }
    }
    EXPECT_NEAR(result.metrics.at("hr@1"), hits / double(result.users.size()), 1e-12);
}

TEST_P(RankAll, HeadAndPlainScoresAgree)
{
    const Protocol p = protocol();
    const auto data = sampleTable().prepare(p);
    const RankingResult fused = rank(SumModel(data->items(), true), *data, p);
    const RankingResult plain = rank(SumModel(data->items(), false), *data, p);
    EXPECT_EQ(fused.topItems, plain.topItems);
    EXPECT_EQ(fused.topScores, plain.topScores);
    EXPECT_EQ(fused.userMetrics, plain.userMetrics);
    EXPECT_EQ(fused.metrics.values, plain.metrics.values);
}

TEST_P(RankAll, BlocksDoNotMatter)
{
    const Protocol p = protocol();
    const auto data = sampleTable().prepare(p);
    const SumModel model(data->items(), true);
    RankingOptions small;
    small.blockUsers = 3;
    const RankingResult one = rank(model, *data, p), two = rank(model, *data, p, small);
    EXPECT_EQ(one.topItems, two.topItems);
    EXPECT_EQ(one.userMetrics, two.userMetrics);
    EXPECT_EQ(one.metrics.values, two.metrics.values);
}

INSTANTIATE_TEST_SUITE_P(Rules, RankAll,
    ::testing::Values(TieAndMask{"pessimistic", "history"}, TieAndMask{"optimistic", "window"},
        TieAndMask{"expected", "none"}, TieAndMask{"lowest_id", "history"}));

TEST(Ranking, SlicesPartitionTheUsers)
{
    const Protocol p = testing::plainProtocol();
    const auto data = sampleTable().prepare(p);
    const RankingResult result = rank(SumModel(data->items(), true), *data, p);
    std::map<std::string, std::int64_t> users;
    std::map<std::string, double> weighted;
    for (const MetricSlice& s : result.slices) {
        users[s.group] += s.users;
        weighted[s.group] += double(s.users) * s.metrics.at("ndcg@10");
    }
    ASSERT_EQ(users.size(), 2u);
    for (const auto& [group, count] : users) {
        EXPECT_EQ(count, result.metrics.users) << group;
        EXPECT_NEAR(weighted[group] / double(count), result.metrics.at("ndcg@10"), 1e-12) << group;
    }
}

TEST(Ranking, OnlySomeUsers)
{
    const Protocol p = testing::plainProtocol();
    const auto data = sampleTable().prepare(p);
    const SumModel model(data->items(), true);
    const RankingResult all = rank(model, *data, p);
    RankingOptions options;
    options.onlyUsers = {all.users[7].user, all.users[2].user, all.users[7].user};
    const RankingResult some = rank(model, *data, p, options);
    ASSERT_EQ(some.users.size(), 2u);
    EXPECT_EQ(some.users[0].user, all.users[2].user);
    EXPECT_EQ(some.users[1].rank, all.users[7].rank);
    options.onlyUsers = {10000};
    EXPECT_THROW(rank(model, *data, p, options), Error);
}

TEST(Ranking, SampledCandidatesNeverRankWorseThanAll)
{
    Protocol p = testing::plainProtocol();
    const auto data = sampleTable().prepare(p);
    for (bool head : {true, false}) {
        const SumModel model(data->items(), head);
        const RankingResult full = rank(model, *data, p);
        Protocol sampled = p;
        sampled.set("candidates", "uniform:8");
        const RankingResult few = rank(model, *data, sampled), again = rank(model, *data, sampled);
        EXPECT_EQ(few.topItems, again.topItems);
        for (std::size_t u = 0; u < full.users.size(); ++u) {
            EXPECT_LE(few.users[u].rank, full.users[u].rank);
            EXPECT_TRUE(few.users[u].rank <= 9.0 || few.users[u].rank == 51.0) << "a miss comes after the widest cut";
        }
        Protocol everything = p;
        everything.set("candidates", "uniform:1000");
        EXPECT_EQ(rank(model, *data, everything).userMetrics, full.userMetrics);
    }
}

// A list longer than there are candidates holds all of them, and still not what is masked.
TEST(Ranking, MaskedTargetIsAMissAtEveryCut)
{
    Protocol p = testing::plainProtocol();
    p.set("mask_seen", "history");
    for (const char* candidates : {"full", "uniform:8"}) {
        p.set("candidates", candidates);
        const auto data = sampleTable().prepare(p);
        int masked = 0;
        for (const bool head : {true, false})
            for (const UserResult& user : rank(SumModel(data->items(), head), *data, p).users) {
                const EvaluationCase c = data->evaluationCase(SplitPart::Test, user.user);
                const bool had = std::find(c.history.begin(), c.history.end(), c.targets[0]) != c.history.end();
                masked += had;
                EXPECT_EQ(had, user.rank > 50.0) << "user " << user.user << ", rank " << user.rank;
            }
        EXPECT_GT(masked, 0);
    }
}

TEST(Ranking, SeveralTargets)
{
    Protocol p = testing::plainProtocol();
    p.set("split", "global_time:0.6");
    p.set("targets", "all_in_window");
    p.set("mask_seen", "none");
    testing::InteractionTable table;
    for (int t = 0; t < 40; ++t)
        table.add("user " + std::to_string(t % 4), "item " + std::to_string(t * 7 % 16), 1000 * t);
    const auto data = table.prepare(p);
    const SumModel model(data->items(), true);
    const RankingResult result = rank(model, *data, p);
    ASSERT_FALSE(result.users.empty());
    bool several = false;
    for (const UserResult& user : result.users) {
        const EvaluationCase c = data->evaluationCase(SplitPart::Test, user.user);
        several = several || c.targets.size() > 1;
        PackedSequences history;
        history.append(c.history);
        std::vector<float> scores(static_cast<std::size_t>(data->items()));
        model.score(history.view(), scores);
        double best = 1e9;
        for (std::int32_t target : c.targets)
            best = std::min(best, rankInScores(scores, {}, target).rank(p.scoreTies));
        EXPECT_EQ(user.rank, best);
    }
    EXPECT_TRUE(several);
    EXPECT_LE(result.metrics.at("recall@5"), result.metrics.at("hr@5"));
    EXPECT_EQ(rank(SumModel(data->items(), false), *data, p).userMetrics, result.userMetrics);
}

// Two users with one item each to learn from; the window holds a repeat and an item that nobody trained on.
testing::InteractionTable windowTable(bool repeat)
{
    testing::InteractionTable table;
    for (int item = 0; item < 6; ++item)
        table.add("teacher", "item " + std::to_string(item), 10 + item);
    table.add("a", "item 2", 20);
    table.add("a", "item 4", 2000);
    if (repeat)
        table.add("a", "item 4", 2001);
    table.add("a", "unseen", 2002);
    return table;
}

Protocol windowProtocol(const std::string& ties)
{
    Protocol p = testing::plainProtocol();
    p.set("split", "time_window:1970-01-01T00:33:20:10s:0s");
    p.set("targets", "all_in_window");
    p.set("mask_seen", "none");
    p.set("score_ties", ties);
    p.set("metrics_at", "1,6,7");
    return p;
}

TEST(Ranking, ATargetThatComesTwiceIsRankedOnce)
{
    for (const std::string ties : {"pessimistic", "optimistic", "expected", "lowest_id"}) {
        const Protocol p = windowProtocol(ties);
        const auto once = windowTable(false).prepare(p), twice = windowTable(true).prepare(p);
        ASSERT_EQ(twice->evaluationCase(SplitPart::Test, 1).targets.size(), 3u);
        for (const bool head : {true, false}) {
            const SumModel model(once->items(), head);
            const RankingResult a = rank(model, *once, p), b = rank(model, *twice, p);
            EXPECT_EQ(a.userMetrics, b.userMetrics) << ties;
            // Rows count it twice: at the cut 7, which holds all items, 2 hits among 2 and among 3 rows.
            EXPECT_DOUBLE_EQ(a.metrics.at("recall_rows@7"), 1.0);
            EXPECT_DOUBLE_EQ(b.metrics.at("recall_rows@7"), 2.0 / 3.0);
            EXPECT_LE(b.metrics.at("ndcg@7"), 1.0);
        }
    }
}

TEST(Ranking, WithTrainedCandidatesOtherItemsAreNeverListed)
{
    Protocol p = windowProtocol("pessimistic");
    const auto data = windowTable(true).prepare(p);
    ASSERT_EQ(data->items(), 7);
    ASSERT_EQ(data->untrainedItems().size(), 1u);
    const std::int32_t unseen = data->untrainedItems()[0];
    for (const bool head : {true, false}) {
        const SumModel model(data->items(), head);
        p.set("candidates", "full");
        const RankingResult full = rank(model, *data, p);
        EXPECT_DOUBLE_EQ(full.metrics.at("recall@7"), 1.0);
        p.set("candidates", "trained");
        const RankingResult trained = rank(model, *data, p);
        // The unseen item stays a target that cannot be reached.
        EXPECT_DOUBLE_EQ(trained.metrics.at("recall@6"), 0.5);
        EXPECT_DOUBLE_EQ(trained.metrics.at("recall_rows@6"), 1.0 / 3.0);
        EXPECT_TRUE(std::count(full.topItems.begin(), full.topItems.end(), unseen) == 1);
        EXPECT_TRUE(std::count(trained.topItems.begin(), trained.topItems.end(), unseen) == 0);
        EXPECT_EQ(std::count_if(trained.topItems.begin(), trained.topItems.end(), [](auto i) { return i >= 0; }), 6);
    }
}

TEST(Ranking, RefusesOtherCataloguesAndBrokenModels)
{
    const Protocol p = testing::plainProtocol();
    const auto data = sampleTable().prepare(p);
    EXPECT_THROW(rank(SumModel(data->items() + 1, true), *data, p), Error);
    for (bool head : {true, false}) {
        SumModel broken(data->items(), head);
        broken.poisoned = true;
        try {
            rank(broken, *data, p);
            FAIL() << "ranked values that are not numbers";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::Input);
        }
    }
}

TEST(Ranking, CanBeCancelled)
{
    const Protocol p = testing::plainProtocol();
    const auto data = sampleTable().prepare(p);
    Progress progress;
    progress.requestCancel();
    EXPECT_THROW(rankAll(SumModel(data->items(), true), *data, p, {}, progress), Error);
}

std::vector<std::string> lines(const Path& path)
{
    std::ifstream file(path);
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);)
        out.push_back(line);
    return out;
}

TEST(Export, ListsAndUsersWithRawIds)
{
    testing::InteractionTable table;
    for (const char* item : {"a", "b,c", "d\"e", "f"})
        for (const char* user : {"u 1", "u,2"})
            table.add(user, item);
    const testing::WrittenDataset written(table);
    Protocol p = testing::plainProtocol();
    p.set("mask_seen", "none");
    p.set("metrics_at", "2");
    const auto data = written.prepare(p);
    const RankingResult result = rank(SumModel(data->items(), true), *data, p);
    TemporaryFolder folder;
    exportTopK(result, *data, 2, folder.path() / "top.csv");
    const auto top = lines(folder.path() / "top.csv");
    ASSERT_EQ(top.size(), 5u);
    EXPECT_EQ(top[0], "user,item,rank,score");
    EXPECT_TRUE(top[1].starts_with("u 1,"));
    EXPECT_NE(top[2].find(",2,"), std::string::npos);
    EXPECT_TRUE(top[3].starts_with("\"u,2\","));
    exportUsers(result, *data, folder.path() / "users.csv");
    const auto users = lines(folder.path() / "users.csv");
    ASSERT_EQ(users.size(), 3u);
    EXPECT_EQ(users[0], "user,target,rank,hr@2,ndcg@2,mrr");
    EXPECT_TRUE(users[1].starts_with("u 1,f,"));
    EXPECT_THROW(exportTopK(result, *data, 51, folder.path() / "deep.csv"), Error);
    EXPECT_EQ(folder.entries(), (std::vector<std::string>{"top.csv", "users.csv"}));
}

// The sum model ties often; every rule with one rank must come back from the file alone.
TEST(Export, ScoringTheListsAgainGivesTheMetrics)
{
    const testing::WrittenDataset written(sampleTable());
    for (const char* ties : {"pessimistic", "optimistic", "lowest_id"}) {
        Protocol p = testing::plainProtocol();
        p.set("score_ties", ties);
        p.set("metrics_at", "1,5,8");
        const auto data = written.prepare(p);
        RankingOptions options;
        options.depth = 9;
        const RankingResult result = rank(SumModel(data->items(), true), *data, p, options);
        TemporaryFolder folder;
        exportTopK(result, *data, 8, folder.path() / "top.csv");
        std::map<std::string, std::vector<std::string>> lists;
        for (const std::string& line : lines(folder.path() / "top.csv")) {
            std::stringstream fields(line);
            std::string user, item;
            std::getline(fields, user, ',');
            std::getline(fields, item, ',');
            lists[user].push_back(item);
        }
        const Catalogue& catalogue = written.dataset()->catalogue();
        std::map<int, double> hits, gain;
        for (const UserResult& user : result.users) {
            const auto& list = lists[catalogue.rawUsers()[std::size_t(data->datasetUser(user.user))]];
            const std::string& target = catalogue.rawItems()[std::size_t(data->datasetItem(user.target))];
            const auto place = std::find(list.begin(), list.end(), target) - list.begin();
            EXPECT_LE(list.size(), 8u);
            EXPECT_EQ(std::set<std::string>(list.begin(), list.end()).size(), list.size());
            for (int k : p.metricsAt)
                if (place < std::min<std::ptrdiff_t>(k, static_cast<std::ptrdiff_t>(list.size()))) {
                    hits[k] += 1.0 / double(result.users.size());
                    gain[k] += 1.0 / std::log2(double(place) + 2.0) / double(result.users.size());
                }
        }
        for (int k : p.metricsAt) {
            EXPECT_NEAR(hits[k], result.metrics.at("hr@" + std::to_string(k)), 1e-9) << ties << " " << k;
            EXPECT_NEAR(gain[k], result.metrics.at("ndcg@" + std::to_string(k)), 1e-9) << ties << " " << k;
        }
    }
}

TEST(Candidates, UniformIsUniqueSortedAndWithoutTheExcluded)
{
    const std::vector<std::int64_t> counts(100, 1);
    const CandidateSampler sampler(CandidateKind::Uniform, 10, counts);
    const std::vector<std::int32_t> excluded = {3, 4, 50};
    for (std::uint64_t user = 0; user < 50; ++user) {
        const auto drawn = sampler.draw(user, excluded);
        ASSERT_EQ(drawn.size(), 10u);
        EXPECT_EQ(std::set<std::int32_t>(drawn.begin(), drawn.end()).size(), 10u);
        EXPECT_TRUE(std::is_sorted(drawn.begin(), drawn.end()));
        for (std::int32_t item : excluded)
            EXPECT_FALSE(std::binary_search(drawn.begin(), drawn.end(), item));
        EXPECT_EQ(drawn, sampler.draw(user, excluded));
    }
    EXPECT_NE(sampler.draw(1, excluded), sampler.draw(2, excluded));
}

TEST(Candidates, PopularFollowsTheCounts)
{
    // Item i has i events: over many users, item 90 is drawn about three times as often as item 30.
    std::vector<std::int64_t> counts(100);
    for (std::size_t i = 0; i < counts.size(); ++i)
        counts[i] = static_cast<std::int64_t>(i);
    for (int wanted : {5, 24}) { // by rejection; near the switch to keys
        const CandidateSampler sampler(CandidateKind::Popular, wanted, counts);
        std::map<std::int32_t, int> seen;
        for (std::uint64_t user = 0; user < 4000; ++user)
            for (std::int32_t item : sampler.draw(user, {}))
                ++seen[item];
        EXPECT_EQ(seen.count(0), 0u);
        EXPECT_GT(seen[90], 1.7 * seen[30]) << wanted;
        EXPECT_LT(seen[90], 3.6 * seen[30]) << wanted;
    }
    const CandidateSampler all(CandidateKind::Popular, 1000, counts);
    EXPECT_EQ(all.draw(0, {}).size(), 99u);
}

TEST(ListMetrics, GiniByHand)
{
    EXPECT_DOUBLE_EQ(giniIndex({5, 5, 5, 5}), 0.0);
    EXPECT_DOUBLE_EQ(giniIndex({0, 0, 0, 8}), 0.75);
    EXPECT_DOUBLE_EQ(giniIndex({1, 3}), 0.25);
    EXPECT_DOUBLE_EQ(giniIndex({}), 0.0);
}

// Training events (leave-one-out keeps all but the last two): a by u, v, w; b by u, v; c by w.
TEST(ListMetrics, NoveltyDiversityAndCoverageByHand)
{
    testing::InteractionTable table;
    for (const auto& [user, items] : {std::pair{"u", "abxy"}, {"v", "abxy"}, {"w", "acxy"}})
        for (const char* item = items; *item; ++item)
            table.add(user, std::string(1, *item));
    const auto data = table.prepare(testing::plainProtocol());
    ASSERT_EQ(data->items(), 5); // a and b come first
    const auto& counts = data->trainCounts();
    const auto c = static_cast<std::int32_t>(std::find(counts.begin(), counts.end(), 1) - counts.begin());
    ASSERT_EQ(std::vector<std::int64_t>(counts.begin(), counts.begin() + 2), (std::vector<std::int64_t>{3, 2}));
    ListMetrics lists(*data, {2}, 2);
    const std::int32_t one[] = {0, 1}, two[] = {0, -1};
    lists.add(0, one);
    lists.add(1, two);
    MetricSummary summary;
    lists.finish(summary);
    EXPECT_DOUBLE_EQ(summary.values["coverage@2"], 2.0 / 5.0);
    // log2((N + V) / (count + 1)), N = 6, V = 5
    const double a = std::log2(11.0 / 4.0), b = std::log2(11.0 / 3.0);
    EXPECT_NEAR(summary.values["novelty@2"], ((a + b) / 2 + a) / 2, 1e-12);
    EXPECT_NEAR(summary.values["ild@2"], 1.0 - 2.0 / std::sqrt(6.0), 1e-7); // one list has a pair
    ItemDistance distance(*data);
    EXPECT_NEAR(distance(0, c), 1.0 - 1.0 / std::sqrt(3.0), 1e-7);
    EXPECT_DOUBLE_EQ(distance(1, c), 1.0);
    EXPECT_EQ(distance(1, 0), distance(0, 1));
}

} // namespace
} // namespace recoscope
