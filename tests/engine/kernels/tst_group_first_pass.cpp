// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The first pass of lists by products of warp groups: its lists against scores in double precision and against those
// of the pass by fragments, and topKBf16() by either.
#include "engine/kernels/cuda/first_pass.h"
#include "tests/engine/kernels/emulated_launcher.h"
#include "tests/engine/kernels/shop.h"

#include <cstdlib>
#include <set>

namespace recoscope::kernels {
namespace {

struct RoundedShop {
    Shop shop;
    Bf16Table table;
    std::vector<Bfloat16> queries; // [queries, stride]

    RoundedShop(std::int64_t queryCount, std::int64_t items, std::int64_t width, std::int64_t k, bool withBias)
        : shop(items + width, items, width)
        , table(roundToBf16(items, width, shop.table.data()))
        , queries(static_cast<std::size_t>(queryCount * table.stride))
    {
        shop.queries = queryCount;
        shop.k = k;
        if (!withBias)
            shop.bias.clear();
        shop.query = Random(queryCount + k).normal(queryCount * width);
        for (std::int64_t q = 0; q < queryCount; ++q)
            for (std::int64_t d = 0; d < width; ++d)
                queries[q * table.stride + d] = toBfloat16(shop.query[q * width + d]);
        for (std::int64_t q = 0; q <= queryCount; ++q) // every third item is seen by one user in two
            shop.offsets.push_back((q + 1) / 2 * ((items + 2) / 3));
        for (std::int64_t q = 0; q < (queryCount + 1) / 2; ++q)
            for (std::int64_t i = 0; i < items; i += 3)
                shop.seen.push_back(static_cast<std::int32_t>(i));
    }
    TopKBf16Op op(Lists& out) const
    {
        return {shop.arguments(out), table.values.data(), table.stride, table.longest, table.residual};
    }
    double score(std::int64_t q, std::int64_t item) const
    {
        double sum = shop.bias.empty() ? 0.0 : shop.bias[item];
        for (std::int64_t d = 0; d < table.stride; ++d)
            sum += static_cast<double>(toFloat(queries[q * table.stride + d]))
                * toFloat(table.values[item * table.stride + d]);
        return sum;
    }
    bool seen(std::int64_t q, std::int64_t item) const { return q % 2 == 0 && item % 3 == 0; }
};

enum class Pass { Fragments, Groups64, Groups128 };

Lists firstPass(const RoundedShop& s, Pass pass)
{
    Lists out;
    const TopKBf16Op op = s.op(out);
    const cuda::RankingShape shape = cuda::rankingShape(op.top);
    std::vector<std::int32_t> ids(shape.spans * shape.queries * shape.k);
    Floats scores(ids.size());
    const DeviceCall call;
    HostLauncher launcher(call);
    if (pass == Pass::Groups64)
        cuda::launchGroupFirstPass<1>(launcher, shape, op, s.queries.data(), ids.data(), scores.data());
    else if (pass == Pass::Groups128)
        cuda::launchGroupFirstPass<2>(launcher, shape, op, s.queries.data(), ids.data(), scores.data());
    else
        launcher.launch(cuda::FirstPassTiles{shape, s.queries.data(), op.rounded, op.stride, ids.data(), scores.data()},
            cuda::pieces(shape.queries, cuda::tileSide) * shape.spans, cuda::FirstPassTiles::sharedBytes);
    cuda::forEach(launcher, shape.queries,
        cuda::JoinLists{shape, ids.data(), scores.data(), out.ids.data(), out.scores.data(), nullptr});
    return out;
}

// Scores of the list are those of its items, none is above one that is left out, and none is seen or there twice.
void expectBestItems(const RoundedShop& s, const Lists& lists, const std::string& where)
{
    constexpr double tolerance = 1e-4;
    const std::int64_t k = s.shop.k;
    for (std::int64_t q = 0; q < s.shop.queries; ++q) {
        std::set<std::int32_t> listed;
        std::int64_t left = 0;
        for (std::int64_t i = 0; i < s.shop.items; ++i)
            left += !s.seen(q, i);
        for (std::int64_t i = q * k; i < (q + 1) * k; ++i) {
            const std::int32_t id = lists.ids[i];
            ASSERT_EQ(id >= 0, i - q * k < left) << where;
            if (id < 0)
                continue;
            ASSERT_TRUE(listed.insert(id).second && !s.seen(q, id)) << where;
            ASSERT_NEAR(lists.scores[i], s.score(q, id), tolerance) << where;
            ASSERT_TRUE(i == q * k || lists.scores[i] <= lists.scores[i - 1]) << where;
        }
        for (std::int64_t i = 0; i < s.shop.items; ++i) {
            if (!s.seen(q, i) && !listed.contains(static_cast<std::int32_t>(i))) {
                ASSERT_LT(s.score(q, i), lists.scores[(q + 1) * k - 1] + tolerance) << where << ", item " << i;
            }
        }
    }
}

TEST(GroupFirstPass, ListsHoldTheBestItems)
{
    struct Size {
        std::int64_t queries, items, width;
    };
    for (const Size size : {Size{1, 1, 1}, {33, 2, 64}, {63, 63, 32}, {64, 64, 65}, {65, 65, 31}, {129, 127, 130},
             {40, 700, 256}, {70, 129, 300}, {35, 400, 512}, {128, 3000, 40}})
        for (const bool bias : {false, true}) {
            const RoundedShop s(size.queries, size.items, size.width, 10, bias);
            const Lists narrow = firstPass(s, Pass::Groups64), wide = firstPass(s, Pass::Groups128);
            const std::string where = std::to_string(size.queries) + " queries, " + std::to_string(size.items)
                + " items of width " + std::to_string(size.width) + (bias ? ", biases" : "");
            expectBestItems(s, narrow, where);
            EXPECT_EQ(narrow.ids, wide.ids) << where;
            EXPECT_TRUE(sameBytes(narrow.scores, wide.scores)) << where;
            EXPECT_TRUE(sameBytes(narrow.scores, firstPass(s, Pass::Groups64).scores)) << where; // backwards
            const Lists fragments = firstPass(s, Pass::Fragments);
            for (std::size_t i = 0; i < narrow.scores.size(); ++i) {
                if (fragments.ids[i] >= 0) {
                    ASSERT_NEAR(narrow.scores[i], fragments.scores[i], 1e-4f) << where;
                }
            }
        }
}

// The first 64 items fill the lists, then every tile brings one that is better and one that ties with it.
TEST(GroupFirstPass, TiesKeepTheLowerIndex)
{
    RoundedShop s(34, 640, 32, 4, false);
    std::fill(s.table.values.begin(), s.table.values.end(), Bfloat16{0});
    std::fill(s.queries.begin(), s.queries.end(), Bfloat16{0});
    for (std::int64_t q = 0; q < s.shop.queries; ++q)
        s.queries[q * s.table.stride] = toBfloat16(1.0f);
    for (std::int64_t i = 0; i < s.shop.items; ++i)
        s.table.values[i * s.table.stride] = toBfloat16(static_cast<float>(i / 64) + (i % 64 > 60 ? 0.5f : 0.0f));
    const Lists lists = firstPass(s, Pass::Groups64);
    const auto list = [&](std::int64_t q) {
        return std::vector<std::int32_t>(lists.ids.begin() + q * 4, lists.ids.begin() + q * 4 + 4);
    };
    EXPECT_EQ(list(1), (std::vector<std::int32_t>{637, 638, 639, 576}));
    EXPECT_EQ(list(2), (std::vector<std::int32_t>{637, 638, 577, 578})); // 639 and 576 are seen
}

TEST(GroupFirstPass, WhatItDoesNotSuit)
{
    const RoundedShop s(40, 100, 40, 5, true);
    Lists out;
    TopKBf16Op op = s.op(out);
    EXPECT_TRUE(cuda::suitsGroups(op));
    op.stride = 544;
    EXPECT_FALSE(cuda::suitsGroups(op));
    op.stride = 60;
    EXPECT_FALSE(cuda::suitsGroups(op));
    op = s.op(out);
    op.rounded += 4;
    EXPECT_FALSE(cuda::suitsGroups(op));
    op = s.op(out);
    op.top.queries = 32;
    EXPECT_FALSE(cuda::suitsGroups(op));
    op.top = {};
    EXPECT_FALSE(cuda::suitsGroups(op));
}

// The first time without memory, to measure it.
template <class Run> void withWorkspace(const Run& run)
{
    std::int64_t needed = 0;
    DeviceCall call;
    call.workspaceNeeded = &needed;
    HostLauncher measuring(call);
    run(measuring);
    measuring.finish();
    std::vector<char> workspace(needed + 256, static_cast<char>(0xFF));
    call.workspace = workspace.data() + (256 - reinterpret_cast<std::uintptr_t>(workspace.data()) % 256);
    call.workspaceBytes = needed;
    call.workspaceNeeded = nullptr;
    HostLauncher launcher(call);
    run(launcher);
}

struct WithoutGroups {
    WithoutGroups() { setenv("RECOSCOPE_WGMMA", "off", 1); }
    ~WithoutGroups() { unsetenv("RECOSCOPE_WGMMA"); }
};

// An item that only the first pass does not see is in no list that it proves: so it was asked.
TEST(GroupFirstPass, TopKBf16IsTheFloatsListByEitherPass)
{
    for (const std::int64_t queries : {33, 64, 130}) {
        RoundedShop s(queries, 1500, 40, 10, true);
        Lists exact;
        const TopK floats = s.shop.arguments(exact);
        withWorkspace([&](HostLauncher& launcher) { cuda::topK(launcher, floats); });
        const auto lists = [&] {
            Lists made;
            const TopKBf16Op op = s.op(made);
            withWorkspace([&](HostLauncher& launcher) { cuda::topKBf16(launcher, op); });
            return made;
        };
        Lists groups = lists(), fragments;
        {
            const WithoutGroups off;
            fragments = lists();
        }
        EXPECT_EQ(groups.ids, exact.ids);
        EXPECT_TRUE(sameBytes(groups.scores, exact.scores));
        EXPECT_EQ(groups.ids, fragments.ids);
        EXPECT_TRUE(sameBytes(groups.scores, fragments.scores));
        const std::int32_t hidden = exact.ids[10 * s.shop.k];
        std::fill_n(s.table.values.begin() + hidden * s.table.stride, s.table.stride, Bfloat16{0});
        const Lists lied = lists();
        EXPECT_EQ(std::count(lied.ids.begin() + 10 * s.shop.k, lied.ids.begin() + 11 * s.shop.k, hidden), 0);
    }
}

} // namespace
} // namespace recoscope::kernels
