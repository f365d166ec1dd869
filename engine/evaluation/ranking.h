// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Full-catalogue ranking in blocks: never holds users x items. Uses the linear head with a fused pass where a model
// has one; otherwise scores small blocks of users. Exact ranks under the protocol's tie rule. Deterministic.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/data/prepared.h"
#include "engine/evaluation/metrics.h"
#include "engine/models/trained_model.h"
#include "engine/store/records.h"

namespace recoscope {

struct RankingResult {
    MetricSummary metrics;
    std::vector<MetricSlice> slices;
    std::vector<UserResult> users; // ascending user
    std::vector<std::string> userMetricNames; // "hr@1", ..., "mrr"
    std::vector<double> userMetrics; // [users, names], exact under every tie rule
    std::int64_t depth = 0;
    std::vector<std::int32_t> topItems; // [users, depth] prepared items, -1 past the end; empty if depth = 0
    std::vector<float> topScores; // [users, depth]
    double seconds = 0.0;
};

struct RankingOptions {
    SplitPart part = SplitPart::Test;
    std::int64_t depth = 50; // kept lists (at least max(metrics_at) is ranked for list metrics)
    bool listMetrics = true; // coverage, Gini, novelty, intra-list diversity
    bool slices = true;
    bool taskMetrics = true; // feedback_metrics.h, for models of two tasks
    std::int64_t blockUsers = 256;
    std::int64_t listLength = 0; // of a model of lists (models/listing_model.h), in place of its own; 0 = its own
    std::vector<std::int32_t> onlyUsers; // empty = everyone evaluated in the part
};

// Error{Refused} for a listLength where the model scores every item.
RankingResult rankAll(const TrainedModel& model, const PreparedData& data, const Protocol& protocol,
    const RankingOptions& options, Progress& progress);

// Sorted seen items of a case under the protocol's mask (ascending, unique). A target that the user had before is
// among them: it can never be listed, so it counts as a miss (missPlace).
std::vector<std::int32_t> maskedItems(const EvaluationCase& c, const Protocol& protocol);

struct ExportNaming {
    // [result.users]: what each user is called in place of the raw id; rows then come in ascending order of the names,
    // so that the order tells nothing. Empty = raw ids, in the order of the result.
    std::vector<std::string> users;
    bool counts = false; // exportUsers: two more columns, history_length and target_popularity
};
// CSV "user,item,rank,score" with raw ids, and CSV "user,target,rank,<metrics>". Written atomically.
void exportTopK(const RankingResult& result, const PreparedData& data, std::int64_t depth, const Path& file,
    const ExportNaming& naming = {});
void exportUsers(
    const RankingResult& result, const PreparedData& data, const Path& file, const ExportNaming& naming = {});

} // namespace recoscope
