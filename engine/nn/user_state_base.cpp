// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/user_state_base.h"

#include "engine/core/hash.h"

namespace recoscope {

std::uint64_t weightTag(const float* values, std::int64_t count)
{
    std::uint64_t hash = fnvStart;
    for (std::int64_t i = 0; i < count; ++i) {
        std::uint32_t bits;
        std::memcpy(&bits, values + i, sizeof(bits));
        hash = fnvStep(hash, bits);
    }
    return hash;
}

} // namespace recoscope
