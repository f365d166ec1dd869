// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The training loss of a batch: the model's own where it has one, otherwise by the keys of the "Loss" group. Negatives
// are a function of (seed, step).
#pragma once

#include "engine/data/prepared.h"
#include "engine/nn/model_loss.h"
#include "engine/nn/neural_model.h"
#include "engine/training/batches.h"

namespace recoscope {

class Objective {
public:
    // `model`, whose losses these are, must outlive the objective.
    Objective(const NeuralModel& model, const PreparedData& data, const Json& parameters, std::uint64_t seed);

    // Mean loss over the batch's targets, differentiable; `step` names the dropout masks and the negatives.
    torch::Tensor loss(const NeuralModel& model, const TrainingBatch& batch, std::uint64_t step);
    // What a model's own loss remembers from step to step.
    std::span<std::int64_t> memory() { return m_own ? m_own->memory() : std::span<std::int64_t>(); }

private:
    // The events that a batch of a masked model holds back.
    struct Masked {
        PackedSequences inputs;
        std::vector<std::int64_t> rows; // [M]
        std::vector<std::int32_t> targets; // [M]
    };
    void readParameters(const PreparedData& data, const Json& parameters);
    torch::Tensor ownLoss(const TrainingBatch& batch, std::uint64_t step);
    Masked mask(const NeuralModel& model, const TrainingBatch& batch, std::uint64_t step) const;
    enum class Kind { CrossEntropy, Bce, Gbce, SampledSoftmax };
    // By kind: [M, k] of each target, [R] shared by all, or undefined.
    torch::Tensor drawNegatives(const torch::Tensor& targets, std::uint64_t step) const;
    ItemRows computedItems(const NeuralModel& model, const torch::Tensor& inputs, const torch::Tensor& targets,
        const torch::Tensor& negatives) const;
    torch::Tensor lossOf(const NeuralModel& model, const torch::Tensor& hidden, const ItemRows& items,
        const torch::Tensor& targets, const torch::Tensor& negatives, double temperature) const;
    torch::Tensor negativesPerPosition(const torch::Tensor& targets, std::uint64_t step, bool excludeTarget) const;
    torch::Tensor sharedNegatives(std::uint64_t step) const;

    std::unique_ptr<ModelLoss> m_own;
    std::uint64_t m_seed;
    Kind m_kind = Kind::CrossEntropy;
    std::int64_t m_items, m_negatives = 0;
    double m_smoothing = 0.0, m_gbceT = 0.0, m_temperature = 1.0;
    bool m_perPosition = false;
    std::vector<double> m_cumulative; // sampling distribution of sampled_softmax
    torch::Tensor m_logQ;
};

} // namespace recoscope
