// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of the end of an HSTU layer.
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/projection_blocks.h"
#include "engine/kernels/table.h"

namespace recoscope::kernels {

void gatedOutputForward(const GatedOutput& a)
{
    if (!checkArguments(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    parallelRanges(a.rows, rowsOfProjectionBlock(a.rows),
        [&](std::int64_t begin, std::int64_t end) { table.gatedOutputForward(a, begin, end); });
}

void gatedOutputBackward(const GatedOutputBackward& b)
{
    checkArguments(b);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, b);
    const GatedOutput& a = b.forward;
    const KernelTable& table = activeTable();
    sumProjectionBlocks(a.rows, a.width * a.inner, b.gradWeight, a.width, b.gradBias,
        [&](std::int64_t begin, std::int64_t end, float* gradWeight, float* gradBias) {
            table.gatedOutputBackward(b, begin, end, gradWeight, gradBias);
        });
}

} // namespace recoscope::kernels
