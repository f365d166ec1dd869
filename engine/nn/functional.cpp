// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/functional.h"

#include "engine/nn/graph_call.h"
#include "engine/nn/kernel_call.h"
#include "engine/nn/leaf_gradient.h"
#include "engine/nn/plain.h"

namespace recoscope::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::tensor_list;

namespace {

bool isFloat(const Tensor& t)
{
    return t.scalar_type() == torch::kFloat32;
}

const float* data(const Tensor& t)
{
    return t.defined() ? t.const_data_ptr<float>() : nullptr;
}

float* mutableData(Tensor& t)
{
    return t.defined() ? t.data_ptr<float>() : nullptr;
}

class Embedding : public Function<Embedding> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& table, const Tensor& indices)
    {
        ctx->save_for_backward({table, indices});
        if (!isFloat(table))
            return table.index_select(0, indices);
        Tensor out = torch::empty({indices.size(0), table.size(1)}, table.options());
        runGather(table, indices, out);
        return out;
    }

    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        Tensor table = saved[0], grad = grads[0].contiguous();
        torch::NoGradGuard guard;
        Tensor target = leafGradient(table);
        if (isFloat(table))
            runScatterAdd(grad, saved[1], target);
        else
            target.index_add_(0, saved[1], grad);
        return {Tensor(), Tensor()};
    }
};

class EmbeddingSum : public Function<EmbeddingSum> {
public:
    static Tensor forward(
        AutogradContext* ctx, const Tensor& table, const Tensor& rows, const Tensor& owners, std::int64_t count)
    {
        ctx->save_for_backward({table, rows, owners});
        Tensor pieces = torch::empty({rows.size(0), table.size(1)}, table.options().requires_grad(false));
        Tensor out = torch::zeros({count, table.size(1)}, pieces.options());
        runGather(table, rows, pieces);
        runScatterAdd(pieces, owners, out);
        return out;
    }

    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        Tensor table = saved[0], grad = grads[0].contiguous();
        torch::NoGradGuard guard;
        Tensor target = leafGradient(table);
        Tensor pieces = torch::empty({saved[1].size(0), grad.size(1)}, grad.options());
        runGather(grad, saved[2], pieces);
        runScatterAdd(pieces, saved[1], target);
        return {Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

class GatherRows : public Function<GatherRows> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& rows)
    {
        ctx->save_for_backward({rows});
        ctx->saved_data["count"] = x.size(0);
        Tensor out = torch::empty({rows.size(0), x.size(1)}, x.options());
        runGather(x, rows, out);
        return out;
    }

    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        const Tensor rows = ctx->get_saved_variables()[0], grad = grads[0].contiguous();
        Tensor result = torch::zeros({ctx->saved_data["count"].toInt(), grad.size(1)}, grad.options());
        runScatterAdd(grad, rows, result);
        return {result, Tensor()};
    }
};

class LayerNorm : public Function<LayerNorm> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& x, const std::optional<Tensor>& residual,
        const Tensor& weight, const Tensor& bias, double epsilon, Dropout drop, bool keep)
    {
        kernels::LayerNormForward a;
        a.rows = x.size(0);
        a.width = x.size(1);
        a.epsilon = static_cast<float>(epsilon);
        Tensor input = x.contiguous(), other = residual ? residual->contiguous() : Tensor();
        Tensor output = torch::empty_like(input), normalised, inverse;
        if (keep) {
            normalised = torch::empty_like(input);
            inverse = torch::empty({a.rows}, x.options());
        }
        a.input = data(input);
        a.residual = data(other);
        a.weight = data(weight);
        a.bias = data(bias);
        a.dropout = drop.probability;
        a.seed = drop.seed;
        a.output = mutableData(output);
        a.normalised = mutableData(normalised);
        a.inverseSigma = mutableData(inverse);
        runKernel(input, a);
        if (keep)
            ctx->save_for_backward({normalised, inverse, weight});
        ctx->saved_data["residual"] = residual.has_value();
        saveDropout(ctx, drop);
        return output;
    }

    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        Tensor grad = grads[0].contiguous(), normalised = saved[0], inverse = saved[1], weight = saved[2];
        Tensor gradInput = torch::empty_like(grad), gradResidual;
        if (ctx->saved_data["residual"].toBool())
            gradResidual = torch::empty_like(grad);
        Tensor gradWeight = torch::empty_like(weight), gradBias = torch::empty_like(weight);
        const Dropout drop = savedDropout(ctx);
        kernels::LayerNormBackward a;
        a.rows = grad.size(0);
        a.width = grad.size(1);
        a.gradOutput = data(grad);
        a.normalised = data(normalised);
        a.inverseSigma = data(inverse);
        a.weight = data(weight);
        a.dropout = drop.probability;
        a.seed = drop.seed;
        a.gradInput = mutableData(gradInput);
        a.gradResidual = mutableData(gradResidual);
        a.gradWeight = mutableData(gradWeight);
        a.gradBias = mutableData(gradBias);
        runKernel(grad, a);
        return {gradInput, gradResidual, gradWeight, gradBias, Tensor(), Tensor(), Tensor()};
    }
};

