// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The incremental form of models whose whole memory is a fixed number of floats: one advance() an event, O(1). The
// state of an empty history is zero; its vector is the start token's when the model predicts first items, else zero.
#pragma once

#include <memory>
#include <vector>

#include "engine/nn/neural_model.h"

namespace recoscope {

class RecurrentForm : public IncrementalForm {
public:
    std::unique_ptr<UserState> newState() const override;
    // `states` [stateFloats] advance by one event; `vector` [width] becomes the user's vector.
    virtual void advance(std::int32_t item, float* states, float* vector) const = 0;

    std::int64_t items = 0;
    std::int64_t width = 0;
    std::int64_t stateFloats = 0;
    std::uint64_t tag = 0; // weightTag() of the item table
    bool predictsFirst = false;
};

} // namespace recoscope
