// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Points for a fit from a table: CSV with a header (RFC 4180, comma), one line a run or a step of a run.
// Columns are found by name, without regard to case, unless they are given:
//   N     n, params, parameters, size, x        T   t, d, data, interactions
//   C     c, compute, flops                     y   y, value, loss, l, metric, or the only name with an @ (ndcg@10)
//   run   run, name
// N and T make a joint fit, C alone the compute curve, N alone a power law.
// Errors: NotFound for the file; Input with file and line for a column that is missing or a field that is no number.
// Pure function of the file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/scaling/fit.h"

namespace recoscope {

struct PointColumns {
    std::string x{}, t{}, y{}, run{}; // empty: found by name
};

struct PointTable {
    ScalingForm form = ScalingForm::Power;
    PointColumns columns; // as they stand in the file
    std::vector<ScalingPoint> points;
};

PointTable readScalingPoints(
    const Path& file, const PointColumns& chosen = {}, std::optional<ScalingForm> form = std::nullopt);

} // namespace recoscope
