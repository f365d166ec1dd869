// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/checks.h"
#include "engine/kernels/step_ops.h"

namespace recoscope::kernels {

bool checkArguments(const ClipGradient& a)
{
    const Checks check("clipGradient");
    check.size(a.parts, "parts");
    check.require(a.clipNorm >= 0.0, "clipNorm", "is negative");
    check.pointer(a.numbers, "numbers");
    if (a.parts > 0)
        check.pointer(a.squares, "squares");
    return true;
}

bool checkArguments(const CapturedAdamW& a)
{
    if (!checkArguments(a.step))
        return false;
    Checks("capturedAdamW").pointer(a.numbers, "numbers");
    return true;
}

bool checkArguments(const ClearPadding& a)
{
    const Checks check("clearPadding");
    check.size(a.sequences, "sequences");
    check.size(a.rows, "rows");
    check.positive(a.width, "width");
    if (a.rows == 0)
        return false;
    check.pointer(a.values, "values");
    return true;
}

} // namespace recoscope::kernels
