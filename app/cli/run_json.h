// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Runs as documents and as lines of text; shared by train, runs, run and compare.
#pragma once

#include <string>

#include "engine/core/json.h"
#include "engine/store/store.h"

namespace recoscope::cli {

// run, name, status, dataset, model, parameters, seed, best_epoch, metrics{valid, test}, protocol{..., hash}, seconds,
// seconds_per_epoch, peak_memory_bytes, remark, learned_from, ...
Json runJson(const RunRecord& run);
// Which events the weights or counts were learned from.
std::string learnedFrom(const RunRecord& run);
// "HR@10 0.0901 ± 0.0035 · NDCG@10 0.0532 ± 0.0020" of the test part (or validation when there is no test).
std::string metricLine(const RunRecord& run);
// One value with four decimals, "" where it is absent.
std::string metricCell(const std::map<std::string, double>& values, const std::string& name);

} // namespace recoscope::cli
