// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/trained_model.h"

#include "engine/core/error.h"

namespace recoscope {

void TrainedModel::encodeLast(const PackedView&, std::span<float>) const
{
    throw Error(ErrorKind::Refused, modelName() + " has no user vectors", "use its scores instead");
}

void TrainedModel::predictFeedback(const PackedView&, std::span<const std::int32_t>, std::span<float>) const
{
    throw Error(ErrorKind::Refused, modelName() + " does not predict feedback", "choose a run of a model that does");
}

void TrainedModel::observe(const PackedView&, ModelObserver&) const
{
    throw Error(ErrorKind::Refused, modelName() + " has no layers to look into", "choose a run of a neural model");
}

} // namespace recoscope
