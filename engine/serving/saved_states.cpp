// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/serving/saved_states.h"

#include <algorithm>
#include <cstring>

#include "engine/core/hash.h"

namespace recoscope {

std::uint64_t savedChecksum(std::span<const std::byte> saved)
{
    std::uint64_t sum = fnvStart;
    for (std::size_t at = 0; at < saved.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, saved.data() + at, std::min(sizeof word, saved.size() - at));
        sum = fnvStep(sum, word);
    }
    return std::max<std::uint64_t>(sum, 1);
}

} // namespace recoscope
