// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/hstu_attention.h"

#include <vector>

#include "engine/kernels/ops.h"
#include "engine/nn/functional.h"
#include "engine/nn/gated_output.h"
#include "engine/nn/graph_call.h"
#include "engine/nn/kernel_call.h"

namespace recoscope::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

namespace {

kernels::HstuAttentionForward hstuArguments(const HstuAttention& h, const Tensor& rows)
{
    const float* values = rows.const_data_ptr<float>() + h.valueWidth();
    kernels::HstuAttentionForward a;
    a.offsets = numbersOf(h.offsets);
    a.firstQueries = numbersOn(rows.device(), h.firstQueries);
    a.heads = h.heads;
    a.queryDim = h.queryDim;
    a.valueDim = h.valueDim;
    a.scale = static_cast<float>(h.scale);
    a.normaliser = static_cast<float>(h.normaliser);
    a.value = values;
    a.query = values + h.valueWidth();
    a.key = a.query + h.heads * h.queryDim;
    a.rowStride = h.rowWidth();
    if (h.positionBias.defined()) {
        a.positionBias = h.positionBias.const_data_ptr<float>();
        a.positions = h.positionBias.size(0);
    }
    if (h.timeBias.defined()) {
        a.timeBias = h.timeBias.const_data_ptr<float>();
        a.timeBuckets = h.timeBias.size(0) - 1;
        a.queryTimes = h.queryTimes.const_data_ptr<std::int64_t>();
        a.keyTimes = h.keyTimes.const_data_ptr<std::int64_t>();
    }
    return a;
}

// U in the memory of the rows, yet no view of them: an autograd Function cannot give a view of its input.
Tensor gateOf(const Tensor& rows, const HstuAttention& h)
{
    return torch::empty({0}, rows.options().requires_grad(false))
        .set_(rows.storage(), rows.storage_offset(), {rows.size(0), h.valueWidth()}, {rows.size(1), 1});
}

// Gradients of the rows in which those of U stand already.
Tensor rowsWithGate(const Tensor& rows, const HstuAttention& h, const Tensor& gradGate)
{
    if (isPartOfRows(gradGate, rows.size(0), rows.size(1)))
        return torch::empty({0}, rows.options()).set_(gradGate.storage(), 0, rows.sizes(), {rows.size(1), 1});
    Tensor gradRows = torch::empty_like(rows), gate = gradRows.slice(1, 0, h.valueWidth());
    if (gradGate.defined())
        gate.copy_(gradGate);
    else
        gate.zero_();
    return gradRows;
}

class HstuFunction : public torch::autograd::Function<HstuFunction> {
public:
    // The biases are arguments so that their gradients have a place. Gives A V, and U where it is asked for.
    static tensor_list forward(AutogradContext* ctx, const Tensor& rows, const std::optional<Tensor>& positionBias,
        const std::optional<Tensor>& timeBias, const HstuAttention& h, bool gate)
    {
        Tensor output = torch::empty({rows.size(0), h.valueWidth()}, rows.options());
        auto a = hstuArguments(h, rows);
        a.output = output.data_ptr<float>();
        runKernel(rows, a, h.offsets);
        ctx->save_for_backward({rows, h.offsets, positionBias.value_or(Tensor()), timeBias.value_or(Tensor()),
            h.queryTimes, h.keyTimes, h.firstQueries});
        h.save(ctx);
        ctx->set_materialize_grads(false);
        return gate ? tensor_list{output, gateOf(rows, h)} : tensor_list{output};
    }

    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        HstuAttention h = HstuAttention::saved(ctx);
        const Tensor rows = saved[0];
        h.offsets = saved[1];
        h.positionBias = saved[2];
        h.timeBias = saved[3];
        h.queryTimes = saved[4];
        h.keyTimes = saved[5];
        h.firstQueries = saved[6];
        Tensor gradRows = rowsWithGate(rows, h, grads.size() > 1 ? grads[1] : Tensor()), gradPosition, gradTime;
        const Tensor grad
            = grads[0].defined() ? grads[0].contiguous() : torch::zeros({rows.size(0), h.valueWidth()}, rows.options());
        kernels::HstuAttentionBackward b;
        b.forward = hstuArguments(h, rows);
        b.gradOutput = grad.const_data_ptr<float>();
        b.gradValue = gradRows.data_ptr<float>() + h.valueWidth();
        b.gradQuery = b.gradValue + h.valueWidth();
        b.gradKey = b.gradQuery + h.heads * h.queryDim;
        b.gradStride = h.rowWidth();
        if (h.positionBias.defined()) {
            gradPosition = torch::empty_like(h.positionBias);
            b.gradPositionBias = gradPosition.data_ptr<float>();
        }
        if (h.timeBias.defined()) {
            gradTime = torch::empty_like(h.timeBias);
            b.gradTimeBias = gradTime.data_ptr<float>();
        }
        runKernel(rows, b, h.offsets);
        return {gradRows, gradPosition, gradTime, Tensor(), Tensor()};
    }
};

