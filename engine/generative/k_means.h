// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// k-means (Lloyd) from a k-means++ start (Arthur & Vassilvitskii 2007) over rows of a matrix. The same bytes for the
// same seed on one kernel path, whatever the number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/core/progress.h"
#include "engine/core/random.h"

namespace recoscope {

// Row-major, contiguous; not owned.
struct MatrixRows {
    const float* values = nullptr; // [rows, width]
    std::int64_t rows = 0, width = 0;

    const float* row(std::int64_t i) const { return values + i * width; }
};

struct Clusters {
    std::int64_t codes = 0; // fewer than asked for where fewer rows differ
    std::vector<float> centroids; // [codes, width]
    std::vector<std::int32_t> codeOf; // [rows] the nearest; ties: the lowest code
};

struct ClusterRequest {
    std::int64_t codes = 0; // 1 .. rows
    int iterations = 0; // at most; ends when no row changes its code
};

// A code that lost all its rows goes to the row farthest from its centroid. Cancellable between passes over the rows.
Clusters kMeans(
    const MatrixRows& points, const ClusterRequest& request, RandomStream& random, const Progress& progress);

} // namespace recoscope
