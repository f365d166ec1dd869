// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What recommending the most popular items reaches under a protocol, before any training: exact ranks under the
// protocol's mask and tie rule over the full catalogue (sampled candidates are not drawn here). Counting takes the
// place of scoring, so a target costs time linear in its user's history. A pure function; thread-safe.
#pragma once

#include "engine/core/progress.h"
#include "engine/data/prepared.h"
#include "engine/store/records.h"

namespace recoscope {

enum class PopularityCounts {
    Train, // what a model is trained on
    History, // everything before the part's targets: for the test part the validation targets count as well
};

// "hr@k", "recall@k", "ndcg@k" for metrics_at, and "mrr", with their 95 % half widths; with several targets also the
// metrics of row_metrics.h.
MetricSummary popularityBaseline(const PreparedData& data, SplitPart part, PopularityCounts counts, Progress& progress);

} // namespace recoscope
