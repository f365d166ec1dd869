// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a TrainedModel is besides when it computes the vectors of its items, from their texts say: they are computed
// once, when the model is opened, and looked up afterwards. Reading them again for a request is what a server without
// that cache would do; it is there to be measured. Torch-free; thread-safe for const calls.
#pragma once

#include <span>

#include "engine/core/packed.h"
#include "engine/models/trained_model.h"

namespace recoscope {

class ItemReader {
public:
    virtual ~ItemReader() = default;
    virtual bool readsItems() const = 0; // false where item vectors are rows of a table
    // TrainedModel::encodeLast() with the items of every history computed again, each as often as it occurs: [B, D],
    // the same vectors but for rounding. Error{Refused} where readsItems() is false.
    virtual void encodeLastReading(const PackedView& histories, std::span<float> out) const = 0;
};

// The model, where it reads its items; otherwise null.
inline const ItemReader* itemReader(const TrainedModel& model)
{
    const auto* reader = dynamic_cast<const ItemReader*>(&model);
    return reader && reader->readsItems() ? reader : nullptr;
}

} // namespace recoscope
