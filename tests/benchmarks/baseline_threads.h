// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Threads of the library that a benchmark program compares with; each program defines them for its own.
#pragma once

namespace recoscope {

int baselineThreads();
void setBaselineThreads(int count);

} // namespace recoscope
