// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Random HSTU attention: values, queries and keys side by side, biases by distance and time or none.
#pragma once

#include "tests/engine/kernels/kernel_test.h"

#include <algorithm>

namespace recoscope::kernels {

struct HstuGradients {
    Floats projected, positionBias, timeBias;
};

struct HstuCase {
    std::int64_t heads, queryDim, valueDim, rows;
    std::vector<std::int64_t> offsets, queryTimes, keyTimes;
    Floats projected, gradOutput, positionBias, timeBias;
    std::vector<std::int64_t> firstQueries = {};

    HstuCase(std::uint64_t seed, std::int64_t h, std::int64_t q, std::int64_t v,
        const std::vector<std::int64_t>& lengths, bool biases)
        : heads(h)
        , queryDim(q)
        , valueDim(v)
        , offsets(offsetsOf(lengths))
    {
        Random random(seed);
        rows = offsets.back();
        projected = random.normal(rows * rowStride(), 0.7);
        gradOutput = random.normal(rows * h * v);
        std::int64_t now = 1'000'000'000;
        for (std::int64_t t = 0; t < rows; ++t) {
            now += random.size(t % 3 == 0 ? 100 : 400'000); // some within a minute, some days apart
            keyTimes.push_back(now);
        }
        for (std::int64_t t = 0; t < rows; ++t)
            queryTimes.push_back(t + 1 < rows ? keyTimes[t + 1] : now + 50);
        if (!biases)
            return;
        positionBias = random.normal(*std::max_element(lengths.begin(), lengths.end()), 0.5);
        timeBias = random.normal(129, 0.5);
    }
    std::int64_t rowStride() const { return heads * (valueDim + 2 * queryDim) + 3; }
    HstuAttentionForward arguments(Floats& output) const
    {
        output.resize(rows * heads * valueDim);
        HstuAttentionForward a;
        a.offsets = offsets;
        a.heads = heads;
        a.queryDim = queryDim;
        a.valueDim = valueDim;
        a.scale = 0.9f;
        a.value = projected.data();
        a.query = a.value + heads * valueDim;
        a.key = a.query + heads * queryDim;
        a.rowStride = rowStride();
        if (!positionBias.empty()) {
            a.positionBias = positionBias.data();
            a.positions = static_cast<std::int64_t>(positionBias.size());
            a.timeBias = timeBias.data();
            a.queryTimes = queryTimes.data();
            a.keyTimes = keyTimes.data();
        }
        a.output = output.data();
        a.firstQueries = firstQueries;
        return a;
    }
    Floats forward() const
    {
        Floats output;
        hstuAttentionForward(arguments(output));
        return output;
    }
    HstuGradients gradients() const
    {
        Floats output;
        HstuGradients g{Floats(projected.size()), Floats(positionBias.size()), Floats(timeBias.size())};
        HstuAttentionBackward b;
        b.forward = arguments(output);
        b.gradOutput = gradOutput.data();
        b.gradValue = g.projected.data();
        b.gradQuery = b.gradValue + heads * valueDim;
        b.gradKey = b.gradQuery + heads * queryDim;
        b.gradStride = rowStride();
        b.gradPositionBias = g.positionBias.data();
        b.gradTimeBias = g.timeBias.data();
        hstuAttentionBackward(b);
        return g;
    }
    Floats backward() const
    {
        HstuGradients g = gradients();
        append(g.projected, g.positionBias);
        append(g.projected, g.timeBias);
        return g.projected;
    }
};

} // namespace recoscope::kernels
