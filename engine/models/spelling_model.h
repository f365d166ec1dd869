// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a neural model has besides when it names its recommendations token by token: the names, and its weights laid
// out for beam search. Const calls are thread-safe once training is over.
#pragma once

#include <memory>
#include <string>

#include "engine/core/packed.h"
#include "engine/generative/beam_search.h"

namespace recoscope {

// The weights as they were when it was made. Const calls are thread-safe.
class BeamForm {
public:
    virtual ~BeamForm() = default;
    // Reads the histories (none empty: the start token stands for no history) in begin(), user b being sequence b.
    // Must not outlive the form.
    virtual std::unique_ptr<BeamDecoder> decoder(const PackedView& histories) const = 0;
};

class SpellingModel {
public:
    virtual ~SpellingModel() = default;
    virtual const PrefixTrie& names() const = 0;
    virtual std::int64_t beamWidth() const = 0;
    virtual std::string namesDescription() const = 0; // what they are made of and how many share one
    // Must not outlive the model.
    virtual std::unique_ptr<BeamForm> beamForm() const = 0;
};

} // namespace recoscope
