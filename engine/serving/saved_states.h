// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What files of saved states share (state_file.cpp, state_cache.cpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/core/packed.h"

namespace recoscope {

// FNV-1a over words; never 0, which a record that was not written has.
std::uint64_t savedChecksum(std::span<const std::byte> saved);

// What the states have not seen of their histories, handed out in rounds of bounded size.
class NewEvents {
public:
    NewEvents(const PackedView& histories, std::int64_t begin, std::int64_t end)
        : m_histories(histories)
        , m_next(histories.offsets.begin() + begin, histories.offsets.begin() + end)
        , m_end(histories.offsets.begin() + begin + 1, histories.offsets.begin() + end + 1)
    {
    }

    // Those of history i from its `known`-th on.
    void skip(std::size_t i, std::int64_t known) { m_next[i] += known; }
    std::int64_t of(std::size_t i) const { return m_end[i] - m_next[i]; }

    // Up to `most` further events of each history; no sequence for those that have none left, `whose` says who has.
    PackedSequences round(std::int64_t most, std::vector<std::size_t>& whose)
    {
        PackedSequences out;
        whose.clear();
        for (std::size_t i = 0; i < m_next.size(); ++i) {
            const std::int64_t count = std::min(most, of(i));
            if (count == 0)
                continue;
            const auto at = static_cast<std::size_t>(std::exchange(m_next[i], m_next[i] + count));
            const auto events = static_cast<std::size_t>(count);
            out.append(m_histories.items.subspan(at, events),
                m_histories.times.empty() ? m_histories.times : m_histories.times.subspan(at, events));
            if (!m_histories.feedback.empty())
                out.appendFeedback(m_histories.feedback.subspan(at, events));
            out.appendMarks(m_histories.marksOf(at, events));
            whose.push_back(i);
        }
        return out;
    }

private:
    const PackedView& m_histories;
    std::vector<std::int64_t> m_next, m_end;
};

} // namespace recoscope
