// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// "Training" of a counting model: counts on train, validates, and counts again on train + validation when asked.
#pragma once

#include "engine/training/model_files.h"
#include "engine/training/trainer.h"

namespace recoscope {

TrainResult countingRun(const TrainRequest& request, const TrainListener& listener, Progress& progress);
// The model of a finished run, counted again from the same data.
std::shared_ptr<const TrainedModel> recount(const ModelIdentity& identity, const PreparedData& data);

} // namespace recoscope
