// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Linear layers in tiles, and the norm before or inside them: what goes into a product is made while its tile is
// loaded, so that neither the norm of a row nor what a gate makes of it is ever stored.
#pragma once

#include "engine/kernels/cuda/launcher.h"
#include "engine/kernels/cuda/reduce.h"
#include "engine/kernels/cuda/tiles.h"

namespace recoscope::kernels::cuda {

constexpr int rowsOfWarp = tileSide * 32 / blockThreads; // of the rows of a tile

// Row r of the tile that warp t / 32 has as its number i.
RECOSCOPE_DEVICE int warpRow(int t, int i)
{
    return t / 32 * rowsOfWarp + i;
}

// to = at(row, column), or with `Turned` its transpose; neighbouring threads ask for neighbouring columns.
template <bool Turned, class At> RECOSCOPE_DEVICE void fillTile(float* to, int t, const At& at)
{
    const int column = t % tileSide;
    RECOSCOPE_UNROLL
    for (int row = t / tileSide; row < tileSide; row += blockThreads / tileSide)
        to[Turned ? column * tilePitch + row : row * tilePitch + column] = at(row, column);
}

// Columns [column, column + 32) of rows that are a function of row and column; other kinds of rows may have a way of
// their own.
template <class Rows> RECOSCOPE_DEVICE void fillFrom(float* to, int t, const Rows& rows, std::int64_t column)
{
    fillTile<false>(to, t, [&](int r, int c) { return rows(r, column + c); });
}

// sums += left right over terms [0, depth), in ascending order. left(k, to, t) makes columns [k, k + 32) of the left
// matrix, right(k, column, to, t) its partner: terms [k, k + 32) by columns [column, column + 32), of `columns` in all.
// `room` holds two tiles.
template <int Chunks, class Block, class Left, class Right>
RECOSCOPE_DEVICE void addProducts(Block& block, std::int64_t depth, std::int64_t columns, const Left& left,
    const Right& right, float* room, typename Block::template Private<Strip<Chunks>>& sums)
{
    float* other = room + tileFloats;
    for (std::int64_t k = 0; k < depth; k += tileSide) {
        const int terms = static_cast<int>(smaller<std::int64_t>(tileSide, depth - k));
        RECOSCOPE_UNROLL
        for (int i = 0; i < Chunks; ++i) {
            if (i * tileSide >= columns)
                continue;
            block.phase([&](int t) {
                if (i == 0)
                    left(k, room, t);
                right(k, i * tileSide, other, t);
            });
            block.phase([&](int t) {
                Tile sum = sums(t).chunk[i];
                for (int n = 0; n < terms; ++n)
                    forTile(t, [&](int r, int c, int row, int column) {
                        sum.at[r][c]
                            = multiplyAdd(room[row * tilePitch + n], other[n * tilePitch + column], sum.at[r][c]);
                    });
                sums(t).chunk[i] = sum;
            });
        }
    }
}

// A matrix [depth, width] as the right side: its columns from `first` on.
struct PlainWeights {
    const float* weight;
    std::int64_t depth, width, first;

    RECOSCOPE_DEVICE void operator()(std::int64_t k, std::int64_t column, float* to, int t) const
    {
        const std::int64_t from = first + column;
        fillTile<false>(to, t, [&](int r, int c) {
            return k + r < depth && from + c < width ? weight[(k + r) * width + from + c] : 0.0f;
        });
    }
};

// The transpose of a matrix [width, depth].
struct TurnedWeights {
    const float* weight;
    std::int64_t depth, width, first;

    RECOSCOPE_DEVICE void operator()(std::int64_t k, std::int64_t column, float* to, int t) const
    {
        const std::int64_t from = first + column;
        fillTile<true>(to, t, [&](int r, int c) {
            return k + c < depth && from + r < width ? weight[(from + r) * depth + k + c] : 0.0f;
        });
    }
};

// Up to 32 rows x, or their norms (x - mean) / sigma; zeros outside them.
struct NormedRows {
    MatrixRows rows;
    const float *mean, *inverse; // of these rows; null: x itself

