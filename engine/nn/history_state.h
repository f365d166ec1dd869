// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Serving with a compressed history: of every whole segment a user's state keeps the tokens' keys and values, computed
// once; a request runs the recent events only. Gives what one pass over the whole history gives.
#pragma once

#include "engine/nn/history_tokens.h"

namespace recoscope::nn {

// Form and states of a model with weights of its own: training the original changes nothing here. `tokens` belongs to
// `model`, which it keeps alive.
std::shared_ptr<const IncrementalForm> makeHistoryForm(
    std::shared_ptr<const AttentionModel> model, const HistoryTokens& tokens);

} // namespace recoscope::nn
