// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/attention_runs.h"
#include "tests/engine/kernels/kernel_test.h"

namespace recoscope::kernels {
namespace {

struct Attention {
    std::int64_t heads, headDim, rows;
    std::vector<std::int64_t> offsets;
    Floats projected, gradOutput; // q, k and v side by side
    float dropout;
    bool causal = true;
    std::vector<std::int64_t> firstQueries = {};

    Attention(std::uint64_t seed, std::int64_t h, std::int64_t d, const std::vector<std::int64_t>& lengths, float p)
        : heads(h)
        , headDim(d)
        , offsets(offsetsOf(lengths))
        , dropout(p)
    {
        Random random(seed);
        rows = offsets.back();
        projected = random.normal(rows * 3 * h * d);
        gradOutput = random.normal(rows * h * d);
    }
    std::int64_t width() const { return heads * headDim; }
    SoftmaxAttentionForward arguments(Floats& output, Floats& logSumExp) const
    {
        output.resize(rows * width());
        logSumExp.resize(rows * heads);
        SoftmaxAttentionForward a;
        a.offsets = offsets;
        a.heads = heads;
        a.headDim = headDim;
        a.scale = 1.0f / std::sqrt(static_cast<float>(headDim));
        a.query = projected.data();
        a.key = projected.data() + width();
        a.value = projected.data() + 2 * width();
        a.rowStride = 3 * width();
        a.dropout = dropout;
        a.seed = 0x123456789abcdefULL;
        a.output = output.data();
        a.logSumExp = logSumExp.data();
        a.causal = causal;
        a.firstQueries = firstQueries;
        return a;
    }
    Floats forward() const { return attentionForward(*this); }
    Floats backward() const { return attentionBackward(*this); }
};

TEST(Attention, TheFirstEventSeesItselfAndEqualKeysShareEvenly)
{
    // Keys are equal, so row t is the mean of values 0 .. t.
    const Settings settings;
    const std::vector<std::int64_t> offsets{0, 3};
    const Floats query{1, 2, 3}, key{1, 1, 1}, value{6, 0, 3};
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats output(3), logSumExp(3);
        SoftmaxAttentionForward a;
        a.offsets = offsets;
        a.headDim = 1;
        a.rowStride = 1;
        a.query = query.data();
        a.key = key.data();
        a.value = value.data();
        a.output = output.data();
        a.logSumExp = logSumExp.data();
        softmaxAttentionForward(a);
        expectClose(output, {6, 3, 3}, 1e-6, pathName(path));
        expectClose(logSumExp, {1, 2 + std::log(2.0f), 3 + std::log(3.0f)}, 1e-6, pathName(path));
    }
}

TEST(Attention, EveryPathMatchesTheReference)
{
    const std::vector<std::int64_t> lengths{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 0, 31, 33, 65};
    for (const std::int64_t headDim : {1, 5, 8, 16, 25, 32, 64, 96, 256})
        for (const float dropout : {0.0f, 0.3f}) {
            const Attention attention(headDim, headDim < 64 ? 3 : 1, headDim, lengths, dropout);
            const std::string what = "head width " + std::to_string(headDim) + ", dropout " + std::to_string(dropout);
            expectPathsAgree([&] { return attention.forward(); }, 1e-5, "forward, " + what);
            expectPathsAgree([&] { return attention.backward(); }, 1e-4, "backward, " + what);
        }
}

TEST(Attention, InBothDirectionsEveryRowSeesTheWholeSequence)
{
    const Settings settings;
    const std::vector<std::int64_t> lengths{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 0, 31, 33, 65};
    for (const float dropout : {0.0f, 0.3f}) {
        Attention attention(13, 3, 12, lengths, dropout);
        attention.causal = false;
        expectPathsAgree([&] { return attention.forward(); }, 1e-5, "forward");
        expectPathsAgree([&] { return attention.backward(); }, 1e-4, "backward");
    }
    // Keys are equal: each row is the mean of its sequence.
    const std::vector<std::int64_t> offsets{0, 3, 5};
    const Floats query{1, 2, 3, 4, 5}, key{1, 1, 1, 2, 2}, value{6, 0, 3, 1, 5};
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats output(5), logSumExp(5), weights(9);
        SoftmaxAttentionForward a;
        a.offsets = offsets;
        a.headDim = a.rowStride = 1;
        a.query = query.data();
        a.key = key.data();
        a.value = value.data();
        a.output = output.data();
        a.logSumExp = logSumExp.data();
        a.causal = false;
        softmaxAttentionForward(a);
        expectClose(output, {3, 3, 3, 3, 3}, 1e-6, pathName(path));
        softmaxAttentionProbabilities(a, 0, 0, weights.data());
        expectClose(weights, Floats(9, 1.0f / 3.0f), 1e-6, pathName(path));
    }
}

