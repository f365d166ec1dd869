// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Losses over sampled negatives, in ordinary tensor operations (float32 and float64). All return one value a row [M];
// the training loss is their mean. Equations: docs/models.md.
#pragma once

#include "engine/nn/item_rows.h"

namespace recoscope::nn {

// Logits of given items: hidden [M, D], ids [M, k] int32 -> [M, k]; `bias` [V] or undefined.
torch::Tensor itemLogits(
    const torch::Tensor& hidden, const ItemRows& items, const torch::Tensor& bias, const torch::Tensor& ids);

// Column 0 of logits [M, 1+k] is the positive. Binary cross-entropy: the positive's term plus the mean of the k
// negatives' terms (Kang & McAuley 2018 with k = 1).
torch::Tensor binaryCrossEntropyRows(const torch::Tensor& logits);

// gBCE (Petrov & Macdonald 2023): [-beta ln sigma(s+) + sum softplus(s-)] / (1+k), beta from gbceBeta().
torch::Tensor gbceRows(const torch::Tensor& logits, double beta);
// alpha = k/(V-1), beta = alpha (t (1 - 1/alpha) + 1/alpha).
double gbceBeta(std::int64_t negatives, std::int64_t items, double t);

// Rows divided by their length.
torch::Tensor unitRows(const torch::Tensor& rows);
// Logits [M, R] of negatives [M, R] or [R], beyond reach where a negative is the row's positive [M].
torch::Tensor withoutHits(const torch::Tensor& logits, const torch::Tensor& positives, const torch::Tensor& negatives);

struct SampledSoftmax {
    torch::Tensor positives; // [M] int32
    torch::Tensor negatives; // [M, R] of each row, or [R] shared by all; int32
    torch::Tensor logQ; // [V] ln of the sampling probability, or undefined: no correction
    bool correctPositive = true; // also subtract ln q from the positive
    double logCount = 0.0; // added to ln q of the negatives (ln R where the expected count is meant)
    bool removeHits = true; // negatives equal to the row's positive do not count
    bool cosine = false; // cosine instead of dot product
    bool unitItems = false; // products with L2-normalised item vectors
    double temperature = 1.0;
};
torch::Tensor sampledSoftmaxRows(
    const torch::Tensor& hidden, const ItemRows& items, const torch::Tensor& bias, const SampledSoftmax& sampled);

} // namespace recoscope::nn
