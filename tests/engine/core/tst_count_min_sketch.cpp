// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "engine/core/count_min_sketch.h"

namespace recoscope {
namespace {

TEST(CountMinSketch, CountsExactlyWhereNothingCollides)
{
    CountMinSketch sketch(4096, 4);
    for (std::uint64_t key = 0; key < 20; ++key)
        for (std::uint64_t n = 0; n <= key; ++n)
            sketch.add(key);
    for (std::uint64_t key = 0; key < 20; ++key)
        EXPECT_EQ(sketch.estimate(key), static_cast<std::int64_t>(key) + 1);
    EXPECT_EQ(sketch.estimate(1000), 0);
    EXPECT_EQ(sketch.total(), 210);
}

TEST(CountMinSketch, NeverCountsTooLittleAndRarelyTooMuch)
{
    constexpr std::int64_t width = 64, keys = 500;
    CountMinSketch sketch(width, 4);
    std::vector<std::int64_t> counts(keys, 0);
    RandomStream stream(1, "sketch");
    for (int i = 0; i < 20000; ++i) {
        const std::uint64_t key = stream.below(stream.below(keys) + 1); // small keys often
        sketch.add(key);
        ++counts[key];
    }
    int tooMuch = 0;
    for (std::int64_t key = 0; key < keys; ++key) {
        EXPECT_GE(sketch.estimate(static_cast<std::uint64_t>(key)), counts[key]);
        tooMuch += sketch.estimate(static_cast<std::uint64_t>(key)) - counts[key] > 2 * sketch.total() / width;
    }
    EXPECT_LE(tooMuch, 2 * keys / 16); // expected at most keys * 2^-4
}

TEST(CountMinSketch, GoesOnFromItsMemory)
{
    CountMinSketch one(32, 2), other(32, 2);
    for (std::uint64_t key : {3, 3, 9, 70})
        one.add(key);
    std::copy(one.memory().begin(), one.memory().end(), other.memory().begin());
    one.add(9);
    other.add(9);
    for (std::uint64_t key = 0; key < 100; ++key)
        EXPECT_EQ(one.estimate(key), other.estimate(key));
    EXPECT_EQ(other.total(), 5);
}

} // namespace
} // namespace recoscope
