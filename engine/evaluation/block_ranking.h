// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Ranks one block of users: encode (or score), mask, compare with the targets, keep the best. Picks the fused pass over
// a linear head, plain scores, or sampled candidates. Holds no result; thread-safe for const calls.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/data/prepared.h"
#include "engine/evaluation/candidates.h"
#include "engine/evaluation/metrics.h"
#include "engine/models/listing_model.h"
#include "engine/models/trained_model.h"

namespace recoscope {

struct RankedUser {
    // As in the case; a masked target, and one outside the list of a model of lists, stands after every candidate.
    std::vector<TargetRank> targets;
    std::vector<std::int32_t> items; // best first, at most the depth asked
    std::vector<float> scores;
};

class BlockRanker {
public:
    // Error{Input} when the model was trained on other items, Error{Refused} for candidates that a model of lists
    // cannot rank. Keeps references to all three.
    BlockRanker(const TrainedModel& model, const PreparedData& data, const Protocol& protocol);

    // Users of a block whose scoring takes well under the cancellation time.
    std::int64_t affordableUsers() const;
    // Error{Input} when the model gives values that are not numbers.
    std::vector<RankedUser> rank(std::span<const EvaluationCase> cases, std::int64_t depth) const;

private:
    struct Block;
    void rankWithHead(const Block& block, std::int64_t depth, std::vector<RankedUser>& out) const;
    void rankWithScores(const Block& block, std::int64_t depth, std::vector<RankedUser>& out) const;
    void rankCandidates(const Block& block, std::int64_t depth, std::vector<RankedUser>& out) const;
    std::vector<float> encode(const Block& block) const;
    void scoreLists(const Block& block, std::span<float> scores) const;
    std::vector<float> candidateScores(std::span<const std::int32_t> items, std::span<const float> vector) const;

    const TrainedModel& m_model;
    const PreparedData& m_data;
    const Protocol& m_protocol;
    const ListingModel* m_lister; // the model, where it is one
    std::optional<LinearHead> m_head;
    std::optional<CandidateSampler> m_sampler;
};

} // namespace recoscope