// What the backward needs of a projection, or nothing: `slope` [T, activated], `moments` [2, T] with a norm.
struct ProjectionMemory {
    Tensor slope, moments;

    ProjectionMemory() = default;
    ProjectionMemory(const Tensor& x, std::int64_t activated, double normEpsilon)
        : slope(torch::empty({x.size(0), activated}, x.options()))
        , moments(normEpsilon > 0.0 ? torch::empty({2, x.size(0)}, x.options()) : Tensor())
    {
    }
};

kernels::SiluProjection projectionArguments(const Tensor& x, const Tensor& weight, const Tensor& bias,
    ProjectionMemory memory, std::int64_t activated, double normEpsilon)
{
    kernels::SiluProjection a;
    a.rows = x.size(0);
    a.inner = x.size(1);
    a.width = weight.size(1);
    a.activated = activated;
    a.input = x.const_data_ptr<float>();
    a.weight = weight.const_data_ptr<float>();
    a.bias = bias.defined() ? bias.const_data_ptr<float>() : nullptr;
    a.slope = memory.slope.defined() ? memory.slope.data_ptr<float>() : nullptr;
    a.normEpsilon = static_cast<float>(normEpsilon);
    if (memory.moments.defined()) {
        a.mean = memory.moments.data_ptr<float>();
        a.inverseSigma = a.mean + a.rows;
    }
    return a;
}

class SiluProjectionFunction : public torch::autograd::Function<SiluProjectionFunction> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& rows, const Tensor& weight,
        const std::optional<Tensor>& bias, std::int64_t activated, double normEpsilon, bool keep)
    {
        const Tensor x = rows.contiguous();
        Tensor output = torch::empty({x.size(0), weight.size(1)}, x.options());
        const ProjectionMemory memory = keep ? ProjectionMemory(x, activated, normEpsilon) : ProjectionMemory();
        auto a = projectionArguments(x, weight, bias.value_or(Tensor()), memory, activated, normEpsilon);
        a.output = output.data_ptr<float>();
        runKernel(x, a);
        if (!keep)
            return output;
        ctx->save_for_backward({x, weight, bias.value_or(Tensor()), memory.slope, memory.moments});
        ctx->saved_data["activated"] = activated;
        ctx->saved_data["normEpsilon"] = normEpsilon;
        return output;
    }

    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        const Tensor gradOutput = grads[0].contiguous();
        Tensor gradInput = torch::empty_like(saved[0]), gradWeight = torch::empty_like(saved[1]), gradBias;
        ProjectionMemory memory;
        memory.slope = saved[3];
        memory.moments = saved[4];
        kernels::SiluProjectionBackward b;
        b.forward = projectionArguments(saved[0], saved[1], saved[2], memory, ctx->saved_data["activated"].toInt(),
            ctx->saved_data["normEpsilon"].toDouble());
        b.gradOutput = gradOutput.const_data_ptr<float>();
        b.gradInput = gradInput.data_ptr<float>();
        b.gradWeight = gradWeight.data_ptr<float>();
        if (saved[2].defined()) {
            gradBias = torch::empty_like(saved[2]);
            b.gradBias = gradBias.data_ptr<float>();
        }
        runKernel(gradOutput, b);
        return {gradInput, gradWeight, gradBias, Tensor(), Tensor(), Tensor()};
    }
};

// A of sequence [begin, end) in ordinary operations: [heads, L, L].
Tensor denseWeights(const HstuAttention& h, const Tensor& rows, std::int64_t begin, std::int64_t end)
{
    const std::int64_t length = end - begin, queries = h.heads * h.queryDim;
    const Tensor part = rows.slice(0, begin, end);
    const auto split = [&](std::int64_t from) {
        return part.slice(1, from, from + queries).reshape({length, h.heads, h.queryDim}).transpose(0, 1);
    };
    Tensor scores
        = torch::matmul(split(2 * h.valueWidth()), split(2 * h.valueWidth() + queries).transpose(1, 2)) * h.scale;
    const Tensor index = torch::arange(length);
    if (h.positionBias.defined()) {
        const Tensor distance = (index.unsqueeze(1) - index.unsqueeze(0)).clamp_min(0);
        scores = scores + h.positionBias.index_select(0, distance.reshape({-1})).view({length, length});
    }
    if (h.timeBias.defined()) {
        Tensor buckets = torch::empty({length, length}, torch::kInt64);
        const auto *query = h.queryTimes.const_data_ptr<std::int64_t>(),
                   *key = h.keyTimes.const_data_ptr<std::int64_t>();
        for (std::int64_t i = 0; i < length; ++i)
            for (std::int64_t j = 0; j < length; ++j)
                buckets.data_ptr<std::int64_t>()[i * length + j]
                    = kernels::timeBucket(query[begin + i] - key[begin + j], h.timeBias.size(0) - 1);
        scores = scores + h.timeBias.index_select(0, buckets.reshape({-1})).view({length, length});
    }
    const Tensor seen = h.normaliser > 0.0 ? torch::full({length, 1}, h.normaliser, rows.options())
                                           : (index + 1).unsqueeze(1).to(rows.scalar_type());
    return torch::tril(torch::silu(scores) / seen);
}

