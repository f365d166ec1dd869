// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/core/counts.h"

namespace recoscope {

std::string grouped(std::int64_t value)
{
    std::string text = std::to_string(value);
    const int first = value < 0 ? 1 : 0;
    for (int at = static_cast<int>(text.size()) - 3; at > first; at -= 3)
        text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

std::string counted(std::int64_t count, const std::string& one, const std::string& many)
{
    return grouped(count) + " " + (count == 1 ? one : many);
}

} // namespace recoscope
