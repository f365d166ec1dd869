// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Private to engine/inspection: recommendations of one user under several readings of a compressed history.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/evaluation/score_ranking.h"
#include "engine/models/compressed_history.h"
#include "engine/serving/session.h"

namespace recoscope {

std::vector<std::int32_t> eventRange(std::int64_t first, std::int64_t last); // [first, last), empty when it ends before
HistoryReading recentAlone(const CompressedHistory& compressed, std::int64_t events);
HistoryReading fullReading();
std::int64_t sharedItems(const std::vector<Recommendation>& a, const std::vector<Recommendation>& b);

// Ranks items by the vectors of several readings of one history.
class ReadingRanker {
public:
    ReadingRanker(const ServingSession& session, const CompressedHistory& compressed);

    void read(const PackedView& history, const std::vector<HistoryReading>& readings);
    void take(const PackedView& history, std::vector<float> vectors); // the user's vectors from elsewhere, a row each
    void choose(std::size_t reading); // of those read; the rest tells of this one
    std::vector<Recommendation> list(int k) const; // at most k, best first, items of the history left out
    TargetRank rankOf(std::int32_t target) const; // among items that are not in the history
    ScoreTies ties() const { return m_ties; }

private:
    const CompressedHistory& m_compressed;
    const LinearHead m_head;
    const ScoreTies m_ties;
    std::vector<std::int32_t> m_seen;
    std::vector<float> m_vectors, m_scores;
};

} // namespace recoscope