Tensor denseAttention(const HstuAttention& h, const Tensor& rows)
{
    const auto* o = h.offsets.const_data_ptr<std::int64_t>();
    std::vector<Tensor> outputs;
    for (std::int64_t b = 0; b + 1 < h.offsets.size(0); ++b) {
        const std::int64_t length = o[b + 1] - o[b];
        if (length == 0)
            continue;
        const Tensor values = rows.slice(0, o[b], o[b + 1]).slice(1, h.valueWidth(), 2 * h.valueWidth());
        const Tensor mixed = torch::matmul(
            denseWeights(h, rows, o[b], o[b + 1]), values.reshape({length, h.heads, h.valueDim}).transpose(0, 1));
        outputs.push_back(mixed.transpose(0, 1).reshape({length, h.valueWidth()}));
    }
    return outputs.empty() ? rows.new_zeros({0, h.valueWidth()}) : torch::cat(outputs);
}

} // namespace

Tensor siluProjection(
    const Tensor& x, const Tensor& weight, const Tensor& bias, std::int64_t activated, double normEpsilon)
{
    if (x.scalar_type() == torch::kFloat32)
        return graphCall<SiluProjectionFunction>(
            x, weight, optionalOf(bias), activated, normEpsilon, torch::GradMode::is_enabled());
    const Tensor in = normEpsilon > 0.0 ? torch::layer_norm(x, {x.size(1)}, {}, {}, normEpsilon) : x;
    const Tensor rows = bias.defined() ? torch::addmm(bias, in, weight) : torch::mm(in, weight);
    return torch::cat({torch::silu(rows.slice(1, 0, activated)), rows.slice(1, activated)}, 1);
}

void HstuAttention::save(AutogradContext* ctx) const
{
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["queryDim"] = queryDim;
    ctx->saved_data["valueDim"] = valueDim;
    ctx->saved_data["scale"] = scale;
    ctx->saved_data["normaliser"] = normaliser;
}

HstuAttention HstuAttention::saved(AutogradContext* ctx)
{
    HstuAttention h;
    h.heads = ctx->saved_data["heads"].toInt();
    h.queryDim = ctx->saved_data["queryDim"].toInt();
    h.valueDim = ctx->saved_data["valueDim"].toInt();
    h.scale = ctx->saved_data["scale"].toDouble();
    h.normaliser = ctx->saved_data["normaliser"].toDouble();
    return h;
}

Tensor HstuAttention::operator()(const Tensor& rows) const
{
    if (rows.scalar_type() == torch::kFloat32)
        return graphCall<HstuFunction>(
            rows.contiguous(), optionalOf(positionBias), optionalOf(timeBias), *this, false)[0];
    return denseAttention(*this, rows);
}

GatedAttention HstuAttention::gated(const Tensor& rows) const
{
    if (rows.scalar_type() != torch::kFloat32)
        return {denseAttention(*this, rows), rows.slice(1, 0, valueWidth())};
    const tensor_list both
        = graphCall<HstuFunction>(rows.contiguous(), optionalOf(positionBias), optionalOf(timeBias), *this, true);
    return {both[0], both[1]};
}

Tensor HstuAttention::weights(const Tensor& rows, std::int64_t sequence) const
{
    const auto* o = offsets.const_data_ptr<std::int64_t>();
    if (rows.scalar_type() != torch::kFloat32)
        return denseWeights(*this, rows.detach(), o[sequence], o[sequence + 1]);
    const std::int64_t length = o[sequence + 1] - o[sequence];
    const Tensor input = rows.detach().contiguous();
    Tensor result = torch::empty({heads, length, length}, torch::kFloat32);
    const auto a = hstuArguments(*this, input);
    for (std::int64_t head = 0; head < heads; ++head)
        kernels::hstuAttentionWeights(a, sequence, head, result.data_ptr<float>() + head * length * length);
    return result;
}

} // namespace recoscope::nn
