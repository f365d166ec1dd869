// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the ways to compress a history into tokens have in common (nn/history_tokens.h, nn/token_chain.h): the history's
// segments, and what a user's memory holds of those that are compressed.
#pragma once

#include "engine/models/compressed_history.h"
#include "engine/nn/attention_model.h"
#include "engine/nn/segments.h"
#include "engine/nn/transfers.h"

namespace recoscope::nn {

// What is left of the compressed segments of one user, m tokens in all.
struct HistoryMemory {
    StatePrecision precision = StatePrecision::Float;
    std::int64_t segments = 0;
    std::vector<torch::Tensor> kept
        = {}; // by layer [m, width] in the memory's precision; empty before the first segment
    std::vector<torch::Tensor> scales = {}; // by layer [m, column ranges]; bytes only
    std::vector<std::int64_t> times = {}; // [m] of the tokens

    std::int64_t tokens() const { return static_cast<std::int64_t>(times.size()); }
    std::int64_t bytes() const;
    // The numbers of a layer: [m, width] of `type`. Of `columns` the widths count, here and below.
    torch::Tensor values(std::size_t layer, const std::vector<ColumnRange>& columns, torch::ScalarType type) const;
    // Puts further tokens below those of the layer.
    void add(std::size_t layer, const torch::Tensor& rows, const std::vector<ColumnRange>& columns);
    // Forgets all tokens but the last `count`.
    void keepLast(std::int64_t count);
};

using HistoryMemories = std::vector<const HistoryMemory*>; // of users [B]; none is null

// Histories of which parts are left out, as inspection reads them; positions count from the begin of their window.
struct PartialHistories {
    PackedBatch events;
    std::vector<SequenceSegments> segments; // [sequences]
};

// What is kept of the tokens of such histories.
struct TokenContents {
    std::vector<std::int64_t> sequence, token; // [n] token: which of all in its window
    torch::Tensor values; // [n, kept layers, kept columns]
};

class HistoryCompression {
public:
    virtual ~HistoryCompression() = default;

    const SegmentGeometry geometry;
    const StatePrecision precision; // of the memories that the model's states keep

    // One pass over packed histories: [T, D], the vectors that predict what follows each event; of the events `asked`
    // [R] int64 alone where that is defined.
    virtual torch::Tensor encode(const AttentionModel& model, const PackedBatch& batch, ForwardContext& context,
        const torch::Tensor& asked = {}) const = 0;
    // What encode() has the layers see.
    virtual CompressionMemory memoryKind() const { return CompressionMemory::KeysValues; }
    // Operations of encode() with the model's layers, and of the scores.
    FlopCount flops(const AttentionModel& model, std::span<const std::int64_t> lengths, const ScoreWork& score) const;
    // The next segment of one user, `segment` events with their positions, into the memory.
    virtual void compress(const AttentionModel& model, const PackedBatch& segment, HistoryMemory& memory,
        ForwardContext& context) const = 0;
    // Events of users [B] after the compressed ones, of each at least one: [B, D], the vectors after their last.
    virtual torch::Tensor encodeRecent(const AttentionModel& model, const PackedBatch& recent,
        const HistoryMemories& memories, ForwardContext& context) const = 0;

    // One pass as encode(); `contents` (or null) takes what a memory would keep. An observer of "token_attention" gets
    // the whole of one history's rows, events and tokens.
    virtual torch::Tensor encodePartial(const AttentionModel& model, const PartialHistories& given,
        TokenContents* contents, ForwardContext& context) const = 0;
    // Whether a segment's tokens replace those before them.
    bool renews() const { return memoryKind() == CompressionMemory::Recursive; }

    // The shape of a memory: tokens after so many segments, layers, and the widths of what stands side by side in a
    // row.
    virtual std::int64_t tokensAfter(std::int64_t segments) const { return segments * geometry.tokens; }
    virtual std::int64_t keptLayers(const AttentionModel& model) const = 0;
    virtual std::vector<ColumnRange> keptColumns(const AttentionModel& model) const = 0;

protected:
    // Keys `tokens`, `segment`, `recent`, `tokens_read`, `state_precision`.
    HistoryCompression(const Json& settings, std::int64_t maxLength);
};

// Rows of x [T, D] in runs, the j-th of k equal parts of [first, last) each, as their means: [runs, D]; 0 for a part
// without events.
struct Share {
    std::int64_t first = 0, last = 0;
    static Share of(std::int64_t first, std::int64_t last, std::int64_t part, std::int64_t parts)
    {
        const std::int64_t length = last - first;
        return {first + part * length / parts, first + (part + 1) * length / parts};
    }
};
torch::Tensor meansOf(const torch::Tensor& x, const std::vector<Share>& shares);

template <class T> torch::Tensor copied(const std::vector<T>& values, torch::Device device = torch::kCPU)
{
    return sentTo(device, torch::tensor(values, torch::CppTypeToScalarType<T>::value));
}

} // namespace recoscope::nn
