// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// History compression (PerSRec): a history is cut into segments of events, each followed by k learnable tokens, and
// the recent events after them. A row sees, of the rows before it and of itself, those of its own segment and the
// tokens of earlier ones; so a later segment knows an earlier one through its tokens alone. Torch-free, pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace recoscope::nn {

// Segments are cut from the oldest event on, so a segment stays what it is while the history grows. A history of n
// events has max(0, (n - recent) / segment) segments, each whole: `recent` to recent + segment - 1 events stay as they
// are, and a short history has no tokens at all.
struct SegmentGeometry {
    std::int64_t tokens = 4; // after each segment; with 0 nothing is known of the segments
    std::int64_t segment = 64; // events
    std::int64_t recent = 64; // fewest events left as they are
    bool tokensRead = true; // false: tokens see no event, only tokens; what they start from is all they hold

    std::int64_t segmentsOf(std::int64_t events) const { return events < recent ? 0 : (events - recent) / segment; }
    // Which of all tokens of a history: the `which`-th after the segment of `event`.
    std::int64_t tokenAfter(std::int64_t event, std::int64_t which) const { return event / segment * tokens + which; }
    // Error{Usage} when a segment or the recent part has fewer events than tokens, or `maxLength` events have no
    // segment.
    void check(std::int64_t maxLength) const;
};

// The rows of packed sequences (N in all) once the tokens stand after their segments.
struct SegmentedRows {
    std::vector<std::int64_t> offsets; // [B+1]
    std::vector<std::int32_t> event; // [N] index in the packed events; of a token: the last event of its segment
    std::vector<std::int32_t> token; // [N] which of the k tokens; -1: an event
    // [N] segment of its sequence, from the oldest; tokens that do not read make one of their own.
    std::vector<std::int32_t> piece;
    std::vector<std::int32_t> first; // [N] first event of its segment
    std::vector<std::int32_t> later; // [N] how many positions a row stands after its event
    // [T] row that predicts what follows an event: its own, or its segment's last token where tokens read.
    std::vector<std::int32_t> answer;

    // The same attention without a mask, as causal attention over more and shorter sequences, one a piece: the tokens
    // of the earlier pieces, then its own rows. `sources` counts `before` rows of each sequence first (all sequences'
    // together), then the N rows.
    std::vector<std::int32_t> sources; // [places]
    std::vector<std::int64_t> pieceOffsets; // [pieces + 1] over the places
    std::vector<std::int32_t> places; // [N] the place where a row is its own

    // [pieces] places of a piece before the first that is a row's own: keys and values alone.
    std::vector<std::int64_t> firstQueries() const;

    std::int64_t rows() const { return static_cast<std::int64_t>(event.size()); }
    bool isToken(std::int64_t row) const { return token[row] >= 0; }
    // Whether row `query` sees row `key` of its sequence: the mask's definition.
    bool sees(std::int64_t query, std::int64_t key) const
    {
        return key <= query && (piece[key] == piece[query] || isToken(key));
    }
};

// What is compressed of one sequence where it is not all that the geometry gives.
struct SequenceSegments {
    std::vector<std::int64_t> events; // of each segment, from the oldest event on; one without events has no tokens
    std::vector<std::int32_t> absent; // tokens that are not there, as segment * k + token, ascending
    // Compatibility with the public code: each token takes a position of its own after its segment, where here it
    // shares that of the last event. For its checkpoints and fixtures only.
    bool ownPositions = false;
};

// Which of the k tokens follow segment `s` of a sequence.
std::vector<std::int32_t> presentTokens(const SegmentGeometry& geometry, const SequenceSegments& given, std::size_t s);

// Rows of sequences with `offsets` [B+1] and their segments [B]; `before` as below.
SegmentedRows segmentRows(std::span<const std::int64_t> offsets, const SegmentGeometry& geometry,
    std::span<const SequenceSegments> segments, std::span<const std::int64_t> before = {});
// Rows of sequences with `offsets` [B+1] whose first segments[b] * geometry.segment events are segments; `before` [B]
// (or empty) counts rows that every row of the sequence sees, from segments that are not in the batch.
SegmentedRows segmentRows(std::span<const std::int64_t> offsets, const SegmentGeometry& geometry,
    std::span<const std::int64_t> segments, std::span<const std::int64_t> before = {});
// The segments of sequences by their lengths: [B].
std::vector<std::int64_t> segmentCounts(std::span<const std::int64_t> offsets, const SegmentGeometry& geometry);

} // namespace recoscope::nn
