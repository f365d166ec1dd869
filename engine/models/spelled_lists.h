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
    // `generator` is the same object as `model`, and `form` one of it; null: made here. Error{Usage} for a width that
    // no search has.
    SpelledLists(std::shared_ptr<const NeuralModel> model, const SpellingModel& generator, std::int64_t width,
        std::shared_ptr<const BeamForm> form = nullptr);

    std::string modelName() const override { return m_model->name(); }
    std::int64_t items() const override { return m_model->items(); }
    std::int64_t parameterCount() const override { return m_model->parameters().count(); }
    std::int64_t maxLength() const override { return m_model->setup().maxLength; }
    std::string description() const override;
    std::int64_t listLength() const override { return m_width; }
    void score(const PackedView& histories, std::span<float> out) const override;
    std::vector<std::vector<BeamItem>> lists(
        const PackedView& histories, const HiddenItems& hidden, BeamTimes* times) const override;
    std::shared_ptr<const TrainedModel> ofLength(std::int64_t length) const override;

private:
    // Of histories [begin, end).
    std::vector<std::vector<BeamItem>> search(const PackedView& histories, const HiddenItems& hidden,
        std::int64_t begin, std::int64_t end, BeamTimes* times) const;

    std::shared_ptr<const NeuralModel> m_model;
    const SpellingModel& m_generator;
    std::shared_ptr<const BeamForm> m_form;
    std::int64_t m_width;
};

// As everyone else sees a neural model: by its vectors, or by beam search where it is a SpellingModel.
std::shared_ptr<const TrainedModel> asTrainedModel(std::shared_ptr<const NeuralModel> model);

} // namespace recoscope
