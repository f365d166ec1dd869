// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Vectors of a catalogue's items that a file gives and no training changes: a .npy of float32 [items of the catalogue,
// width], rows in the order of the catalogue, as `recoscope-cli encode --out` writes it. Torch-free.
#pragma once

#include "engine/core/file.h"
#include "engine/data/prepared.h"
#include "engine/models/fixed_tensors.h"

namespace recoscope {

// Error{NotFound} without the file; Error{Input} when it is damaged, has another shape or type, or not a row for each
// of the `items`.
void checkGivenVectors(const Path& file, std::int64_t items);

// "text.vectors" [V, width] of the prepared items. Errors as above; Input too for a value that is no number.
FixedTensors givenVectors(const PreparedData& data, const Path& file);

} // namespace recoscope
