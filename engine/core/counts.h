// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Counts as people read them. Pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace recoscope {

std::string grouped(std::int64_t value); // "1,234,567"
// A count and its noun: "1 user", "1,200 users".
std::string counted(std::int64_t count, const std::string& one, const std::string& many);

} // namespace recoscope
