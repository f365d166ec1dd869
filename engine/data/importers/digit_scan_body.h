// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The body of digit_scan.h over an instruction set. Isa has otherThanDigits(bytes), one bit for each of 64 bytes that
// is no digit, and joinSome(high, low, numbers, count), which joins a multiple of its lanes and returns how many. For
// the .cpp files of one instruction set each: everything here is local to them.
#pragma once

#include "engine/data/importers/digit_scan.h"

namespace recoscope {
namespace {

template <class Isa> std::size_t listMarks(const char* text, std::size_t size, std::uint32_t* marks)
{
    std::uint32_t* next = marks;
    std::size_t position = 0;
    // Eight at a time, whether there are so many or not: a loop that ends at the last mark is mispredicted each time.
    for (; position + 64 <= size; position += 64) {
        std::uint64_t mask = Isa::otherThanDigits(text + position);
        const int count = __builtin_popcountll(mask);
        const auto base = static_cast<std::uint32_t>(position);
        for (int done = 0; done < count; done += 8) {
            for (int i = 0; i < 8; ++i, mask &= mask - 1)
                next[done + i] = base + static_cast<std::uint32_t>(Isa::lowestBit(mask));
        }
        next += count;
    }
    for (; position < size; ++position) {
        if (static_cast<unsigned char>(text[position] - '0') > 9)
            *next++ = static_cast<std::uint32_t>(position);
    }
    return static_cast<std::size_t>(next - marks);
}

template <class Isa>
void joinDigits(const std::uint64_t* high, const std::uint64_t* low, std::int64_t* numbers, std::size_t count)
{
    for (std::size_t i = Isa::joinSome(high, low, numbers, count); i < count; ++i)
        numbers[i] = static_cast<std::int64_t>(wordValue(high[i]) * 100'000'000 + wordValue(low[i]));
}

} // namespace
} // namespace recoscope
