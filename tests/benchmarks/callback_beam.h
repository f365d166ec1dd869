// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Beam search as it is written straight away, and as the public generators have it: a callback says for every prefix
// which tokens may follow, walking nested maps from the root; all other scores of the vocabulary become -inf, and the
// best of all of them go on. The decoder, its calls and the lists are those of beamSearch().
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/generative/beam_search.h"

namespace recoscope {

class CallbackBeam {
public:
    explicit CallbackBeam(const TokenSequences& names);

    std::vector<std::vector<BeamItem>> search(BeamDecoder& decoder, std::int64_t users, std::int64_t width) const;

private:
    struct Node {
        std::unordered_map<std::int32_t, std::unique_ptr<Node>> next;
        std::int32_t item = -1;
    };
    struct Hypothesis {
        double score = 0.0;
        std::vector<std::int32_t> prefix;
        std::int32_t row = 0;
    };
    using Allowed
        = std::function<std::vector<std::int32_t>(std::int64_t user, const std::vector<std::int32_t>& prefix)>;

    const Node* at(const std::vector<std::int32_t>& prefix) const;
    std::vector<Hypothesis> best(const std::vector<Hypothesis>& live, std::int64_t user, const float* logProbs,
        std::int64_t width, const Allowed& allowed) const;

    std::int32_t m_vocabulary;
    Node m_root;
};

} // namespace recoscope
