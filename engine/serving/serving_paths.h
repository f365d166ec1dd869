// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The ways in which a model can answer a request, read off what it is: a state of its own, items that it reads, lists
// that it spells. Nothing here knows a model by its name. Pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/models/trained_model.h"
#include "engine/store/records.h"

namespace recoscope {

struct ServingPath {
    ServingMode mode = ServingMode::Full;
    std::int64_t beam = 0; // width of the beam that spells the list; 0 = every item is scored
    bool asRanked = true; // see LatencyPoint
};

// Widths that beams are measured with unless others are asked for; the model's own is always among them then.
inline constexpr std::array<std::int64_t, 5> usualBeams = {1, 5, 10, 20, 50};

// The modes that a model offers, its plain one first: Beam for a model of lists, ItemHead for one that reads its items,
// otherwise Full.
std::vector<ServingMode> servingModes(const TrainedModel& model);

// The ways that the modes asked for have, in their order: a beam of every width (of `beams`, or of the usual ones where
// that is empty). Modes that the model does not offer are left out, except that Full is had from every model: where the
// plain mode has a name of its own, Full is measured as that and left out when that was asked for, too.
// Error{Refused}, saying what the model offers, when nothing is left; Error{Usage} for a width that no search has.
std::vector<ServingPath> servingPaths(
    const TrainedModel& model, std::span<const ServingMode> asked, std::span<const std::int64_t> beams = {});

} // namespace recoscope
