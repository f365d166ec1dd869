// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Which protocol keys only say how a trained model is ranked (candidates, mask_seen, metrics_at, score_ties,
// select_by). A run whose protocol differs in no other key can be evaluated again; with any other key the split, and so
// what the model was trained on, is not the same. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "engine/data/protocol.h"

namespace recoscope {

bool isRankingKey(const std::string& key);
// The differences that keep a run of protocol `own` from being evaluated under `wanted`; empty when it can be.
std::vector<ProtocolDifference> trainingDifferences(const Protocol& own, const Protocol& wanted);

} // namespace recoscope
