// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Published scaling laws, to be drawn beside one's own. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "engine/scaling/law.h"

namespace recoscope {

struct ReferenceCurve {
    std::string name; // "srt_compute", "srt_size_data"
    std::string title;
    ScalingLaw law;
    std::string quantity; // what y is and how it was measured
    std::string unit; // what x (and t) count
    std::string source;
    std::string caveat; // what is known against reading it literally
};

// The two of "Scaling Sequential Recommendation Models with Transformers" (SIGIR 2024).
const std::vector<ReferenceCurve>& referenceCurves();
// Error{NotFound} with the names there are.
const ReferenceCurve& referenceCurve(const std::string& name);

} // namespace recoscope
