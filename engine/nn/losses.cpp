// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/losses.h"

namespace recoscope::nn {

using torch::Tensor;
namespace F = torch::nn::functional;

Tensor itemLogits(const Tensor& hidden, const ItemRows& items, const Tensor& bias, const Tensor& ids)
{
    const std::int64_t rows = ids.size(0), columns = ids.size(1);
    Tensor flat = ids.reshape({-1}).contiguous();
    Tensor vectors = items.of(flat).view({rows, columns, hidden.size(1)});
    Tensor logits = torch::bmm(vectors, hidden.unsqueeze(2)).squeeze(2);
    if (bias.defined())
        logits = logits + bias.index_select(0, flat).view({rows, columns});
    return logits;
}

Tensor binaryCrossEntropyRows(const Tensor& logits)
{
    Tensor positive = F::softplus(-logits.select(1, 0));
    return positive + F::softplus(logits.slice(1, 1)).mean(1);
}

Tensor gbceRows(const Tensor& logits, double beta)
{
    Tensor wide = logits.to(torch::kFloat64);
    Tensor positive = beta * F::softplus(-wide.select(1, 0));
    return (positive + F::softplus(wide.slice(1, 1)).sum(1)) / static_cast<double>(logits.size(1));
}

double gbceBeta(std::int64_t negatives, std::int64_t items, double t)
{
    const double alpha = static_cast<double>(negatives) / static_cast<double>(items - 1);
    return alpha * (t * (1.0 - 1.0 / alpha) + 1.0 / alpha);
}

Tensor unitRows(const Tensor& rows)
{
    return F::normalize(rows, F::NormalizeFuncOptions().dim(1).eps(1e-6));
}

Tensor withoutHits(const Tensor& logits, const Tensor& positives, const Tensor& negatives)
{
    constexpr double beyondReach = -1e30; // finite, so that a row of hits alone still has a logarithm
    return logits.masked_fill(
        (negatives.dim() == 1 ? negatives.unsqueeze(0) : negatives) == positives.unsqueeze(1), beyondReach);
}

Tensor sampledSoftmaxRows(const Tensor& hidden, const ItemRows& items, const Tensor& bias, const SampledSoftmax& s)
{
    const bool shared = s.negatives.dim() == 1;
    const std::int64_t rows = hidden.size(0);
    const Tensor positives = s.positives.to(torch::kInt64), negatives = s.negatives.to(torch::kInt64);
    Tensor users = hidden, positiveRows = items.of(s.positives.contiguous());
    Tensor negativeRows = items.of(s.negatives.reshape({-1}).contiguous());
    if (s.cosine)
        users = unitRows(users);
    if (s.cosine || s.unitItems) {
        positiveRows = unitRows(positiveRows);
        negativeRows = unitRows(negativeRows);
    }
    Tensor positive = (users * positiveRows).sum(1) / s.temperature;
    Tensor negative = shared
        ? torch::mm(users, negativeRows.t())
        : torch::bmm(negativeRows.view({rows, negatives.size(1), -1}), users.unsqueeze(2)).squeeze(2);
    negative = negative / s.temperature;
    if (bias.defined()) {
        positive = positive + bias.index_select(0, positives);
        negative = negative + bias.index_select(0, negatives.reshape({-1})).view(negatives.sizes());
    }
    if (s.logQ.defined()) {
        const Tensor logQ = s.logQ.to(hidden.scalar_type());
        if (s.correctPositive)
            positive = positive - logQ.index_select(0, positives);
        negative = negative - logQ.index_select(0, negatives.reshape({-1})).view(negatives.sizes()) - s.logCount;
    }
    if (s.removeHits)
        negative = withoutHits(negative, positives, negatives);
    Tensor all = torch::cat({positive.unsqueeze(1), negative}, 1);
    return torch::logsumexp(all, 1) - positive;
}

} // namespace recoscope::nn
