// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Latency measurement: warm-up discarded, conditions in random order, percentiles with a bootstrap interval. The clock
// is passed in, so that tests use a fake one. What a request is: request_server.h; in which ways a model answers it:
// serving_paths.h. The requests of a condition are spread over five blocks, and the blocks of all conditions of
// all runs are shuffled, so that a machine that slows down meets all of them alike. Blocks the caller's thread;
// cancellable between requests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/core/progress.h"
#include "engine/serving/serving_paths.h"
#include "engine/serving/session.h"
#include "engine/store/records.h"

namespace recoscope {

struct LatencyRequest {
    std::vector<std::int64_t> histories = {50, 200, 1000};
    std::vector<std::int64_t> batches = {1};
    std::vector<ServingMode> modes{allServingModes.begin(), allServingModes.end()}; // those the model has
    std::vector<std::int64_t> beams; // widths, for models of lists; empty = usualBeams and the model's own
    int requests = 200; // per condition
    int warmUp = 20; // per condition, discarded
    int k = 10;
    std::uint64_t seed = 1;
    int threads = 0; // of the processor, for these requests alone; 0 = the setting of the process
    std::function<double()> clockSeconds; // monotonic; default steady clock
};

// What was measured of one session.
struct SessionLatency {
    std::vector<LatencyPoint> points;
    std::vector<double> beforeUs; // [points] mean time that went by for each request besides its own: a cached path
                                  // first reads the history into a state, which no request waits for
};

// Of each session, in their order. Modes a model does not have are left out; Error{Refused}, before
// anything is measured, when it has none of them. Histories are drawn from the data's users, repeated when too short.
std::vector<SessionLatency> measureLatency(
    std::span<const std::shared_ptr<const ServingSession>> sessions, const LatencyRequest& request, Progress& progress);
// With "per_user_us": the median time of a request for each of its users, parted as the time of all requests was.
Json toJson(const std::vector<LatencyPoint>& points, bool withSamples);

} // namespace recoscope
