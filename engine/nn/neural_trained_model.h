// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A NeuralModel as the torch-free TrainedModel that ranking, serving and inspection use. Shares the weights; nobody may
// train them while other threads read.
#pragma once

#include <memory>
#include <mutex>

#include "engine/models/item_reader.h"
#include "engine/nn/neural_model.h"

namespace recoscope {

class NeuralTrainedModel : public TrainedModel, public ItemReader {
public:
    explicit NeuralTrainedModel(std::shared_ptr<const NeuralModel> model);

    std::string modelName() const override { return m_model->name(); }
    std::int64_t items() const override { return m_model->items(); }
    std::int64_t parameterCount() const override { return m_model->parameters().count(); }
    std::int64_t layers() const override { return m_model->attentionLayers(); }
    std::int64_t heads() const override { return m_model->attentionHeads(); }
    std::int64_t maxLength() const override { return m_model->setup().maxLength; }
    std::optional<LinearHead> linearHead() const override;
    void encodeLast(const PackedView& histories, std::span<float> out) const override;
    bool readsItems() const override { return m_items.defined(); }
    void encodeLastReading(const PackedView& histories, std::span<float> out) const override;
    void score(const PackedView& histories, std::span<float> out) const override;
    double scoreScale() const override { return m_model->scoreScale(); }
    const FeedbackFactors* predictedFeedback() const override { return m_model->predictedFeedback(); }
    void predictFeedback(
        const PackedView& histories, std::span<const std::int32_t> targets, std::span<float> out) const override;
    void observe(const PackedView& history, ModelObserver& observer) const override;
    std::unique_ptr<UserState> newState() const override;
    void appendToStates(std::span<UserState* const> states, const PackedView& events) const override;
    void userVectors(std::span<UserState* const> states, std::span<float> out) const override;

    const NeuralModel& network() const { return *m_model; }
    std::shared_ptr<const NeuralModel> sharedNetwork() const { return m_model; }
    // Gives a pass of it the item vectors that were computed once, where the model computes them.
    void lendItems(ForwardContext& context) const;

private:
    // encodeLast(), with the items that were computed once or, where `again`, with all of them computed again.
    void encodeRows(const PackedView& histories, bool again, std::span<float> out) const;

    // A history that is read in chunks.
    void encodeLong(const PackedView& histories, std::int64_t b, std::span<float> out) const;
    const IncrementalForm* form() const; // null without one

    std::shared_ptr<const NeuralModel> m_model;
    torch::Tensor m_items; // that a model computes, as its input reads them; undefined for others
    torch::Tensor m_table; // what scores are products with
    mutable std::once_flag m_formOnce;
    mutable std::shared_ptr<const IncrementalForm> m_form;
};

} // namespace recoscope
