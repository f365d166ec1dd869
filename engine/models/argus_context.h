// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The context of an event as far as its time tells: hour of the day and weekday (UTC), and how long after the event
// before it. Torch-free. A time of 0 means that the data has none.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace recoscope {

// Each part has one more row than values: the last one stands for "not known".
struct ArgusMoment {
    static constexpr std::int32_t hours = 24, weekdays = 7, gaps = 32;

    std::int32_t hour = hours, weekday = weekdays, gap = gaps;
};

// Gap g: from 2^(g-1) seconds on, 0 for the same second. `before` = 0: no event before.
inline ArgusMoment argusMoment(std::int64_t time, std::int64_t before)
{
    constexpr std::int64_t day = 86400, hour = 3600, thursday = 4; // 1970-01-01 was one, Sunday is 0
    ArgusMoment moment;
    if (time == 0)
        return moment;
    const std::int64_t second = (time % day + day) % day, days = (time - second) / day;
    moment.hour = static_cast<std::int32_t>(second / hour);
    moment.weekday = static_cast<std::int32_t>(((days + thursday) % 7 + 7) % 7);
    if (before != 0)
        moment.gap = std::min(static_cast<std::int32_t>(
                                  std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(time - before, 0)))),
            ArgusMoment::gaps - 1);
    return moment;
}

} // namespace recoscope
