// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The two loops of the fast path of delimited interactions that are worth vectors: where the bytes are that are no
// digits, and what strings of digits are worth. One body (digit_scan_body.h), compiled for each instruction set; every
// variant gives the same numbers. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace recoscope {

struct DigitScan {
    const char* name; // "portable" or "avx2"
    // Lists the positions of all bytes of text[size] that are no digits, in order, and returns how many. `marks` has
    // room for size + spareMarks.
    std::size_t (*listMarks)(const char* text, std::size_t size, std::uint32_t* marks);
    // numbers[i] = the value of DigitWords{high[i], low[i]}.
    void (*joinDigits)(const std::uint64_t* high, const std::uint64_t* low, std::int64_t* numbers, std::size_t count);
};

inline constexpr std::size_t spareMarks = 8;

// The variants that this processor can run, the best one last.
std::span<const DigitScan> availableDigitScans();

// 1 to 16 digit characters as two words of eight, leading ones filled up with zero bytes.
struct DigitWords {
    std::uint64_t high, low;
};

// Eight bytes from `begin` on must be readable.
inline DigitWords digitWords(const char* begin, std::size_t length)
{
    std::uint64_t first = 0, last = 0;
    std::memcpy(&first, begin, sizeof first);
    if (length <= 8)
        return {0, first << (8 * (8 - length))};
    std::memcpy(&last, begin + length - 8, sizeof last);
    return {first << (8 * (16 - length)), last};
}

// The value of one of the words, by three multiplications: the first character is in the lowest byte.
inline std::uint64_t wordValue(std::uint64_t characters)
{
    std::uint64_t value = characters & 0x0f0f0f0f0f0f0f0fULL;
    value = (value * 10 + (value >> 8)) & 0x00ff00ff00ff00ffULL;
    value = (value * 100 + (value >> 16)) & 0x0000ffff0000ffffULL;
    return (value * 10000 + (value >> 32)) & 0xffffffffULL;
}

inline std::uint64_t digitsValue(const char* begin, std::size_t length)
{
    const DigitWords words = digitWords(begin, length);
    return wordValue(words.high) * 100'000'000 + wordValue(words.low);
}

} // namespace recoscope
