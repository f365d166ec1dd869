// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The words of wgmma.h on the processor: what a copy puts where, products through descriptors of either major and from
// registers against double precision, phases of arrivals, and that what a GPU would answer with wrong numbers is an
// error here.
#include "engine/kernels/cuda/wgmma_probe.h"
#include "tests/engine/kernels/emulated_device.h"
#include "tests/engine/kernels/emulated_launcher.h"
#include "tests/engine/kernels/kernel_test.h"

#include <functional>

namespace recoscope::kernels {
namespace {

using Block = HostBlock<cuda::groupThreads>;
constexpr int side = cuda::groupSide;

std::vector<Bfloat16> rounded(std::uint64_t seed, std::int64_t count)
{
    std::vector<Bfloat16> values;
    for (const float x : Random(seed).normal(count))
        values.push_back(toBfloat16(x));
    return values;
}

// A block with so many tiles of shared memory and two arrivals behind them.
struct Bench {
    explicit Bench(int tiles)
        : memory(static_cast<std::size_t>(tiles * cuda::groupTileBytes) + 2 * sizeof(std::uint64_t))
        , block(0, memory.data(), false)
        , arrivals(reinterpret_cast<std::uint64_t*>(memory.data() + tiles * cuda::groupTileBytes))
    {
        block.startArrival(arrivals);
        block.startArrival(arrivals + 1);
    }
    char* tile(int i) { return memory.data() + i * cuda::groupTileBytes; }
    std::uint32_t at(int i) { return block.address(tile(i)); }
    void copy(const cuda::TileMap& map, std::int64_t column, std::int64_t row, int to, int arrival = 0)
    {
        block.expect(arrivals + arrival, cuda::groupTileBytes);
        block.copyTile(map, column, row, tile(to), arrivals + arrival);
    }