class DropoutFunction : public Function<DropoutFunction> {
public:
    static Tensor apply1(const Tensor& x, Dropout drop)
    {
        Tensor input = x.contiguous(), out = torch::empty_like(input);
        runDropout(input, drop.probability, drop.seed, out);
        return out;
    }
    static Tensor forward(AutogradContext* ctx, const Tensor& x, Dropout drop)
    {
        saveDropout(ctx, drop);
        return apply1(x, drop);
    }
    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        return {apply1(grads[0], savedDropout(ctx)), Tensor()};
    }
};

class GeluDropout : public Function<GeluDropout> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& x, Dropout drop)
    {
        Tensor input = x.contiguous(), out = torch::empty_like(input);
        runGeluDropout(input, drop.probability, drop.seed, out);
        ctx->save_for_backward({input});
        saveDropout(ctx, drop);
        return out;
    }
    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        Tensor input = ctx->get_saved_variables()[0], grad = grads[0].contiguous(), out = torch::empty_like(grad);
        const Dropout drop = savedDropout(ctx);
        runGeluDropoutBackward(input, drop.probability, drop.seed, grad, out);
        return {out, Tensor()};
    }
};

class LruScan : public Function<LruScan> {
public:
    static Tensor forward(AutogradContext* ctx, Tensor u, const Tensor& lambda, const Tensor& offsets,
        const std::optional<Tensor>& initial)
    {
        kernels::LruScanForward a;
        a.offsets = {offsets.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(offsets.size(0))};
        a.channels = lambda.size(0) / 2;
        a.lambda = data(lambda);
        a.input = data(u);
        a.initial = initial ? data(*initial) : nullptr;
        a.states = mutableData(u);
        runKernel(u, a, offsets);
        ctx->mark_dirty({u});
        ctx->save_for_backward({u, lambda, offsets, initial.value_or(Tensor())});
        return u;
    }
    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        Tensor states = saved[0], lambda = saved[1], offsets = saved[2], grad = grads[0].contiguous();
        const Tensor initial = saved[3];
        Tensor gradInput = torch::empty_like(grad), gradLambda = torch::empty_like(lambda);
        Tensor gradInitial = initial.defined() ? torch::empty_like(initial) : Tensor();
        kernels::LruScanBackward a;
        a.offsets = {offsets.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(offsets.size(0))};
        a.channels = lambda.size(0) / 2;
        a.lambda = data(lambda);
        a.states = data(states);
        a.gradStates = data(grad);
        a.gradInput = mutableData(gradInput);
        a.gradLambda = mutableData(gradLambda);
        a.initial = data(initial);
        a.gradInitial = mutableData(gradInitial);
        runKernel(grad, a, offsets);
        return {gradInput, gradLambda, Tensor(), gradInitial};
    }
};

} // namespace

Tensor gatherRows(const Tensor& x, const Tensor& rows)
{
    return isFloat(x) ? graphCall<GatherRows>(x.contiguous(), rows) : x.index_select(0, rows);
}

Tensor embedding(const Tensor& table, const Tensor& indices)
{
    return graphCall<Embedding>(table, indices);
}

Tensor embeddingSum(const Tensor& table, const Tensor& rows, const Tensor& owners, std::int64_t count)
{
    if (isFloat(table))
        return graphCall<EmbeddingSum>(table, rows, owners, count);
    return torch::zeros({count, table.size(1)}, table.options()).index_add(0, owners, table.index_select(0, rows));
}

Tensor layerNorm(
    const Tensor& x, const Tensor& residual, const Tensor& weight, const Tensor& bias, double epsilon, Dropout drop)
{
    if (!isFloat(x))
        return plain::layerNorm(x, residual, weight, bias, epsilon, drop);
    return graphCall<LayerNorm>(x, optionalOf(residual), weight, bias, epsilon, drop, torch::GradMode::is_enabled());
}

Tensor dropout(const Tensor& x, Dropout drop)
{
    if (drop.probability <= 0.0f)
        return x;
    return isFloat(x) ? graphCall<DropoutFunction>(x, drop) : plain::dropout(x, drop);
}

Tensor geluDropout(const Tensor& x, Dropout drop)
{
    return isFloat(x) ? graphCall<GeluDropout>(x, drop) : plain::geluDropout(x, drop);
}

Tensor lruScan(Tensor u, const Tensor& lambda, const Tensor& offsets, const Tensor& initial)
{
    if (!isFloat(u))
        return plain::lruScan(u, lambda, offsets, initial);
    return graphCall<LruScan>(
        u, lambda, offsets, initial.defined() ? std::optional<Tensor>(initial.contiguous()) : std::nullopt);
}

} // namespace recoscope::nn
