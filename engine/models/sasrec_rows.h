// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The layers of SASRec one row at a time, with the keys and values of the rows before it. A copy of the weights, no
// tensors, no gradient. Const calls are thread-safe.
#pragma once

#include <vector>

#include "engine/models/sasrec_network.h"
#include "engine/nn/step_layers.h"

namespace recoscope {

class SasRecRows {
public:
    explicit SasRecRows(const SasRec& model);

    // Keys and values of one layer: [heads][rows][headDim] each, grown by one row a head at each call.
    struct Cache {
        std::vector<nn::StepVector> keys, values; // [heads]
    };
    std::vector<Cache> emptyCaches() const; // [layers]
    // The next row, [D], through all layers and the final norm.
    nn::StepVector operator()(nn::StepVector x, std::vector<Cache>& caches) const;

    const SasRecShape shape;

private:
    struct LayerWeights {
        nn::StepNorm norm1, norm2;
        nn::StepLinear qkv, out, w1, w2, w3, gate1, gate2;
    };
    nn::StepVector layer(const LayerWeights& w, Cache& cache, const nn::StepVector& x) const;
    nn::StepVector attend(
        const LayerWeights& w, Cache& cache, const nn::StepVector& queries, const nn::StepVector& rows) const;
    nn::StepVector gate(const nn::StepLinear& linear, const nn::StepVector& raw, nn::StepVector rows) const;
    nn::StepVector feedForward(const LayerWeights& w, const nn::StepVector& x) const;

    nn::StepNorm m_finalNorm;
    std::vector<LayerWeights> m_layers;
};

} // namespace recoscope
