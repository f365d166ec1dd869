// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/packed_batch.h"

#include <algorithm>
#include <numeric>

namespace recoscope {

PackedBatch makePackedBatch(const PackedView& view)
{
    PackedBatch batch;
    batch.items = torch::empty({view.events()}, torch::kInt32);
    batch.offsets = torch::empty({view.sequences() + 1}, torch::kInt64);
    batch.positions = torch::empty({view.events()}, torch::kInt32);
    std::copy(view.items.begin(), view.items.end(), batch.items.data_ptr<std::int32_t>());
    auto* offsets = batch.offsets.data_ptr<std::int64_t>();
    offsets[0] = 0;
    for (std::int64_t b = 0; b < view.sequences(); ++b) {
        offsets[b + 1] = view.offsets[b + 1];
        auto* positions = batch.positions.data_ptr<std::int32_t>();
        std::iota(positions + view.offsets[b], positions + view.offsets[b + 1], 0);
    }
    return batch;
}

} // namespace recoscope
