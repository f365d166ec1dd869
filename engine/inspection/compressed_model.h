// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Private to engine/inspection: the compressed form of a model for one history.
#pragma once

#include <memory>

#include "engine/models/compressed_history.h"

namespace recoscope {

// Error{Refused} for a model that does not compress, Error{Usage} unless there is one history with an event.
std::unique_ptr<CompressedHistory> requireCompressed(const TrainedModel& model, const PackedView& history);

} // namespace recoscope
