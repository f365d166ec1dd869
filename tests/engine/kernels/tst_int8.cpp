// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/shop.h"

namespace recoscope::kernels {
namespace {

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
