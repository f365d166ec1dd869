// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The K best items of one query, best first, ties by lowest item index; kept in the caller's output arrays.
#pragma once

#include <cstdint>

namespace recoscope::kernels {

class RankedList {
public:
    // With `clear`, `ids` and `scores` [k] are filled with -1 and -inf; else the list there goes on. `seen` ascending.
    RankedList(
        std::int64_t k, std::int32_t* ids, float* scores, const std::int32_t* seen, std::int64_t seenCount, bool clear);

    // A score must be above this to enter (a tie with the last entry has a higher index and stays out).
    float threshold() const;
    // Offers an item; items come in ascending order of index. Seen items and scores not above -inf (NaN too) stay out.
    void offer(std::int32_t id, float score);

private:
    std::int64_t m_k;
    std::int32_t* m_ids;
    float* m_scores;
    const std::int32_t* m_seen;
    std::int64_t m_seenCount;
};

} // namespace recoscope::kernels
