// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The layers of SASRec on new rows behind rows whose keys and values are kept: on one event, or on a whole history. A
// copy of the weights, no tensors in between, no gradient. Const calls are thread-safe.
#pragma once

#include <vector>

#include "engine/kernels/ops.h"
#include "engine/models/sasrec_network.h"
#include "engine/nn/step_layers.h"

namespace recoscope {

class SasRecRows {
public:
    explicit SasRecRows(const SasRec& model);

    // Keys and values of one layer: [heads][rows][headDim] each.
    struct Cache {
        std::vector<nn::StepVector> keys, values; // [heads]
    };
    std::vector<Cache> emptyCaches(std::int64_t expectedRows = 0) const; // [layers]
    // The next rows [N, D], at least one, through all layers; the caches gain them. Gives what the head makes of the
    // last one, [D]. What the caches hold before `first` is of other sequences.
    nn::StepVector operator()(nn::StepVector rows, std::vector<Cache>& caches, std::int64_t first = 0) const;

    // Which rows of the caches each of some rows sees.
    struct Pages {
        std::vector<std::int64_t> offsets{0}; // [N+1]
        std::vector<kernels::KeptPage> pages;
    };
    // Rows [N, D], at least one, that go on from different ones: the caches gain them as they come, and each sees its
    // own pages, which name the row itself too. Gives what the head makes of all, [N, D].
    nn::StepVector branches(nn::StepVector rows, std::vector<Cache>& caches, const Pages& seen) const;

    const SasRecShape shape;

private:
    struct LayerWeights {
        nn::StepNorm norm1, norm2;
        nn::StepLinear query, keyValue, out, w1, w2, w3, gate1, gate2;
    };
    // What the new rows see of the caches, all rows from `first` on up to themselves or pages; and whether all of them
    // leave the layer or the last one alone.
    struct Reading {
        bool lastAlone = false;
        std::int64_t first = 0;
        const Pages* pages = nullptr;
    };
    nn::StepVector asked(const nn::StepVector& rows, const Reading& reading) const;
    nn::StepVector layer(const LayerWeights& w, Cache& cache, const nn::StepVector& x, const Reading& reading) const;
    nn::StepVector attend(const LayerWeights& w, Cache& cache, const nn::StepVector& queries,
        const nn::StepVector& rows, const Reading& reading) const;
    nn::StepVector mixed(const nn::StepVector& qkv, const Cache& cache, const Reading& reading) const;
    nn::StepVector mixedPages(const nn::StepVector& qkv, const Cache& cache, const Pages& pages) const;
    nn::StepVector feedForward(const LayerWeights& w, const nn::StepVector& x) const;
    nn::StepVector head(nn::StepVector x) const;

    nn::StepNorm m_finalNorm;
    nn::StepLinear m_dense;
    std::vector<LayerWeights> m_layers;
};

} // namespace recoscope
