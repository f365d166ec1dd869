// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Numbers and times as files spell them. Locale-independent.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace recoscope {

enum class TimeUnit { None, Seconds, Milliseconds, Iso };
const char* timeUnitName(TimeUnit unit); // "none", "seconds", "milliseconds", "iso"
// Error{Usage} with the accepted names.
TimeUnit parseTimeUnit(const std::string& name);

// Years 1 to 9999, in milliseconds since 1970.
inline constexpr std::int64_t firstTimeMs = -62'135'596'800'000;
inline constexpr std::int64_t lastTimeMs = 253'402'300'799'999;

std::string_view trimmed(std::string_view text);
// The whole of `text` as a number, NaN and infinities included; nothing otherwise.
std::optional<double> parseNumber(std::string_view text);
// 2014-07-23, 2014/07/23, with time "T" or " " hh:mm[:ss[.fff]] and "Z", "+02:00" or nothing (UTC); also "07 23, 2014"
// of Amazon. In milliseconds.
std::optional<std::int64_t> parseIsoTime(std::string_view text);
// By unit; a number may have a fraction. Nothing when it is no time or out of the years above.
std::optional<std::int64_t> parseTime(std::string_view text, TimeUnit unit);
// What the samples look like: Iso if most are dates, Milliseconds if most numbers are beyond 10^11.
TimeUnit guessTimeUnit(std::span<const std::string> samples);

} // namespace recoscope
