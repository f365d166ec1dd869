// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Losses over sampled negatives without a matrix of scores: float32 through the kernel (kernels::sampledLoss); float64,
// and what looks at the items' vectors beside the scores (nearPositive, ItemRows::added), through plain tensor
// operations (nn/plain.h). One value a row [M]; the training loss is their mean. Equations:
// kernels/ops.h, docs/models.md.
#pragma once

#include "engine/nn/item_rows.h"

namespace recoscope::nn {

// Logits [M, R] of negatives [M, R] or [R], beyond reach where a negative is the row's positive [M].
torch::Tensor withoutHits(const torch::Tensor& logits, const torch::Tensor& positives, const torch::Tensor& negatives);

struct SampledLoss {
    torch::Tensor positives; // [M] int32
    torch::Tensor negatives; // [M, R] of each row, or [R] shared by all; int32
    torch::Tensor logQ; // [V] ln of the sampling probability, or undefined: no correction
    bool correctPositive = true; // also subtract ln q from the positive
    double logCount = 0.0; // added to ln q of the negatives (ln R where the expected count is meant)
    bool removeHits = true; // negatives equal to the row's positive do not count
    double nearPositive = 1.0; // nor those whose cosine with it is above this; 1: only equal ones
    bool cosine = false; // cosine instead of dot product
    bool unitItems = false; // products with L2-normalised item vectors
    double temperature = 1.0;
    bool logistic = false; // sigmoids with these weights instead of a softmax
    double positiveWeight = 1.0, negativeWeight = 1.0; // of the positive, of each negative

    static SampledLoss softmax(torch::Tensor positives, torch::Tensor negatives);
    // The positive's term plus the mean of the negatives' terms (Kang & McAuley 2018 with one negative).
    static SampledLoss binary(torch::Tensor positives, torch::Tensor negatives);
    // gBCE (Petrov & Macdonald 2023): [-beta ln sigma(s+) + sum softplus(s-)] / (1+k).
    static SampledLoss gbce(torch::Tensor positives, torch::Tensor negatives, double beta);
};
// hidden [M, D]; bias [V] or undefined. The gradients of leaves (a trained table, the bias) are added straight into
// theirs, made when absent; computed vectors get theirs from autograd.
torch::Tensor sampledLossRows(
    const torch::Tensor& hidden, const ItemRows& items, const torch::Tensor& bias, const SampledLoss& sampled);

// alpha = k/(V-1), beta = alpha (t (1 - 1/alpha) + 1/alpha).
double gbceBeta(std::int64_t negatives, std::int64_t items, double t);

} // namespace recoscope::nn
