// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Serving with a compressed history: a user's state keeps what its compression remembers of every whole segment,
// computed once; a request runs the recent events only. Gives what one pass over the whole history gives.
#pragma once

#include "engine/nn/history_compression.h"

namespace recoscope::nn {

// Form and states of a model with weights of its own: training the original changes nothing here. `compression` belongs
// to `model`, which it keeps alive. `readItems` [V+1, D]: vectors of the items of a model that computes them, read
// once; undefined for others. `precision`: of what the states keep.
std::shared_ptr<const IncrementalForm> makeHistoryForm(std::shared_ptr<const AttentionModel> model,
    const HistoryCompression& compression, StatePrecision precision, const torch::Tensor& readItems);

} // namespace recoscope::nn
