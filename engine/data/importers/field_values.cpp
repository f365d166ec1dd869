// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/field_values.h"

#include <chrono>
#include <cmath>

#include <fast_float/fast_float.h>

#include "engine/core/error.h"

namespace recoscope {

namespace {

// 10^11 seconds are the year 5138, 10^11 milliseconds are March 1973.
constexpr double millisecondsFrom = 1e11;

class DateScanner {
public:
    explicit DateScanner(std::string_view text)
        : m_rest(text)
    {
    }

    // A number of `least` to `most` digits.
    bool number(int& value, std::size_t least, std::size_t most)
    {
        std::size_t digits = 0;
        value = 0;
        while (digits < most && digits < m_rest.size() && m_rest[digits] >= '0' && m_rest[digits] <= '9')
            value = value * 10 + (m_rest[digits++] - '0');
        m_rest.remove_prefix(digits);
        return digits >= least;
    }
    bool accept(std::string_view any)
    {
        if (m_rest.empty() || any.find(m_rest[0]) == std::string_view::npos)
            return false;
        m_last = m_rest[0];
        m_rest.remove_prefix(1);
        return true;
    }
    char last() const { return m_last; }
    bool atEnd() const { return m_rest.empty(); }

private:
    std::string_view m_rest;
    char m_last = 0;
};

std::optional<std::int64_t> daysMs(int year, int month, int day)
{
    using namespace std::chrono;
    const year_month_day date = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month))
        / std::chrono::day(static_cast<unsigned>(day));
    if (!date.ok() || year < 1)
        return std::nullopt;
    return static_cast<std::int64_t>(sys_days(date).time_since_epoch().count()) * 86'400'000;
}

// "07 23, 2014"
std::optional<std::int64_t> parseAmazonDate(std::string_view text)
{
    DateScanner scan(text);
    int month = 0, day = 0, year = 0;
    if (scan.number(month, 1, 2) && scan.accept(" ") && scan.number(day, 1, 2) && scan.accept(",") && scan.accept(" ")
        && scan.number(year, 4, 4) && scan.atEnd())
        return daysMs(year, month, day);
    return std::nullopt;
}

// hh:mm[:ss[.fff]][Z|±hh[:mm]] in milliseconds of UTC after midnight.
std::optional<std::int64_t> parseClock(DateScanner& scan)
{
    int hour = 0, minute = 0, second = 0;
    if (!scan.number(hour, 2, 2) || !scan.accept(":") || !scan.number(minute, 2, 2) || hour > 23 || minute > 59)
        return std::nullopt;
    std::int64_t fraction = 0;
    if (scan.accept(":")) {
        if (!scan.number(second, 2, 2) || second > 60)
            return std::nullopt;
        if (scan.accept(".,")) {
            int digit = 0;
            std::int64_t weight = 100;
            if (!scan.number(digit, 1, 1))
                return std::nullopt;
            do {
                fraction += digit * weight;
                weight /= 10;
            } while (scan.number(digit, 1, 1));
        }
    }
    std::int64_t zone = 0;
    scan.accept(" ");
    if (scan.accept("+-")) {
        const int sign = scan.last() == '-' ? -1 : 1;
        int hours = 0, minutes = 0;
        if (!scan.number(hours, 2, 2))
            return std::nullopt;
        scan.accept(":");
        scan.number(minutes, 0, 2);
        zone = sign * (hours * 60 + minutes);
    } else {
        scan.accept("Zz");
    }
    if (!scan.atEnd())
        return std::nullopt;
    return ((hour * 60 + minute - zone) * 60 + second) * 1000 + fraction;
}

} // namespace

const char* timeUnitName(TimeUnit unit)
{
    switch (unit) {
    case TimeUnit::None: return "none";
    case TimeUnit::Seconds: return "seconds";
    case TimeUnit::Milliseconds: return "milliseconds";
    case TimeUnit::Iso: return "iso";
    }
    return "none";
}

TimeUnit parseTimeUnit(const std::string& name)
{
    for (const TimeUnit unit : {TimeUnit::None, TimeUnit::Seconds, TimeUnit::Milliseconds, TimeUnit::Iso}) {
        if (name == timeUnitName(unit))
            return unit;
    }
    throw Error(ErrorKind::Usage, "unknown time unit '" + name + "'", "use seconds, milliseconds, iso or none");
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::optional<double> parseNumber(std::string_view text)
{
    text = trimmed(text);
    if (text.starts_with('+') && text.size() > 1 && text[1] != '-')
        text.remove_prefix(1);
    double value = 0.0;
    const auto [end, code] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || end != text.data() + text.size() || (code != std::errc() && std::isfinite(value)))
        return std::nullopt;
    return value;
}

std::optional<std::int64_t> parseIsoTime(std::string_view text)
{
    text = trimmed(text);
    DateScanner scan(text);
    int year = 0, month = 0, day = 0;
    if (!scan.number(year, 4, 4) || !scan.accept("-/"))
        return parseAmazonDate(text);
    const char separator = scan.last();
    if (!scan.number(month, 1, 2) || !scan.accept({&separator, 1}) || !scan.number(day, 1, 2))
        return std::nullopt;
    const std::optional<std::int64_t> date = daysMs(year, month, day);
    if (!date || scan.atEnd())
        return date;
    if (!scan.accept("Tt "))
        return std::nullopt;
    const std::optional<std::int64_t> clock = parseClock(scan);
    return clock ? std::optional(*date + *clock) : std::nullopt;
}

std::optional<std::int64_t> parseTime(std::string_view text, TimeUnit unit)
{
    if (unit == TimeUnit::Iso)
        return parseIsoTime(text);
    const std::optional<double> number = parseNumber(text);
    if (!number || !std::isfinite(*number))
        return std::nullopt;
    const double ms = std::round(unit == TimeUnit::Seconds ? *number * 1000.0 : *number);
    if (ms < static_cast<double>(firstTimeMs) || ms > static_cast<double>(lastTimeMs))
        return std::nullopt;
    return static_cast<std::int64_t>(ms);
}

TimeUnit guessTimeUnit(std::span<const std::string> samples)
{
    std::size_t dates = 0, large = 0, numbers = 0;
    for (const std::string& sample : samples) {
        if (const std::optional<double> number = parseNumber(sample)) {
            ++numbers;
            large += std::abs(*number) >= millisecondsFrom;
        } else {
            dates += parseIsoTime(sample).has_value();
        }
    }
    if (dates > numbers)
        return TimeUnit::Iso;
    return 2 * large > numbers ? TimeUnit::Milliseconds : TimeUnit::Seconds;
}

} // namespace recoscope
