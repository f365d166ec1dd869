// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A small known problem for the words of wgmma.h: a product of two matrices whose tiles the hardware copies, and that
// product, rounded, times a third matrix, from registers and by rows. The same by fragments (tensor_tiles.h). All
// numbers are small integers, so sums are exact in any order and both must give the same bytes.
#pragma once

#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/tensor_tiles.h"
#include "engine/kernels/cuda/wgmma.h"
#include "engine/kernels/device_memory.h"

#include <vector>

namespace recoscope::kernels::cuda {

constexpr int probeWidth = 2 * groupSide; // of left and right; two tiles each

struct GroupProbe {
    static constexpr int threads = groupThreads;
    static constexpr int tiles = 5; // left, right and values
    static constexpr std::int64_t sharedBytes = tiles * groupTileBytes + sizeof(std::uint64_t);

    TileMap left, right, values;
    float *products, *combined; // [64, 64] each

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        char* tile = block.shared();
        auto* arrival = reinterpret_cast<std::uint64_t*>(tile + tiles * groupTileBytes);
        const auto at = [&](int i) { return block.address(tile + i * groupTileBytes); };
        typename Block::GroupSums sums, more;
        typename Block::GroupLeft rounded;
        block.phase([&](int t) {
            if (t != 0)
                return;
            block.startArrival(arrival);
            block.expect(arrival, tiles * groupTileBytes);
            for (int i = 0; i < 2; ++i) {
                block.copyTile(left, i * groupSide, 0, tile + i * groupTileBytes, arrival);
                block.copyTile(right, i * groupSide, 0, tile + (2 + i) * groupTileBytes, arrival);
            }
            block.copyTile(values, 0, 0, tile + 4 * groupTileBytes, arrival);
        });
        block.groups([&](int g) {
            block.await(arrival, 0);
            block.fence(g, sums);
            RECOSCOPE_UNROLL
            for (int k = 0; k < probeWidth / groupDepth; ++k)
                block.multiplyTiles(g, sums, columnSlice(at(k / 4), k % 4), columnSlice(at(2 + k / 4), k % 4), k > 0);
            block.commit(g);
            block.settle(g, sums);
        });
        block.phase([&](int t) {
            store(t, sums, products);
            RECOSCOPE_UNROLL
            for (int w = 0; w < sumsOfThread / 2; ++w)
                rounded(t, w) = leftWord(sums(t, 2 * w), sums(t, 2 * w + 1));
        });
        block.groups([&](int g) {
            block.fence(g, more, rounded);
            RECOSCOPE_UNROLL
            for (int k = 0; k < groupSide / groupDepth; ++k)
                block.combine(g, more, rounded, k, rowSlice(at(4), k), k > 0);
            block.commit(g);
            block.settle(g, more, rounded);
        });
        block.phase([&](int t) { store(t, more, combined); });
    }

private:
    template <class Sums> RECOSCOPE_DEVICE static void store(int t, Sums& sums, float* to)
    {
        RECOSCOPE_UNROLL
        for (int i = 0; i < sumsOfThread; ++i)
            to[sumRow(t, i) * groupSide + sumColumn(t, i)] = sums(t, i);
    }
};

// products = left right^T of 64 x 64, a block for each 32 x 32 of it; and rounded.
struct FragmentProbe {
    static constexpr int threads = blockThreads;
    static constexpr int tilesInRow = groupSide / tileSide, blocks = tilesInRow * tilesInRow;
    static constexpr std::int64_t sharedBytes = 2 * stageNumbers * sizeof(Bfloat16) + productNumbers * sizeof(float);

    const Bfloat16 *left, *right; // [64, width]
    std::int64_t width;
    float* products;
    Bfloat16* rounded;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t row = block.index() / tilesInRow * tileSide, column = block.index() % tilesInRow * tileSide;
        SharedRoom room{block.shared()};
        Bfloat16* stages = room.take<Bfloat16>(2 * stageNumbers);
        float* out = room.take<float>(productNumbers);
        tensorProducts(block, {left + row * width, width, tileSide, width},
            {right + column * width, width, tileSide, width}, stages, out);
        block.phase([&](int t) {
            forTile(t, [&](int, int, int r, int c) {
                const std::int64_t at = (row + r) * groupSide + column + c;
                products[at] = out[r * productPitch + c];
                rounded[at] = toBfloat16(out[r * productPitch + c]);
            });
        });
    }
};

struct ProbeResult {
    std::vector<float> byGroup, byFragments; // products [64, 64], combined [64, 64]
};

// Runs on a stream of its own and waits for it. Not while the calling thread captures a graph. Error as the device's.
template <class Launcher> ProbeResult probe(const DeviceApi& device)
{
    constexpr int side = groupSide, outputs = side * side;
    const auto integers = [](int count, int factor) {
        std::vector<Bfloat16> values(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i)
            values[static_cast<std::size_t>(i)] = toBfloat16(static_cast<float>(i * factor % 61 % 7 - 3));
        return values;
    };
    const auto onDevice = [&](const auto& values) {
        DeviceArray<typename std::decay_t<decltype(values)>::value_type> array(
            device, static_cast<std::int64_t>(values.size()));
        array.upload(values);
        return array;
    };
    const std::vector<Bfloat16> values = integers(outputs, 29);
    std::vector<Bfloat16> turned(values.size());
    for (int i = 0; i < outputs; ++i)
        turned[static_cast<std::size_t>(i % side * side + i / side)] = values[static_cast<std::size_t>(i)];
    const auto left = onDevice(integers(side * probeWidth, 17)), right = onDevice(integers(side * probeWidth, 23));
    const auto rows = onDevice(values), columns = onDevice(turned);
    const std::vector<float> nothing(2 * outputs, std::numeric_limits<float>::quiet_NaN());
    auto byGroup = onDevice(nothing), byFragments = onDevice(nothing);
    DeviceArray<Bfloat16> rounded(device, outputs), unused(device, outputs);

    const DeviceStream stream(device);
    DeviceCall call;
    call.stream = stream.get();
    Launcher launcher(call);
    const auto map = [&](const DeviceArray<Bfloat16>& matrix, std::int64_t width) {
        return launcher.tileMap({matrix.data(), side, width, width, side});
    };
    launcher.launch(GroupProbe{map(left, probeWidth), map(right, probeWidth), map(rows, side), byGroup.data(),
                        byGroup.data() + outputs},
        1, GroupProbe::sharedBytes);
    launcher.launch(FragmentProbe{left.data(), right.data(), probeWidth, byFragments.data(), rounded.data()},
        FragmentProbe::blocks, FragmentProbe::sharedBytes);
    launcher.launch(FragmentProbe{rounded.data(), columns.data(), side, byFragments.data() + outputs, unused.data()},
        FragmentProbe::blocks, FragmentProbe::sharedBytes);
    stream.synchronise();
    return {byGroup.download(), byFragments.download()};
}

} // namespace recoscope::kernels::cuda
