// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A model on a device that looks as if it were on the processor: what it is given is copied there and what it gives is
// copied back, differentiably. So that fixtures are compared with what the device computes.
#pragma once

#include "engine/nn/model_loss.h"
#include "engine/nn/neural_model.h"

namespace recoscope {

class ModelOnDevice : public NeuralModel {
public:
    // `inner` is moved to the device. Its parameters are those to read and to train, not this object's.
    ModelOnDevice(std::shared_ptr<NeuralModel> inner, torch::Device device);

    std::string name() const override { return m_inner->name(); }
    torch::Tensor itemTable() const override { return m_inner->itemTable().cpu(); }
    torch::Tensor itemBias() const override { return onProcessor(m_inner->itemBias()); }
    torch::Tensor logitScale() const override { return onProcessor(m_inner->logitScale()); }
    bool normalisesItems() const override { return m_inner->normalisesItems(); }
    bool asksAtMask() const override { return m_inner->asksAtMask(); }
    FlopCount flops(std::span<const std::int64_t> lengths, const ScoreWork& score) const override
    {
        return m_inner->flops(lengths, score);
    }
    const FeedbackFactors* predictedFeedback() const override { return m_inner->predictedFeedback(); }
    torch::Tensor feedbackAfter(const PackedBatch& batch, const torch::Tensor& targets) const override
    {
        return m_inner->feedbackAfter(batch, targets).cpu();
    }
    std::unique_ptr<ModelLoss> ownLoss() const override { return m_inner->ownLoss(); } // its value is on the device

    const NeuralModel& inner() const { return *m_inner; }

protected:
    torch::Tensor encodeRows(
        const PackedBatch& batch, ForwardContext& context, const torch::Tensor& asked) const override;

private:
    static torch::Tensor onProcessor(const torch::Tensor& t) { return t.defined() ? t.cpu() : t; }

    std::shared_ptr<NeuralModel> m_inner;
};

} // namespace recoscope
