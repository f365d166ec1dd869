// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a neural model has besides when it names its recommendations token by token: the names, and a decoder for beam
// search. Const calls are thread-safe once training is over.
#pragma once

#include <memory>

#include "engine/generative/beam_search.h"
#include "engine/nn/packed_batch.h"

namespace recoscope {

class SpellingModel {
public:
    virtual ~SpellingModel() = default;
    virtual const PrefixTrie& names() const = 0;
    virtual std::int64_t beamWidth() const = 0;
    // Has read the histories (none empty: the start token stands for no history), user b being sequence b. Must not
    // outlive the model.
    virtual std::unique_ptr<BeamDecoder> decoder(const PackedBatch& histories) const = 0;
};

} // namespace recoscope