    RECOSCOPE_DEVICE float operator()(std::int64_t row, std::int64_t column) const
    {
        if (row >= rows.count || column >= rows.width)
            return 0.0f;
        const float x = rows.data[row * rows.stride + column];
        return mean ? (x - mean[row]) * inverse[row] : x;
    }
};

// Rows [first, end), at most 32, of a matrix without gaps, and what is known of all its rows.
RECOSCOPE_DEVICE NormedRows normedRows(
    const float* x, std::int64_t width, const float* mean, const float* inverse, std::int64_t first, std::int64_t end)
{
    return {rowsFrom(x, width, width, first, end), mean ? mean + first : nullptr, mean ? inverse + first : nullptr};
}

constexpr int momentFloats = 2 * tileSide;

// Finds mean and 1/sigma of the rows, a warp for eight of them, in `moments` [momentFloats] in shared memory and, where
// these are not null, in those of the whole matrix.
template <class Block>
RECOSCOPE_DEVICE void findMoments(
    Block& block, NormedRows& x, float epsilon, float* moments, std::int64_t first, float* means, float* inverses)
{
    const MatrixRows m = x.rows;
    const float width = static_cast<float>(m.width);
    typename Block::template Private<float> sum[rowsOfWarp], squares[rowsOfWarp];
    const auto forRow = [&](int t, int i, auto&& body) {
        for (std::int64_t d = t % 32; warpRow(t, i) < m.count && d < m.width; d += 32)
            body(m.data[warpRow(t, i) * m.stride + d]);
    };
    block.phase([&](int t) {
        RECOSCOPE_UNROLL
        for (int i = 0; i < rowsOfWarp; ++i) {
            sum[i](t) = squares[i](t) = 0.0f;
            forRow(t, i, [&](float v) { sum[i](t) += v; });
        }
    });
    RECOSCOPE_UNROLL
    for (int i = 0; i < rowsOfWarp; ++i)
        block.template sum<32>(sum[i]);
    block.phase([&](int t) {
        RECOSCOPE_UNROLL
        for (int i = 0; i < rowsOfWarp; ++i)
            forRow(t, i, [&](float v) {
                const float apart = v - sum[i](t) / width;
                squares[i](t) = multiplyAdd(apart, apart, squares[i](t));
            });
    });
    RECOSCOPE_UNROLL
    for (int i = 0; i < rowsOfWarp; ++i)
        block.template sum<32>(squares[i]);
    block.phase([&](int t) {
        RECOSCOPE_UNROLL
        for (int i = 0; i < rowsOfWarp; ++i) {
            const int row = warpRow(t, i);
            if (t % 32 != 0 || row >= m.count)
                continue;
            moments[row] = sum[i](t) / width;
            moments[tileSide + row] = 1.0f / sqrtf(squares[i](t) / width + epsilon);
            if (means)
                means[first + row] = moments[row];
            if (inverses)
                inverses[first + row] = moments[tileSide + row];
        }
    });
    x.mean = moments;
    x.inverse = moments + tileSide;
}

// dL/dx of the rows from dL/d(norm), in place: `gradient` is the first of them.
template <class Block> RECOSCOPE_DEVICE void normGradient(Block& block, const NormedRows& x, float* gradient)
{
    const std::int64_t width = x.rows.width;
    typename Block::template Private<float> sum[rowsOfWarp], projection[rowsOfWarp];
    const auto forRow = [&](int t, int i, auto&& body) {
        for (std::int64_t d = t % 32; warpRow(t, i) < x.rows.count && d < width; d += 32)
            body(gradient[warpRow(t, i) * width + d], x(warpRow(t, i), d));
    };
    block.phase([&](int t) {
        RECOSCOPE_UNROLL
        for (int i = 0; i < rowsOfWarp; ++i) {
            sum[i](t) = projection[i](t) = 0.0f;
            forRow(t, i, [&](float g, float normed) {
                sum[i](t) += g;
                projection[i](t) = multiplyAdd(g, normed, projection[i](t));
            });
        }
    });
    RECOSCOPE_UNROLL
    for (int i = 0; i < rowsOfWarp; ++i) {
        block.template sum<32>(sum[i]);
        block.template sum<32>(projection[i]);
    }
    block.phase([&](int t) {
        const float perWidth = 1.0f / static_cast<float>(width);
        RECOSCOPE_UNROLL
        for (int i = 0; i < rowsOfWarp; ++i) {
            const float mean = sum[i](t) * perWidth, slope = projection[i](t) * perWidth;
            forRow(t, i,
                [&](float& g, float normed) { g = multiplyAdd(-slope, normed, g - mean) * x.inverse[warpRow(t, i)]; });
        }
    });
}

// sums += the sum over rows r of [begin, end) of left_r right_r^T, of which these are rows from `row` on and columns
// from `column` of `rightWidth` on. Left and Right give tile(first, end), which is a function of a row of the tile and
// a column. `room` holds two tiles.
template <int Chunks, class Block, class Left, class Right>
RECOSCOPE_DEVICE void addOuterProducts(Block& block, const Left& left, const Right& right, std::int64_t begin,
    std::int64_t end, std::int64_t row, std::int64_t column, std::int64_t rightWidth, float* room,
    typename Block::template Private<Strip<Chunks>>& sums)
{
    addProducts<Chunks>(
        block, end - begin, rightWidth - column,
        [&](std::int64_t k, float* to, int t) {
            const auto from = left.tile(begin + k, end);
            fillTile<true>(to, t, [&](int r, int c) { return from(r, row + c); });
        },
        [&](std::int64_t k, std::int64_t further, float* to, int t) {
            fillFrom(to, t, right.tile(begin + k, end), column + further);
        },
        room, sums);
}

// Part [part, leftWidth, rightWidth] of that sum.
template <int Chunks, class Left, class Right> struct OuterProducts {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t columns = Chunks * tileSide, sharedBytes = 2 * tileFloats * sizeof(float);

    Left left;
    Right right;
    std::int64_t rows, rowsOfPart, leftWidth, rightWidth;
    float* out;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t groups = pieces(rightWidth, columns), tiles = pieces(leftWidth, tileSide);
        const std::int64_t column = block.index() % groups * columns, row = block.index() / groups % tiles * tileSide;
        const std::int64_t part = block.index() / groups / tiles, begin = part * rowsOfPart;
        const std::int64_t end = smaller(rows, begin + rowsOfPart);
        typename Block::template Private<Strip<Chunks>> sums;
        clearStrip<Chunks>(block, sums);
        addOuterProducts<Chunks>(
            block, left, right, begin, end, row, column, rightWidth, reinterpret_cast<float*>(block.shared()), sums);
        float* own = out + part * leftWidth * rightWidth;
        block.phase([&](int t) {
            forStrip(t, sums(t), leftWidth - row, column, rightWidth,
                [&](int r, std::int64_t c, float value) { own[(row + r) * rightWidth + c] = value; });
        });
    }
};

