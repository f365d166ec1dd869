// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Rotary positions: rows that are turned while a tile of them is loaded, gradients that are turned back in the
// registers they were summed in, and rows turned for themselves. Equations: RotaryTables in engine/kernels/ops.h.
#pragma once

#include "engine/kernels/cuda/attention.h"
#include "engine/kernels/cuda/faults.h"

namespace recoscope::kernels::cuda {

struct Turn {
    float cosine, sine;

    RECOSCOPE_DEVICE float first(float x, float y) const { return multiplyAdd(-y, sine, x * cosine); }
    RECOSCOPE_DEVICE float second(float x, float y) const { return multiplyAdd(x, sine, y * cosine); }
    RECOSCOPE_DEVICE Turn back() const { return {cosine, -sine}; }
};

// Pointers as in ops.h, device memory.
struct TurnTables {
    const float *cosine, *sine;
    const std::int32_t* rows; // or null
    std::int64_t positions, half; // half of the width of a head
    std::int32_t* fault;

    // Of numbers i and i + half of row `row` of a sequence that starts at packed row `start`. Zeros outside the tables.
    RECOSCOPE_DEVICE Turn turn(std::int64_t start, std::int64_t row, std::int64_t i) const
    {
        const std::int64_t position = rows ? rows[start + row] : row;
        if (position >= 0 && position < positions)
            return {cosine[position * half + i], sine[position * half + i]};
        raiseFault(fault, Fault::RotaryRows);
        return {0.0f, 0.0f};
    }
};

inline TurnTables turnTables(const RotaryTables& tables, std::int64_t headDim, std::int32_t* fault)
{
    const std::int32_t* rows = tables.rows.empty() ? nullptr : tables.rows.data();
    return {tables.cosine, tables.sine, rows, tables.positions, headDim / 2, fault};
}

// Up to 32 rows of a head, from row `first` of a sequence that starts at packed row `start`.
struct TurnedRows : MatrixRows {
    TurnTables tables;
    std::int64_t start, first;
};

RECOSCOPE_DEVICE void loadTile(const TurnedRows& m, std::int64_t column, float* to, int t)
{
    const std::int64_t d = column + t % tileSide, half = m.tables.half, i = d < half ? d : d - half;
    RECOSCOPE_UNROLL
    for (int r = t / tileSide; r < tileSide; r += blockThreads / tileSide) {
        float number = 0.0f;
        if (r < m.count && d < m.width) {
            const float *x = m.data + r * m.stride + i, *y = x + half;
            const Turn turn = m.tables.turn(m.start, m.first + r, i);
            number = d < half ? turn.first(*x, *y) : turn.second(*x, *y);
        }
        to[r * tilePitch + t % tileSide] = number;
    }
}

// A strip of a turned head: the first half of its chunks has columns of the head's first half and the other the numbers
// that turn together with these, so that both are in one place of one thread's registers.
template <int Chunks> RECOSCOPE_DEVICE std::int64_t turnedColumn(std::int64_t first, int chunk)
{
    return first / 2 + chunk % (Chunks / 2) * tileSide;
}
template <int Chunks> RECOSCOPE_DEVICE std::int64_t chunkColumn(const TurnedRows& m, std::int64_t first, int chunk)
{
    const std::int64_t column = turnedColumn<Chunks>(first, chunk);
    if (column >= m.tables.half)
        return m.width;
    return chunk < Chunks / 2 ? column : m.tables.half + column;
}

struct TurnedShape : AttentionShape {
    TurnTables tables;

    RECOSCOPE_DEVICE TurnedRows queries(const TilePlace& p, std::int64_t first) const
    {
        return {AttentionShape::queries(p, first), tables, p.start, first};
    }
    RECOSCOPE_DEVICE TurnedRows keys(const TilePlace& p, std::int64_t first) const
    {
        return {AttentionShape::keys(p, first), tables, p.start, first};
    }
};

// The numbers turned back: gradients of the rows as they were before they were turned.
template <int Chunks, class Body>
RECOSCOPE_DEVICE void forHead(
    const TurnedShape& shape, int t, const Strip<Chunks>& sums, const TilePlace& place, Body&& body)
{
    RECOSCOPE_UNROLL
    for (int i = 0; i < Chunks / 2; ++i)
        forTile(t, [&](int r, int c, int row, int column) {
            const std::int64_t d = turnedColumn<Chunks>(place.column, i) + column;
            if (place.first + row >= place.length || d >= shape.tables.half)
                return;
            const Turn turn = shape.tables.turn(place.start, place.first + row, d).back();
            const float x = sums.chunk[i].at[r][c], y = sums.chunk[i + Chunks / 2].at[r][c];
            body(row, d, turn.first(x, y));
            body(row, d + shape.tables.half, turn.second(x, y));
        });
}

// One pair of numbers.
struct RotatePair {
    TurnTables tables;
    std::int64_t heads, headDim, inputStride, outputStride;
    const float* input;
    float* output;

    RECOSCOPE_DEVICE void operator()(std::int64_t pair) const
    {
        const std::int64_t i = pair % tables.half, head = pair / tables.half % heads, row = pair / tables.half / heads;
        const float* from = input + row * inputStride + head * headDim + i;
        float* to = output + row * outputStride + head * headDim + i;
        const Turn turn = tables.turn(0, row, i);
        const float x = from[0], y = from[tables.half];
        to[0] = turn.first(x, y);
        to[tables.half] = turn.second(x, y);
    }
};

template <class Launcher> void rotateRows(Launcher& launcher, const RotateRows& a)
{
    const TurnTables tables = turnTables(a.rotary, a.headDim, launcher.call().fault);
    forEach(launcher, a.rows * a.heads * tables.half,
        RotatePair{tables, a.heads, a.headDim, a.inputStride, a.outputStride, a.input, a.output});
}

} // namespace recoscope::kernels::cuda
