// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/kernel_test.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

namespace recoscope::kernels {
namespace {

struct Catalogue {
    std::int64_t queries, items, width, k;
    Floats query, table, bias;
    std::vector<std::int64_t> seenOffsets{0};
    std::vector<std::int32_t> seen, targets;

    Catalogue(std::uint64_t seed, std::int64_t q, std::int64_t n, std::int64_t d, std::int64_t top)
        : queries(q)
        , items(n)
        , width(d)
        , k(top)
    {
        Random random(seed);
        query = random.normal(q * d);
        table = random.normal(n * d);
        // Copies of whole items make exact ties.
        for (std::int64_t i = 5; i < n; i += 7)
            std::copy_n(table.begin() + (i - 5) * d, d, table.begin() + i * d);
        bias = random.normal(n);
        for (std::int64_t i = 5; i < n; i += 7)
            bias[i] = bias[i - 5];
        targets = random.below(q, n);
        for (std::int64_t u = 0; u < q; ++u) {
            std::vector<std::int32_t> list = random.below(random.size(std::min<std::int64_t>(n, 40)), n);
            std::sort(list.begin(), list.end());
            list.erase(std::unique(list.begin(), list.end()), list.end());
            seen.insert(seen.end(), list.begin(), list.end());
            seenOffsets.push_back(static_cast<std::int64_t>(seen.size()));
        }
    }

    std::span<const std::int32_t> seenBy(std::int64_t u) const
    {
        return std::span(seen).subspan(seenOffsets[u], seenOffsets[u + 1] - seenOffsets[u]);
    }
    Floats scores(std::int64_t u) const
    {
        Floats s(items);
        scoreAll(items, width, query.data() + u * width, table.data(), bias.data(), s.data());
        return s;
    }
    TopK arguments(std::vector<std::int32_t>& ids, Floats& best) const
    {
        ids.assign(queries * k, -7);
        best.assign(queries * k, 0.0f);
        return {queries, items, width, k, query.data(), table.data(), bias.data(), seenOffsets, seen, ids.data(),
            best.data()};
    }
};

// What the lists and ranks must be, from the scores of the same path by plain sorting.
void expectAgreesWithScores(const Catalogue& c, const std::string& what)
{
    std::vector<std::int32_t> ids, rankedIds;
    Floats best, rankedBest, targetScore(c.queries);
    std::vector<std::int64_t> greater(c.queries), equal(c.queries), before(c.queries);
    topK(c.arguments(ids, best));
    rankTargets({c.arguments(rankedIds, rankedBest), c.targets.data(), greater.data(), equal.data(), before.data(),
        targetScore.data()});
    EXPECT_EQ(ids, rankedIds) << what;
    EXPECT_TRUE(sameBytes(best, rankedBest)) << what;
    for (std::int64_t u = 0; u < c.queries; ++u) {
        const Floats s = c.scores(u);
        const auto seen = c.seenBy(u);
        const std::int32_t target = c.targets[u];
        std::vector<std::int32_t> order;
        std::int64_t above = 0, same = 0, first = 0;
        for (std::int32_t i = 0; i < c.items; ++i) {
            if (std::binary_search(seen.begin(), seen.end(), i))
                continue;
            order.push_back(i);
            above += i != target && s[i] > s[target];
            same += i != target && s[i] == s[target];
            first += i < target && s[i] == s[target];
        }
        std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return s[a] > s[b]; });
        for (std::int64_t i = 0; i < c.k; ++i) {
            const bool present = i < static_cast<std::int64_t>(order.size());
            ASSERT_EQ(ids[u * c.k + i], present ? order[i] : -1) << what << ", query " << u << ", place " << i;
            ASSERT_EQ(best[u * c.k + i], present ? s[order[i]] : -std::numeric_limits<float>::infinity()) << what;
        }
        ASSERT_EQ(targetScore[u], s[target]) << what << ", query " << u;
        ASSERT_EQ(greater[u], above) << what << ", query " << u;
        ASSERT_EQ(equal[u], same) << what << ", query " << u;
        ASSERT_EQ(before[u], first) << what << ", query " << u;
    }
}

TEST(Ranking, ScoresMatchTheReference)
{
    for (const std::int64_t width : {1, 7, 8, 9, 33, 64, 200}) {
        const Catalogue c(width, 3, 211, width, 1);
        expectPathsAgree(
            [&] { return c.scores(2); }, 2e-6 * static_cast<double>(width + 8), "width " + std::to_string(width));
    }
}

TEST(Ranking, ListsAndRanksAreThoseOfTheSortedScoresBitForBit)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        for (const std::int64_t queries : {1, 3, 4, 13, 50})
            for (const std::int64_t items : {1, 5, 17, 48, 1030, 5003}) { // the last: several rows of scores
                const std::int64_t width = 1 + (queries * 31 + items) % 70;
                for (const int count : {1, 4}) {
                    setThreads(count);
                    const Catalogue c(queries * 1000 + items, queries, items, width, items == 48 ? 60 : 10);
                    expectAgreesWithScores(c,
                        std::string(pathName(path)) + ", " + std::to_string(queries) + " x " + std::to_string(items)
                            + " x " + std::to_string(width));
                }
            }
    }
}

