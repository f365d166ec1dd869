// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Lists from four bits, from bytes and from bfloat16.
#include "tests/engine/kernels/shop.h"

#include <limits>

namespace recoscope::kernels {
namespace {

TEST(RoundedTables, ListsAreThoseOfTheFloatsBitForBit)
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

TEST(RoundedTables, TiesOutliersAndNearlyEqualItems)
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

TEST(RoundedTables, WhatIsNotFiniteIsLeftToTheFloats)
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

TEST(RoundedTables, Bf16KeepsTheNearestNumbersAndTheirBounds)
{
    const float off = 0x1p-9f; // of 1.5, whose neighbours are 2^-7 away
    const Floats table{1.5f + off, -3.0f, 0.0f, 0.25f, 0.5f - 0x1p-12f, 0.0f};
    const Bf16Table t = roundToBf16(2, 3, table.data());
    EXPECT_EQ(t.stride, 32);
    const auto at = [&](std::int64_t i, std::int64_t d) { return toFloat(t.values[i * 32 + d]); };
    EXPECT_EQ(at(0, 0), 1.5f);
    EXPECT_EQ(at(0, 1), -3.0f);
    EXPECT_EQ(at(0, 31), 0.0f);
    EXPECT_EQ(at(1, 0), 0.25f);
    EXPECT_EQ(at(1, 1), 0.5f);
    EXPECT_NEAR(t.residual, off, 1e-7);
    EXPECT_GE(t.residual, off);
    EXPECT_NEAR(t.longest, std::sqrt(1.5 * 1.5 + 9.0), 1e-5);
    const Floats beyond{std::numeric_limits<float>::max()}; // rounds to infinity
    EXPECT_TRUE(std::isinf(roundToBf16(1, 1, beyond.data()).residual));
    EXPECT_EQ(roundToBf16(0, 5, nullptr).residual, 0.0f);
}

TEST(RoundedTables, TheMarginDecidesBetweenItemsThatRoundToTheSame)
{
    // All items round to 1 in bfloat16, and to the same bytes: the order is that of what rounding took away.
    Shop shop(7, 3000, 1);
    shop.bias.clear();
    for (std::int64_t i = 0; i < shop.items; ++i)
        shop.table[i] = 1.0f + static_cast<float>(i * 7919 % shop.items) * 0x1p-21f;
    shop.expectTheExactLists("items that round to one");
}

TEST(RoundedTables, LargeNumbersThatRoundToInfinityAreLeftToTheFloats)
{
    Shop shop(8, 500, 4);
    shop.table[77] = std::numeric_limits<float>::max();
    shop.expectTheExactLists("a number beyond bfloat16");
}

TEST(RoundedTables, BadArgumentsAreRefusedByName)
{
    const Shop shop(5, 40, 4);
    Lists out;
    const auto refused = [](const std::function<void()>& operation, const std::string& message) {
        EXPECT_NE(refusalOf(operation).find(message), std::string::npos) << message << ": " << refusalOf(operation);
    };
    refused([&] { topKBf16(shop.arguments(out), roundToBf16(39, 4, shop.table.data())); }, "topKBf16: table");
    refused([&] { topKBf16(shop.arguments(out), roundToBf16(40, 3, shop.table.data())); }, "topKBf16: table");
    refused([] { roundToBf16(1, 4, nullptr); }, "roundToBf16: table");
    refused([] { roundToBf16(-1, 4, nullptr); }, "roundToBf16: items");
    refused([] { roundToBf16(0, 0, nullptr); }, "roundToBf16: width");
    TopK bad = shop.arguments(out);
    bad.query = nullptr;
    refused([&] { topKBf16(bad, roundToBf16(40, 4, shop.table.data())); }, "topKBf16: query");
}

} // namespace
} // namespace recoscope::kernels
