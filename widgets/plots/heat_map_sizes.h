// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Distances of the heat map in logical pixels at text scale 1, shared by its layout and its painting.
#pragma once

namespace recoscope::heat_sizes {

inline constexpr int smallestLabelledCell = 13;
inline constexpr int separatedCell = 8; // from here on a gap stands between cells
inline constexpr int labelLeft = 190; // titles and notes of the rows
inline constexpr int labelBelow = 96; // slanted titles of the columns
inline constexpr int columnLabel = 128; // longest slanted title
inline constexpr int note = 50; // time gap, left of the row title
inline constexpr int endsLeft = 40; // numbers of the first and last event when there are no titles
inline constexpr int endsBelow = 22;
inline constexpr int bar = 34; // colour bar with its legend

} // namespace recoscope::heat_sizes
