// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/serving/new_events.h"

#include <algorithm>

namespace recoscope {

NewEvents::NewEvents(const PackedView& histories, std::int64_t begin, std::int64_t end)
    : m_histories(histories)
    , m_next(histories.offsets.begin() + begin, histories.offsets.begin() + end)
    , m_end(histories.offsets.begin() + begin + 1, histories.offsets.begin() + end + 1)
{
}

PackedSequences NewEvents::round(std::int64_t most, std::vector<std::size_t>& whose)
{
    PackedSequences out;
    whose.clear();
    for (; m_first < m_next.size() && most > 0; ++m_first) {
        const std::int64_t count = std::min(most, of(m_first));
        if (count == 0)
            continue;
        const auto at = static_cast<std::size_t>(m_next[m_first]), events = static_cast<std::size_t>(count);
        out.append(m_histories.items.subspan(at, events),
            m_histories.times.empty() ? m_histories.times : m_histories.times.subspan(at, events));
        if (!m_histories.feedback.empty())
            out.appendFeedback(m_histories.feedback.subspan(at, events));
        out.appendMarks(m_histories.marksOf(at, events));
        whose.push_back(m_first);
        m_next[m_first] += count;
        most -= count;
        if (of(m_first) > 0)
            break;
    }
    return out;
}

} // namespace recoscope
