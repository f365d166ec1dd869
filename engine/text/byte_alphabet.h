// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The alphabet of byte-level tokenisers: each of the 256 bytes as one visible letter (printable Latin-1 bytes as
// themselves, the others as U+0100, U+0101, ...). Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace recoscope {

std::string bytesToLetters(std::string_view text);
// The bytes of the letters; text with any character outside the alphabet is given back as it is.
std::string lettersToBytes(std::string_view letters);

} // namespace recoscope
