// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a TrainedModel is besides when it finds a list of items in place of scoring all of them (beam search). Its
// score() gives -inf to every item outside the list, whose order it does not know: full ranking is not to be had, and a
// target outside the list counts as missed. Torch-free; thread-safe for const calls.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "engine/core/packed.h"
#include "engine/generative/beam_search.h"

namespace recoscope {

class TrainedModel;

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
    // The list of every history, best first, without the hidden items, which take no place in it. What encoding and
    // decoding took is added to `times`, which may be null.
    virtual std::vector<std::vector<BeamItem>> lists(
        const PackedView& histories, const HiddenItems& hidden, BeamTimes* times) const = 0;
    // The same weights with lists of another length. Error{Usage} for a length that no search has.
    virtual std::shared_ptr<const TrainedModel> ofLength(std::int64_t length) const = 0;

    // score() of lists without the hidden items: [B, V].
    void scoreHiding(const PackedView& histories, const HiddenItems& hidden, std::span<float> out) const
    {
        std::fill(out.begin(), out.end(), -std::numeric_limits<float>::infinity());
        const auto found = lists(histories, hidden, nullptr);
        for (std::size_t b = 0; b < found.size(); ++b)
            for (const BeamItem& item : found[b])
                out[out.size() / found.size() * b + static_cast<std::size_t>(item.item)]
                    = static_cast<float>(item.score);
    }
};

} // namespace recoscope
