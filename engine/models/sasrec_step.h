// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// SASRec without tensors in between: one event at a time with a cache of keys and values, O(L) an event instead of
// O(L^2), or a window at once. Equals the packed forward. Learned positions count from the oldest event kept, so once a
// history is longer than maxLength every event shifts all positions: from there each append computes the window again.
#pragma once

#include <memory>

#include "engine/models/sasrec_network.h"

namespace recoscope {

// `readItems` [V+1, D]: the vectors that the input reads; the form shares them.
std::shared_ptr<const IncrementalForm> makeSasRecForm(const SasRec& model, const torch::Tensor& readItems);

} // namespace recoscope
