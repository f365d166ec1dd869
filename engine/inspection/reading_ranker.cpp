// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/reading_ranker.h"

#include <algorithm>
#include <numeric>

#include "engine/inspection/arrays.h"
#include "engine/kernels/ops.h"

namespace recoscope {

std::vector<std::int32_t> eventRange(std::int64_t first, std::int64_t last)
{
    std::vector<std::int32_t> events(static_cast<std::size_t>(std::max<std::int64_t>(0, last - first)));
    std::iota(events.begin(), events.end(), static_cast<std::int32_t>(first));
    return events;
}

HistoryReading recentAlone(const CompressedHistory& compressed, std::int64_t events)
{
    const std::int64_t older = compressed.segmentsOf(events) * compressed.shape().segment;
    return {true, 0, {}, eventRange(0, older)};
}

HistoryReading fullReading()
{
    HistoryReading reading;
    reading.compressed = false;
    return reading;
}

ReadingRanker::ReadingRanker(const ServingSession& session, const CompressedHistory& compressed)
    : m_compressed(compressed)
    , m_head(*session.model().linearHead())
    , m_ties(session.data().protocol().scoreTies)
    , m_scores(static_cast<std::size_t>(m_head.items))
{
}

void ReadingRanker::read(const PackedView& history, const std::vector<HistoryReading>& readings)
{
    m_seen = distinct(history.items);
    m_vectors.resize(readings.size() * static_cast<std::size_t>(m_head.width));
    m_compressed.encode(history, readings, m_vectors);
}

void ReadingRanker::take(const PackedView& history, std::vector<float> vectors)
{
    m_seen = distinct(history.items);
    m_vectors = std::move(vectors);
}

void ReadingRanker::choose(std::size_t reading)
{
    const float* vector = m_vectors.data() + static_cast<std::int64_t>(reading) * m_head.width;
    kernels::scoreAll(m_head.items, m_head.width, vector, m_head.table, m_head.bias, m_scores.data());
}

std::vector<Recommendation> ReadingRanker::list(int k) const
{
    std::vector<Recommendation> out;
    for (const ScoredItem& s : topItems(m_scores, m_seen, k))
        out.push_back({s.item, s.score});
    return out;
}

TargetRank ReadingRanker::rankOf(std::int32_t target) const
{
    std::vector<std::int32_t> others = m_seen;
    std::erase(others, target);
    return rankInScores(m_scores, others, target);
}

std::int64_t sharedItems(const std::vector<Recommendation>& a, const std::vector<Recommendation>& b)
{
    return std::count_if(a.begin(), a.end(), [&](const Recommendation& own) {
        return std::any_of(b.begin(), b.end(), [&](const Recommendation& other) { return other.item == own.item; });
    });
}

} // namespace recoscope
