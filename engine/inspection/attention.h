// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a model with attention looked at: every layer and head over one history. Value type, shared as
// shared_ptr<const AttentionMaps> with the views.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/packed.h"
#include "engine/models/trained_model.h"

namespace recoscope {

struct AttentionMaps {
    std::int64_t layers = 0, heads = 0, length = 0; // length: events the model saw (after the cut)
    bool rowsSumToOne = true;
    std::vector<float> weights; // [layers, heads, length, length]; upper triangle 0 (masked)
    std::vector<std::int32_t> items; // [length] prepared indices
    std::vector<std::int64_t> times; // [length] seconds, or empty

    const float* head(std::int64_t layer, std::int64_t head) const
    {
        return weights.data() + (layer * heads + head) * length * length;
    }
    // Mean entropy of the rows (nats, after normalisation) and mean distance in events that a row reads back.
    struct HeadSummary {
        double entropy = 0.0;
        double reach = 0.0;
    };
    HeadSummary summary(std::int64_t layer, std::int64_t head) const;
};

// Error{Refused} when the model has no attention.
std::shared_ptr<const AttentionMaps> inspectAttention(const TrainedModel& model, const PackedView& history);
void writeAttention(const AttentionMaps& maps, const Path& npz);

// Rank of `item` (1-based) after the embedding and after each layer, read through the model's own head.
std::vector<double> rankByLayer(const TrainedModel& model, const PackedView& history, std::int32_t item);
// The same for several items in one pass: [items][1 + layers]. With `maskSeen` the items of the history take no rank
// (but the asked one does), as in the recommended list.
std::vector<std::vector<double>> ranksByLayer(
    const TrainedModel& model, const PackedView& history, std::span<const std::int32_t> items, bool maskSeen);

} // namespace recoscope
