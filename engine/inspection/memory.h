// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// How long a linear recurrence h_t = lambda h_(t-1) + u_t remembers, read from its eigenvalues, and what one event
// changes in the state of any recurrent model. Values; no state of their own, any thread.
#pragma once

#include <complex>
#include <cstdint>
#include <vector>

#include "engine/core/packed.h"
#include "engine/core/progress.h"
#include "engine/inspection/state.h"

namespace recoscope {

// Of a channel; what counts as forgotten everywhere below.
inline constexpr double forgottenShare = 0.01;

// Events after which `share` of what a channel held is left: ln share / ln |lambda|. 0 when |lambda| = 0 (gone with the
// next event), infinite when |lambda| >= 1 (never).
double eventsUntil(double magnitude, double share = forgottenShare);
// [layers, channels]
std::vector<float> memoryLengths(const Eigenvalues& eigenvalues, double share = forgottenShare);
// Re lambda^n for n = 0 .. events: what is left in a channel of an impulse of size 1.
std::vector<double> impulseResponse(std::complex<double> lambda, std::int64_t events);

struct LayerMemory {
    double medianMagnitude = 0.0;
    double medianEvents = 0.0; // until forgottenShare is left
    std::int64_t channels = 0;
    std::int64_t beyond = 0; // channels that remember longer than `history` events
};
// One per layer.
std::vector<LayerMemory> layerMemories(const Eigenvalues& eigenvalues, std::int64_t history);

// |s - s without event j| / |s| for the state s after the last event, per layer: [layers, length], oldest event first.
// An event that nothing is left of gives 0; 1 is as large as the whole state. One pass over the history per event.
// Errors as inspectStates; cancellable.
struct EventEffects {
    std::int64_t layers = 0, length = 0;
    std::vector<float> change;
};
EventEffects eventEffects(const TrainedModel& model, const PackedView& history, Progress& progress);

} // namespace recoscope
