// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/benchmarks/padded_baseline.h"

#include <cmath>

namespace recoscope::bench {

using torch::Tensor;
namespace F = torch::nn::functional;

PaddedBatch pad(const TrainingBatch& batch, std::int64_t window, std::int32_t padItem)
{
    const PackedView view = batch.inputs.view();
    PaddedBatch result;
    result.items = torch::full({view.sequences(), window}, padItem, torch::kInt64);
    result.mask = torch::zeros({view.sequences(), window}, torch::kBool);
    std::vector<std::int64_t> rows, targets;
    for (std::int64_t b = 0; b < view.sequences(); ++b) {
        const auto sequence = view.sequence(b);
        const auto left = window - static_cast<std::int64_t>(sequence.size());
        for (std::size_t t = 0; t < sequence.size(); ++t) {
            const std::int64_t column = left + static_cast<std::int64_t>(t);
            result.items[b][column] = sequence[t];
            result.mask[b][column] = true;
            rows.push_back(b * window + column);
            targets.push_back(batch.targets[view.offsets[b] + static_cast<std::int64_t>(t)]);
        }
    }
    result.rows = torch::tensor(rows, torch::kInt64);
    result.targets = torch::tensor(targets, torch::kInt64);
    return result;
}

namespace {

struct Reader {
    const NeuralModel& model;
    double dropout;

    Tensor at(const std::string& name) const { return model.parameters().at(name).value; }
    Tensor dense(const std::string& name, const Tensor& x) const
    {
        return torch::linear(x, at(name + ".weight"), at(name + ".bias"));
    }
    Tensor norm(const std::string& name, const Tensor& x) const
    {
        return torch::layer_norm(x, {x.size(-1)}, at(name + ".weight"), at(name + ".bias"));
    }
    Tensor drop(const Tensor& x) const { return torch::dropout(x, dropout, true); }

    Tensor crossEntropy(const Tensor& hidden, const PaddedBatch& batch) const
    {
        const Tensor real = hidden.reshape({-1, hidden.size(2)}).index_select(0, batch.rows);
        Tensor logits = torch::mm(real, model.itemTable().t());
        if (model.itemBias().defined())
            logits = logits + model.itemBias();
        return F::cross_entropy(logits, batch.targets);
    }
};

// The doubling of LRURec: blocks of 2, 4, 8, ... take the last state of their left half, unless that is a pad.
Tensor doublingScan(Tensor h, const Tensor& lambda, const Tensor& mask)
{
    const std::int64_t rows = h.size(0), channels = h.size(2);
    std::int64_t length = 1;
    while (length < h.size(1))
        length *= 2;
    const std::int64_t extra = length - h.size(1);
    h = torch::cat({torch::zeros({rows, extra, channels}, h.options()), h}, 1);
    const Tensor real = torch::cat({torch::zeros({rows, extra}, mask.options()), mask}, 1);
    Tensor powers = lambda.unsqueeze(0);
    for (std::int64_t half = 1; half < length; half *= 2) {
        const Tensor blocks = h.reshape({rows * length / (2 * half), 2 * half, channels});
        const Tensor gate = real.reshape({rows * length / (2 * half), 2 * half}).select(1, half - 1);
        const Tensor left = blocks.slice(1, 0, half);
        const Tensor carried = left.slice(1, half - 1) * gate.to(h.scalar_type()).reshape({-1, 1, 1}) * powers;
        h = torch::cat({left, blocks.slice(1, half) + carried}, 1);
        powers = torch::cat({powers, powers * powers.slice(0, half - 1)}, 0);
    }
    return h.reshape({rows, length, channels}).slice(1, extra);
}

Tensor lruLayer(const Reader& r, const std::string& prefix, const Tensor& x, const Tensor& mask)
{
    const Tensor ring = r.at(prefix + "params_log");
    const std::int64_t state = ring.size(1);
    const Tensor lambda = torch::polar((-ring[0].exp()).exp(), ring[1].exp());
    const Tensor planes = r.dense(prefix + "in", x);
    const Tensor input = torch::complex(planes.slice(2, 0, state), planes.slice(2, state)) * ring[2].exp();
    const Tensor states = doublingScan(input, lambda, mask);
    return r.dense(prefix + "out", torch::cat({torch::real(states), torch::imag(states)}, 2));
}

} // namespace

Tensor paddedLruRecLoss(const NeuralModel& model, const PaddedBatch& batch, double p)
{
    const Reader r{model, p};
    Tensor x = r.norm("embedding_norm", r.drop(torch::embedding(model.itemTable(), batch.items)));
    for (int i = 0; i < 2; ++i) {
        const std::string prefix = "blocks." + std::to_string(i) + ".";
        const Tensor z = r.norm(prefix + "lru.norm", r.drop(lruLayer(r, prefix + "lru.", x, batch.mask)) + x);
        const Tensor inner = r.drop(torch::gelu(r.dense(prefix + "feed_forward.w1", z)));
        x = r.norm(prefix + "feed_forward.norm", r.drop(r.dense(prefix + "feed_forward.w2", inner)) + z);
    }
    return r.crossEntropy(x, batch);
}

Tensor paddedSasRecLoss(const NeuralModel& model, const PaddedBatch& batch, double p)
{
    const Reader r{model, p};
    const std::int64_t window = batch.items.size(1), width = model.itemTable().size(1);
    const Tensor positions = (batch.mask.to(torch::kInt64).cumsum(1) - 1).clamp_min(0);
    Tensor x = torch::embedding(r.at("item_embedding.weight"), batch.items) * std::sqrt(static_cast<double>(width));
    x = r.drop(x + torch::embedding(r.at("position_embedding.weight"), positions));
    const Tensor causal = torch::ones({window, window}, torch::kBool).tril();
    const Tensor self = torch::eye(window, torch::kBool); // a row of pads only must not be empty
    const Tensor allowed = (causal & batch.mask.unsqueeze(1)) | self;
    for (int i = 0; i < 2; ++i) {
        const std::string prefix = "layers." + std::to_string(i) + ".";
        const auto qkv = r.dense(prefix + "attention.qkv", r.norm(prefix + "attention.norm", x)).chunk(3, 2);
        const Tensor mixed = torch::scaled_dot_product_attention(
            qkv[0].unsqueeze(1), qkv[1].unsqueeze(1), qkv[2].unsqueeze(1), allowed.unsqueeze(1))
                                 .squeeze(1);
        x = x + r.drop(r.dense(prefix + "attention.out", mixed));
        const Tensor inner = r.dense(prefix + "feed_forward.w1", r.norm(prefix + "feed_forward.norm", x));
        x = x + r.drop(r.dense(prefix + "feed_forward.w2", r.drop(torch::gelu(inner))));
    }
    return r.crossEntropy(r.norm("final_norm", x), batch);
}

} // namespace recoscope::bench
