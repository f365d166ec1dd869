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

    // Events [begin, end) and `tokens` tokens after them; later pieces of the sequence see the tokens.
    void addPiece(std::int64_t begin, std::int64_t end, std::int64_t tokens, bool tokensRead)
    {
        if (begin == end)
            return;
        openPiece();
        for (std::int64_t event = begin; event < end; ++event) {
            m_out.answer.push_back(static_cast<std::int32_t>(m_out.rows()));
            addRow(event, -1);
        }
        if (tokens > 0 && !tokensRead) {
            closePiece();
            openPiece();
        }
        for (std::int64_t token = 0; token < tokens; ++token) {
            if (tokensRead)
                m_out.answer.back() = static_cast<std::int32_t>(m_out.rows());
            m_seen.push_back(static_cast<std::int32_t>(m_beforeTotal + m_out.rows()));
            addRow(end - 1, token);
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

    void addRow(std::int64_t event, std::int64_t token)
    {
        m_out.places.push_back(static_cast<std::int32_t>(m_out.sources.size()));
        m_out.sources.push_back(static_cast<std::int32_t>(m_beforeTotal + m_out.rows()));
        m_out.event.push_back(static_cast<std::int32_t>(event));
        m_out.token.push_back(static_cast<std::int32_t>(token));
        m_out.piece.push_back(m_piece);
    }

    SegmentedRows& m_out;
    const std::int64_t m_beforeTotal;
    std::int32_t m_beforeSoFar = 0, m_piece = 0;
    std::vector<std::int32_t> m_seen; // what every row of the next piece sees of the earlier ones
};

} // namespace

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
    std::span<const std::int64_t> segments, std::span<const std::int64_t> before)
{
    SegmentedRows out;
    out.offsets.push_back(0);
    out.pieceOffsets.push_back(0);
    SegmentWriter writer(out, std::accumulate(before.begin(), before.end(), std::int64_t{0}));
    for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
        writer.beginSequence(before.empty() ? 0 : before[b]);
        std::int64_t begin = offsets[b];
        for (std::int64_t s = 0; s < segments[b]; ++s, begin += geometry.segment)
            writer.addPiece(begin, begin + geometry.segment, geometry.tokens, geometry.tokensRead);
        writer.addPiece(begin, offsets[b + 1], 0, true);
        writer.endSequence();
    }
    return out;
}

} // namespace recoscope::nn
