// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/losses.h"

#include <utility>

#include "engine/nn/graph_call.h"
#include "engine/nn/kernel_call.h"
#include "engine/nn/leaf_gradient.h"
#include "engine/nn/plain.h"
#include "engine/nn/unit_rows.h"

namespace recoscope::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

namespace {

const float* floatsOf(const Tensor& t)
{
    return t.defined() ? t.const_data_ptr<float>() : nullptr;
}

// What the gradient of an input is added to: a leaf's own, or one to be handed on.
Tensor gradientFor(const Tensor& input)
{
    if (!input.defined())
        return {};
    return input.is_leaf() ? leafGradient(input) : torch::zeros_like(input);
}

Tensor handedOn(const Tensor& input, const Tensor& gradient)
{
    return input.defined() && input.is_leaf() ? Tensor() : gradient;
}

float* mutableFloatsOf(Tensor& t)
{
    return t.defined() ? t.data_ptr<float>() : nullptr;
}

kernels::SampledLoss lossArguments(const SampledLoss& s, const Tensor& hidden, const Tensor& table, const Tensor& bias)
{
    kernels::SampledLoss a;
    a.form = s.logistic ? kernels::SampledLoss::Form::Logistic : kernels::SampledLoss::Form::Softmax;
    a.rows = hidden.size(0);
    a.items = table.size(0);
    a.width = table.size(1);
    a.hidden = floatsOf(hidden);
    a.table = floatsOf(table);
    a.bias = floatsOf(bias);
    a.targets = s.positives.const_data_ptr<std::int32_t>();
    a.shared = s.negatives.dim() == 1;
    a.negatives = s.negatives.size(-1);
    a.sample = s.negatives.const_data_ptr<std::int32_t>();
    a.removeHits = s.removeHits;
    a.unitItems = s.unitItems;
    a.inverseTemperature = static_cast<float>(1.0 / s.temperature);
    a.logQ = floatsOf(s.logQ);
    a.correctTarget = s.correctPositive;
    a.logCount = static_cast<float>(s.logCount);
    a.positiveWeight = static_cast<float>(s.positiveWeight);
    a.negativeWeight = static_cast<float>(s.negativeWeight);
    return a;
}

// What a loss is beside its tensors, by name.
template <class Loss, class Flag, class Number> void forEachSetting(Loss& s, const Flag& flag, const Number& number)
{
    flag("correctPositive", s.correctPositive);
    flag("removeHits", s.removeHits);
    flag("unitItems", s.unitItems);
    flag("logistic", s.logistic);
    number("logCount", s.logCount);
    number("temperature", s.temperature);
    number("positiveWeight", s.positiveWeight);
    number("negativeWeight", s.negativeWeight);
}

// The backward makes the scores again: keeping them would take as much memory as all the rest.
class SampledLossFunction : public torch::autograd::Function<SampledLossFunction> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& hiddenRows, const Tensor& table,
        const std::optional<Tensor>& bias, const SampledLoss& s)
    {
        const Tensor hidden = hiddenRows.contiguous();
        Tensor rows = torch::empty({hidden.size(0)}, hidden.options().dtype(torch::kFloat64));
        auto a = lossArguments(s, hidden, table, bias.value_or(Tensor()));
        a.loss = rows.data_ptr<double>();
        runKernel(hidden, a);
        ctx->save_for_backward({hidden, table, bias.value_or(Tensor()), s.positives, s.negatives, s.logQ});
        const auto keep = [&](const char* name, auto value) { ctx->saved_data[name] = value; };
        forEachSetting(s, keep, keep);
        return rows.to(torch::kFloat32);
    }

    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        const torch::NoGradGuard guard;
        SampledLoss s;
        s.positives = saved[3];
        s.negatives = saved[4];
        s.logQ = saved[5];
        forEachSetting(
            s, [&](const char* name, bool& value) { value = ctx->saved_data[name].toBool(); },
            [&](const char* name, double& value) { value = ctx->saved_data[name].toDouble(); });
        Tensor gradHidden = torch::empty_like(saved[0]);
        Tensor gradTable = gradientFor(saved[1]), gradBias = gradientFor(saved[2]);
        const Tensor gradLoss = grads[0].contiguous();
        auto a = lossArguments(s, saved[0], saved[1], saved[2]);
        a.gradLoss = floatsOf(gradLoss);
        a.gradHidden = gradHidden.data_ptr<float>();
        a.gradTable = mutableFloatsOf(gradTable);
        a.gradBias = mutableFloatsOf(gradBias);
        runKernel(gradLoss, a);
        return {gradHidden, handedOn(saved[1], gradTable), handedOn(saved[2], gradBias), Tensor()};
    }
};

