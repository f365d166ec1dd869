// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Semantic ids: items named by residual quantisation of their vectors, in the way of TIGER (Rajput et al., NeurIPS
// 2023) with codebooks from k-means instead of a trained autoencoder. Level l has the code of the centroid nearest to
// what the levels before leave of the vector, then a token tells items of the same codes apart:
//   r_0 = x - mean,  c_l = argmin_j |r_l - b_lj|,  r_{l+1} = r_l - b_{l,c_l}
// Deterministic: a function of the vectors and the seed on one kernel path.
#pragma once

#include "engine/core/progress.h"
#include "engine/generative/k_means.h"
#include "engine/generative/token_sequences.h"

namespace recoscope {

struct QuantiserOptions {
    std::int64_t levels = 3; // 1 .. 16
    std::int64_t codes = 256; // of each level: 2 .. items, at most 65,536
    int iterations = 30; // of k-means, at most
    std::uint64_t seed = 1;
};

struct CodeLevel {
    std::int64_t codes = 0; // of the codebook; fewer than asked for where fewer residuals differ
    std::vector<float> centroids; // [codes, width]
    std::int64_t used = 0; // codes that an item has
    double perplexity = 0.0; // exp of the entropy of the usage: as many codes, used alike
    double largestShare = 0.0; // of the items, by the most frequent code
    double unexplained = 0.0; // mean |r_{l+1}|² over mean |r_0|²; 0 where all vectors are equal
};

struct SemanticIds {
    // Level l uses the tokens l * codes .. (l+1) * codes - 1; collisions those behind. levels + 1 tokens an item.
    TokenSequences sequences;
    std::vector<float> mean; // [width]
    std::vector<CodeLevel> levels;
    NameCollisions collisions; // items of the same codes
};

// Vectors [items, width]. Error{Input} for none at all, values that are not finite or too large to square, and a row of
// zeros, each with the item; Error{Usage} for options out of range and for more codes than items.
SemanticIds quantise(const MatrixRows& vectors, const QuantiserOptions& options, Progress& progress);

} // namespace recoscope
