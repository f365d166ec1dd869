// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A random HSTU layer: all at once, and as the three operations that it stands for.
#pragma once

#include "engine/kernels/hstu_layer.h"
#include "tests/engine/kernels/kernel_test.h"

#include <algorithm>

namespace recoscope::kernels {

// What a layer gives: output and everything that the backward needs.
struct LayerResults {
    Floats projected, mixed, output, slope, moments;

    Floats all() const
    {
        Floats values;
        for (const Floats* part : {&projected, &mixed, &output, &slope, &moments})
            append(values, *part);
        return values;
    }
};

struct LayerGradients {
    Floats input, projected, mixed, weight, bias, positionBias, timeBias, outWeight, outBias;

    Floats ofRows() const
    {
        Floats values = input;
        append(values, projected);
        append(values, mixed);
        return values;
    }
    Floats sums() const
    {
        Floats values;
        for (const Floats* part : {&weight, &bias, &positionBias, &timeBias, &outWeight, &outBias})
            append(values, *part);
        return values;
    }
};

struct Layer {
    std::int64_t width, heads, queryDim, valueDim;
    std::vector<std::int64_t> offsets, queryTimes, keyTimes;
    bool biased;
    float dropout, epsilon = 1e-4f;
    Floats input, weight, bias, positionBias, timeBias, outWeight, outBias, gradOutput;

    Layer(std::uint64_t seed, std::int64_t d, std::int64_t h, std::int64_t q, std::int64_t v,
        const std::vector<std::int64_t>& lengths, bool biases = true, float drop = 0.0f)
        : width(d)
        , heads(h)
        , queryDim(q)
        , valueDim(v)
        , offsets(offsetsOf(lengths))
        , biased(biases)
        , dropout(drop)
    {
        Random random(seed);
        const std::int64_t rows = offsets.back(), row = 2 * h * (q + v);
        input = random.normal(rows * d);
        weight = random.normal(d * row, 1.0 / std::sqrt(static_cast<double>(d)));
        bias = random.normal(row, 0.3);
        positionBias = random.normal(lengths.empty() ? 0 : *std::max_element(lengths.begin(), lengths.end()), 0.5);
        timeBias = random.normal(129, 0.5);
        outWeight = random.normal(d * h * v, 1.0 / std::sqrt(static_cast<double>(h * v)));
        outBias = random.normal(d);
        gradOutput = random.normal(rows * d);
        std::int64_t now = 1'000'000'000;
        for (std::int64_t t = 0; t < rows; ++t) {
            keyTimes.push_back(now);
            queryTimes.push_back(now += random.size(t % 3 == 0 ? 100 : 400'000));
        }
    }

    HstuLayerForward arguments(LayerResults& r) const
    {
        HstuLayerForward a;
        a.offsets = offsets;
        a.width = width;
        a.heads = heads;
        a.queryDim = queryDim;
        a.valueDim = valueDim;
        a.epsilon = epsilon;
        a.scale = 0.8f;
        a.input = input.data();
        a.weight = weight.data();
        if (biased) {
            a.bias = bias.data();
            a.positionBias = positionBias.data();
            a.positions = static_cast<std::int64_t>(positionBias.size());
            a.timeBias = timeBias.data();
            a.queryTimes = queryTimes.data();
            a.keyTimes = keyTimes.data();
        }
        a.outWeight = outWeight.data();
        a.outBias = outBias.data();
        a.dropout = dropout;
        a.seed = 91;
        const std::int64_t rows = offsets.back();
        r.projected.resize(rows * a.rowWidth());
        r.mixed.resize(rows * a.valueWidth());
        r.output.resize(rows * width);
        r.slope.resize(rows * a.rowWidth());
        r.moments.resize(4 * rows);
        a.projected = r.projected.data();
        a.mixed = r.mixed.data();
        a.output = r.output.data();
        a.slope = r.slope.data();
        a.mean = r.moments.data();
        a.inverseSigma = a.mean + rows;
        a.mixedMean = a.inverseSigma + rows;
        a.mixedInverseSigma = a.mixedMean + rows;
        return a;
    }
    HstuLayerBackward arguments(LayerResults& r, LayerGradients& g) const
    {
        HstuLayerBackward b;
        b.forward = arguments(r);
        b.gradOutput = gradOutput.data();
        const auto room = [](Floats& values, std::size_t count) {
            values.assign(count, 5.0f);
            return values.data();
        };
        b.gradInput = room(g.input, input.size());
        b.gradProjected = room(g.projected, r.projected.size());
        b.gradMixed = room(g.mixed, r.mixed.size());
        b.gradWeight = room(g.weight, weight.size());
        b.gradOutWeight = room(g.outWeight, outWeight.size());
        b.gradOutBias = room(g.outBias, outBias.size());
        if (biased) {
            b.gradBias = room(g.bias, bias.size());
            b.gradPositionBias = room(g.positionBias, positionBias.size());
            b.gradTimeBias = room(g.timeBias, timeBias.size());
        }
        return b;
    }
    LayerGradients gradientsAtOnce() const
    {
        LayerResults r;
        LayerGradients g;
        const HstuLayerBackward b = arguments(r, g);
        hstuLayerForward(b.forward);
        hstuLayerBackward(b);
        return g;
    }
    LayerGradients gradientsOneByOne() const
    {
        LayerResults r;
        LayerGradients g;
        const HstuLayerBackward b = arguments(r, g);
        hstuLayerForward(b.forward);
        gatedOutputBackward(outputBackwardOf(b));
        hstuAttentionBackward(attentionBackwardOf(b));
        siluProjectionBackward(projectionBackwardOf(b));
        for (std::size_t i = 0; i < g.input.size(); ++i)
            g.input[i] += gradOutput[i];
        return g;
    }
    double loss() const
    {
        LayerResults r;
        hstuLayerForward(arguments(r));
        return weightedSum(r.output, gradOutput);
    }
    Floats atOnce() const
    {
        LayerResults r;
        hstuLayerForward(arguments(r));
        return r.all();
    }
    Floats oneByOne() const
    {
        LayerResults r;
        const HstuLayerForward a = arguments(r);
        siluProjectionForward(projectionOf(a));
        hstuAttentionForward(attentionOf(a));
        gatedOutputForward(outputOf(a));
        return r.all();
    }
};

} // namespace recoscope::kernels
