// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A compressed history looked into: who sees whom, what each token read of the events, what the events read of the
// tokens, and what a token would lack without one of its events. Value types.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/packed.h"
#include "engine/core/progress.h"
#include "engine/models/compressed_history.h"

namespace recoscope {

struct TokenMaps {
    CompressedShape shape;
    std::int64_t events = 0, segments = 0; // of the model's window
    CompressedRows rows; // the mask
    bool rowsSumToOne = true; // of the model's own weights; the shares below always do, over all that a row reads
    std::vector<float> absorbed; // [layers, heads, tokens, events] share of each event in what a token reads
    std::vector<float> read; // [layers, heads, events, tokens] share of each token in what an event reads
    std::vector<std::int32_t> items; // [events] prepared indices
    std::vector<std::int64_t> times; // [events] seconds, or empty

    std::int64_t tokens() const { return segments * shape.tokens; }
    std::int64_t older() const { return segments * shape.segment; } // events that are compressed
    // Of one head, or the mean of all for head -1: [tokens, events] and [events, tokens].
    std::vector<float> absorbedBy(std::int64_t layer, std::int64_t head) const;
    std::vector<float> readBy(std::int64_t layer, std::int64_t head) const;
};
// Without tokens (segments = 0, no shares) for a history too short to be compressed. Error{Refused} for a model that
// does not compress, Error{Usage} for an empty history.
std::shared_ptr<const TokenMaps> inspectTokens(const TrainedModel& model, const PackedView& history);

// |c - c without event j| / |c| for all numbers c that are kept of a token: [tokens, events]. Events after a
// token's segment give 0. One pass per compressed event, over the compressed events alone. Errors as inspectTokens;
// cancellable.
struct TokenEffects {
    std::int64_t tokens = 0, events = 0;
    std::vector<float> change;
};
TokenEffects tokenEffects(const TrainedModel& model, const PackedView& history, Progress& progress);

// How far back a token looks: the mean number of events between what it reads and the end of its segment, by shares
// [events] of one token whose segment ends before event `end`.
double tokenReach(const float* shares, std::int64_t events, std::int64_t end);

// Arrays absorbed, read, change, row_event, row_token, mask, items, times.
void writeTokens(const TokenMaps& maps, const TokenEffects& effects, const Path& npz);

} // namespace recoscope