// out [leftWidth, rightWidth] = that sum over all rows: in parts whose number depends on the sizes alone, and the parts
// added up in order and in double.
template <class Launcher, class Left, class Right>
void sumOuterProducts(Launcher& launcher, const Left& left, const Right& right, std::int64_t rows,
    std::int64_t leftWidth, std::int64_t rightWidth, float* out)
{
    constexpr std::int64_t wantedBlocks = 1024, leastRows = 128, partFloats = std::int64_t(8) << 20; // 32 MiB
    const std::int64_t numbers = leftWidth * rightWidth;
    withChunks(rightWidth, [&](auto chunks) {
        using Kernel = OuterProducts<chunks.value, Left, Right>;
        const std::int64_t tiles = pieces(leftWidth, tileSide) * pieces(rightWidth, Kernel::columns);
        const std::int64_t most = smaller(wantedBlocks / tiles, partFloats / numbers);
        const std::int64_t wanted = smaller(larger<std::int64_t>(most, 1), pieces(rows, leastRows));
        const std::int64_t rowsOfPart
            = wanted > 0 ? pieces(pieces(rows, wanted), tileSide) * tileSide : std::int64_t(tileSide);
        const std::int64_t parts = pieces(rows, rowsOfPart);
        float* partial = parts == 1 ? out : launcher.template temporary<float>(parts * numbers);
        launcher.launch(
            Kernel{left, right, rows, rowsOfPart, leftWidth, rightWidth, partial}, parts * tiles, Kernel::sharedBytes);
        if (parts != 1)
            sumColumns(launcher, Numbers<float>{partial}, parts, numbers, out);
    });
}

} // namespace recoscope::kernels::cuda
