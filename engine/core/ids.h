// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Distinct types for the things that are counted, so that a user is never taken for an item. Indices are dense from 0;
// raw ids are the strings of the source file and live in the catalogue. Packed arrays hold plain int32.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace recoscope {

template <class Tag> struct Index {
    std::int32_t value = -1;
    constexpr bool valid() const { return value >= 0; }
    constexpr auto operator<=>(const Index&) const = default;
};

using UserIndex = Index<struct UserTag>;
using ItemIndex = Index<struct ItemTag>;

// Text such as "20261121-040812-3f2a": sortable by time, unique in a workspace, safe as a folder name.
using RunId = std::string;

} // namespace recoscope
