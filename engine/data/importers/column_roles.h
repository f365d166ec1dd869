// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a column holds, by its usual names. A type as in "user_id:token" is ignored, and so are case and punctuation.
#pragma once

#include <string>

namespace recoscope {

// "user", "item", "time", "rating", or "".
std::string roleOfColumn(const std::string& name);
// "surface", "kind", or "". Apart from the roles, because these names are words that stand in rows as well (a film of
// the genre "Action"): they never make a line a header.
std::string markOfColumn(const std::string& name);

} // namespace recoscope
