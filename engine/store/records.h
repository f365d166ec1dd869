// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a run produces and the store keeps: plain value types, below training, evaluation and serving, which fill them.
// In JSON a number that is not finite is null.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/json.h"

namespace recoscope {

// Mean values by name: "hr@10", "ndcg@10", "recall@10", "mrr", "coverage@10", "gini@10", "novelty@10", "ild@10".
struct MetricSummary {
    std::map<std::string, double> values;
    std::map<std::string, double> halfWidth95; // of the mean over users, where it is a mean
    std::int64_t users = 0;
    // Error{NotFound} with the nearest names.
    double at(const std::string& name) const;
    Json toJson() const;
    static MetricSummary fromJson(const Json& json); // Json::exception for another shape
};

struct UserResult {
    std::int32_t user = 0; // prepared index
    std::int32_t target = 0; // prepared item (first target)
    double rank = 0.0; // 1-based, under the protocol's tie rule
    std::int64_t historyLength = 0;
    std::int64_t targetPopularity = 0; // training count of the target
};

struct MetricSlice {
    std::string group; // "history length" or "target popularity"
    std::string name; // "≤ 50"
    std::int64_t users = 0;
    MetricSummary metrics;

    Json toJson() const;
    static MetricSlice fromJson(const Json& json); // Json::exception for another shape
};

struct EpochRecord {
    int epoch = 0; // 1-based
    std::int64_t step = 0;
    double trainLoss = 0.0; // mean over positions, nats
    double learningRate = 0.0;
    double gradientNorm = 0.0; // mean over the epoch, before the clip
    double maxGradientNorm = 0.0;
    double seconds = 0.0; // training part
    double validSeconds = 0.0;
    double eventsPerSecond = 0.0;
    std::int64_t memoryBytes = 0;
    std::optional<MetricSummary> valid; // on epochs that evaluate
    bool isBest = false;

    Json toJson() const;
    static EpochRecord fromJson(const Json& json); // Json::exception for another shape
};

// How a request is answered. Full: the whole history is encoded, then every item is scored. Incremental, Compressed:
// from a kept state. ItemHead: Full of a model that computes its items' vectors, which are kept. ItemHeadReread: the
// same, but the items of each history are read again. Beam: the list is spelled by a beam of some width.
enum class ServingMode { Full, Incremental, Compressed, ItemHead, ItemHeadReread, Beam };
inline constexpr std::array allServingModes = {ServingMode::Full, ServingMode::Incremental, ServingMode::Compressed,
    ServingMode::ItemHead, ServingMode::ItemHeadReread, ServingMode::Beam};
const char* servingModeName(ServingMode mode); // "full", ..., "item_head", "item_head_reread", "beam"
std::optional<ServingMode> servingModeNamed(std::string_view name); // nothing for a name that no mode has

struct LatencyPoint {
    ServingMode mode = ServingMode::Full;
    std::int64_t history = 0, batch = 1;
    std::int64_t beam = 0; // width, where lists are spelled
    bool asRanked = true; // gives the lists that the run's metrics are of; a beam of another width does not
    double p50Us = 0, p95Us = 0, p99Us = 0;
    double p50Low = 0, p50High = 0, p95Low = 0, p95High = 0; // 95 % bootstrap
    double throughput = 0; // requests a second
    double encodeShare = 0; // share of the time in encoding the history
    double decodeShare = 0; // in spelling token by token; the rest is scoring, or searching, and choosing
    bool busy = false; // the machine was busy: spread between blocks over 30 %
    std::vector<double> samplesUs; // in the order measured
};

} // namespace recoscope
