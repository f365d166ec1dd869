// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/checks.h"
#include "engine/kernels/ops.h"

namespace recoscope::kernels {

// What topK(), lists from rounded tables and rankTargets() ask of sizes and pointers.
void checkTop(const Checks& check, const TopK& a);

} // namespace recoscope::kernels
