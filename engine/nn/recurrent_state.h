// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The incremental form of models whose whole memory is a fixed number of floats: one advance() an event, O(1). The
// state of an empty history is zero; its vector is the start token's when the model predicts first items, else zero.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/nn/neural_model.h"

namespace recoscope {

class RecurrentForm : public IncrementalForm {
public:
    std::unique_ptr<UserState> newState() const override;
    void append(std::span<UserState* const> states, const PackedView& events) const override;
    // `states` [stateFloats] advance by one event; `vector` [width] becomes the user's vector.
    virtual void advance(std::int32_t item, float* states, float* vector) const = 0;
    // The same for sequences of items, each with its row of states [B, stateFloats] and vectors [B, width]; a row
    // without events stays as it is.
    virtual void advanceAll(
        std::span<const std::int64_t> offsets, const std::int32_t* sequenceItems, float* states, float* vectors) const;

    std::int64_t items = 0;
    std::int64_t width = 0;
    std::int64_t stateFloats = 0;
    std::uint64_t tag = 0; // checksum of all weights
    bool predictsFirst = false;

private:
    const std::vector<float>& coldVector() const; // of an empty history; computed once

    mutable std::once_flag m_coldOnce;
    mutable std::vector<float> m_cold;
};

} // namespace recoscope
