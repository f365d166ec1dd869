// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A SpellingModel as the torch-free TrainedModel that ranking and serving use: scores are the log probabilities of
// the items that beam search finds, and -inf for all others. Shares the weights; nobody may train them meanwhile.
#pragma once

#include <memory>

#include "engine/models/listing_model.h"
#include "engine/models/spelling_model.h"
#include "engine/models/trained_model.h"
#include "engine/nn/neural_model.h"

namespace recoscope {

class SpelledLists : public TrainedModel, public ListingModel {
public:
    // `generator` is the same object as `model`.
    SpelledLists(std::shared_ptr<const NeuralModel> model, const SpellingModel& generator);

    std::string modelName() const override { return m_model->name(); }
    std::int64_t items() const override { return m_model->items(); }
    std::int64_t parameterCount() const override { return m_model->parameters().count(); }
    std::int64_t maxLength() const override { return m_model->setup().maxLength; }
    std::string description() const override;
    std::int64_t listLength() const override { return m_generator.beamWidth(); }
    void score(const PackedView& histories, std::span<float> out) const override { scoreHiding(histories, {}, out); }
    void scoreHiding(const PackedView& histories, const HiddenItems& hidden, std::span<float> out) const override;

private:
    void scoreUsers(const PackedView& histories, const HiddenItems& hidden, std::int64_t begin, std::int64_t end,
        std::span<float> out) const;

    std::shared_ptr<const NeuralModel> m_model;
    const SpellingModel& m_generator;
};

// As everyone else sees a neural model: by its vectors, or by beam search where it is a SpellingModel.
std::shared_ptr<const TrainedModel> asTrainedModel(std::shared_ptr<const NeuralModel> model);

} // namespace recoscope
