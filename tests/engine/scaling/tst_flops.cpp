// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Operations counted by hand on small shapes, and the published compute of known runs.

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/scaling/flops.h"

namespace recoscope {
namespace {

double part(const FlopCount& count, const std::string& name)
{
    for (const WorkPart& p : count.parts)
        if (p.name == name)
            return p.forward;
    return 0.0;
}

SequenceCounts counted(const std::vector<std::int64_t>& lengths, std::int64_t window = 0)
{
    return countSequences(lengths, window);
}

// Lengths 1, 2 and 4: 7 events; 1 + 3 + 10 causal pairs; 1 + 4 + 16 pairs in all. A window of 3 makes the 4 a 3.
TEST(SequenceCounts, ByHand)
{
    const SequenceCounts counts = counted({1, 2, 4});
    EXPECT_EQ(counts.sequences, 3.0);
    EXPECT_EQ(counts.events, 7.0);
    EXPECT_EQ(counts.causalPairs, 14.0);
    EXPECT_EQ(counts.allPairs, 21.0);
    EXPECT_EQ(counted({1, 2, 4}, 3).causalPairs, 1.0 + 3.0 + 6.0);
    EXPECT_EQ(counted({}).events, 0.0);
    EXPECT_THROW(counted({3, -1}), Error);
}

// Operations of y = W x counted one by one.
double product(int rows, int in, int out)
{
    double operations = 0.0;
    for (int r = 0; r < rows; ++r)
        for (int o = 0; o < out; ++o)
            for (int i = 0; i < in; ++i)
                operations += 2.0;
    return operations;
}

// Width 4, one layer, inner 8, lengths 2 and 3: 5 events, 3 + 6 = 9 pairs; 5 events against 10 items.
TEST(Flops, SasRecByHand)
{
    const FlopCount count = sasRecFlops({.width = 4, .layers = 1, .inner = 8}, counted({2, 3}), {5, 10});
    EXPECT_EQ(part(count, "projections"), 4.0 * product(5, 4, 4));
    EXPECT_EQ(part(count, "attention"), 9.0 * (2.0 * 4 + 2.0 * 4));
    EXPECT_EQ(part(count, "feed-forward"), product(5, 4, 8) + product(5, 8, 4));
    EXPECT_EQ(part(count, "scores"), product(5, 4, 10));
    EXPECT_EQ(count.forward(), 640.0 + 144.0 + 640.0 + 400.0);
    EXPECT_EQ(count.backward(), 2.0 * count.forward());
    EXPECT_EQ(count.total(), 3.0 * 1824.0);
}

TEST(Flops, SasRecVariants)
{
    const SequenceCounts counts = counted({2, 3});
    const FlopCount gated
        = sasRecFlops({.width = 4, .layers = 2, .inner = 8, .swiGlu = true, .gated = true}, counts, {});
    EXPECT_EQ(part(gated, "feed-forward"), 2.0 * 3.0 * product(5, 4, 8));
    EXPECT_EQ(part(gated, "gates"), 2.0 * 2.0 * product(5, 4, 4));
    EXPECT_EQ(part(gated, "scores"), 0.0);
    const FlopCount bert
        = sasRecFlops({.width = 4, .layers = 1, .inner = 8, .denseHead = true, .bidirectional = true}, counts, {2, 10});
    EXPECT_EQ(part(bert, "attention"), (4.0 + 9.0) * 16.0);
    EXPECT_EQ(part(bert, "head"), product(5, 4, 4));
    const FlopCount plain = sasRecFlops({.width = 4, .layers = 1, .inner = 4, .outputProjection = false}, counts, {});
    EXPECT_EQ(part(plain, "projections"), 3.0 * product(5, 4, 4));
    const FlopCount filtered = sasRecFlops({.width = 4, .layers = 2, .inner = 4, .filterFrequencies = 3}, counts, {});
    EXPECT_EQ(part(filtered, "filter"), 2.0 * 5.0 * 3.0 * 4.0 * 8.0);
    EXPECT_EQ(filtered.backward(), 2.0 * filtered.forward() - part(filtered, "filter")); // of fixed eigenvalues
}

// Width 6, 2 heads, queries 2 and values 3 wide: [U V Q K] is 2 * 2 * (3 + 2) = 20 wide.
TEST(Flops, HstuByHand)
{
    const HstuSizes sizes{.width = 6, .layers = 1, .heads = 2, .queryDim = 2, .valueDim = 3, .itemWidth = 5};
    const FlopCount count = hstuFlops(sizes, counted({2, 3}), {5, 10});
    EXPECT_EQ(part(count, "projections"), product(5, 6, 20));
    EXPECT_EQ(part(count, "attention"), 9.0 * 2.0 * (2.0 * 2 + 2.0 * 3));
    EXPECT_EQ(part(count, "output"), product(5, 6, 6));
    EXPECT_EQ(part(count, "scores"), product(5, 5, 10));
    HstuSizes wide = sizes;
    wide.concatenate = true;
    wide.narrowItems = 2;
    EXPECT_EQ(part(hstuFlops(wide, counted({2, 3}), {}), "output"), product(5, 18, 6));
    EXPECT_EQ(part(hstuFlops(wide, counted({2, 3}), {}), "item projection"), product(5, 2, 5));
    EXPECT_EQ(part(hstuFlops(wide, counted({2, 3}), {5, 10}), "item projection"), product(5 + 10, 2, 5));
}

// Width 4, 3 complex channels: B is 4 to 6 real numbers, C 6 to 4. One complex product: 4 multiplications, 2 additions;
// one complex sum: 2 additions.
TEST(Flops, LruRecByHand)
{
    const FlopCount count = lruRecFlops({.width = 4, .layers = 2, .state = 3, .inner = 8}, counted({5}), {1, 10});
    EXPECT_EQ(part(count, "projections"), 2.0 * (product(5, 4, 6) + product(5, 6, 4)));
    EXPECT_EQ(part(count, "recurrence"), 2.0 * 5.0 * 3.0 * (4 + 2 + 2));
    EXPECT_EQ(part(count, "feed-forward"), 2.0 * (product(5, 4, 8) + product(5, 8, 4)));
    EXPECT_EQ(part(count, "scores"), product(1, 4, 10));
}

TEST(Flops, Gru4RecByHand)
{
    const FlopCount count = gru4RecFlops({.embedding = 3, .hidden = 5, .layers = 2}, counted({4}), {4, 10});
    EXPECT_EQ(part(count, "projections"), product(4, 3, 15) + product(4, 5, 15));
    EXPECT_EQ(part(count, "recurrence"), 2.0 * product(4, 5, 15));
    EXPECT_EQ(part(count, "output"), product(4, 5, 3));
    EXPECT_EQ(part(count, "scores"), product(4, 3, 10));
}

// A linear model costs the same per event however events are divided into sequences; attention does not.
TEST(Flops, OnlyAttentionDependsOnHowEventsAreDivided)
{
    const std::vector<std::int64_t> one = {100}, many(10, 10);
    EXPECT_EQ(lruRecFlops({}, counted(one), {}).total(), lruRecFlops({}, counted(many), {}).total());
    const double longer = sasRecFlops({}, counted(one), {}).total(),
                 shorter = sasRecFlops({}, counted(many), {}).total();
    EXPECT_EQ(longer - shorter, 3.0 * 4.0 * 64.0 * 2.0 * (5050.0 - 10.0 * 55.0));
}

// Segments of 3 events, 2 tokens, at least 2 recent events: a history of 9 has 2 segments and 3 recent events, one of 4
// is left as it is.
TEST(Compressed, ByHand)
{
    const std::vector<std::int64_t> lengths = {9, 4};
    const CompressionSizes sizes{.tokens = 2, .segment = 3, .recent = 2};
    const CompressedWork kept = compressedWork(lengths, sizes, CompressionMemory::KeysValues);
    EXPECT_EQ(kept.rows.events, 9.0 + 4.0 + 4.0);
    // Rows of the first segment 15 pairs; of the second 15 and two tokens for each of five rows; three recent events
    // with four tokens each; the short history.
    EXPECT_EQ(kept.rows.causalPairs, 15.0 + (15.0 + 10.0) + (6.0 + 12.0) + 10.0);
    EXPECT_EQ(kept.reread, 0.0);
    // Tokens that do not read see each other: 6 + 3 pairs in place of 15.
    const CompressionSizes blind{.tokens = 2, .segment = 3, .recent = 2, .tokensRead = false};
    EXPECT_EQ(compressedWork(lengths, blind, CompressionMemory::KeysValues).rows.causalPairs,
        kept.rows.causalPairs - 2.0 * (15.0 - 9.0));
    // Sequences of 5, 2 + 5 and 4 + 3 rows; recursive 5, 2 + 5 and 2 + 3.
    const CompressedWork outputs = compressedWork(lengths, sizes, CompressionMemory::Outputs);
    EXPECT_EQ(outputs.rows.events, 5.0 + 7.0 + 7.0 + 4.0);
    EXPECT_EQ(outputs.rows.causalPairs, 15.0 + 28.0 + 28.0 + 10.0);
    EXPECT_EQ(outputs.reread, 6.0);
    const CompressedWork recursive = compressedWork(lengths, sizes, CompressionMemory::Recursive);
    EXPECT_EQ(recursive.rows.causalPairs, 15.0 + 28.0 + 15.0 + 10.0);
    EXPECT_EQ(recursive.reread, 4.0);
}

// Width 4, items 3 wide, 5 classes of feedback, lengths 2 and 3.
TEST(Argus, ByHand)
{
    const std::vector<std::int64_t> lengths = {2, 3};
    ArgusSizes sizes{.layers = {.width = 4, .layers = 1, .inner = 8}, .itemWidth = 3, .feedbackClasses = 5};
    const FlopCount merged = argusFlops(sizes, lengths, true, {5, 11});
    EXPECT_EQ(part(merged, "attention"), 9.0 * 16.0);
    EXPECT_EQ(part(merged, "item widening"), product(5, 3, 4));
    EXPECT_EQ(part(merged, "next-item head"), product(5, 8, 8) + product(5, 8, 3));
    EXPECT_EQ(part(merged, "feedback head"), product(5, 8 + 3, 8) + product(5, 8, 5));
    EXPECT_EQ(part(merged, "scores"), product(5, 3, 11));
    EXPECT_EQ(part(argusFlops(sizes, lengths, false, {}), "feedback head"), 0.0);
    // Sequences of 8 and 11 rows, and the two items asked about are widened, too.
    sizes.interleaved = true;
    const FlopCount interleaved = argusFlops(sizes, lengths, true, {5, 11});
    EXPECT_EQ(part(interleaved, "attention"), (36.0 + 66.0) * 16.0);
    EXPECT_EQ(part(interleaved, "item widening"), product(7, 3, 4));
    EXPECT_EQ(part(interleaved, "feedback head"), product(5, 4, 8) + product(5, 8, 5));
    EXPECT_EQ(part(argusFlops(sizes, lengths, false, {}), "attention"), (28.0 + 55.0) * 16.0);
}

// Sizes that the authors logged.
TEST(Srt, ParametersAreThePublishedOnes)
{
    const auto parameters = [](double width, double layers) {
        return SrtSizes{.width = width, .layers = layers, .inner = width, .tokenWidth = width}
            .parametersWithoutTokens();
    };
    EXPECT_EQ(parameters(32, 1), 10208.0);
    EXPECT_EQ(parameters(64, 8), 213312.0);
    EXPECT_EQ(parameters(128, 4), 437888.0);
    EXPECT_EQ(parameters(256, 24), 9643264.0);
}

TEST(Srt, OperationsByHand)
{
    const SrtSizes sizes{.width = 4, .layers = 1, .inner = 8, .tokenWidth = 3};
    const FlopCount count = srtFlops(sizes, counted({2, 3}), {5, 11}, 16);
    EXPECT_EQ(part(count, "item encoder"), product(16, 6, 4));
    EXPECT_EQ(part(count, "projections"), 4.0 * product(5, 4, 4));
    EXPECT_EQ(part(count, "scores"), product(5, 4, 11));
}

// The smallest and the largest compute of the authors' runs are 2.6e11 and 6.9e16: five epochs of one layer of width 32
// on 80,021 samples, and fifty of sixteen layers of width 256 on 4,077,664, both with 100 negatives.
TEST(Srt, ThePaperUnitGivesTheComputeOfThePublishedRuns)
{
    const SrtSizes small{.width = 32, .layers = 1, .inner = 32, .tokenWidth = 32};
    EXPECT_NEAR(srtPaperCompute(small, 5.0 * 80021.0, 100) / 2.6e11, 1.0, 0.02);
    const SrtSizes large{.width = 256, .layers = 16, .inner = 256, .tokenWidth = 256};
    EXPECT_NEAR(srtPaperCompute(large, 50.0 * 4077664.0, 100) / 6.9e16, 1.0, 0.02);
}

// Two operations a multiply-accumulate, three passes: at full length the paper's unit is a sixth of the real work, or
// less by what attention takes. Short histories cost less than their padding.
TEST(Srt, ThePaperUnitIsASixthOfTheWorkOfFullSequences)
{
    const SrtSizes large{.width = 256, .layers = 16, .inner = 256, .tokenWidth = 256};
    const double unit = srtPaperCompute(large, 1.0, 100);
    const double full = srtFlops(large, counted({50}), {1, 101}, 151).total();
    EXPECT_GT(full / unit, 6.0);
    EXPECT_LT(full / unit, 6.5);
    EXPECT_LT(srtFlops(large, counted({10}), {1, 101}, 111).total() / unit, 2.0);
}

} // namespace
} // namespace recoscope
