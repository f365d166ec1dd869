// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HSTU with a cache of keys and values, for one event or a history at once. A row's time is when the next event is
// asked for, so the newest event stays open: its row is computed for the request, and once more, for good, when the
// next event comes. Equals the packed forward; beyond maxLength positions shift and the window is computed again.
#pragma once

#include <memory>

#include "engine/models/hstu_network.h"

namespace recoscope {

std::shared_ptr<const IncrementalForm> makeHstuForm(const Hstu& model);

} // namespace recoscope
