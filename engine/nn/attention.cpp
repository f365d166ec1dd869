// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <cmath>

#include "engine/core/error.h"
#include "engine/kernels/ops.h"
#include "engine/nn/functional.h"
#include "engine/nn/graph_call.h"
#include "engine/nn/kernel_call.h"
#include "engine/nn/plain.h"
#include "engine/nn/rotary_tables.h"

namespace recoscope::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::tensor_list;

namespace {

kernels::SoftmaxAttentionForward arguments(const Tensor& qkv, const Tensor& offsets, std::int64_t heads, Dropout drop,
    bool causal, const Tensor& firstQueries, const RotaryAngles& angles)
{
    const std::int64_t width = qkv.size(1) / 3;
    const float* rows = qkv.const_data_ptr<float>();
    kernels::SoftmaxAttentionForward a;
    a.offsets = numbersOf(offsets);
    a.heads = heads;
    a.headDim = width / heads;
    a.scale = 1.0f / std::sqrt(static_cast<float>(a.headDim));
    a.query = rows;
    a.key = rows + width;
    a.value = rows + 2 * width;
    a.rowStride = 3 * width;
    a.dropout = drop.probability;
    a.seed = drop.seed;
    a.causal = causal;
    a.firstQueries = numbersOn(qkv.device(), firstQueries);
    if (angles.cosine.defined())
        a.rotary = kernelTables(angles);
    return a;
}

class SoftmaxAttention : public Function<SoftmaxAttention> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& qkv, const Tensor& offsets, std::int64_t heads,
        Dropout drop, bool causal, const std::optional<Tensor>& firstQueries, const std::optional<Tensor>& cosine,
        const std::optional<Tensor>& sine, const std::optional<Tensor>& positions)
    {
        Tensor output = torch::empty({qkv.size(0), qkv.size(1) / 3}, qkv.options());
        Tensor logSumExp = torch::empty({qkv.size(0), heads}, qkv.options());
        const Tensor first = firstQueries.value_or(Tensor());
        const RotaryAngles angles{cosine.value_or(Tensor()), sine.value_or(Tensor()), positions.value_or(Tensor())};
        auto a = arguments(qkv, offsets, heads, drop, causal, first, angles);
        a.output = output.data_ptr<float>();
        a.logSumExp = logSumExp.data_ptr<float>();
        runKernel(qkv, a, offsets);
        ctx->save_for_backward({qkv, offsets, output, logSumExp, first, angles.cosine, angles.sine, angles.positions});
        ctx->saved_data["heads"] = heads;
        ctx->saved_data["causal"] = causal;
        saveDropout(ctx, drop);
        return output;
    }

    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        const Dropout drop = savedDropout(ctx);
        Tensor qkv = saved[0], output = saved[2], logSumExp = saved[3];
        Tensor grad = grads[0].contiguous(), gradQkv = torch::empty_like(qkv);
        const std::int64_t width = qkv.size(1) / 3;
        kernels::SoftmaxAttentionBackward b;
        b.forward = arguments(qkv, saved[1], ctx->saved_data["heads"].toInt(), drop, ctx->saved_data["causal"].toBool(),
            saved[4], {saved[5], saved[6], saved[7]});
        b.forward.output = output.data_ptr<float>();
        b.forward.logSumExp = logSumExp.data_ptr<float>();
        b.gradOutput = grad.const_data_ptr<float>();
        b.gradQuery = gradQkv.data_ptr<float>();
        b.gradKey = b.gradQuery + width;
        b.gradValue = b.gradQuery + 2 * width;
        b.gradStride = 3 * width;
        runKernel(qkv, b, saved[1]);
        tensor_list gradients(9);
        gradients[0] = gradQkv;
        return gradients;
    }
};

Tensor kernelAttention(const Tensor& qkv, const Tensor& offsets, std::int64_t heads, Dropout drop, bool causal,
    const Tensor& firstQueries, const RotaryAngles& angles)
{
    return graphCall<SoftmaxAttention>(qkv.contiguous(), offsets, heads, drop, causal, optionalOf(firstQueries),
        optionalOf(angles.cosine), optionalOf(angles.sine), optionalOf(angles.positions));
}

void requireNoDropout(Dropout drop)
{
    if (drop.probability > 0.0f)
        throw Error(ErrorKind::Usage, "attention dropout needs float32", "use float64 without dropout");
}

Tensor kernelWeights(
    const Tensor& qkv, const Tensor& offsets, std::int64_t sequence, std::int64_t heads, const RotaryAngles& angles)
{
    const auto* o = offsets.const_data_ptr<std::int64_t>();
    const std::int64_t length = o[sequence + 1] - o[sequence];
    Tensor rows = qkv.detach().contiguous(), weights = torch::empty({heads, length, length}, torch::kFloat32);
    const auto a = arguments(rows, offsets, heads, {}, true, {}, angles);
    for (std::int64_t h = 0; h < heads; ++h)
        kernels::softmaxAttentionProbabilities(a, sequence, h, weights.data_ptr<float>() + h * length * length);
    return weights;
}

} // namespace

std::span<const std::int64_t> numbersOf(const Tensor& numbers)
{
    if (!numbers.defined())
        return {};
    return {numbers.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(numbers.numel())};
}

Tensor softmaxAttention(
    const Tensor& qkv, const Tensor& offsets, std::int64_t heads, Dropout drop, bool causal, const Tensor& firstQueries)
{
    if (qkv.scalar_type() == torch::kFloat32)
        return kernelAttention(qkv, offsets, heads, drop, causal, firstQueries, {});
    requireNoDropout(drop);
    return plain::softmaxAttention(qkv, offsets, heads, causal);
}

Tensor softmaxAttention(const Tensor& qkv, const Tensor& offsets, std::int64_t heads, Dropout drop, bool causal,
    const Tensor& firstQueries, const RotaryAngles& angles)
{
    if (qkv.scalar_type() == torch::kFloat32)
        return kernelAttention(qkv, offsets, heads, drop, causal, firstQueries, angles);
    requireNoDropout(drop);
    return plain::softmaxAttention(plain::turnedRows(qkv, angles), offsets, heads, causal);
}

Tensor attentionWeights(const Tensor& qkv, const Tensor& offsets, std::int64_t sequence, std::int64_t heads)
{
    if (qkv.scalar_type() != torch::kFloat32)
        return plain::attentionWeights(qkv, offsets, sequence, heads);
    return kernelWeights(qkv, offsets, sequence, heads, {});
}

Tensor attentionWeights(
    const Tensor& qkv, const Tensor& offsets, std::int64_t sequence, std::int64_t heads, const RotaryAngles& angles)
{
    if (qkv.scalar_type() != torch::kFloat32)
        return plain::attentionWeights(plain::turnedRows(qkv, angles), offsets, sequence, heads);
    return kernelWeights(qkv, offsets, sequence, heads, angles);
}

} // namespace recoscope::nn
