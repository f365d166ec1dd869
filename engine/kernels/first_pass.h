// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Lists from a table of rounded items, byte for byte those of topK(): a first pass scores the rounded items, and
// whatever lies within a proven margin of the bound is scored again from the floats. Here is what does not depend on
// how items are rounded: the margin, and query by query the way back to topK() where no margin holds.
#pragma once

#include "engine/kernels/device_api.h"

#include <cstdint>
#include <functional>

namespace recoscope::kernels {

// Upper bounds over all items of the lengths of the rounded item and of what rounding took away.
struct RoundedItems {
    std::int64_t items = 0, width = 0;
    float longest = 0.0f, residual = 0.0f;
};

struct ItemRounding {
    double length = 0.0, residual = 0.0; // of one item
};
// Calls roundItem(i) once for every item, from several threads, and takes the largest of what it returns, rounded up.
RoundedItems roundItems(
    std::int64_t items, std::int64_t width, const std::function<ItemRounding(std::int64_t item)>& roundItem);

// `prepare` takes a query [width] and returns the length of its difference from the one that the first pass multiplies
// with, infinite where there is none. `list` writes the list of `one`, which has that query alone; no score of its
// first pass may be further from the exact one than the margin. Empty where the path has no first pass. `onDevice`
// makes all lists on a GPU; without it they are made there from the floats.
struct FirstPass {
    std::function<double(const float* query)> prepare;
    std::function<void(const TopK& one, float margin)> list;
    std::function<void(const DeviceApi& device)> onDevice;
};

// Runs in the calling thread. Error{Usage} with the name of the operation.
void topKFromRounded(const char* operation, const TopK& a, const RoundedItems& table, const FirstPass& pass);

} // namespace recoscope::kernels
