// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the doorway of linearCrossEntropy (cross_entropy_ops.cpp) and its kernels share: a block of rows on its way
// through the catalogue, chunk by chunk.
#pragma once

#include <cstdint>

namespace recoscope::kernels {

struct CrossEntropyBlock {
    static constexpr std::int64_t rowStep = 32; // rows are padded to a multiple, so that panels of any path are whole
    static constexpr std::int64_t chunkItems = 256; // the exponentials of a chunk stay in the second cache

    std::int64_t rows = 0, paddedRows = 0, width = 0;
    const float* hidden = nullptr; // [rows, width]
    // The same transposed, a panel of rows at a time: [paddedRows / panel][width][panel], zeros past the last row. The
    // panel is as wide as the path wants it (KernelTable::crossEntropyPanel).
    const float* panels = nullptr;
    std::int64_t panel = 0;
    const float* table = nullptr; // [items, width]
    const float* bias = nullptr; // [items] or null
    const std::int32_t* targets = nullptr; // [rows]
    float* targetLogit = nullptr; // [rows]
    float* gradTable = nullptr; // [items, width], added to
    float* gradBias = nullptr; // [items], added to; or null

    // Floats between the panels of exponentials of one chunk; off the power of two, which would put them in one set of
    // the cache.
    std::int64_t panelStride() const { return (chunkItems + 1) * panel; }
    std::int64_t chunkFloats() const { return paddedRows / panel * panelStride(); }
};

} // namespace recoscope::kernels
