// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The small text forms inside protocol values: counts, numbers, dates, durations and the cuts of splits by time.
// Each has one canonical spelling, so that equal protocols have equal hashes. Pure functions; nullopt = not that form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace recoscope::protocol_text {

// Decimal digits only, at least `minimum` and at most 2^31 - 1.
std::optional<int> parseCount(std::string_view text, int minimum);
// A finite number.
std::optional<double> parseReal(std::string_view text);
// The shortest text that reads back as the same number.
std::string realText(double value);
// "2015-03-31", "2015-03-31T12:30:00", either with a final Z: Unix seconds UTC.
std::optional<std::int64_t> parseDate(std::string_view text);
std::string dateText(std::int64_t unixSeconds); // canonical: no time of day at midnight
std::string momentText(std::int64_t unixSeconds); // for people: "2015-03-31 12:30:00"
// "90s", "12h", "7d", "2w", "1.5d": seconds, at least 0.
std::optional<std::int64_t> parseDuration(std::string_view text);
std::string durationText(std::int64_t seconds); // canonical: in the largest of d, h, m, s that leaves no fraction

struct Cut {
    std::string point; // canonical text of the fraction or date
    std::string gap; // canonical text of the duration, or empty
    std::optional<double> fraction;
    std::optional<std::int64_t> time;
    std::int64_t gapSeconds = 0;
};
// "CUT[:GAP]".
std::optional<Cut> parseCut(std::string_view text);

struct Window {
    std::int64_t begin = 0; // Unix seconds
    std::int64_t length = 0; // seconds, at least 1
    std::int64_t gap = 0; // seconds
};
// "DATE:LENGTH:GAP".
std::optional<Window> parseWindow(std::string_view text);

} // namespace recoscope::protocol_text
