// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the kernel tests share: random data, packed lengths, every path against the reference.
#pragma once

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/kernels/ops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <vector>

namespace recoscope::kernels {

using Floats = std::vector<float>;

class Random {
public:
    explicit Random(std::uint64_t seed)
        : m_stream(seed, "kernel test")
    {
    }
    Floats normal(std::int64_t count, double sigma = 1.0)
    {
        Floats values(count);
        for (float& v : values)
            v = static_cast<float>(sigma * m_stream.normal());
        return values;
    }
    std::vector<std::int32_t> below(std::int64_t count, std::int64_t bound)
    {
        std::vector<std::int32_t> values(count);
        for (std::int32_t& v : values)
            v = static_cast<std::int32_t>(m_stream.below(bound));
        return values;
    }
    std::int64_t size(std::int64_t bound) { return static_cast<std::int64_t>(m_stream.below(bound)); }

private:
    RandomStream m_stream;
};

inline std::vector<std::int64_t> offsetsOf(const std::vector<std::int64_t>& lengths)
{
    std::vector<std::int64_t> offsets{0};
    for (const std::int64_t length : lengths)
        offsets.push_back(offsets.back() + length);
    return offsets;
}

// For each sequence the first row that asks: none, all and some of them, on and off the edges of blocks.
inline std::vector<std::int64_t> someFirstQueries(const std::vector<std::int64_t>& offsets, std::uint64_t seed)
{
    Random random(seed);
    std::vector<std::int64_t> first;
    for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
        const std::int64_t length = offsets[b + 1] - offsets[b], kind = random.size(5);
        first.push_back(kind == 0 ? 0 : kind == 1 ? length : kind == 2 ? length / 2 / 8 * 8 : random.size(length + 1));
    }
    return first;
}

// Rows of [T, width] that ask, the others zero.
inline Floats onlyAsking(Floats rows, const std::vector<std::int64_t>& offsets,
    const std::vector<std::int64_t>& firstQueries, std::int64_t width)
{
    for (std::size_t b = 0; b < firstQueries.size(); ++b)
        std::fill_n(rows.begin() + offsets[b] * width, firstQueries[b] * width, 0.0f);
    return rows;
}

// Puts the path and the number of threads back.
class Settings {
public:
    Settings()
        : m_path(activePath())
        , m_threads(threads())
    {
    }
    ~Settings()
    {
        forcePath(m_path);
        setThreads(m_threads);
    }

private:
    Path m_path;
    int m_threads;
};

// What the error of an operation says, or "accepted".
inline std::string refusalOf(const std::function<void()>& operation)
{
    try {
        operation();
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

// |actual - expected| <= tolerance * (1 + |expected|), element by element.
inline void expectClose(const Floats& actual, const Floats& expected, double tolerance, const std::string& what)
{
    ASSERT_EQ(actual.size(), expected.size()) << what;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const double bound = tolerance * (1.0 + std::fabs(expected[i]));
        ASSERT_LE(std::fabs(static_cast<double>(actual[i]) - expected[i]), bound)
            << what << " at " << i << ", expected " << expected[i];
    }
}

inline bool sameBytes(const Floats& a, const Floats& b)
{
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

// Runs `operation` (all its outputs in one array) on the reference and on every other path: close to the reference,
// and the same bytes again and with 1, 2 and 4 threads.
inline void expectPathsAgree(const std::function<Floats()>& operation, double tolerance, const std::string& what)
{
    const Settings settings;
    forcePath(Path::Reference);
    const Floats expected = operation();
    for (const Path path : availablePaths()) {
        forcePath(path);
        setThreads(1);
        const Floats once = operation();
        expectClose(once, expected, tolerance, what + " on " + pathName(path));
        for (const int count : {1, 2, 4}) {
            setThreads(count);
            EXPECT_TRUE(sameBytes(operation(), once))
                << what << " on " << pathName(path) << ", " << count << " threads";
        }
    }
}

// Compares `gradient` [n] with central differences of `loss` in each of `inputs`, in double as far as float inputs
// allow: the step is a power of two.
inline void expectGradient(Floats& inputs, const Floats& gradient, const std::function<double()>& loss,
    double tolerance, const std::string& what)
{
    ASSERT_EQ(inputs.size(), gradient.size()) << what;
    const float step = 1.0f / 256.0f;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const float kept = inputs[i];
        inputs[i] = kept + step;
        const double above = inputs[i], lossAbove = loss();
        inputs[i] = kept - step;
        const double below = inputs[i], lossBelow = loss();
        inputs[i] = kept;
        const double slope = (lossAbove - lossBelow) / (above - below);
        ASSERT_NEAR(gradient[i], slope, tolerance * (1.0 + std::fabs(slope))) << what << " at " << i;
    }
}

inline double weightedSum(const Floats& values, const Floats& weights)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i)
        sum += static_cast<double>(values[i]) * weights[i];
    return sum;
}

// Weight [outputs, inner] and bias as the steps read them.
inline Floats packed(std::int64_t outputs, std::int64_t inner, const Floats& weight, const Floats& bias)
{
    Floats values(static_cast<std::size_t>(packedLinearFloats(outputs, inner)));
    packLinear(outputs, inner, weight.data(), bias.data(), values.data());
    return values;
}

inline void append(Floats& to, const Floats& values)
{
    to.insert(to.end(), values.begin(), values.end());
}

} // namespace recoscope::kernels
