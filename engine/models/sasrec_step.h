// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// SASRec one event at a time with a cache of keys and values: O(L) an event instead of O(L^2). Equals the packed
// forward. Learned positions count from the oldest event kept, so once a history is longer than maxLength every event
// shifts all positions: from there each append computes the window again.
#pragma once

#include <memory>

#include "engine/models/sasrec_network.h"

namespace recoscope {

std::shared_ptr<const IncrementalForm> makeSasRecForm(const SasRec& model);

} // namespace recoscope
