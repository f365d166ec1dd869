// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Named counter-based random streams (Philox4x32-10, Salmon et al. 2011): the value depends only on (seed, purpose,
// step, index), never on how many numbers were drawn before or on the number of threads. That is what makes a resumed
// run give the bytes of an uninterrupted one.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace recoscope {

// Four 32-bit words for one counter and key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

// Spreads every bit over all 64 (the finaliser of MurmurHash3).
std::uint64_t mixBits(std::uint64_t x);

// A stream of numbers; copyable, and its position is one integer that a checkpoint can hold.
class RandomStream {
public:
    // `purpose` is a fixed name such as "shuffle", "dropout", "negatives"; `step` an epoch or batch number.
    RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t step = 0);

    std::uint32_t next32();
    std::uint64_t next64();
    double uniform(); // [0, 1), 53 bits
    std::uint64_t below(std::uint64_t bound); // [0, bound), unbiased; bound > 0
    double normal(); // mean 0, variance 1
    double truncatedNormal(double sigma, double cut); // mean 0, redrawn outside ±cut
    void shuffle(std::span<std::int32_t> values); // Fisher–Yates

    std::uint64_t position() const { return m_position; }
    void seek(std::uint64_t position);

private:
    std::array<std::uint32_t, 2> m_key;
    std::array<std::uint32_t, 2> m_stream;
    std::array<std::uint32_t, 4> m_block{};
    std::uint64_t m_position = 0; // in 32-bit words
};

} // namespace recoscope
