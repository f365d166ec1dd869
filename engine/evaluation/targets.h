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

// How many items stand before the first target that cannot be listed: all candidates, and as many as the widest cut of
// the protocol, so that it is a miss at every cut even of a list that is longer than there are candidates.
std::int64_t missPlace(std::int64_t candidates, const Protocol& protocol);

} // namespace recoscope
