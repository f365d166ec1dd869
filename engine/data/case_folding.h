// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Text without the difference of upper and lower case, in any script: "Straße" and "STRASSE" become "strasse". For
// comparing, never for showing. Pure function.
#pragma once

#include <string>
#include <string_view>

struct sqlite3;

namespace recoscope {

// Full default case folding of Unicode (UAX 44, C + F); wrong UTF-8 becomes U+FFFD.
std::string foldedCase(std::string_view utf8);

// Gives a database the SQL function folded(text). Not for use in an index.
void addFoldedCase(sqlite3* database);

} // namespace recoscope
