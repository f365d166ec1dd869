// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/random.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "engine/core/hash.h"

namespace recoscope {

namespace {

// Salmon et al. 2011, table 2 and figure 3.
constexpr std::uint32_t multiplier0 = 0xD2511F53u, multiplier1 = 0xCD9E8D57u;
constexpr std::uint32_t weyl0 = 0x9E3779B9u, weyl1 = 0xBB67AE85u;

// Mixed: purposes and steps that differ in one bit give unrelated streams.
std::uint64_t purposeHash(std::string_view purpose)
{
    std::uint64_t hash = fnvStart;
    for (const char c : purpose)
        hash = fnvStep(hash, static_cast<unsigned char>(c));
    return mixBits(hash);
}

constexpr std::uint32_t low(std::uint64_t x)
{
    return static_cast<std::uint32_t>(x);
}
constexpr std::uint32_t high(std::uint64_t x)
{
    return static_cast<std::uint32_t>(x >> 32);
}

} // namespace

std::uint64_t mixBits(std::uint64_t x)
{
    x ^= x >> 33;
    x *= 0xFF51AFD7ED558CCDull;
    x ^= x >> 33;
    x *= 0xC4CEB9FE1A85EC53ull;
    return x ^ (x >> 33);
}

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key)
{
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product0 = std::uint64_t(multiplier0) * counter[0];
        const std::uint64_t product1 = std::uint64_t(multiplier1) * counter[2];
        counter = {
            high(product1) ^ counter[1] ^ key[0], low(product1), high(product0) ^ counter[3] ^ key[1], low(product0)};
        key[0] += weyl0;
        key[1] += weyl1;
    }
    return counter;
}

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t step)
    : m_key{low(seed), high(seed)}
{
    const std::uint64_t stream = mixBits(purposeHash(purpose) + step * 0x9E3779B97F4A7C15ull);
    m_stream = {low(stream), high(stream)};
}

std::uint32_t RandomStream::next32()
{
    const std::uint64_t block = m_position / 4;
    if (m_position % 4 == 0)
        m_block = philox4x32({low(block), high(block), m_stream[0], m_stream[1]}, m_key);
    return m_block[m_position++ % 4];
}

std::uint64_t RandomStream::next64()
{
    const std::uint64_t first = next32();
    return first | (std::uint64_t(next32()) << 32);
}

double RandomStream::uniform()
{
    return static_cast<double>(next64() >> 11) * 0x1.0p-53;
}

std::uint64_t RandomStream::below(std::uint64_t bound)
{
    // Lemire 2019: multiply-shift, redrawing the few values that would favour small results.
    const std::uint64_t threshold = (0 - bound) % bound;
    while (true) {
        const unsigned __int128 product = static_cast<unsigned __int128>(next64()) * bound;
        if (static_cast<std::uint64_t>(product) >= threshold)
            return static_cast<std::uint64_t>(product >> 64);
    }
}

double RandomStream::normal()
{
    // Box–Muller without keeping the second value, so that the position alone describes the stream.
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

double RandomStream::truncatedNormal(double sigma, double cut)
{
    double value;
    do {
        value = sigma * normal();
    } while (std::abs(value) > cut);
    return value;
}

void RandomStream::shuffle(std::span<std::int32_t> values)
{
    for (std::size_t i = values.size(); i > 1; --i)
        std::swap(values[i - 1], values[below(i)]);
}

void RandomStream::seek(std::uint64_t position)
{
    m_position = position;
    const std::uint64_t block = position / 4;
    if (position % 4 != 0)
        m_block = philox4x32({low(block), high(block), m_stream[0], m_stream[1]}, m_key);
}

} // namespace recoscope
