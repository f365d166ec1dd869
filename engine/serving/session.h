// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A serving session: recommendations for a known user or any typed history, by full recompute or by incremental state,
// with explanations. Thread-safe for const calls.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/data/prepared.h"
#include "engine/models/trained_model.h"
#include "engine/store/records.h"

namespace recoscope {

struct Recommendation {
    std::int32_t item = 0; // prepared index
    float score = 0.0f;
};

struct Explanation {
    std::int32_t item = 0; // the recommended item
    double score = 0.0; // with the whole history
    // Leave-one-out: score minus the score without event j, for each event of the (cut) history, oldest first.
    std::vector<double> contributions;
    double residual = 0.0; // score minus the sum of contributions (not additive in general; shown honestly)
};

class ServingSession {
public:
    ServingSession(std::shared_ptr<const TrainedModel> model, std::shared_ptr<const PreparedData> data);

    const TrainedModel& model() const { return *m_model; }
    std::shared_ptr<const TrainedModel> sharedModel() const { return m_model; }
    const PreparedData& data() const { return *m_data; }

    // Everything a user did, oldest first (prepared item indices). `hideLast` cuts that many events (to show the
    // held-out ones).
    PackedSequences historyOf(std::int32_t user, int hideLast = 0) const;
    // Best k items; items of the history are left out when `maskSeen`. Of a model of lists (models/listing_model.h) no
    // more than its list. With a `state`, which has seen the history, scores come from it alone (of a model with a
    // linear head).
    std::vector<Recommendation> recommend(
        const PackedView& history, int k, bool maskSeen = true, const UserState* state = nullptr) const;
    // The same for many users in one pass over the catalogue, from their vectors [histories, D] of a model with a
    // linear head: a list for each history, as recommend() gives it from a state with that vector.
    std::vector<std::vector<Recommendation>> recommendAll(
        std::span<const float> vectors, const PackedView& histories, int k, bool maskSeen = true) const;
    // 1-based rank and score of one item under the same rules. Outside the list of a model of lists: behind all other
    // items, at -inf.
    struct ItemRank {
        double rank = 0.0;
        float score = 0.0f;
    };
    ItemRank rankOf(
        const PackedView& history, std::int32_t item, bool maskSeen = true, const UserState* state = nullptr) const;
    // Leave-one-out contributions for the given items (one extra forward per event, batched). Error{Refused} for a
    // model of lists, which has no score for an item that an event keeps out of the list.
    std::vector<Explanation> explain(
        const PackedView& history, const std::vector<std::int32_t>& items, Progress& progress) const;

private:
    // [items] of which those in `hidden` will not be looked at.
    std::vector<float> scoresOf(
        const PackedView& history, std::span<const std::int32_t> hidden, const UserState* state) const;

    std::shared_ptr<const TrainedModel> m_model;
    std::shared_ptr<const PreparedData> m_data;
};

} // namespace recoscope