// Rows before the first query: as if their outputs had been thrown away, and nobody had asked for their gradient.
TEST(Attention, RowsThatAreKeysAloneAreNotComputed)
{
    const Settings settings;
    const std::vector<std::int64_t> lengths{0, 1, 2, 5, 8, 9, 16, 17, 0, 31, 33, 65, 70, 100};
    for (const bool causal : {true, false})
        for (const float dropout : {0.0f, 0.3f})
            for (const std::uint64_t seed : {1, 2, 3}) {
                Attention attention(seed, 2, 12, lengths, dropout);
                attention.causal = causal;
                Attention whole = attention;
                attention.firstQueries = someFirstQueries(attention.offsets, seed);
                whole.gradOutput = onlyAsking(whole.gradOutput, whole.offsets, attention.firstQueries, whole.width());
                expectPathsAgree([&] { return attention.forward(); }, 1e-5, "forward");
                expectPathsAgree([&] { return attention.backward(); }, 1e-4, "backward");
                for (const Path path : availablePaths()) {
                    forcePath(path);
                    Floats output, logSumExp, all, allSums;
                    softmaxAttentionForward(attention.arguments(output, logSumExp));
                    softmaxAttentionForward(whole.arguments(all, allSums));
                    EXPECT_TRUE(
                        sameBytes(output, onlyAsking(all, whole.offsets, attention.firstQueries, whole.width())))
                        << pathName(path);
                    EXPECT_TRUE(
                        sameBytes(logSumExp, onlyAsking(allSums, whole.offsets, attention.firstQueries, whole.heads)))
                        << pathName(path);
                    expectClose(attention.backward(), whole.backward(), 1e-5, pathName(path));
                }
            }
}

TEST(Attention, BackwardInBothDirectionsIsTheGradient)
{
    const Settings settings;
    forcePath(Path::Reference);
    Attention attention(17, 2, 3, {4, 1, 5}, 0.0f);
    attention.causal = false;
    const Floats gradient = attention.backward();
    expectGradient(
        attention.projected, gradient,
        [&] {
            Floats output, logSumExp;
            softmaxAttentionForward(attention.arguments(output, logSumExp));
            return weightedSum(output, attention.gradOutput);
        },
        2e-4, "projections");
}

TEST(Attention, LongSequencesMatchTheReference)
{
    for (const float dropout : {0.0f, 0.2f}) {
        const Attention attention(7, 1, 16, {513, 0, 1, 1024}, dropout);
        expectPathsAgree([&] { return attention.forward(); }, 1e-5, "forward");
        expectPathsAgree([&] { return attention.backward(); }, 1e-4, "backward");
    }
}

TEST(Attention, ProbabilitiesAreCausalAndSumToOne)
{
    const Settings settings;
    const Attention attention(11, 2, 9, {3, 21, 1}, 0.5f);
    Floats output, logSumExp;
    const SoftmaxAttentionForward a = attention.arguments(output, logSumExp);
    forcePath(Path::Reference);
    Floats expected(21 * 21);
    softmaxAttentionProbabilities(a, 1, 1, expected.data());
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats p(21 * 21, -1.0f);
        softmaxAttentionProbabilities(a, 1, 1, p.data());
        expectClose(p, expected, 1e-6, pathName(path));
        for (int row = 0; row < 21; ++row) {
            double sum = 0.0;
            for (int column = 0; column < 21; ++column) {
                sum += p[row * 21 + column];
                EXPECT_TRUE(column <= row || p[row * 21 + column] == 0.0f);
            }
            EXPECT_NEAR(sum, 1.0, 1e-6);
        }
    }
}

TEST(Attention, GradientsAgreeWithCentralDifferences)
{
    const Settings settings;
    forcePath(Path::Reference);
    for (const float dropout : {0.0f, 0.4f}) {
        Attention attention(13, 2, 3, {4, 0, 1, 6}, dropout);
        const Floats gradients = attention.backward();
        const auto loss = [&] {
            Floats output, logSumExp;
            softmaxAttentionForward(attention.arguments(output, logSumExp));
            return weightedSum(output, attention.gradOutput);
        };
        expectGradient(attention.projected, gradients, loss, 2e-4, "dropout " + std::to_string(dropout));
    }
}

TEST(Attention, HugeScoresStayFinite)
{
    const Settings settings;
    Attention attention(17, 1, 8, {40}, 0.0f);
    for (float& v : attention.projected)
        v *= 100.0f;
    for (const Path path : availablePaths()) {
        forcePath(path);
        for (const float v : attention.backward())
            ASSERT_TRUE(std::isfinite(v)) << pathName(path);
    }
}

