// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Private to engine/inspection: what its parts share, the writers of .npz files above all.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/npy.h"
#include "engine/core/packed.h"

namespace recoscope {

template <class T>
NamedArray namedArray(const std::string& name, std::vector<std::int64_t> shape, const std::vector<T>& values)
{
    const auto bytes = std::as_bytes(std::span(values));
    return {name, npyDescr<T>(), std::move(shape), {bytes.begin(), bytes.end()}};
}

// The last `length` events of a history: those that the model saw.
inline void keepEvents(
    const PackedView& history, std::int64_t length, std::vector<std::int32_t>& items, std::vector<std::int64_t>& times)
{
    const auto count = static_cast<std::size_t>(length);
    const auto lastItems = history.items.last(count);
    items.assign(lastItems.begin(), lastItems.end());
    if (history.times.empty())
        return;
    const auto lastTimes = history.times.last(count);
    times.assign(lastTimes.begin(), lastTimes.end());
}

// |after - before| / |before|, 0 where there was nothing before.
inline float relativeChange(const float* before, const float* after, std::int64_t count)
{
    double size = 0.0, change = 0.0;
    for (std::int64_t i = 0; i < count; ++i) {
        const double difference = static_cast<double>(after[i]) - before[i];
        size += static_cast<double>(before[i]) * before[i];
        change += difference * difference;
    }
    return size > 0.0 ? static_cast<float>(std::sqrt(change / size)) : 0.0f;
}

// Each item once, ascending.
inline std::vector<std::int32_t> distinct(std::span<const std::int32_t> items)
{
    std::vector<std::int32_t> result(items.begin(), items.end());
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

} // namespace recoscope
