// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a recurrent model remembers: its state after every event of one history, and, where the recurrence is linear
// (LRURec), the eigenvalues that say how long each channel remembers. Value types.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/packed.h"
#include "engine/models/trained_model.h"

namespace recoscope {

struct RecurrentStates {
    std::int64_t layers = 0, length = 0; // length: events the model saw (after the cut)
    std::int64_t channels = 0; // of one layer; complex ones count once
    bool complex = false;
    std::vector<float> norms; // [layers, length]: the Euclidean length of the state after each event
    // [layers, length, channels], or [layers, length, 2, channels] (real, imaginary); empty when norms were asked for.
    std::vector<float> values;
    std::vector<std::int32_t> items; // [length] prepared indices
    std::vector<std::int64_t> times; // [length] seconds, or empty
};
enum class StateDetail { Values, Norms };
// Whether inspectStates has something to show of `model`: looks at the state after a single event.
bool keepsState(const TrainedModel& model);
// Norms alone take a number an event and layer, however long the history: a model that can reads it in chunks.
// Error{Refused} for a model without recurrent state, Error{Usage} for an empty history.
std::shared_ptr<const RecurrentStates> inspectStates(
    const TrainedModel& model, const PackedView& history, StateDetail detail = StateDetail::Values);

// lambda = exp(-exp(nu) + i exp(theta)) of every channel, the eigenvalues of the diagonal recurrence (Orvieto et al.,
// ICML 2023, eq. 5). |lambda| < 1: after n events a channel keeps |lambda|^n of what it held.
struct Eigenvalues {
    std::int64_t layers = 0, channels = 0;
    std::vector<float> real, imaginary; // [layers, channels]

    std::vector<float> magnitudes() const;
    // Events after which half is left: ln 0.5 / ln |lambda|.
    std::vector<float> halfLives() const;
};
// From the weights of a run (weights.safetensors). No layers for a model whose recurrence has no eigenvalues.
Eigenvalues readEigenvalues(const Path& weights);

// Of states with their values. Arrays state, norm, items, times, and eigenvalue_real, eigenvalue_imag, half_life where
// there are any.
void writeStates(const RecurrentStates& states, const Eigenvalues& eigenvalues, const Path& npz);

} // namespace recoscope
