// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of a whole HSTU layer: on the processor it is the three operations.
#include "engine/kernels/hstu_layer.h"

#include "engine/kernels/argument_checks.h"
#include "engine/kernels/on_device.h"

namespace recoscope::kernels {

void hstuLayerForward(const HstuLayerForward& a)
{
    if (!checkArguments(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    siluProjectionForward(projectionOf(a));
    hstuAttentionForward(attentionOf(a));
    gatedOutputForward(outputOf(a));
}

void hstuLayerBackward(const HstuLayerBackward& b)
{
    checkArguments(b);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, b);
    gatedOutputBackward(outputBackwardOf(b));
    hstuAttentionBackward(attentionBackwardOf(b));
    siluProjectionBackward(projectionBackwardOf(b));
    for (std::int64_t i = 0; i < rowsOf(b.forward.offsets) * b.forward.width; ++i)
        b.gradInput[i] += b.gradOutput[i];
}

} // namespace recoscope::kernels
