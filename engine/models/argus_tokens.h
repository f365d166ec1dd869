// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The interleaved form of ARGUS: three rows an event, context, item, feedback, then the context of the event asked for
// and, where its feedback is asked for, its item. A layout of indices; the vectors come from the network.
#pragma once

#include <torch/torch.h>

#include "engine/nn/packed_batch.h"

namespace recoscope {

struct ArgusTokens {
    // Rows of [contexts of the B first events; contexts after each of the T events; T items; T feedbacks; B items asked
    // about], all int32.
    torch::Tensor sources, positions, kinds; // [N]; kinds 0 context, 1 item, 2 feedback
    torch::Tensor offsets; // [B+1] int64
    torch::Tensor contextRows, itemRows; // [T] where the context and the item after each event stand

    // itemRows only with `withItems`.
    static ArgusTokens of(const PackedBatch& batch, bool withItems);
};

} // namespace recoscope
