// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The K best items of one query, best first, ties by lowest item index; kept in the caller's output arrays. Everything
// is forced inline: the list is used from files compiled for different instruction sets (see cpu/simd.h) and for GPUs.
#pragma once

#include <cstdint>

namespace recoscope::kernels {

class RankedList {
public:
#if defined(__CUDACC__)
#define RECOSCOPE_LIST_INLINE __host__ __device__ __forceinline__
#else
#define RECOSCOPE_LIST_INLINE inline __attribute__((always_inline))
#endif

    // `ids` and `scores` [k], k >= 1, as fill() left them or with a list to go on with. `seen` ascending.
    RECOSCOPE_LIST_INLINE RankedList(
        std::int64_t k, std::int32_t* ids, float* scores, const std::int32_t* seen, std::int64_t seenCount)
        : m_k(k)
        , m_ids(ids)
        , m_scores(scores)
        , m_seen(seen)
        , m_seenCount(seenCount)
    {
    }

    // An empty list: -1 and -inf.
    RECOSCOPE_LIST_INLINE void fill()
    {
        for (std::int64_t i = 0; i < m_k; ++i) {
            m_ids[i] = -1;
            m_scores[i] = -__builtin_inff();
        }
    }

    // A score must be above this to enter (a tie with the last entry has a higher index and stays out).
    RECOSCOPE_LIST_INLINE float threshold() const
    {
        return m_scores[m_k - 1];
    }

    RECOSCOPE_LIST_INLINE bool isSeen(std::int32_t id) const
    {
        std::int64_t low = 0, high = m_seenCount;
        while (low < high) {
            const std::int64_t middle = (low + high) / 2;
            const bool before = m_seen[middle] < id;
            low = before ? middle + 1 : low;
            high = before ? high : middle;
        }
        return low < m_seenCount && m_seen[low] == id;
    }

    // Calls body(id) for the seen items below `end`.
    template <class Body> RECOSCOPE_LIST_INLINE void forEachSeenBelow(std::int64_t end, Body&& body) const
    {
        for (std::int64_t i = 0; i < m_seenCount && m_seen[i] < end; ++i)
            body(m_seen[i]);
    }

    // Offers an item; items come in ascending order of index. Seen items and scores not above -inf (NaN too) stay out.
    RECOSCOPE_LIST_INLINE void offer(std::int32_t id, float score)
    {
        if (!(score > threshold()) || isSeen(id))
            return;
        const std::int64_t place = placeOf(score);
        for (std::int64_t i = m_k - 1; i > place; --i) {
            m_scores[i] = m_scores[i - 1];
            m_ids[i] = m_ids[i - 1];
        }
        m_scores[place] = score;
        m_ids[place] = id;
    }

private:
    // Behind everything that is at least as good: equal scores keep the order in which they came. Counting all of a
    // short list beats a search, whose branches nobody can predict.
    RECOSCOPE_LIST_INLINE std::int64_t placeOf(float score) const
    {
        std::int32_t place = 0;
        for (std::int64_t i = 0; i < m_k; ++i)
            place += m_scores[i] >= score;
        return place;
    }

    std::int64_t m_k;
    std::int32_t* m_ids;
    float* m_scores;
    const std::int32_t* m_seen;
    std::int64_t m_seenCount;
};

#undef RECOSCOPE_LIST_INLINE

} // namespace recoscope::kernels
