// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Feedback as classes. A factor cuts the values of the feedback column at ascending edges: class = number of edges at
// or below the value. The first factor is the level of the value; a second one, where asked for, says whether it
// reaches a mark ("liked"). Value type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace recoscope {

class PreparedData;

struct FeedbackFactors {
    std::vector<std::string> names; // "level", "like"
    std::vector<std::vector<float>> edges; // [factors], none empty

    // Levels of the training events: every distinct value where there are at most `classes` of them, otherwise classes
    // of equal size. `likeFrom` above 0 adds the factor "like". No factor when all values are the same, or none known.
    static FeedbackFactors of(const PreparedData& data, std::int64_t classes, double likeFrom);

    bool empty() const { return edges.empty(); }
    std::size_t count() const { return edges.size(); }
    std::int64_t classes(std::size_t factor) const { return static_cast<std::int64_t>(edges[factor].size()) + 1; }
    // Sum over the factors.
    std::int64_t allClasses() const;
    // -1 for NaN.
    std::int32_t classOf(std::size_t factor, float value) const;

    bool operator==(const FeedbackFactors&) const = default;
};

} // namespace recoscope
