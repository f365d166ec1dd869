// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The layers of SASRec on new rows behind rows whose keys and values are kept: on one event, or on a whole history. A
// copy of the weights, no tensors in between, no gradient. Const calls are thread-safe.
#pragma once

#include <vector>

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
    std::vector<Cache> emptyCaches() const; // [layers]
    // The next rows [N, D], at least one, through all layers; the caches gain them. Gives what the head makes of the
    // last one, [D].
    nn::StepVector operator()(nn::StepVector rows, std::vector<Cache>& caches) const;

    const SasRecShape shape;

private:
    struct LayerWeights {
        nn::StepNorm norm1, norm2;
        nn::StepLinear query, keyValue, out, w1, w2, w3, gate1, gate2;
    };
    // How many of the new rows leave a layer: all, or the last one alone.
    enum class Asked { All, Last };
    nn::StepVector asked(const nn::StepVector& rows, Asked which) const;
    nn::StepVector layer(const LayerWeights& w, Cache& cache, const nn::StepVector& x, Asked which) const;
    nn::StepVector attend(const LayerWeights& w, Cache& cache, const nn::StepVector& queries,
        const nn::StepVector& rows, Asked which) const;
    nn::StepVector mixed(const nn::StepVector& qkv, const Cache& cache, Asked which) const;
    nn::StepVector feedForward(const LayerWeights& w, const nn::StepVector& x) const;
    nn::StepVector head(nn::StepVector x) const;

    nn::StepNorm m_finalNorm;
    nn::StepLinear m_dense;
    std::vector<LayerWeights> m_layers;
};

} // namespace recoscope
