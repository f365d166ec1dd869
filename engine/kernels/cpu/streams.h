// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Outputs far larger than the caches, read again only much later, are written past them: written into them, every line
// would be read first, and what is needed soon would have to make room.
#pragma once

#include "engine/kernels/cpu/simd.h"

#include <cstdint>

namespace recoscope::kernels::cpu {

// Whether [rows, width] numbers are written so: from `least` numbers on, in whole vectors.
template <class V> bool isStreamed(const float* out, std::int64_t rows, std::int64_t width, std::int64_t least)
{
    return rows * width >= least && width % V::lanes == 0
        && reinterpret_cast<std::uintptr_t>(out) % sizeof(typename V::F) == 0;
}

} // namespace recoscope::kernels::cpu
