// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Whether kernels use the products of warp groups: on compute capability 9.0, where the library was compiled for 90a,
// unless RECOSCOPE_WGMMA=off, and after a small known problem gave what the fragments give (wgmma_probe.h). The problem
// is multiplied when a device is first asked about, and what came of it is kept until the process ends.
#pragma once

#include "engine/kernels/cuda/wgmma.h"

#include <cstdlib>
#include <string>
#include <string_view>

namespace recoscope::kernels::cuda {

inline bool warpGroupsSwitchedOff()
{
    const char* value = std::getenv("RECOSCOPE_WGMMA");
    return value && std::string_view(value) == "off";
}

struct WarpGroups {
    bool used = false;
    std::string text; // for `doctor`: how tensor cores are reached, and what is against wgmma
};

// Of the current device. While the calling thread captures a graph nothing can be multiplied: not used, and nothing
// kept.
WarpGroups warpGroupsOfDevice();

// By the driver. Error{Resource} when it refuses the matrix.
TileMap deviceTileMap(const TileSource& source);

} // namespace recoscope::kernels::cuda
