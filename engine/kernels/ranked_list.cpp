// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/ranked_list.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace recoscope::kernels {

RankedList::RankedList(
    std::int64_t k, std::int32_t* ids, float* scores, const std::int32_t* seen, std::int64_t seenCount, bool clear)
    : m_k(k)
    , m_ids(ids)
    , m_scores(scores)
    , m_seen(seen)
    , m_seenCount(seenCount)
{
    if (!clear)
        return;
    std::fill_n(ids, k, -1);
    std::fill_n(scores, k, -std::numeric_limits<float>::infinity());
}

float RankedList::threshold() const
{
    return m_k > 0 ? m_scores[m_k - 1] : std::numeric_limits<float>::infinity();
}

void RankedList::offer(std::int32_t id, float score)
{
    if (!(score > threshold()) || std::binary_search(m_seen, m_seen + m_seenCount, id))
        return;
    float* const end = m_scores + m_k;
    float* const place = std::upper_bound(m_scores, end, score, std::greater<>());
    std::copy_backward(place, end - 1, end);
    std::copy_backward(m_ids + (place - m_scores), m_ids + m_k - 1, m_ids + m_k);
    *place = score;
    m_ids[place - m_scores] = id;
}

} // namespace recoscope::kernels
