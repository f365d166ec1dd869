// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/segments.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "engine/core/error.h"

namespace recoscope::nn {

namespace {

class SegmentWriter {
public:
    SegmentWriter(SegmentedRows& out, std::int64_t before)
        : m_out(out)
        , m_beforeTotal(before)
    {
    }

    void beginSequence(std::int64_t before)
    {
        m_seen.resize(before);
        std::iota(m_seen.begin(), m_seen.end(), m_beforeSoFar);
        m_beforeSoFar += static_cast<std::int32_t>(before);
        m_piece = 0;
    }
    void endSequence() { m_out.offsets.push_back(m_out.rows()); }

    // Events [begin, end) and `tokens` (which of the k) after them; later pieces of the sequence see the tokens.
    void addPiece(
        std::int64_t begin, std::int64_t end, std::span<const std::int32_t> tokens, bool tokensRead, bool ownPositions)
    {
        if (begin == end)
            return;
        openPiece();
        for (std::int64_t event = begin; event < end; ++event) {
            m_out.answer.push_back(static_cast<std::int32_t>(m_out.rows()));
            addRow(event, -1, begin);
        }
        if (!tokens.empty() && !tokensRead) {
            closePiece();
            openPiece();
        }
        std::int32_t later = 0;
        for (const std::int32_t token : tokens) {
            if (tokensRead)
                m_out.answer.back() = static_cast<std::int32_t>(m_out.rows());
            m_seen.push_back(static_cast<std::int32_t>(m_beforeTotal + m_out.rows()));
            addRow(end - 1, token, begin);
            later += ownPositions ? 1 : 0;
            m_out.later.back() = later;
        }
        closePiece();
    }

private:
    void openPiece() { m_out.sources.insert(m_out.sources.end(), m_seen.begin(), m_seen.end()); }
    void closePiece()
    {
        m_out.pieceOffsets.push_back(static_cast<std::int64_t>(m_out.sources.size()));
        ++m_piece;
    }

    void addRow(std::int64_t event, std::int32_t token, std::int64_t first)
    {
        m_out.places.push_back(static_cast<std::int32_t>(m_out.sources.size()));
        m_out.sources.push_back(static_cast<std::int32_t>(m_beforeTotal + m_out.rows()));
        m_out.event.push_back(static_cast<std::int32_t>(event));
        m_out.token.push_back(token);
        m_out.first.push_back(static_cast<std::int32_t>(first));
        m_out.later.push_back(0);
        m_out.piece.push_back(m_piece);
    }

    SegmentedRows& m_out;
    const std::int64_t m_beforeTotal;
    std::int32_t m_beforeSoFar = 0, m_piece = 0;
    std::vector<std::int32_t> m_seen; // what every row of the next piece sees of the earlier ones
};

} // namespace

std::vector<std::int32_t> presentTokens(const SegmentGeometry& geometry, const SequenceSegments& given, std::size_t s)
{
    std::vector<std::int32_t> present;
    for (std::int64_t token = 0; token < geometry.tokens; ++token) {
        const auto index = static_cast<std::int32_t>(static_cast<std::int64_t>(s) * geometry.tokens + token);
        if (!std::binary_search(given.absent.begin(), given.absent.end(), index))
            present.push_back(static_cast<std::int32_t>(token));
    }
    return present;
}

void SegmentGeometry::check(std::int64_t maxLength) const
{
    const auto refuse
        = [](const std::string& problem, const char* hint) { throw Error(ErrorKind::Usage, problem, hint); };
    const std::string k = std::to_string(tokens) + " tokens";
    if (tokens > segment)
        refuse(k + " do not compress a segment of " + std::to_string(segment) + " events",
            "choose fewer tokens or longer segments");
    if (tokens > recent)
        refuse(k + " need at least as many recent events, not " + std::to_string(recent),
            "choose fewer tokens or more recent events");
    if (segmentsOf(maxLength) < 1)
        refuse("max_length " + std::to_string(maxLength) + " leaves nothing to compress: a segment of "
                + std::to_string(segment) + " events and " + std::to_string(recent) + " recent ones do not fit",
            "raise the protocol's max_length, or choose a shorter segment or fewer recent events");
}

std::vector<std::int64_t> segmentCounts(std::span<const std::int64_t> offsets, const SegmentGeometry& geometry)
{
    std::vector<std::int64_t> counts;
    for (std::size_t b = 1; b < offsets.size(); ++b)
        counts.push_back(geometry.segmentsOf(offsets[b] - offsets[b - 1]));
    return counts;
}

SegmentedRows segmentRows(std::span<const std::int64_t> offsets, const SegmentGeometry& geometry,
    std::span<const SequenceSegments> segments, std::span<const std::int64_t> before)
{
    SegmentedRows out;
    out.offsets.push_back(0);
    out.pieceOffsets.push_back(0);
    SegmentWriter writer(out, std::accumulate(before.begin(), before.end(), std::int64_t{0}));
    for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
        writer.beginSequence(before.empty() ? 0 : before[b]);
        std::int64_t begin = offsets[b];
        for (std::size_t s = 0; s < segments[b].events.size(); ++s) {
            const std::int64_t end = begin + segments[b].events[s];
            writer.addPiece(
                begin, end, presentTokens(geometry, segments[b], s), geometry.tokensRead, segments[b].ownPositions);
            begin = end;
        }
        writer.addPiece(begin, offsets[b + 1], {}, true, false);
        writer.endSequence();
    }
    return out;
}

SegmentedRows segmentRows(std::span<const std::int64_t> offsets, const SegmentGeometry& geometry,
    std::span<const std::int64_t> segments, std::span<const std::int64_t> before)
{
    std::vector<SequenceSegments> whole(segments.size());
    for (std::size_t b = 0; b < whole.size(); ++b)
        whole[b].events.assign(static_cast<std::size_t>(segments[b]), geometry.segment);
    return segmentRows(offsets, geometry, std::span<const SequenceSegments>(whole), before);
}

std::vector<std::int64_t> SegmentedRows::firstQueries() const
{
    std::vector<std::int64_t> first;
    for (std::size_t piece = 0; piece + 1 < pieceOffsets.size(); ++piece)
        first.push_back(pieceOffsets[piece + 1] - pieceOffsets[piece]);
    for (const std::int32_t place : places) {
        const auto after = std::upper_bound(pieceOffsets.begin(), pieceOffsets.end(), place);
        const auto piece = static_cast<std::size_t>(after - pieceOffsets.begin() - 1);
        first[piece] = std::min(first[piece], place - pieceOffsets[piece]);
    }
    return first;
}

} // namespace recoscope::nn
