// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// ARGUS one event at a time with a cache of keys and values, as SASRec (sasrec_step.h). Equals the packed forward asked
// at the time of the last event.
#pragma once

#include <memory>

#include "engine/models/argus_network.h"

namespace recoscope {

std::shared_ptr<const IncrementalForm> makeArgusForm(const Argus& model);

} // namespace recoscope
