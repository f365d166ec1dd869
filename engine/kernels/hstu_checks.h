// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/checks.h"
#include "engine/kernels/ops.h"

namespace recoscope::kernels {

// What HSTU attention asks of everything but query, key, value and output, whatever their type.
void checkHstuShape(const Checks& check, const HstuAttentionForward& a);

} // namespace recoscope::kernels
