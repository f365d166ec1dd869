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

// A TrainingBatch as tensors: offsets on the processor, everything else there or on a device.
struct BatchTensors {
    PackedBatch inputs;
    bool ofPrefixes = false;
    torch::Tensor targets; // [M] int32
    torch::Tensor targetFeedback; // [M] float32, or undefined
    torch::Tensor targetSurfaces, targetKinds; // [M] int32, or undefined
};

class Objective {
public:
    // `model`, whose losses these are, must outlive the objective.
    Objective(const NeuralModel& model, const PreparedData& data, const Json& parameters, std::uint64_t seed);

    // What a step looks at: inputs, targets and negatives, all a function of (seed, step).
    struct Draw : BatchTensors {
        std::vector<std::int64_t> asked; // rows of the inputs with a target; empty: all
        torch::Tensor negatives; // [M, R], [R], or undefined; of the processor
        std::uint64_t step = 0; // also names the dropout masks

        // Items in the inputs, and in targets and negatives too (all below `end`): ascending, without repeats. For
        // batches of the processor.
        std::vector<std::int32_t> items(std::int64_t end, bool inputsAlone = false) const;
    };
    // On the processor, where its random numbers are drawn.
    Draw draw(const NeuralModel& model, const TrainingBatch& batch, std::uint64_t step) const;
    // The same of a batch that is on a device, where !readsRows().
    Draw draw(BatchTensors batch, std::uint64_t step) const;
    // Whether the processor reads items or targets to draw the step or to compute its loss: it masks events, leaves
    // targets out of the negatives, computes the items that occur, or the loss is the model's own.
    bool readsRows(const NeuralModel& model) const;
    // Mean loss over the targets, differentiable, on the model's device.
    torch::Tensor loss(const NeuralModel& model, const Draw& draw);
    // Operations of a step on the batch, forward and backward, but for those of computed item vectors.
    FlopCount flops(const NeuralModel& model, const TrainingBatch& batch) const;
    // How often the step computes each item's vector, added to `reads` [V+1]; for a model that computes items.
    void addReads(const NeuralModel& model, const TrainingBatch& batch, std::vector<double>& reads) const;
    // What a model's own loss remembers from step to step.
    std::span<std::int64_t> memory() { return m_own ? m_own->memory() : std::span<std::int64_t>(); }

private:
    void readParameters(const PreparedData& data, const Json& parameters);
    void mask(const NeuralModel& model, const TrainingBatch& batch, Draw& draw) const;
    LossBatch lossBatch(const Draw& draw) const;
    double addMasks(const NeuralModel& model, const TrainingBatch& batch, std::vector<std::int64_t>& lengths) const;
    double drawShare(std::int64_t item, bool shared) const;
    enum class Kind { CrossEntropy, Bce, Gbce, SampledSoftmax };
    // By kind: [M, k] of each target, [R] shared by all, or undefined.
    torch::Tensor drawNegatives(const torch::Tensor& targets, std::uint64_t step) const;
    ItemRows computedItems(const NeuralModel& model, const Draw& draw) const;
    torch::Tensor lossOf(const NeuralModel& model, const torch::Tensor& hidden, const ItemRows& items, const Draw& draw,
        double temperature) const;
    torch::Tensor negativesPerPosition(const torch::Tensor& targets, std::uint64_t step, bool excludeTarget) const;
    torch::Tensor sharedNegatives(std::uint64_t step) const;

    std::unique_ptr<ModelLoss> m_own;
    std::uint64_t m_seed;
    Kind m_kind = Kind::CrossEntropy;
    std::int64_t m_items, m_negatives = 0;
    double m_smoothing = 0.0, m_gbceT = 0.0, m_temperature = 1.0, m_nearPositive = 1.0;
    bool m_perPosition = false;
    std::vector<double> m_cumulative; // sampling distribution of sampled_softmax
    torch::Tensor m_logQ;
};

} // namespace recoscope
