// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The item vectors of a model: their lengths, and which items lie close to which by the cosine of their angle. Value
// types; blocking, cancellable.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/progress.h"
#include "engine/models/trained_model.h"

namespace recoscope {

struct ItemVectors {
    std::int64_t items = 0, width = 0;
    std::vector<float> vectors; // [items, width]
    std::vector<float> bias; // [items], or empty
    std::vector<float> norms; // [items]
};
// Error{Refused} for a model without item vectors.
ItemVectors itemVectors(const TrainedModel& model);

struct Neighbours {
    std::int64_t count = 0; // of each item
    std::vector<std::int32_t> queries; // [queries] prepared items
    std::vector<std::int32_t> items; // [queries, count] nearest first, never the item itself
    std::vector<float> cosines; // [queries, count]
};
// Of each query, at most `count` (fewer in a smaller catalogue). A vector of length zero is near to nothing (cosine 0).
Neighbours nearestItems(
    const ItemVectors& vectors, const std::vector<std::int32_t>& queries, std::int64_t count, Progress& progress);

// Arrays vectors, norm, bias (where the model has one), and queries, neighbours, cosines.
void writeEmbedding(const ItemVectors& vectors, const Neighbours& neighbours, const Path& npz);

} // namespace recoscope
