// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <utility>

#include "engine/core/packed.h"

namespace recoscope {

// Calls body(item, time, feedback, mark) for the events of sequence b, oldest first; 0, NaN and no mark where the view
// does not have them.
template <class Body> void eachEvent(const PackedView& events, std::int64_t b, Body&& body)
{
    for (auto t = static_cast<std::size_t>(events.offsets[b]); std::cmp_less(t, events.offsets[b + 1]); ++t)
        body(events.items[t], events.times.empty() ? 0 : events.times[t],
            events.feedback.empty() ? std::numeric_limits<float>::quiet_NaN() : events.feedback[t],
            events.marks.empty() ? EventMark() : events.marks[t]);
}

} // namespace recoscope
