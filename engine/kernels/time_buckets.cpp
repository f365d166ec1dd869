// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/time_buckets.h"

#include "engine/kernels/ops.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace recoscope::kernels {

namespace {

constexpr std::uint32_t bitsOfOne = 0x3F800000u;

TimeBucketCells findSteps()
{
    TimeBucketCells result{};
    for (int c = 0; c < TimeBucketCells::cells; ++c) {
        std::uint32_t low = bitsOfOne + (static_cast<std::uint32_t>(c) << 21), high = low + (1u << 21);
        result.base[c] = publishedTimeBucket(std::bit_cast<float>(low));
        result.step[c] = std::numeric_limits<float>::infinity();
        if (publishedTimeBucket(std::bit_cast<float>(high - 1)) == result.base[c])
            continue;
        while (high - low > 1) { // the first float of the next bucket is in (low, high]
            const std::uint32_t middle = low + (high - low) / 2;
            (publishedTimeBucket(std::bit_cast<float>(middle)) > result.base[c] ? high : low) = middle;
        }
        result.step[c] = std::bit_cast<float>(high);
    }
    return result;
}

} // namespace

float publishedTimeBucket(float f)
{
    return std::floor(static_cast<float>(std::log(static_cast<double>(f))) / 0.301f);
}

const TimeBucketCells& timeBucketCells()
{
    static const TimeBucketCells cells = findSteps();
    return cells;
}

std::int32_t timeBucket(std::int64_t seconds, std::int64_t buckets)
{
    const auto bucket = static_cast<std::int64_t>(publishedTimeBucket(timeDifference(seconds, 0)));
    return static_cast<std::int32_t>(std::min(bucket, buckets));
}

} // namespace recoscope::kernels
