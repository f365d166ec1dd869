// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What states have not seen of their histories, handed out in rounds of bounded size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/core/packed.h"

namespace recoscope {

class NewEvents {
public:
    // Of the histories [begin, end), which must outlive this.
    NewEvents(const PackedView& histories, std::int64_t begin, std::int64_t end);

    // Those of history i from its `known`-th on.
    void skip(std::size_t i, std::int64_t known) { m_next[i] += known; }
    // Its last one stays back.
    void leaveLast(std::size_t i) { --m_end[i]; }
    std::int64_t of(std::size_t i) const { return m_end[i] - m_next[i]; }

    // Up to `most` further events in all, history by history: a state that keeps a window of events reads it once, not
    // once a round. `whose` says which histories have a sequence; none is left when it is empty.
    PackedSequences round(std::int64_t most, std::vector<std::size_t>& whose);

private:
    const PackedView& m_histories;
    std::vector<std::int64_t> m_next, m_end;
    std::size_t m_first = 0; // history that has events left
};

} // namespace recoscope
