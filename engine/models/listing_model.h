// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a TrainedModel is besides when it finds a list of items in place of scoring all of them (beam search). Its
// score() gives -inf to every item outside the list, whose order it does not know: full ranking is not to be had, and a
// target outside the list counts as missed. Torch-free; thread-safe for const calls.
#pragma once

#include <cstdint>
#include <span>

#include "engine/core/packed.h"

namespace recoscope {

// Items that may not be listed. Non-owning.
struct HiddenItems {
    std::span<const std::int64_t> offsets = {}; // [B+1], or empty: none
    std::span<const std::int32_t> items = {};

    std::span<const std::int32_t> of(std::int64_t history) const
    {
        if (offsets.empty())
            return {};
        const auto begin = static_cast<std::size_t>(offsets[static_cast<std::size_t>(history)]);
        return items.subspan(begin, static_cast<std::size_t>(offsets[static_cast<std::size_t>(history) + 1]) - begin);
    }
};

class ListingModel {
public:
    virtual ~ListingModel() = default;
    virtual std::int64_t listLength() const = 0; // at most
    // score() of lists without the hidden items, which take no place in them: [B, V].
    virtual void scoreHiding(const PackedView& histories, const HiddenItems& hidden, std::span<float> out) const = 0;
};

} // namespace recoscope
