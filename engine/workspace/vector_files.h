// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a run learned, for other programs: vectors of items and users as .npy or .safetensors ("vectors" [rows, width],
// and "bias" [rows] of items where the model has one), with the id of each row in a CSV file beside it (NAME.ids.csv:
// row,id), and all weights as .safetensors or .npz. A user's score of an item is the product of the two vectors plus
// the bias. Written atomically; blocking.
#pragma once

#include "engine/core/progress.h"
#include "engine/serving/session.h"

namespace recoscope {

struct VectorFile {
    Path vectors, ids;
    std::int64_t rows = 0, width = 0;
};

// Error{Refused} for a counting model, Error{Usage} for another ending.
VectorFile writeItemVectors(const ServingSession& session, const Path& file);
// Of every user of the data, after the whole history but its last `hideLast` events. Users are called by the pseudonyms
// of bundles unless `rawUsers`.
VectorFile writeUserVectors(
    const ServingSession& session, int hideLast, bool rawUsers, const Path& file, Progress& progress);
// Error{NotFound} for a run without weights.
void writeWeights(const Path& runFolder, const Path& file);

} // namespace recoscope
