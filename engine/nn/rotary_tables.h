// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

#include "engine/kernels/ops.h"
#include "engine/nn/rotary.h"

namespace recoscope::nn {

// What kernels read of tables: their memory, which must outlive the call.
inline kernels::RotaryTables kernelTables(const RotaryAngles& angles)
{
    return {angles.cosine.size(0), angles.cosine.const_data_ptr<float>(), angles.sine.const_data_ptr<float>(),
        {angles.positions.const_data_ptr<std::int32_t>(), static_cast<std::size_t>(angles.positions.numel())}};
}

} // namespace recoscope::nn
