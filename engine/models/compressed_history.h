// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A model that compresses a history into tokens, opened up: the same history read with all tokens, without some of
// them, without some events, with older tokens or with none at all, and what the tokens hold. Torch-free; const calls
// are thread-safe. Geometry: a history of n events has segmentsOf(n) segments of `segment` events from the oldest on,
// each followed by `tokens` tokens, and recent events after them; token t is the (t % tokens)-th of its segment.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/models/trained_model.h"

namespace recoscope {

// How a state keeps its numbers. Byte: 127 steps either side of zero, a scale for each token and column range.
enum class StatePrecision { Float, Half, Byte };

struct CompressedShape {
    std::int64_t tokens = 0; // after each segment
    std::int64_t segment = 0, recent = 0; // events of a segment; fewest recent events
    std::int64_t layers = 0, heads = 0;
    std::int64_t rowNumbers = 0; // keys and values of a row in all layers
    std::int64_t tokenNumbers = 0; // kept of a token: as many, or its output alone
    bool renewed = false; // a segment's tokens replace those before them
    // Tokens that stand for so many segments.
    std::int64_t tokensHeld(std::int64_t segments) const { return tokens * (renewed && segments > 1 ? 1 : segments); }
};

// The rows of a pass over one history: its events, and the tokens where they stand.
struct CompressedRows {
    std::vector<std::int32_t> event; // [rows] of the window; of a token: the last event of its segment
    std::vector<std::int32_t> token; // [rows] which of all tokens; -1: an event
    std::vector<std::int32_t> piece; // [rows] rows of a piece see each other
    bool renewed = false; // of earlier pieces only the tokens of the last are there

    std::int64_t size() const { return static_cast<std::int64_t>(event.size()); }
    // The mask.
    bool sees(std::int64_t query, std::int64_t key) const
    {
        return key <= query
            && (piece[key] == piece[query] || (token[key] >= 0 && (!renewed || piece[key] + 1 == piece[query])));
    }
};

// One way to read a window of events.
struct HistoryReading {
    bool compressed = true; // false: no tokens, every event sees all events before it
    std::int64_t segments = -1; // compressed ones, from the oldest; -1: as many as the window has
    std::vector<std::int32_t> absentTokens; // nothing sees them; ascending
    std::vector<std::int32_t> absentEvents; // nothing sees them, the others keep their positions; ascending
};

class CompressedHistory {
public:
    virtual ~CompressedHistory() = default;
    virtual CompressedShape shape() const = 0;
    virtual std::int64_t segmentsOf(std::int64_t events) const = 0;
    virtual CompressedRows rows(std::int64_t events) const = 0;

    // One history, of which the model's window is read. Error{Usage} when it is empty, holds unknown items, or when a
    // reading leaves no event or more segments than fit.
    // User vectors after the last event: [readings, D].
    virtual void encode(
        const PackedView& history, std::span<const HistoryReading> readings, std::span<float> out) const = 0;
    // What is kept of the tokens: [readings, tokens of the window, tokenNumbers]; zero for what is not there.
    virtual std::vector<float> tokenContents(
        const PackedView& history, std::span<const HistoryReading> readings) const = 0;
    // A user's state that keeps what is compressed in this precision, whatever the model's own is.
    virtual std::unique_ptr<UserState> newState(StatePrecision precision) const = 0;
};

// Null for a model that does not compress. The model outlives what is returned.
std::unique_ptr<CompressedHistory> compressedHistory(const TrainedModel& model);

} // namespace recoscope
