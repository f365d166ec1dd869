// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Feedback as classes. A factor cuts the values of the feedback column at ascending edges: class = number of edges at
// or below the value. "level" is the level of the value; "like", where asked for, says whether it reaches a mark. Where
// events are of several kinds (listen, like, dislike), "kind" comes last and cuts the number of the kind likewise.
// Value type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/packed.h"

namespace recoscope {

class PreparedData;

struct FeedbackFactors {
    std::vector<std::string> names; // "level", "like", "kind"
    std::vector<std::vector<float>> edges; // [factors], none empty

    // Levels of the training events: every distinct value where there are at most `classes` of them, otherwise classes
    // of equal size. `likeFrom` above 0 adds the factor "like". No level and no like when all values are the same, or
    // none known; no kind when there is but one.
    static FeedbackFactors of(const PreparedData& data, std::int64_t classes, double likeFrom);

    bool empty() const { return edges.empty(); }
    std::size_t count() const { return edges.size(); }
    std::int64_t classes(std::size_t factor) const { return static_cast<std::int64_t>(edges[factor].size()) + 1; }
    // Sum over the factors.
    std::int64_t allClasses() const;
    bool isKind(std::size_t factor) const { return names[factor] == "kind"; }
    // Of an event with this feedback, of this kind: -1 for NaN, of the factor "kind" for EventMark::unknown.
    std::int32_t classOf(std::size_t factor, float value, std::uint8_t kind = EventMark::unknown) const;

    bool operator==(const FeedbackFactors&) const = default;
};

} // namespace recoscope
