// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/bfloat16.h"
#include "tests/engine/kernels/shop.h"

#include <cstring>
#include <limits>

namespace recoscope::kernels {
namespace {

struct Item {
    float step = 0.0f, residual = 0.0f;
    Floats numbers; // what the table has, padding included
};

Item itemOf(const Int4Table& t, std::int64_t i)
{
    const Int4Line* block = t.lines.data() + i / 16 * (1 + t.groups);
    std::uint32_t word = 0;
    std::memcpy(&word, block->bytes + i % 16 * 4, sizeof word);
    Item item{toFloat(Bfloat16{static_cast<std::uint16_t>(word >> 16)}),
        toFloat(Bfloat16{static_cast<std::uint16_t>(word)}), {}};
    for (std::int64_t d = 0; d < 8 * t.groups; ++d) {
        const int byte = block[1 + d / 8].bytes[i % 16 * 4 + d % 4];
        item.numbers.push_back(item.step * static_cast<float>((d % 8 < 4 ? byte & 15 : byte >> 4) - 8));
    }
    return item;
}

double distance(const Item& item, const float* numbers, std::int64_t width)
{
    double sum = 0.0;
    for (std::int64_t d = 0; d < width; ++d)
        sum += std::pow(static_cast<double>(numbers[d]) - item.numbers[d], 2);
    return std::sqrt(sum);
}

TEST(Int4, KeepsEveryItemWithinItsResidual)
{
    for (const std::int64_t items : {1, 16, 17, 100})
        for (const std::int64_t width : {1, 8, 13, 64}) {
            Random random(items + width);
            const Floats table = random.normal(items * width);
            const Int4Table t = roundToInt4(items, width, table.data());
            ASSERT_EQ(t.lines.size(), static_cast<std::size_t>((items + 15) / 16 * (1 + (width + 7) / 8)));
            for (std::int64_t i = 0; i < items; ++i) {
                const Item item = itemOf(t, i);
                const double away = distance(item, table.data() + i * width, width);
                EXPECT_LE(away, item.residual);
                EXPECT_LE(item.residual, away * 1.01 + 1e-6); // bfloat16 rounds up by 2^-7 at most
                EXPECT_LE(item.residual, t.residual);
                for (std::size_t d = width; d < item.numbers.size(); ++d)
                    EXPECT_EQ(item.numbers[d], 0.0f);
            }
        }
}

TEST(Int4, CodesReachSevenBothWays)
{
    const Floats table{7.0f, -7.0f, 3.0f, 0.0f, 1.0f, -1.0f, 0.0f, 0.0f, 6.0f};
    const Int4Table t = roundToInt4(1, 9, table.data());
    EXPECT_EQ(itemOf(t, 0).step, 1.0f);
    EXPECT_EQ(t.residual, 0.0f);
    Floats kept = itemOf(t, 0).numbers;
    kept.resize(9);
    EXPECT_EQ(kept, table);
    EXPECT_NEAR(t.longest, std::sqrt(145.0), 1e-4);
}

TEST(Int4, AStepThatCutsOneLargeNumberIsTakenWhereItTakesLessAway)
{
    Floats table(64, 0.7f);
    table[0] = 8.0f; // steps of 8 / 7 would put the others 0.44 away, those of 8 / 9.5 less than 0.15
    const Item item = itemOf(roundToInt4(1, 64, table.data()), 0);
    EXPECT_LT(item.step, 1.0f);
    EXPECT_LT(item.residual, 0.9f * 0.44f * 8.0f);
}

TEST(Int4, EmptyTablesAndItemsOfZero)
{
    EXPECT_TRUE(roundToInt4(0, 5, nullptr).lines.empty());
    const Floats zeros(30);
    const Int4Table t = roundToInt4(10, 3, zeros.data());
    EXPECT_EQ(t.longest, 0.0f);
    EXPECT_EQ(t.residual, 0.0f);
    const Floats small(4, std::numeric_limits<float>::denorm_min()); // no step is a normal number
    EXPECT_GT(roundToInt4(1, 4, small.data()).residual, 0.0f);
    const Floats infinite{std::numeric_limits<float>::infinity()};
    EXPECT_TRUE(std::isinf(roundToInt4(1, 1, infinite.data()).residual));
}

TEST(Int4, BlocksThatAreNotFullAndListsLongerThanTheShop)
{
    for (const std::int64_t items : {1, 15, 16, 17, 31, 33, 2047, 2049}) {
        Shop shop(items, items, 7);
        shop.k = 40;
        shop.expectTheExactLists(std::to_string(items) + " items, lists of 40");
    }
}

TEST(Int4, ItemsOfAllLengthsAreJudgedByTheirOwnResidual)
{
    // The margin of the longest item would have everything looked at again, that of a short one too little.
    Shop shop(9, 6000, 24);
    shop.bias.clear();
    for (std::int64_t i = 0; i < shop.items; ++i)
        for (std::int64_t d = 0; d < 24; ++d)
            shop.table[i * 24 + d] *= std::exp2(static_cast<float>(i % 9) - 4.0f);
    shop.expectTheExactLists("lengths between 1/16 and 16");
}

TEST(Int4, BadArgumentsAreRefusedByName)
{
    const Shop shop(5, 40, 4);
    Lists out;
    const auto refused = [](const std::function<void()>& operation, const std::string& message) {
        EXPECT_NE(refusalOf(operation).find(message), std::string::npos) << message << ": " << refusalOf(operation);
    };
    refused([&] { topKInt4(shop.arguments(out), roundToInt4(39, 4, shop.table.data())); }, "topKInt4: table");
    refused([&] { topKInt4(shop.arguments(out), roundToInt4(40, 3, shop.table.data())); }, "topKInt4: table");
    refused([] { roundToInt4(1, 4, nullptr); }, "roundToInt4: table");
    refused([] { roundToInt4(-1, 4, nullptr); }, "roundToInt4: items");
    refused([] { roundToInt4(0, 0, nullptr); }, "roundToInt4: width");
    refused([] { roundToInt4(0, 100001, nullptr); }, "roundToInt4: width");
}

} // namespace
} // namespace recoscope::kernels
