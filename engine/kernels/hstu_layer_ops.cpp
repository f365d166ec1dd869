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

} // namespace recoscope::kernels
