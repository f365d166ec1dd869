// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Products of a warp group (wgmma) and copies of tiles (TMA) of compute capability 9.0, as words of the language of
// block.h: where numbers lie, and what names them. The words are DeviceBlock's (device_wgmma.cuh) and, decoding the
// same descriptors and layouts, the emulation's (tests/engine/kernels/emulated_wgmma.h). A Block offers
//
//   groups(body)               body(group) for every group of 128 threads, all its threads at once, then a barrier
//   GroupSums                  64 x 64 float32 sums of a group, of which a thread has 32: x(thread, i), see sumRow()
//   GroupLeft                  64 x 64 bfloat16 numbers of a group in registers, 16 words a thread: x(thread, w)
//   address(p)                 the address of p in shared memory, as descriptors have it
//
// for one thread, in a phase:
//
//   startArrival(arrival)      an mbarrier at `arrival` (8 bytes), for one phase after another of awaited bytes
//   expect(arrival, bytes)     so many bytes will arrive, before the copies that bring them
//   copyTile(map, column, row, to, arrival)   a box of the matrix to shared memory, `to` a multiple of 1,024 bytes;
//                                             what lies outside the matrix arrives as zeros
//
// and within groups():
//
//   await(arrival, parity)     until phase 0, 1, 2, ... of the arrival, of which the parity is given, has all its bytes
//   fence(g, x, ...)           sums and left numbers that threads have read or written may now be multiplied
//   multiplyTiles(g, sums, left, right, add)  sums = or += left right^T: K-major tiles by their descriptors, 16 deep
//   combine(g, sums, left, step, right, add)  sums = or += left right: numbers 16 step to 16 step + 15 of each row of
//                                             `left`, and as many rows of an N-major tile
//   commit(g), settle(g, x, ...)   ends a batch of products; until all of the group's have ended, and x may be touched
//
// Between multiplyTiles() and settle() nobody reads or writes the sums, the left numbers or the tiles. Both sides of a
// product are exact in float32; the order of the sums is the hardware's, the same every time.
//
// Layouts: PTX ISA, "Asynchronous Warpgroup Level Matrix Multiply-Accumulate Instructions" (register fragments of
// m64nNk16, shared memory layouts, matrix descriptor) and "Tensor" (swizzling modes).
#pragma once

#include "engine/kernels/bfloat16.h"
#include "engine/kernels/cuda/block.h"

namespace recoscope::kernels::cuda {

constexpr int groupThreads = 128;
constexpr int groupSide = 64; // rows and columns of a product
constexpr int groupDepth = 16; // of one instruction
constexpr int sumsOfThread = groupSide * groupSide / groupThreads;

// A tile has rows of 64 numbers, 128 bytes, one after the other; in every eight of them, 1,024 bytes, the pieces of 16
// bytes of row r change places: piece c is at c xor r. So neither eight rows nor eight pieces meet in a bank.
constexpr int swizzleRowBytes = groupSide * static_cast<int>(sizeof(Bfloat16)), swizzleBytes = 8 * swizzleRowBytes;
constexpr int groupTileBytes = groupSide * swizzleRowBytes;

// The descriptor of 64 rows, or of 16 rows of an N-major tile, that begin at `address`: bits 0 to 13 the address, 16 to
// 29 the leading byte offset, 32 to 45 the stride byte offset, all over 16, bits 49 to 51 a base offset of 0 (tiles
// start where the pattern does), 62 and 63 the swizzle of 128 bytes. The stride leads from eight rows to the next; the
// leading offset would lead to the next 64 columns, which no product here has.
RECOSCOPE_BOTH constexpr std::uint64_t tileDescriptor(std::uint32_t address)
{
    constexpr std::uint64_t unusedLeading = 1, stride = swizzleBytes / 16, swizzleOf128 = 1;
    return (address & 0x3ffffu) >> 4 | unusedLeading << 16 | stride << 32 | swizzleOf128 << 62;
}

// The 16 columns from 16 `step` on of a K-major tile, and the 16 rows from 16 `step` on of an N-major one.
RECOSCOPE_BOTH constexpr std::uint64_t columnSlice(std::uint32_t tile, int step)
{
    return tileDescriptor(tile + static_cast<std::uint32_t>(step * groupDepth) * sizeof(Bfloat16));
}
RECOSCOPE_BOTH constexpr std::uint64_t rowSlice(std::uint32_t tile, int step)
{
    return tileDescriptor(tile + static_cast<std::uint32_t>(step * groupDepth * swizzleRowBytes));
}

// Number i of thread t (of its group) in the sums. Words of GroupLeft hold numbers 2 w and 2 w + 1 of the same layout,
// the first one in the lower half.
RECOSCOPE_BOTH constexpr int sumRow(int t, int i)
{
    return t % groupThreads / 32 * 16 + t % 32 / 4 + i / 2 % 2 * 8;
}
RECOSCOPE_BOTH constexpr int sumColumn(int t, int i)
{
    return i / 4 * 8 + t % 4 * 2 + i % 2;
}
RECOSCOPE_DEVICE std::uint32_t leftWord(float first, float second)
{
    return toBfloat16(first).bits | static_cast<std::uint32_t>(toBfloat16(second).bits) << 16;
}

// What copyTile() reads: boxes of 64 columns and a number of rows of a matrix in device memory. The hardware's own
// description (CUtensorMap) on a GPU; made by a Launcher's tileMap().
struct alignas(128) TileMap {
    std::uint64_t words[16];
};
struct TileSource {
    const Bfloat16* data; // at a multiple of 16 bytes
    std::int64_t rows, width, stride; // at least one row; the stride, of whole pieces of 16 bytes
    int boxRows; // at most 256
};

} // namespace recoscope::kernels::cuda
