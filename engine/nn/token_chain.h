// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Tokens that go on as inputs: of a compressed segment the tokens' outputs alone are kept, k vectors of the model's
// width, and what follows reads them through a learned projection as rows before its own. With `recursive` a segment's
// tokens replace those before them, which they have read: old tokens and new events become new tokens, and a memory
// stays k vectors however long the history grows. Training walks the chain segment by segment with gradients through
// all of it, so it is trained for as it is used. Geometry: nn/segments.h.
//
// Tokens stand at the place and the time of the last event of their segment, there and when they are read again; that
// event is asked at its own time, and what follows it is predicted from the segment's last token.
#pragma once

#include "engine/nn/history_compression.h"
#include "engine/nn/modules.h"

namespace recoscope::nn {

class TokenChain : public HistoryCompression {
public:
    // Adds "tokens" [k, D] and "memory_input" to the model's parameters. Keys as HistoryCompression's, `initialisation`
    // and `memory`, outputs or recursive. Error{Usage} for tokens that do not read.
    TokenChain(Parameters& parameters, const Json& settings, std::int64_t width, std::int64_t maxLength);

    torch::Tensor encode(const AttentionModel& model, const PackedBatch& batch, ForwardContext& context,
        const torch::Tensor& asked = {}) const override;
    void compress(const AttentionModel& model, const PackedBatch& segment, HistoryMemory& memory,
        ForwardContext& context) const override;
    torch::Tensor encodeRecent(const AttentionModel& model, const PackedBatch& recent, const HistoryMemories& memories,
        ForwardContext& context) const override;
    torch::Tensor encodePartial(const AttentionModel& model, const PartialHistories& given, TokenContents* contents,
        ForwardContext& context) const override;
    CompressionMemory memoryKind() const override
    {
        return m_recursive ? CompressionMemory::Recursive : CompressionMemory::Outputs;
    }
    std::int64_t tokensAfter(std::int64_t segments) const override;
    std::int64_t keptLayers(const AttentionModel&) const override { return 1; }
    std::vector<ColumnRange> keptColumns(const AttentionModel& model) const override;

private:
    // A token that is remembered: its row among those remembered, and where it stood.
    struct Held {
        std::int32_t row = 0, position = 0;
        std::int64_t time = 0; // which: the event's of the batch, or behind these a remembered one
        std::int32_t shown = 0; // its row of a picture
    };
    // Events [first, last) of one user with what is held of those before. `closes`: a segment ends here.
    struct Stretch {
        std::int64_t first = 0, last = 0;
        bool closes = false;
        std::vector<std::int32_t> tokens{}; // which of the k follow it
        std::int32_t tokenPosition = 0;
        std::vector<Held> held{};
        std::size_t user = 0;
    };
    // A user on the way through the history.
    struct Walker {
        std::int64_t next = 0, end = 0; // events
        std::vector<Held> held;
    };
    struct Pass {
        torch::Tensor rows; // outputs [N, D] of held tokens, events and new tokens, a stretch after another
        std::vector<std::int32_t> answers; // row that predicts what follows each event, a stretch after another
        std::vector<std::int32_t> tokens; // rows of the new tokens
    };
    // Vectors of tokens [M, D], and the times that a memory knows of them.
    struct Remembered {
        torch::Tensor rows;
        std::vector<std::int64_t> times;
    };
    // x [T, D]: the batch's events as the first layer takes them.
    Pass pass(const AttentionModel& model, const torch::Tensor& x, const PackedBatch& batch,
        const std::vector<Stretch>& stretches, const Remembered& remembered, ForwardContext& context) const;
    // Events of users [B] behind what is remembered of each; a segment of each ends where `closes`.
    Pass passBehind(const AttentionModel& model, const PackedBatch& events, const HistoryMemories& memories,
        bool closes, ForwardContext& context) const;
    // One pass after another, a segment of every user each: [T, D] as encode().
    torch::Tensor walk(const AttentionModel& model, const PackedBatch& batch,
        std::span<const SequenceSegments> segments, TokenContents* contents, ForwardContext& context) const;
    std::vector<Stretch> takeTurn(
        std::size_t turn, std::span<const SequenceSegments> segments, std::vector<Walker>& walkers) const;
    static std::vector<std::int32_t> shownRows(const std::vector<Held>& held);
    torch::Tensor newTokens(const torch::Tensor& x, const std::vector<Stretch>& stretches) const;
    // Rows `firstRow` on among those remembered, behind the times of so many events.
    std::vector<Held> heldOf(const HistoryMemory& memory, std::int64_t firstRow, std::int64_t events) const;

    const bool m_recursive, m_pooled;
    torch::Tensor m_tokens;
    Linear m_read; // [D, D]
};

} // namespace recoscope::nn