    std::vector<char> memory;
    Block block;
    std::uint64_t* arrivals;
};

void expectWrong(const std::string& what, const std::function<void()>& body)
{
    try {
        body();
        ADD_FAILURE() << "not found: " << what;
    } catch (const Error& error) {
        EXPECT_NE(error.message().find(what), std::string::npos) << error.message();
    }
}

TEST(Wgmma, ACopyPutsEveryPieceOf16BytesWhereTheSwizzleSays)
{
    constexpr int rows = 70, width = 72, stride = 80;
    std::vector<Bfloat16> matrix(rows * stride);
    for (std::size_t i = 0; i < matrix.size(); ++i)
        matrix[i].bits = static_cast<std::uint16_t>(i + 1);
    for (const auto& [column, row] : {std::pair{0, 0}, {64, 0}, {0, 64}, {64, 64}}) {
        Bench b(1);
        b.copy(emulatedTileMap({matrix.data(), rows, width, stride, side}), column, row, 0);
        b.block.await(b.arrivals, 0);
        const auto* tile = reinterpret_cast<const std::uint16_t*>(b.tile(0));
        for (int r = 0; r < side; ++r)
            for (int c = 0; c < side; ++c) {
                const bool inside = row + r < rows && column + c < width;
                const int expected = inside ? (row + r) * stride + column + c + 1 : 0;
                ASSERT_EQ(tile[r * side + (c / 8 ^ r % 8) * 8 + c % 8], expected) << row << ' ' << r << ' ' << c;
            }
    }
}

TEST(Wgmma, TheDescriptorHasTheFieldsOfThePtxIsa)
{
    const std::uint64_t d = cuda::columnSlice(0x2400, 3);
    EXPECT_EQ(d & 0x3fff, (0x2400 + 96) / 16);
    EXPECT_EQ(d >> 32 & 0x3fff, 1024 / 16);
    EXPECT_EQ(d >> 49 & 7, 0);
    EXPECT_EQ(d >> 62, 1);
    EXPECT_EQ(cuda::rowSlice(0x2400, 3) & 0x3fff, (0x2400 + 3 * 2048) / 16);
    EXPECT_EQ(cuda::tileDescriptor(0x38400) & 0x3fff, 0x38400 / 16 % 0x4000); // the last tile of 227 KiB
}

TEST(Wgmma, EveryNumberOfAProductHasOneThread)
{
    std::vector<int> owners(side * side);
    for (int t = 0; t < cuda::groupThreads; ++t)
        for (int i = 0; i < cuda::sumsOfThread; ++i)
            ++owners[cuda::sumRow(t, i) * side + cuda::sumColumn(t, i)];
    EXPECT_EQ(owners, std::vector<int>(side * side, 1));
    EXPECT_EQ(cuda::sumRow(37, 6), 25); // warp 1, lane 5, d6: row 16 + 5 / 4 + 8, column 8 + 2
    EXPECT_EQ(cuda::sumColumn(37, 6), 10);
}

// left right^T over `steps` steps of 16, and with them from registers times the rows of a third tile.
void expectProducts(int steps)
{
    const std::int64_t width = steps * cuda::groupDepth;
    const auto left = rounded(1, side * width), right = rounded(2, side * width), rows = rounded(3, side * side);
    const int chunks = (steps + 3) / 4;
    Bench b(2 * chunks + 1);
    b.block.expect(b.arrivals, (2 * chunks + 1) * cuda::groupTileBytes);
    for (int i = 0; i < chunks; ++i) {
        b.block.copyTile(emulatedTileMap({left.data(), side, width, width, side}), i * side, 0, b.tile(i), b.arrivals);
        b.block.copyTile(
            emulatedTileMap({right.data(), side, width, width, side}), i * side, 0, b.tile(chunks + i), b.arrivals);
    }
    b.block.copyTile(emulatedTileMap({rows.data(), side, side, side, side}), 0, 0, b.tile(2 * chunks), b.arrivals);
    b.block.await(b.arrivals, 0);
    Block::GroupSums sums, more;
    Block::GroupLeft words;
    b.block.fence(0, sums);
    for (int k = 0; k < steps; ++k)
        b.block.multiplyTiles(
            0, sums, cuda::columnSlice(b.at(k / 4), k % 4), cuda::columnSlice(b.at(chunks + k / 4), k % 4), k > 0);
    b.block.commit(0);
    b.block.settle(0, sums);
    std::vector<double> exact(side * side), weights(side * side);
    for (int t = 0; t < cuda::groupThreads; ++t)
        for (int i = 0; i < cuda::sumsOfThread; ++i) {
            const int row = cuda::sumRow(t, i), column = cuda::sumColumn(t, i);
            double sum = 0.0;
            for (int d = 0; d < width; ++d)
                sum += static_cast<double>(toFloat(left[row * width + d])) * toFloat(right[column * width + d]);
            ASSERT_NEAR(sums(t, i), sum, 1e-4) << row << ' ' << column;
            weights[row * side + column] = toFloat(toBfloat16(sums(t, i)));
            if (i % 2 == 1)
                words(t, i / 2) = cuda::leftWord(sums(t, i - 1), sums(t, i));
        }
    b.block.fence(0, more, words);
    for (int k = 0; k < side / cuda::groupDepth; ++k)
        b.block.combine(0, more, words, k, cuda::rowSlice(b.at(2 * chunks), k), k > 0);
    b.block.commit(0);
    b.block.settle(0, more, words);
    for (int t = 0; t < cuda::groupThreads; ++t)
        for (int i = 0; i < cuda::sumsOfThread; ++i) {
            const int row = cuda::sumRow(t, i), column = cuda::sumColumn(t, i);
            double sum = 0.0;
            for (int d = 0; d < side; ++d)
                sum += weights[row * side + d] * toFloat(rows[d * side + column]);
            ASSERT_NEAR(more(t, i), sum, 1e-3) << row << ' ' << column;
        }
    b.block.finish();
}

TEST(Wgmma, ProductsThroughDescriptorsAndFromRegisters)
{
    for (const int steps : {1, 2, 3, 4, 7, 8, 9})
        expectProducts(steps);
}

TEST(Wgmma, PhasesOfAnArrival)
{
    const auto first = rounded(1, side * side), second = rounded(2, side * side);
    Bench b(1);
    const auto number = [&] { return reinterpret_cast<const Bfloat16*>(b.tile(0))->bits; };
    b.copy(emulatedTileMap({first.data(), side, side, side, side}), 0, 0, 0);
    EXPECT_EQ(number(), 0xFFFF); // nothing has come yet
    b.block.await(b.arrivals, 1); // the phase before the first one is over
    EXPECT_EQ(number(), 0xFFFF);
    b.block.await(b.arrivals, 0);
    EXPECT_EQ(number(), first[0].bits);
    b.copy(emulatedTileMap({second.data(), side, side, side, side}), 0, 0, 0);
    b.block.await(b.arrivals, 0); // and so is that one
    EXPECT_EQ(number(), 0xFFFF);
    b.block.await(b.arrivals, 1);
    EXPECT_EQ(number(), second[0].bits);
    b.block.finish();
}

TEST(Wgmma, WhatWouldBeWrongNowAndThenIsAnErrorHere)
{
    const auto numbers = rounded(1, side * side);
    const cuda::TileMap map = emulatedTileMap({numbers.data(), side, side, side, side});
    const auto start = [](Bench& b, Block::GroupSums& sums) {
        b.block.multiplyTiles(0, sums, cuda::columnSlice(b.at(0), 0), cuda::columnSlice(b.at(0), 0), false);
    };
    Block::GroupSums sums;
    expectWrong("not arrived", [&] {
        Bench b(1);
        b.copy(map, 0, 0, 0);
        b.block.await(b.arrivals, 1); // the wrong phase
        b.block.fence(0, sums);
        start(b, sums);
    });
    expectWrong("never arrives", [] {
        Bench b(1);
        b.block.await(b.arrivals, 0);
    });
    expectWrong("never arrives", [&] {
        Bench b(2);
        b.block.expect(b.arrivals, 2 * cuda::groupTileBytes);
        b.block.copyTile(map, 0, 0, b.tile(0), b.arrivals);
        b.block.await(b.arrivals, 0);
    });
    expectWrong("not expected", [&] {
        Bench b(1);
        b.block.copyTile(map, 0, 0, b.tile(0), b.arrivals);
    });
    expectWrong("without a fence", [&] {
        Bench b(1);
        Block::GroupSums unfenced;
        start(b, unfenced);
    });
    expectWrong("not settled", [&] {
        Bench b(1);
        Block::GroupSums pending;
        b.block.fence(0, pending);
        start(b, pending);
        b.block.commit(0);
        pending(5, 0);
    });
    expectWrong("not settled", [&] { // never committed, so never waited for
        Bench b(1);
        Block::GroupSums pending;
        b.block.fence(0, pending);
        start(b, pending);
        b.block.settle(0, pending);
        pending(5, 0);
    });
    expectWrong("goes over", [&] {
        Bench b(1);
        Block::GroupSums pending;
        b.block.fence(0, pending);
        start(b, pending);
        b.copy(map, 0, 0, 0);
    });
    expectWrong("where the swizzle does", [&] {
        Bench b(2);
        b.block.expect(b.arrivals, cuda::groupTileBytes);
        b.block.copyTile(map, 0, 0, b.tile(0) + 128, b.arrivals);
    });
    expectWrong("ends before", [&] {
        Bench b(1);
        b.copy(map, 0, 0, 0);
        b.block.finish();
    });
    expectWrong("no driver", [&] { emulatedTileMap({numbers.data() + 1, side - 1, side, side, side}); });
}

TEST(Wgmma, TheKnownProblemComesOutAsWithFragments)
{
    const cuda::ProbeResult result = cuda::probe<HostLauncher>(*emulatedDevice());
    EXPECT_TRUE(sameBytes(result.byGroup, result.byFragments));
    EXPECT_NE(result.byGroup.front(), result.byGroup.back());
}

} // namespace
} // namespace recoscope::kernels
