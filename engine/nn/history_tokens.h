// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The learnable tokens of PerSRec around any attention model: where they stand (nn/segments.h), what they start from,
// and the two ways through the layers, all rows in one pass or segment by segment with only the tokens' keys and values
// kept. Both give the same vectors.
//
// A token stands at the place and the time of the last event of its segment. That event is asked at its own time, so
// that nothing of a segment depends on what follows it; what follows is predicted from the segment's last token.
#pragma once

#include "engine/nn/attention_model.h"
#include "engine/nn/segments.h"

namespace recoscope::nn {

// How a memory keeps keys and values. Byte: 127 steps either side of zero, a scale for each token and column range.
enum class MemoryPrecision { Float, Half, Byte };

// What is left of the compressed segments of one user.
struct HistoryMemory {
    std::int64_t segments = 0;
    // By layer [segments * k, width] in the memory's precision; empty before the first segment.
    std::vector<torch::Tensor> keysAndValues;
    std::vector<torch::Tensor> scales; // by layer [segments * k, column ranges]; bytes only
    std::vector<std::int64_t> times; // [segments * k] of the tokens

    std::int64_t bytes() const;
};

class HistoryTokens {
public:
    // Adds "tokens" [k, D] to the model's parameters. Keys `tokens`, `segment`, `recent`,
    // `initialisation`, `tokens_read`, `state_precision`.
    HistoryTokens(Parameters& parameters, const Json& settings, std::int64_t width, std::int64_t maxLength);

    const SegmentGeometry geometry;
    const MemoryPrecision precision; // of what compress() adds to a memory

    // One pass over packed histories: [T, D].
    torch::Tensor encode(const AttentionModel& model, const PackedBatch& batch, ForwardContext& context) const;
    // The next segment of one user, `segment` events with their positions, into the memory.
    void compress(const AttentionModel& model, const PackedBatch& segment, HistoryMemory& memory) const;
    // One user's events after the compressed ones: [events, D].
    torch::Tensor encodeRecent(
        const AttentionModel& model, const PackedBatch& recent, const HistoryMemory& memory) const;

    // One pass over any rows of the events of `given`: [T, D], the vectors that predict what follows each event.
    // `memory` (or null) is what the rows see of earlier segments; `kept` (or null) takes the attention rows of all
    // tokens, by layer.
    torch::Tensor encodeRows(const AttentionModel& model, const PackedBatch& given, const SegmentedRows& rows,
        const HistoryMemory* memory, std::vector<torch::Tensor>* kept, ForwardContext& context) const;

private:
    torch::Tensor insertTokens(
        const AttentionModel& model, const torch::Tensor& x, const PackedBatch& batch, const SegmentedRows& rows) const;

    const bool m_pooled;
    torch::Tensor m_tokens;
};

} // namespace recoscope::nn
