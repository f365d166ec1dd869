// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/protocol_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

namespace recoscope::protocol_text {

namespace {

constexpr std::int64_t secondsPerDay = 86400;

// Exactly `digits` decimal digits at `position`, followed by nothing in particular.
std::optional<int> fixedDigits(std::string_view text, std::size_t position, std::size_t digits)
{
    if (position + digits > text.size())
        return std::nullopt;
    return parseCount(text.substr(position, digits), 0);
}

std::optional<std::int64_t> parseTimeOfDay(std::string_view text)
{
    if (text.size() != 8 || text[2] != ':' || text[5] != ':')
        return std::nullopt;
    const auto hour = fixedDigits(text, 0, 2), minute = fixedDigits(text, 3, 2), second = fixedDigits(text, 6, 2);
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59)
        return std::nullopt;
    return (*hour * 60 + *minute) * 60 + *second;
}

std::optional<std::int64_t> unitSeconds(char unit)
{
    switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return secondsPerDay;
    case 'w': return 7 * secondsPerDay;
    default: return std::nullopt;
    }
}

std::string padded(unsigned value, std::size_t digits)
{
    std::string text = std::to_string(value);
    return std::string(text.size() < digits ? digits - text.size() : 0, '0') + text;
}

// The point of a cut: a fraction between 0 and 1, both excluded, or a date.
bool parsePoint(std::string_view text, Cut& cut)
{
    if (const auto time = parseDate(text)) {
        cut.time = time;
        cut.point = dateText(*time);
        return true;
    }
    const auto fraction = parseReal(text);
    if (!fraction || *fraction <= 0.0 || *fraction >= 1.0)
        return false;
    cut.fraction = fraction;
    cut.point = realText(*fraction);
    return true;
}

} // namespace

std::optional<int> parseCount(std::string_view text, int minimum)
{
    int value = 0;
    if (text.empty() || text.front() == '-' || text.front() == '+')
        return std::nullopt;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || value < minimum)
        return std::nullopt;
    return value;
}

std::optional<double> parseReal(std::string_view text)
{
    double value = 0.0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value == 0.0 ? 0.0 : value; // no negative zero: it would be another text for the same threshold
}

std::string realText(double value)
{
    std::array<char, 40> buffer;
    const auto [end, code] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return code == std::errc() ? std::string(buffer.data(), end) : std::string("0");
}

std::optional<std::int64_t> parseDate(std::string_view text)
{
    if (!text.empty() && text.back() == 'Z')
        text.remove_suffix(1);
    if (text.size() < 10 || text[4] != '-' || text[7] != '-')
        return std::nullopt;
    const auto year = fixedDigits(text, 0, 4), month = fixedDigits(text, 5, 2), day = fixedDigits(text, 8, 2);
    if (!year || !month || !day)
        return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year(*year), std::chrono::month(unsigned(*month)), std::chrono::day(unsigned(*day))};
    if (!date.ok())
        return std::nullopt;
    const std::int64_t midnight = std::chrono::sys_days(date).time_since_epoch().count() * secondsPerDay;
    if (text.size() == 10)
        return midnight;
    if (text[10] != 'T')
        return std::nullopt;
    const auto time = parseTimeOfDay(text.substr(11));
    if (!time)
        return std::nullopt;
    return midnight + *time;
}

std::string dateText(std::int64_t unixSeconds)
{
    std::string text = momentText(unixSeconds);
    const auto space = text.rfind(' ');
    if (text.compare(space + 1, std::string::npos, "00:00:00") == 0)
        return text.substr(0, space);
    text[space] = 'T';
    return text;
}

std::string momentText(std::int64_t unixSeconds)
{
    const auto moment = std::chrono::sys_seconds(std::chrono::seconds(unixSeconds));
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::int64_t rest = (moment - day).count();
    // The calendar of the library ends in the year 32767; a broken time still needs a text.
    if (std::abs(day.time_since_epoch().count()) > 11'000'000)
        return std::to_string(unixSeconds) + " seconds after 1970";
    const std::chrono::year_month_day date(day);
    return padded(std::abs(static_cast<int>(date.year())), 4).insert(0, date.year() < std::chrono::year(0) ? "-" : "")
        + "-" + padded(static_cast<unsigned>(date.month()), 2) + "-" + padded(static_cast<unsigned>(date.day()), 2)
        + " " + padded(rest / 3600, 2) + ":" + padded(rest / 60 % 60, 2) + ":" + padded(rest % 60, 2);
}

std::optional<std::int64_t> parseDuration(std::string_view text)
{
    if (text.size() < 2)
        return std::nullopt;
    const auto unit = unitSeconds(text.back());
    const auto value = parseReal(text.substr(0, text.size() - 1));
    constexpr double longest = 1e12; // seconds; far beyond any dataset, well inside 64 bits
    if (!unit || !value || *value < 0.0 || *value * double(*unit) > longest)
        return std::nullopt;
    return static_cast<std::int64_t>(std::llround(*value * double(*unit)));
}

std::string durationText(std::int64_t seconds)
{
    for (const char unit : {'d', 'h', 'm'}) {
        const std::int64_t size = *unitSeconds(unit);
        if (seconds > 0 && seconds % size == 0)
            return std::to_string(seconds / size) + unit;
    }
    return std::to_string(seconds) + "s";
}

std::optional<Window> parseWindow(std::string_view text)
{
    const auto last = text.rfind(':');
    if (last == std::string_view::npos || last == 0)
        return std::nullopt;
    const auto middle = text.rfind(':', last - 1);
    if (middle == std::string_view::npos)
        return std::nullopt;
    const auto begin = parseDate(text.substr(0, middle));
    const auto length = parseDuration(text.substr(middle + 1, last - middle - 1));
    const auto gap = parseDuration(text.substr(last + 1));
    if (!begin || !length || !gap || *length < 1)
        return std::nullopt;
    return Window{*begin, *length, *gap};
}

std::optional<Cut> parseCut(std::string_view text)
{
    Cut cut;
    if (parsePoint(text, cut))
        return cut;
    // Times of day hold colons too, so the gap is what follows the last one.
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || !parsePoint(text.substr(0, colon), cut))
        return std::nullopt;
    const auto gap = text.substr(colon + 1);
    const auto seconds = parseDuration(gap);
    if (!seconds)
        return std::nullopt;
    cut.gapSeconds = *seconds;
    if (*seconds > 0)
        cut.gap = realText(*parseReal(gap.substr(0, gap.size() - 1))) + gap.back();
    return cut;
}

} // namespace recoscope::protocol_text
