// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/clock.h"

#include <chrono>
#include <cstdio>

namespace recoscope {

std::string isoUtc(std::int64_t unixSeconds)
{
    using namespace std::chrono;
    const sys_seconds time{seconds(unixSeconds)};
    const sys_days day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return text;
}

std::string isoUtcNow()
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return isoUtc(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

} // namespace recoscope
