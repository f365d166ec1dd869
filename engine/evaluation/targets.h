// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Which targets of a case are ranked, and which items they are ranked among. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/data/prepared.h"

namespace recoscope {

// A target that came several times in the window is ranked once: in order of first appearance.
std::vector<std::int32_t> distinctTargets(std::span<const std::int32_t> targets);
// What cannot be listed: the items that the protocol masks (maskedItems) and, with candidates=trained, those without a
// training event. Ascending, unique.
std::vector<std::int32_t> hiddenItems(const EvaluationCase& c, const PreparedData& data, const Protocol& protocol);

} // namespace recoscope
