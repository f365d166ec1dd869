// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/plain.h"

#include <cmath>
#include <limits>
#include <vector>

#include "engine/core/error.h"
#include "engine/kernels/ops.h"
#include "engine/nn/functional.h"
#include "engine/nn/unit_rows.h"

namespace recoscope::nn::plain {

using torch::Tensor;

Tensor dropout(const Tensor& x, Dropout drop)
{
    if (drop.probability <= 0.0f)
        return x;
    Tensor mask = torch::ones(x.sizes(), torch::kFloat32);
    kernels::dropout(mask.numel(), mask.data_ptr<float>(), drop.probability, drop.seed, mask.data_ptr<float>());
    return x * mask.to(x.scalar_type());
}

Tensor layerNorm(
    const Tensor& x, const Tensor& residual, const Tensor& weight, const Tensor& bias, double epsilon, Dropout drop)
{
    Tensor sum = dropout(x, drop);
    if (residual.defined())
        sum = sum + residual;
    return torch::layer_norm(sum, {sum.size(-1)}, weight, bias, epsilon);
}

Tensor geluDropout(const Tensor& x, Dropout drop)
{
    return dropout(torch::gelu(x), drop);
}

namespace {

// Queries, keys and values of rows [begin, end), each [heads, L, D/heads].
std::vector<Tensor> splitHeads(const Tensor& qkv, std::int64_t begin, std::int64_t end, std::int64_t heads)
{
    Tensor rows = qkv.slice(0, begin, end);
    std::vector<Tensor> parts;
    for (const Tensor& part : rows.chunk(3, 1))
        parts.push_back(part.reshape({end - begin, heads, part.size(1) / heads}).transpose(0, 1));
    return parts;
}

Tensor softmaxWeights(const Tensor& query, const Tensor& key, bool causal)
{
    const std::int64_t length = query.size(1);
    Tensor scores = torch::matmul(query, key.transpose(1, 2)) / std::sqrt(static_cast<double>(query.size(2)));
    if (!causal)
        return torch::softmax(scores, -1);
    Tensor future = torch::ones({length, length}, torch::kBool).triu(1);
    return torch::softmax(scores.masked_fill(future, -std::numeric_limits<double>::infinity()), -1);
}

} // namespace

Tensor softmaxAttention(const Tensor& qkv, const Tensor& offsets, std::int64_t heads, bool causal)
{
    const auto* o = offsets.data_ptr<std::int64_t>();
    std::vector<Tensor> outputs;
    for (std::int64_t b = 0; b + 1 < offsets.size(0); ++b) {
        if (o[b] == o[b + 1])
            continue;
        auto parts = splitHeads(qkv, o[b], o[b + 1], heads);
        Tensor mixed = torch::matmul(softmaxWeights(parts[0], parts[1], causal), parts[2]);
        outputs.push_back(mixed.transpose(0, 1).reshape({o[b + 1] - o[b], qkv.size(1) / 3}));
    }
    return outputs.empty() ? qkv.new_zeros({0, qkv.size(1) / 3}) : torch::cat(outputs);
}

Tensor attentionWeights(const Tensor& qkv, const Tensor& offsets, std::int64_t sequence, std::int64_t heads)
{
    const auto* o = offsets.data_ptr<std::int64_t>();
    auto parts = splitHeads(qkv.detach(), o[sequence], o[sequence + 1], heads);
    return softmaxWeights(parts[0], parts[1], true);
}

Tensor turnedRows(const Tensor& qkv, const RotaryAngles& angles)
{
    const std::int64_t width = qkv.size(1) / 3, half = angles.cosine.size(1);
    const auto ofRows = [&](const Tensor& table) {
        return table.index_select(0, angles.positions).to(qkv.scalar_type()).unsqueeze(1);
    };
    const Tensor cosine = ofRows(angles.cosine), sine = ofRows(angles.sine);
    const Tensor split = qkv.slice(1, 0, 2 * width).reshape({qkv.size(0), width / half, 2, half});
    const Tensor first = split.select(2, 0), second = split.select(2, 1);
    const Tensor turned = torch::stack({first * cosine - second * sine, second * cosine + first * sine}, 2);
    return torch::cat({turned.reshape({qkv.size(0), 2 * width}), qkv.slice(1, 2 * width)}, 1);
}

Tensor lruScan(const Tensor& u, const Tensor& lambda, const Tensor& offsets, const Tensor& initial)
{
    const std::int64_t channels = lambda.size(0) / 2;
    Tensor re = lambda.slice(0, 0, channels), im = lambda.slice(0, channels);
    const auto* o = offsets.data_ptr<std::int64_t>();
    std::vector<Tensor> states;
    for (std::int64_t b = 0; b + 1 < offsets.size(0); ++b) {
        const Tensor before = initial.defined() ? initial[b] : u.new_zeros({2 * channels});
        Tensor a = before.slice(0, 0, channels), c = before.slice(0, channels);
        for (std::int64_t t = o[b]; t < o[b + 1]; ++t) {
            Tensor nextA = re * a - im * c + u[t].slice(0, 0, channels);
            Tensor nextC = re * c + im * a + u[t].slice(0, channels);
            a = nextA;
            c = nextC;
            states.push_back(torch::cat({a, c}));
        }
    }
    return states.empty() ? torch::zeros_like(u) : torch::stack(states);
}

Tensor crossEntropy(const Tensor& hidden, const Tensor& table, const Tensor& bias, const Tensor& targets)
{
    Tensor logits = torch::matmul(hidden, table.t());
    if (bias.defined())
        logits = logits + bias;
    return torch::nn::functional::cross_entropy(logits, targets.to(torch::kInt64));
}

Tensor itemLogits(const Tensor& hidden, const ItemRows& items, const Tensor& bias, const Tensor& ids, bool unitItems)
{
    const Tensor flat = ids.reshape({-1}).contiguous();
    Tensor vectors = items.of(flat), logits;
    if (unitItems)
        vectors = unitRows(vectors);
    if (ids.dim() == 1)
        logits = torch::mm(hidden, vectors.t());
    else
        logits = torch::bmm(vectors.view({ids.size(0), ids.size(1), hidden.size(1)}), hidden.unsqueeze(2)).squeeze(2);
    return bias.defined() ? logits + bias.index_select(0, flat).view(ids.sizes()) : logits;
}

namespace {

// Which negatives lie closer to the row's positive than the loss allows: [M, R].
Tensor nearPositives(const ItemRows& items, const SampledLoss& s)
{
    const torch::NoGradGuard guard;
    const Tensor own = unitRows(items.of(s.positives));
    const Tensor others = unitRows(items.of(s.negatives.reshape({-1})));
    const Tensor cosines = s.negatives.dim() == 1
        ? torch::mm(own, others.t())
        : torch::bmm(others.view({own.size(0), -1, own.size(1)}), own.unsqueeze(2)).squeeze(2);
    return cosines > s.nearPositive;
}

} // namespace

Tensor sampledLossRows(const Tensor& hidden, const ItemRows& items, const Tensor& bias, const SampledLoss& s)
{
    const Tensor users = hidden / s.temperature;
    Tensor positive = itemLogits(users, items, bias, s.positives.unsqueeze(1), s.unitItems).squeeze(1);
    Tensor negative = itemLogits(users, items, bias, s.negatives, s.unitItems);
    if (s.logQ.defined()) {
        if (s.correctPositive)
            positive = positive - s.logQ.index_select(0, s.positives);
        negative = negative - s.logQ.index_select(0, s.negatives.reshape({-1})).view(s.negatives.sizes()) - s.logCount;
    }
    if (s.removeHits)
        negative
            = negative.masked_fill(s.negatives == s.positives.unsqueeze(1), -std::numeric_limits<double>::infinity());
    if (s.nearPositive < 1.0)
        negative = negative.masked_fill(nearPositives(items, s), -std::numeric_limits<double>::infinity());
    if (!s.logistic)
        return torch::logsumexp(torch::cat({positive.unsqueeze(1), negative}, 1), 1) - positive;
    namespace F = torch::nn::functional;
    return s.positiveWeight * F::softplus(-positive) + s.negativeWeight * F::softplus(negative).sum(1);
}

} // namespace recoscope::nn::plain
