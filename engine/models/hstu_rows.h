// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The layers of HSTU on the newest events behind events whose keys and values are kept: on one event, or on a whole
// history. A copy of the weights, no tensors in between, no gradient. A row has the same bytes however many come at
// once. Const calls are thread-safe.
#pragma once

#include <span>
#include <vector>

#include "engine/models/hstu_network.h"
#include "engine/nn/step_layers.h"

namespace recoscope {

class HstuRows {
public:
    explicit HstuRows(const Hstu& model);

    // Of one layer: [events, heads * valueDim | heads * queryDim], values and keys.
    using Cache = nn::StepVector;
    std::vector<Cache> emptyCaches() const { return std::vector<Cache>(m_layers.size()); }
    std::int64_t keptFloats() const { return shape.heads * (shape.valueDim + shape.queryDim); } // an event and layer

    // The inputs [N, D] of the newest N of the events, at least one, through all layers; the caches, which hold the
    // others, gain them. `times`: of all events, [n]; `asked`: when the event after each is asked for, [n]. Gives the
    // last row, [D], before the head.
    nn::StepVector operator()(nn::StepVector rows, std::vector<Cache>& caches, std::span<const std::int64_t> times,
        std::span<const std::int64_t> asked) const;

    const HstuShape shape;

private:
    struct LayerWeights {
        nn::StepNorm inputNorm, attentionNorm;
        nn::StepLinear gate, valueQueryKey, out; // U; V, Q and K
        nn::StepVector positionBias, timeBias;
    };
    struct Times {
        std::span<const std::int64_t> events, asked;
    };
    // What a layer makes of its input, of all rows or of the last one alone.
    nn::StepVector layer(
        const LayerWeights& w, Cache& cache, const nn::StepVector& x, const Times& times, bool lastAlone) const;
    // A V of the newest `asking` events, whose rows [V | Q | K] are the last of `projected`, [asking, V].
    nn::StepVector mixed(const LayerWeights& w, Cache& cache, const nn::StepVector& projected, const Times& times,
        std::int64_t asking) const;

    std::int64_t m_maxLength;
    std::vector<LayerWeights> m_layers;
};

} // namespace recoscope
