// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What files of saved states share (state_file.cpp, state_cache.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace recoscope {

// FNV-1a over words; never 0, which a record that was not written has.
std::uint64_t savedChecksum(std::span<const std::byte> saved);

} // namespace recoscope
