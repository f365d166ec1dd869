// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/hstu_layer.h"

#include "engine/kernels/hstu_layer.h"
#include "engine/nn/graph_call.h"
#include "engine/nn/kernel_call.h"

namespace recoscope::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

namespace {

template <class Number> Number* memoryOf(const Tensor& t)
{
    return t.defined() ? t.data_ptr<Number>() : nullptr;
}

// What the operation writes besides its output: `slope` and `moments` [4, T] for the backward only.
struct LayerMemory {
    Tensor projected, mixed, slope, moments;

    LayerMemory() = default;
    LayerMemory(const Tensor& x, const HstuAttention& h, bool keep)
        : projected(torch::empty({x.size(0), h.rowWidth()}, x.options()))
        , mixed(torch::empty({x.size(0), h.valueWidth()}, x.options()))
    {
        if (!keep)
            return;
        slope = torch::empty_like(projected);
        moments = torch::empty({4, x.size(0)}, x.options());
    }
};

kernels::HstuLayerForward layerArguments(
    const Tensor& x, const HstuLayer& layer, Dropout drop, const LayerMemory& memory)
{
    const HstuAttention& h = layer.attention;
    kernels::HstuLayerForward a;
    a.offsets = numbersOf(h.offsets);
    a.width = x.size(1);
    a.heads = h.heads;
    a.queryDim = h.queryDim;
    a.valueDim = h.valueDim;
    a.epsilon = static_cast<float>(layer.epsilon);
    a.input = memoryOf<float>(x);
    a.weight = memoryOf<float>(layer.weight);
    a.bias = memoryOf<float>(layer.bias);
    a.scale = static_cast<float>(h.scale);
    a.normaliser = static_cast<float>(h.normaliser);
    a.positionBias = memoryOf<float>(h.positionBias);
    a.positions = h.positionBias.defined() ? h.positionBias.size(0) : 0;
    a.timeBias = memoryOf<float>(h.timeBias);
    if (h.timeBias.defined()) {
        a.timeBuckets = h.timeBias.size(0) - 1;
        a.queryTimes = memoryOf<std::int64_t>(h.queryTimes);
        a.keyTimes = memoryOf<std::int64_t>(h.keyTimes);
    }
    a.outWeight = memoryOf<float>(layer.out.weight);
    a.outBias = memoryOf<float>(layer.out.bias);
    a.dropout = drop.probability;
    a.seed = drop.seed;
    a.projected = memoryOf<float>(memory.projected);
    a.mixed = memoryOf<float>(memory.mixed);
    a.slope = memoryOf<float>(memory.slope);
    if (memory.moments.defined()) {
        a.mean = memoryOf<float>(memory.moments);
        a.inverseSigma = a.mean + x.size(0);
        a.mixedMean = a.inverseSigma + x.size(0);
        a.mixedInverseSigma = a.mixedMean + x.size(0);
    }
    return a;
}

class HstuLayerFunction : public torch::autograd::Function<HstuLayerFunction> {
public:
    // The tensors of the layer are arguments so that their gradients have a place.
    static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight,
        const std::optional<Tensor>& bias, const std::optional<Tensor>& positionBias,
        const std::optional<Tensor>& timeBias, const Tensor& outWeight, const Tensor& outBias, const HstuLayer& layer,
        Dropout drop, bool keep)
    {
        const HstuAttention& h = layer.attention;
        const LayerMemory memory(x, h, keep);
        Tensor output = torch::empty_like(x);
        auto a = layerArguments(x, layer, drop, memory);
        a.output = output.data_ptr<float>();
        runKernel(x, a, h.offsets);
        if (!keep)
            return output;
        ctx->save_for_backward({x, weight, bias.value_or(Tensor()), positionBias.value_or(Tensor()),
            timeBias.value_or(Tensor()), outWeight, outBias, h.offsets, h.queryTimes, h.keyTimes, memory.projected,
            memory.mixed, memory.slope, memory.moments});
        h.save(ctx);
        ctx->saved_data["epsilon"] = layer.epsilon;
        saveDropout(ctx, drop);
        return output;
    }

    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        const Tensor x = saved[0], gradOutput = grads[0].contiguous();
        LayerMemory memory;
        const HstuLayer layer = savedLayer(ctx, saved, memory);
        kernels::HstuLayerBackward b;
        b.forward = layerArguments(x, layer, savedDropout(ctx), memory);
        b.gradOutput = gradOutput.const_data_ptr<float>();
        const auto like = [](const Tensor& t) { return t.defined() ? torch::empty_like(t) : Tensor(); };
        const Tensor gradInput = like(x), gradProjected = like(memory.projected), gradMixed = like(memory.mixed);
        std::vector<Tensor> ofWeights; // as they are saved
        for (std::size_t i = 1; i <= 6; ++i)
            ofWeights.push_back(like(saved[i]));
        b.gradInput = memoryOf<float>(gradInput);
        b.gradProjected = memoryOf<float>(gradProjected);
        b.gradMixed = memoryOf<float>(gradMixed);
        float** const gradients[]
            = {&b.gradWeight, &b.gradBias, &b.gradPositionBias, &b.gradTimeBias, &b.gradOutWeight, &b.gradOutBias};
        for (std::size_t i = 0; i < ofWeights.size(); ++i)
            *gradients[i] = memoryOf<float>(ofWeights[i]);
        runKernel(x, b, layer.attention.offsets);
        return {gradInput, ofWeights[0], ofWeights[1], ofWeights[2], ofWeights[3], ofWeights[4], ofWeights[5], Tensor(),
            Tensor(), Tensor()};
    }

private:
    static HstuLayer savedLayer(AutogradContext* ctx, const std::vector<Tensor>& saved, LayerMemory& memory)
    {
        HstuLayer layer;
        HstuAttention& h = layer.attention = HstuAttention::saved(ctx);
        layer.weight = saved[1];
        layer.bias = saved[2];
        h.positionBias = saved[3];
        h.timeBias = saved[4];
        layer.out.weight = saved[5];
        layer.out.bias = saved[6];
        h.offsets = saved[7];
        h.queryTimes = saved[8];
        h.keyTimes = saved[9];
        memory.projected = saved[10];
        memory.mixed = saved[11];
        memory.slope = saved[12];
        memory.moments = saved[13];
        layer.epsilon = ctx->saved_data["epsilon"].toDouble();
        return layer;
    }
};

} // namespace

bool HstuLayer::takes(const Tensor& x) const
{
    return x.scalar_type() == torch::kFloat32 && !attention.firstQueries.defined()
        && (x.is_cpu() || kernels::fitsOneLaunch(layerArguments(x, *this, {}, {})));
}

Tensor HstuLayer::operator()(const Tensor& x, Dropout drop) const
{
    return graphCall<HstuLayerFunction>(x.contiguous(), weight, optionalOf(bias), optionalOf(attention.positionBias),
        optionalOf(attention.timeBias), out.weight, out.bias, *this, drop, torch::GradMode::is_enabled());
}

} // namespace recoscope::nn