// The same loss with numbers of rows, where only some items have one, instead of items.
void lookUp(const Tensor& place, Tensor& bias, SampledLoss& s)
{
    const Tensor items = torch::nonzero(place >= 0).squeeze(1);
    const Tensor ofRow = torch::empty_like(items).index_copy_(0, place.index_select(0, items).to(torch::kInt64), items);
    s.positives = place.index_select(0, s.positives);
    s.negatives = place.index_select(0, s.negatives.reshape({-1})).view(s.negatives.sizes());
    if (s.logQ.defined())
        s.logQ = s.logQ.index_select(0, ofRow);
    if (bias.defined())
        bias = bias.index_select(0, ofRow);
}

SampledLoss sampledLossOf(Tensor positives, Tensor negatives)
{
    SampledLoss s;
    s.positives = std::move(positives);
    s.negatives = std::move(negatives);
    return s;
}

} // namespace

Tensor withoutHits(const Tensor& logits, const Tensor& positives, const Tensor& negatives)
{
    constexpr double beyondReach = -1e30; // finite, so that a row of hits alone still has a logarithm
    return logits.masked_fill(
        (negatives.dim() == 1 ? negatives.unsqueeze(0) : negatives) == positives.unsqueeze(1), beyondReach);
}

SampledLoss SampledLoss::softmax(Tensor positives, Tensor negatives)
{
    return sampledLossOf(std::move(positives), std::move(negatives));
}

SampledLoss SampledLoss::binary(Tensor positives, Tensor negatives)
{
    SampledLoss s = sampledLossOf(std::move(positives), std::move(negatives));
    s.logistic = true;
    s.removeHits = false;
    s.negativeWeight = 1.0 / static_cast<double>(s.negatives.size(-1));
    return s;
}

SampledLoss SampledLoss::gbce(Tensor positives, Tensor negatives, double beta)
{
    SampledLoss s = binary(std::move(positives), std::move(negatives));
    s.negativeWeight = 1.0 / static_cast<double>(1 + s.negatives.size(-1));
    s.positiveWeight = beta * s.negativeWeight;
    return s;
}

Tensor sampledLossRows(const Tensor& hidden, const ItemRows& items, const Tensor& itemBias, const SampledLoss& sampled)
{
    SampledLoss s = sampled;
    s.positives = s.positives.to(torch::kInt32).contiguous();
    s.negatives = s.negatives.to(torch::kInt32).contiguous();
    if (s.logQ.defined())
        s.logQ = s.logQ.to(hidden.scalar_type()).contiguous();
    s.unitItems = s.unitItems || s.cosine;
    const Tensor users = s.cosine ? unitRows(hidden) : hidden;
    // The kernel knows items by their numbers and rows of one table.
    if (hidden.scalar_type() != torch::kFloat32 || s.nearPositive < 1.0 || items.added.defined())
        return plain::sampledLossRows(users, items, itemBias, s);
    Tensor bias = itemBias;
    if (items.place.defined())
        lookUp(items.place, bias, s);
    return graphCall<SampledLossFunction>(users, items.vectors.contiguous(), optionalOf(bias), s);
}

double gbceBeta(std::int64_t negatives, std::int64_t items, double t)
{
    const double alpha = static_cast<double>(negatives) / static_cast<double>(items - 1);
    return alpha * (t * (1.0 - 1.0 / alpha) + 1.0 / alpha);
}

} // namespace recoscope::nn
