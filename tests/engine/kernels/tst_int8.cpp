// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/core/error.h"
#include "engine/kernels/quantised_table.h"
#include "tests/engine/kernels/kernel_test.h"

#include <algorithm>
#include <limits>

namespace recoscope::kernels {
namespace {

struct Lists {
    std::vector<std::int32_t> ids;
    Floats scores;
};

struct Shop {
    std::int64_t queries = 3, items = 0, width = 0, k = 10;
    Floats query, table, bias;
    std::vector<std::int64_t> offsets;
    std::vector<std::int32_t> seen;

    Shop(std::uint64_t seed, std::int64_t n, std::int64_t d)
        : items(n)
        , width(d)
    {
        Random random(seed);
        query = random.normal(queries * d);
        table = random.normal(n * d);
        bias = random.normal(n);
    }
    TopK arguments(Lists& out) const
    {
        out.ids.assign(queries * k, -7);
        out.scores.assign(queries * k, 0.0f);
        return {queries, items, width, k, query.data(), table.data(), bias.empty() ? nullptr : bias.data(), offsets,
            seen, out.ids.data(), out.scores.data()};
    }
    void expectTheExactLists(const std::string& what) const
    {
        const Settings settings;
        for (const Path path : availablePaths()) {
            forcePath(path);
            Lists exact, bytes;
            topK(arguments(exact));
            topKInt8(arguments(bytes), quantise(items, width, table.data()));
            EXPECT_EQ(bytes.ids, exact.ids) << what << " on " << pathName(path);
            EXPECT_TRUE(sameBytes(bytes.scores, exact.scores)) << what << " on " << pathName(path);
        }
    }
};

TEST(Int8, QuantisingKeepsEveryNumberWithinHalfAStep)
{
    const Floats table{1.0f, -0.5f, 0.26f, 0.0f, 0.0f, 0.0f};
    const QuantisedTable q = quantise(2, 3, table.data());
    EXPECT_EQ(q.stride, 32);
    EXPECT_FLOAT_EQ(q.scales[0], 1.0f / 127.0f);
    EXPECT_EQ(std::vector<int>(q.codes.begin(), q.codes.begin() + 4), (std::vector<int>{127, -64, 33, 0}));
    EXPECT_EQ(q.scales[1], 0.0f);
    // The codes of row 0 lie 0, 0.5 and 0.02 steps from its numbers.
    EXPECT_NEAR(q.residual, std::sqrt(0.25 + 0.02 * 0.02) / 127.0, 1e-5);
    EXPECT_NEAR(q.longest, std::sqrt(127.0 * 127 + 64.0 * 64 + 33.0 * 33) / 127.0, 1e-5);
}

TEST(Int8, ListsAreThoseOfTheFloatsBitForBit)
{
    for (const std::int64_t items : {1, 7, 300, 9001})
        for (const std::int64_t width : {1, 31, 64, 300}) {
            Shop shop(items + width, items, width);
            if (width == 31)
                shop.bias.clear();
            if (width == 64 && items >= 300) {
                shop.seen = {3, 17, 255, 0, 299, 8};
                shop.offsets = {0, 3, 5, 6};
            }
            shop.expectTheExactLists(std::to_string(items) + " items of width " + std::to_string(width));
        }
}

TEST(Int8, TiesOutliersAndNearlyEqualItems)
{
    Shop equal(1, 5000, 8);
    equal.bias.clear();
    for (std::int64_t i = 0; i < equal.items; ++i)
        std::copy_n(equal.table.begin(), 8, equal.table.begin() + i * 8);
    equal.expectTheExactLists("equal items");
    for (std::int64_t i = 0; i < equal.items; i += 3)
        equal.table[i * 8 + 2] = std::nextafter(equal.table[2], 10.0f);
    equal.expectTheExactLists("items that differ in the last bit");
    Shop outlier(2, 5000, 8);
    outlier.table[4000 * 8] = 1e6f; // its scale makes the margin useless
    outlier.expectTheExactLists("one huge item");
}

TEST(Int8, WhatIsNotFiniteIsLeftToTheFloats)
{
    Shop shop(3, 400, 16);
    shop.table[5] = std::numeric_limits<float>::quiet_NaN();
    shop.table[100] = std::numeric_limits<float>::infinity();
    shop.expectTheExactLists("a table with NaN");
    Shop zero(4, 400, 16);
    std::fill_n(zero.query.begin(), 16, 0.0f);
    zero.query[20] = std::numeric_limits<float>::infinity();
    zero.expectTheExactLists("queries of zero and of infinity");
}

TEST(Int8, ATableOfOtherItemsIsRefused)
{
    const Shop shop(5, 40, 4);
    Lists out;
    try {
        topKInt8(shop.arguments(out), quantise(39, 4, shop.table.data()));
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_NE(error.message().find("topKInt8: table"), std::string::npos);
    }
}

} // namespace
} // namespace recoscope::kernels