// The worst for whoever keeps candidates: every item better than all before it, all items equal, and pairs that differ
// in the last bit, in a catalogue of several rows of scores.
TEST(Ranking, RisingEqualAndAlmostEqualScores)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        for (const char* order : {"rising", "equal", "almost"}) {
            Catalogue c(9, 7, 5000, 3, 25);
            for (std::int64_t i = 0; i < c.items; ++i) {
                for (std::int64_t d = 0; d < c.width; ++d)
                    c.table[i * c.width + d] = 1.0f / 3.0f;
                c.bias[i] = order[0] == 'r' ? static_cast<float>(i) : 0.0f;
                if (order[0] == 'a' && i % 3 == 1)
                    c.table[i * c.width] = std::nextafter(1.0f / 3.0f, 1.0f);
            }
            expectAgreesWithScores(c, std::string(pathName(path)) + ", " + order);
        }
    }
}

TEST(Ranking, AQueryThatOverflowsDisturbsNoOther)
{
    const Settings settings;
    const float infinity = std::numeric_limits<float>::infinity();
    for (const Path path : availablePaths()) {
        forcePath(path);
        Catalogue c(11, 9, 300, 16, 10);
        c.query[3 * c.width] = 3e38f;
        c.query[5 * c.width + 2] = infinity;
        std::vector<std::int32_t> ids, alone;
        Floats best, bestAlone;
        topK(c.arguments(ids, best));
        for (std::int64_t q = 0; q < c.queries; ++q) {
            TopK one = c.arguments(alone, bestAlone);
            const std::vector<std::int64_t> offsets{0, c.seenOffsets[q + 1] - c.seenOffsets[q]};
            one.queries = 1;
            one.query += q * c.width;
            one.seen = c.seenBy(q);
            one.seenOffsets = offsets;
            topK(one);
            EXPECT_TRUE(std::equal(alone.begin(), alone.begin() + c.k, ids.begin() + q * c.k))
                << pathName(path) << ", query " << q;
        }
    }
}

TEST(Ranking, AWideTableStillFitsItsStrips)
{
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        expectAgreesWithScores(Catalogue(1, 7, 61, 3000, 5), pathName(path));
    }
}

TEST(Ranking, TheVectorPathsGiveTheSameScoresBitForBit)
{
    const Settings settings;
    const Catalogue c(77, 2, 333, 61, 4);
    Floats first;
    for (const Path path : availablePaths()) {
        if (path != Path::Avx2 && path != Path::Avx512)
            continue;
        forcePath(path);
        const Floats s = c.scores(1);
        EXPECT_TRUE(first.empty() || sameBytes(s, first)) << pathName(path);
        first = s;
    }
}

TEST(Ranking, WithoutBiasMaskOrEnoughItems)
{
    const Settings settings;
    const Floats query{1, 0, 0, 1}, table{3, 1, 2, 5, 3, 0};
    for (const Path path : availablePaths()) {
        forcePath(path);
        std::vector<std::int32_t> ids(8);
        Floats best(8);
        TopK a;
        a.queries = 2;
        a.items = 3;
        a.width = 2;
        a.k = 4;
        a.query = query.data();
        a.table = table.data();
        a.ids = ids.data();
        a.scores = best.data();
        topK(a);
        EXPECT_EQ(ids, (std::vector<std::int32_t>{0, 2, 1, -1, 1, 0, 2, -1})) << pathName(path);
        EXPECT_EQ(best[5], 1.0f) << pathName(path);
    }
}

TEST(Ranking, ExcludedAndUndefinedScoresAreNeverListed)
{
    const Settings settings;
    const float infinity = std::numeric_limits<float>::infinity();
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats query(5, 1.0f), table(20, 1.0f);
        Floats bias(20, -infinity);
        bias[4] = 0.0f;
        bias[9] = std::numeric_limits<float>::quiet_NaN();
        bias[11] = 2.0f;
        for (const std::int64_t queries : {1, 5}) {
            std::vector<std::int32_t> ids(3 * queries);
            Floats best(3 * queries);
            topK({queries, 20, 1, 3, query.data(), table.data(), bias.data(), {}, {}, ids.data(), best.data()});
            for (std::int64_t q = 0; q < queries; ++q)
                EXPECT_EQ(
                    std::vector(ids.begin() + 3 * q, ids.begin() + 3 * q + 3), (std::vector<std::int32_t>{11, 4, -1}))
                    << pathName(path);
        }
    }
}

} // namespace
} // namespace recoscope::kernels
