// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "engine/core/random.h"

using namespace recoscope;

// Known-answer vectors of the Random123 distribution (kat_vectors, philox 4x32 10).
TEST(Philox, GivesThePublishedVectors)
{
    using Words = std::array<std::uint32_t, 4>;
    EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
        (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
        (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, SeekGivesTheSameNumbersAsDrawing)
{
    RandomStream drawn(7, "dropout", 3);
    std::vector<std::uint32_t> words(23);
    std::generate(words.begin(), words.end(), [&] { return drawn.next32(); });
    EXPECT_EQ(drawn.position(), 23u);
    for (std::size_t start = 0; start < words.size(); ++start) {
        RandomStream sought(7, "dropout", 3);
        sought.seek(start);
        EXPECT_EQ(sought.next32(), words[start]) << start;
    }
}

TEST(RandomStream, SeedPurposeAndStepEachGiveAnotherStream)
{
    const std::uint64_t base = RandomStream(1, "shuffle", 0).next64();
    EXPECT_EQ(RandomStream(1, "shuffle", 0).next64(), base);
    EXPECT_NE(RandomStream(2, "shuffle", 0).next64(), base);
    EXPECT_NE(RandomStream(1, "shuffle", 1).next64(), base);
    EXPECT_NE(RandomStream(1, "shuffles", 0).next64(), base);
}

TEST(RandomStream, UniformAndNormalHaveTheirMoments)
{
    RandomStream stream(11, "moments");
    constexpr int n = 200'000;
    double sum = 0, squares = 0, normals = 0, normalSquares = 0;
    for (int i = 0; i < n; ++i) {
        const double u = stream.uniform();
        ASSERT_GE(u, 0.0);
        ASSERT_LT(u, 1.0);
        sum += u;
        squares += u * u;
        const double z = stream.normal();
        normals += z;
        normalSquares += z * z;
    }
    // Five standard errors of each mean.
    EXPECT_NEAR(sum / n, 0.5, 5 * std::sqrt(1.0 / 12 / n));
    EXPECT_NEAR(squares / n, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / n));
    EXPECT_NEAR(normals / n, 0.0, 5 / std::sqrt(double(n)));
    EXPECT_NEAR(normalSquares / n, 1.0, 5 * std::sqrt(2.0 / n));
}

TEST(RandomStream, BelowIsUnbiasedAndInRange)
{
    RandomStream stream(5, "below");
    constexpr int n = 70'000;
    std::array<int, 7> counts{};
    for (int i = 0; i < n; ++i)
        ++counts.at(stream.below(7));
    double chi = 0;
    for (const int count : counts)
        chi += (count - n / 7.0) * (count - n / 7.0) / (n / 7.0);
    EXPECT_LT(chi, 22.46); // 99.9 % of chi-square with 6 degrees
    EXPECT_EQ(stream.below(1), 0u);
}

TEST(RandomStream, TruncatedNormalStaysInside)
{
    RandomStream stream(5, "cut");
    for (int i = 0; i < 10'000; ++i)
        ASSERT_LE(std::abs(stream.truncatedNormal(0.02, 0.02)), 0.02);
}

TEST(RandomStream, ShuffleIsAPermutationThatDependsOnTheStreamOnly)
{
    std::vector<std::int32_t> first(100), second(100);
    std::iota(first.begin(), first.end(), 0);
    second = first;
    const std::vector<std::int32_t> ordered = first;
    RandomStream(3, "shuffle").shuffle(first);
    RandomStream(3, "shuffle").shuffle(second);
    EXPECT_EQ(first, second);
    EXPECT_NE(first, ordered);
    std::sort(first.begin(), first.end());
    EXPECT_EQ(first, ordered);
}
