// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Wall-clock time as it is stored and shown. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace recoscope {

// "2026-11-21T04:08:12Z".
std::string isoUtc(std::int64_t unixSeconds);
std::string isoUtcNow();

} // namespace recoscope