// The newest `rows` of the one sequence, head by head, from keys and values that are kept.
Floats newest(const Attention& c, std::int64_t rows)
{
    const std::int64_t dim = c.headDim, stride = 3 * c.width();
    Floats output(rows * c.width());
    for (std::int64_t h = 0; h < c.heads; ++h) {
        Floats keys, values;
        for (std::int64_t t = 0; t < c.rows; ++t) {
            const auto key = c.projected.begin() + t * stride + c.width() + h * dim, value = key + c.width();
            append(keys, Floats(key, key + dim));
            append(values, Floats(value, value + dim));
        }
        const float* query = c.projected.data() + (c.rows - rows) * stride + h * dim;
        cachedAttention({rows, c.rows, dim, 1.0f / std::sqrt(static_cast<float>(dim)), query, stride, keys.data(),
            values.data(), output.data() + h * dim, c.width()});
    }
    return output;
}

TEST(CachedAttention, IsTheCausalAttentionOfTheSequence)
{
    const Settings settings;
    for (const std::int64_t dim : {1, 7, 16, 64, 70})
        for (const std::int64_t length : {1, 2, 17, 130}) {
            const Attention c(static_cast<std::uint64_t>(dim + length), 2, dim, {length}, 0.0f);
            forcePath(Path::Reference);
            Floats expected = c.forward();
            expected.resize(length * c.width());
            for (const std::int64_t rows : {std::int64_t(1), (length + 1) / 2, length})
                expectPathsAgree([&] { return newest(c, rows); }, 1e-5, "cached attention");
            for (const Path path : availablePaths()) {
                forcePath(path);
                expectClose(newest(c, length), expected, 1e-5, pathName(path));
            }
        }
}

TEST(CachedAttention, ARowIsTheSameHoweverManyComeAtOnce)
{
    const Settings settings;
    const Attention c(5, 2, 24, {301}, 0.0f); // enough for several threads
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats all = newest(c, 301);
        for (const std::int64_t rows : {1, 2, 50})
            EXPECT_TRUE(sameBytes(newest(c, rows), Floats(all.end() - rows * c.width(), all.end()))) << pathName(path);
    }
}

TEST(PagedAttention, IsCachedAttentionHoweverWhatARowSeesIsCut)
{
    const Settings settings;
    Random random(9);
    for (const std::int64_t dim : {1, 7, 16, 70}) {
        const std::int64_t kept = 90;
        const Floats query = random.normal(3 * dim), keys = random.normal(kept * dim),
                     values = random.normal(kept * dim);
        const auto paged = [&](std::vector<std::int64_t> offsets, std::vector<KeptPage> pages) {
            const std::int64_t rows = std::ssize(offsets) - 1;
            Floats output(rows * dim);
            pagedAttention({rows, kept, dim, 0.3f, offsets, pages, query.data(), dim, keys.data(), values.data(),
                output.data(), dim});
            return output;
        };
        for (const Path path : availablePaths()) {
            forcePath(path);
            Floats whole(dim);
            cachedAttention({1, kept, dim, 0.3f, query.data(), dim, keys.data(), values.data(), whole.data(), dim});
            EXPECT_TRUE(sameBytes(paged({0, 1}, {{0, 90}}), whole)) << pathName(path);
            const auto cut = paged({0, 4}, {{0, 33}, {33, 0}, {33, 1}, {34, 56}});
            // On the processor scores of single rows are added in another order than eight at a time.
            expectClose(cut, whole, 1e-6, pathName(path));
        }
        // Three rows with pages of their own, some shared, in any order.
        expectPathsAgree(
            [&] {
                return paged({0, 1, 3, 6}, {{5, 20}, {5, 20}, {80, 3}, {88, 1}, {5, 20}, {2, 1}});
            },
            1e-5, "paged attention");
    }
}

TEST(PagedAttention, ARowSeesItsPagesAndNothingElse)
{
    const Settings settings;
    const Floats query(4, 0.0f), keys(10, 1.0f), values{1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
    const std::vector<std::int64_t> offsets{0, 1, 3, 5, 6};
    const std::vector<KeptPage> pages{{0, 2}, {9, 1}, {0, 1}, {4, 1}, {3, 3}, {7, 1}};
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats output(4);
        pagedAttention({4, 10, 1, 1.0f, offsets, pages, query.data(), 1, keys.data(), values.data(), output.data(), 1});
        EXPECT_EQ(output, (Floats{1.5f, 256.5f, 18.0f, 128.0f}))
            << pathName(path); // plain means; page {3, 3} with {4, 1}
    }
}

TEST(CachedAttention, HugeScoresStayFinite)
{
    const Settings settings;
    const Floats query{1e18f}, keys{1e18f, -1e18f, 1e18f}, values{2, 50, 4};
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats output(1);
        cachedAttention({1, 3, 1, 1.0f, query.data(), 1, keys.data(), values.data(), output.data(), 1});
        EXPECT_EQ(output[0], 3.0f) << pathName(path);
    }
}

} // namespace
} // namespace recoscope::kernels
