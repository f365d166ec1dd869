// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Residual quantisation: worked by hand, on planted clusters, by its definition, and on vectors that are none.
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/generative/prefix_trie.h"
#include "engine/generative/semantic_ids.h"
#include "engine/kernels/ops.h"

namespace recoscope {
namespace {

using Floats = std::vector<float>;

SemanticIds quantised(const Floats& vectors, std::int64_t width, const QuantiserOptions& options)
{
    Progress progress;
    return quantise({vectors.data(), static_cast<std::int64_t>(vectors.size()) / width, width}, options, progress);
}

Floats drawnVectors(std::int64_t items, std::int64_t width, std::uint64_t seed)
{
    RandomStream random(seed, "vectors");
    Floats vectors;
    for (std::int64_t i = 0; i < items * width; ++i)
        vectors.push_back(static_cast<float>(random.normal()) + 3.0f);
    return vectors;
}

// Around the mean 6.5: -5.5, -4.5, 4.5, 5.5; two codes at ±5, then two at ±0.5.
TEST(SemanticIds, ByHand)
{
    const SemanticIds ids = quantised({1, 2, 11, 12}, 1, {.levels = 2, .codes = 2});
    EXPECT_FLOAT_EQ(ids.mean[0], 6.5f);
    ASSERT_EQ(ids.levels.size(), 2u);
    const auto code = [&](std::int64_t item, std::size_t level) { return ids.sequences.of(item)[level]; };
    EXPECT_EQ(code(0, 0), code(1, 0));
    EXPECT_EQ(code(2, 0), code(3, 0));
    EXPECT_NE(code(0, 0), code(2, 0));
    EXPECT_EQ(code(0, 1), code(2, 1));
    EXPECT_EQ(code(1, 1), code(3, 1));
    EXPECT_NE(code(0, 1), code(1, 1));
    EXPECT_NEAR(ids.levels[0].unexplained, 0.25 / 25.25, 1e-7);
    EXPECT_NEAR(ids.levels[1].unexplained, 0.0, 1e-12);
    for (const CodeLevel& level : ids.levels) {
        EXPECT_EQ(level.used, 2);
        EXPECT_NEAR(level.perplexity, 2.0, 1e-12);
        EXPECT_EQ(level.largestShare, 0.5);
    }
    EXPECT_EQ(ids.collisions.names, 4);
    EXPECT_EQ(ids.collisions.items, 0);
    EXPECT_EQ(ids.sequences.vocabulary, 2 * 2 + 1);
    for (std::int64_t item = 0; item < 4; ++item) {
        EXPECT_LT(code(item, 0), 2);
        EXPECT_GE(code(item, 1), 2);
        EXPECT_EQ(code(item, 2), 4);
    }
}

// 8 far groups of 8 near groups of 4 items each.
TEST(SemanticIds, FindsPlantedGroups)
{
    constexpr std::int64_t width = 16;
    RandomStream random(3, "planted");
    const auto draw = [&](double sigma) {
        Floats v(width);
        for (float& x : v)
            x = static_cast<float>(sigma * random.normal());
        return v;
    };
    std::vector<Floats> far, near;
    for (int g = 0; g < 8; ++g) {
        far.push_back(draw(100.0));
        near.push_back(draw(1.0));
    }
    Floats vectors;
    for (int item = 0; item < 256; ++item) {
        const Floats noise = draw(1e-3);
        for (std::size_t d = 0; d < width; ++d)
            vectors.push_back(far[item / 32][d] + near[item / 4 % 8][d] + noise[d]);
    }
    const SemanticIds ids = quantised(vectors, width, {.levels = 3, .codes = 8});
    std::set<std::int32_t> first, second;
    for (std::int64_t item = 0; item < 256; ++item) {
        EXPECT_EQ(ids.sequences.of(item)[0], ids.sequences.of(item / 32 * 32)[0]);
        EXPECT_EQ(ids.sequences.of(item)[1], ids.sequences.of(item / 4 % 8 * 4)[1]);
        first.insert(ids.sequences.of(item)[0]);
        second.insert(ids.sequences.of(item)[1]);
    }
    EXPECT_EQ(first.size(), 8u);
    EXPECT_EQ(second.size(), 8u);
}

// Every code is that of the nearest centroid to what is left, and what is left is what the report says.
TEST(SemanticIds, AreWhatTheEquationsSay)
{
    constexpr std::int64_t items = 300, width = 12, codes = 16;
    const Floats vectors = drawnVectors(items, width, 5);
    const SemanticIds ids = quantised(vectors, width, {.levels = 3, .codes = codes});
    std::vector<double> left(items * width);
    double whole = 0.0;
    for (std::size_t i = 0; i < left.size(); ++i) {
        left[i] = double(vectors[i]) - double(ids.mean[i % width]);
        whole += left[i] * left[i];
    }
    double before = 1.0;
    for (std::size_t l = 0; l < 3; ++l) {
        const CodeLevel& level = ids.levels[l];
        double sum = 0.0;
        for (std::int64_t item = 0; item < items; ++item) {
            const auto distance = [&](std::int64_t code) {
                double d2 = 0.0;
                for (std::int64_t d = 0; d < width; ++d)
                    d2 += std::pow(left[item * width + d] - double(level.centroids[code * width + d]), 2);
                return d2;
            };
            const std::int64_t own = ids.sequences.of(item)[l] - std::int64_t(l) * codes;
            for (std::int64_t code = 0; code < level.codes; ++code)
                EXPECT_LE(distance(own), distance(code) + 1e-4);
            sum += distance(own);
            for (std::int64_t d = 0; d < width; ++d)
                left[item * width + d] -= double(level.centroids[own * width + d]);
        }
        EXPECT_NEAR(level.unexplained, sum / whole, 1e-5);
        EXPECT_LT(level.unexplained, 0.9 * before);
        before = level.unexplained;
        EXPECT_EQ(level.used, codes);
        EXPECT_GT(level.perplexity, 0.5 * codes);
    }
    EXPECT_EQ(PrefixTrie(ids.sequences).items(), items);
}

TEST(SemanticIds, SameSeedSameBytesForAnyNumberOfThreads)
{
    const Floats vectors = drawnVectors(2000, 8, 6);
    const int before = kernels::threads();
    kernels::setThreads(1);
    const SemanticIds one = quantised(vectors, 8, {.levels = 2, .codes = 32, .seed = 4});
    kernels::setThreads(3);
    const SemanticIds three = quantised(vectors, 8, {.levels = 2, .codes = 32, .seed = 4});
    kernels::setThreads(before);
    const SemanticIds other = quantised(vectors, 8, {.levels = 2, .codes = 32, .seed = 5});
    EXPECT_EQ(one.sequences.tokens, three.sequences.tokens);
    EXPECT_EQ(one.levels[1].centroids, three.levels[1].centroids);
    EXPECT_NE(one.sequences.tokens, other.sequences.tokens);
}

TEST(SemanticIds, EqualVectorsAreToldApartByNumber)
{
    Floats vectors = drawnVectors(20, 4, 7);
    for (std::size_t copy = 0; copy < 3; ++copy) // items 20, 21, 22 are item 5 again
        vectors.insert(vectors.end(), vectors.begin() + 5 * 4, vectors.begin() + 6 * 4);
    const SemanticIds ids = quantised(vectors, 4, {.levels = 3, .codes = 20});
    EXPECT_EQ(ids.collisions.names, 20);
    EXPECT_EQ(ids.collisions.items, 4);
    EXPECT_EQ(ids.collisions.largest, 4);
    EXPECT_EQ(ids.levels[0].codes, 20); // every different vector has its centroid
    EXPECT_NEAR(ids.levels[0].unexplained, 0.0, 1e-10);
    EXPECT_EQ(ids.levels[1].used, 1); // and nothing is left
    EXPECT_EQ(ids.sequences.of(5)[3], 60);
    EXPECT_EQ(ids.sequences.of(22)[3], 63);
    const SemanticIds alike = quantised(Floats(12, 0.1f), 3, {.levels = 2, .codes = 4});
    EXPECT_EQ(alike.collisions.largest, 4);
    EXPECT_EQ(alike.levels[0].used, 1);
    EXPECT_EQ(alike.levels[0].unexplained, 0.0);
    EXPECT_NEAR(alike.levels[0].perplexity, 1.0, 1e-12);
}

TEST(SemanticIds, RefuseVectorsThatAreNone)
{
    const auto refusal = [](const Floats& vectors, const QuantiserOptions& options, ErrorKind kind) -> std::string {
        try {
            quantised(vectors, 2, options);
        } catch (const Error& e) {
            EXPECT_EQ(e.kind(), kind) << e.message();
            EXPECT_FALSE(e.hint().empty());
            return e.message();
        }
        return "accepted";
    };
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    const QuantiserOptions two{.levels = 1, .codes = 2};
    const Floats good{1, 2, 3, 4, 5, 6};
    EXPECT_EQ(
        refusal({1, 2, nan, 4}, two, ErrorKind::Input), "the vector of item 1 has values that are not finite numbers");
    EXPECT_EQ(refusal({1, 2, 3, 4, 5, -infinity}, two, ErrorKind::Input),
        "the vector of item 2 has values that are not finite numbers");
    EXPECT_EQ(refusal({1, 2, 0, 0}, two, ErrorKind::Input), "the vector of item 1 is zero");
    EXPECT_EQ(refusal({1, 2, 3e30f, 0}, two, ErrorKind::Input), "the vector of item 1 is too long to compare");
    EXPECT_EQ(refusal({}, two, ErrorKind::Input), "item vectors of shape [0, 2]");
    EXPECT_EQ(refusal(good, {.codes = 4}, ErrorKind::Usage), "4 codes a level are more than the 3 items");
    EXPECT_NE(refusal(good, {.codes = 1}, ErrorKind::Usage), "accepted");
    EXPECT_NE(refusal(good, {.codes = 70000}, ErrorKind::Usage), "accepted");
    EXPECT_NE(refusal(good, {.levels = 0, .codes = 2}, ErrorKind::Usage), "accepted");
    EXPECT_NE(refusal(good, {.levels = 17, .codes = 2}, ErrorKind::Usage), "accepted");
    EXPECT_NE(refusal(good, {.codes = 2, .iterations = 0}, ErrorKind::Usage), "accepted");
}

TEST(SemanticIds, CanBeCancelled)
{
    const Floats vectors = drawnVectors(50, 2, 8);
    Progress progress;
    progress.requestCancel();
    EXPECT_THROW(quantise({vectors.data(), 50, 2}, {.codes = 4}, progress), Error);
}

} // namespace
} // namespace recoscope
