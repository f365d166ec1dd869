// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The next run of a sweep. Pure function.
#pragma once

#include "engine/workspace/sweep.h"

namespace recoscope {

// A run of size N on T interactions an epoch like those of the sweep, with its tag: whole-number parameters that differ
// among its runs follow the line through their logarithms, in steps of their common divisor; the rest is as in the run
// nearest in size. T beyond the dataset becomes all of it. Error{Input} for a sweep without points.
Workspace::NewRun plannedRun(const Sweep& sweep, double n, double t);

} // namespace recoscope
