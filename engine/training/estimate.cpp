// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <cmath>
#include <numeric>

#include "engine/core/error.h"
#include "engine/training/training_run.h"

namespace recoscope {

TrainEstimate estimateTraining(const TrainRequest& request, Progress& progress)
{
    TrainEstimate estimate;
    if (findModel(request.model).kind == ModelKind::Counting) {
        // Counting walks the events a few times; ten million a second is a slow machine.
        estimate.secondsPerEpoch = estimate.secondsTotal = static_cast<double>(request.data->interactions()) * 1e-7;
        estimate.peakMemoryBytes = static_cast<std::int64_t>(currentMemoryBytes()) + 40 * request.data->interactions();
        return estimate;
    }
    TrainingRun run(request);
    estimate.parameterCount = run.model->parameters().count();
    const auto begin = std::chrono::steady_clock::now();
    const std::int64_t available = run.batches.batchesPerEpoch();
    std::vector<double> perTarget;
    while (run.cursor.batch < available && (perTarget.size() < 3 || secondsSince(begin) < 0.7)) {
        progress.checkCancelled();
        const std::int64_t before = run.cursor.targets;
        const auto stepBegin = std::chrono::steady_clock::now();
        run.step();
        perTarget.push_back(
            secondsSince(stepBegin) / static_cast<double>(std::max<std::int64_t>(run.cursor.targets - before, 1)));
    }
    if (perTarget.size() > 2)
        perTarget.erase(perTarget.begin()); // the first step also warms caches up
    const auto n = static_cast<double>(perTarget.size());
    const double mean = std::accumulate(perTarget.begin(), perTarget.end(), 0.0) / n;
    double squares = 0.0;
    for (const double value : perTarget)
        squares += (value - mean) * (value - mean);
    const auto targets = static_cast<double>(run.batches.targetsPerEpoch());
    estimate.secondsPerEpoch = mean * targets;
    estimate.secondsPerEpochError = 2.0 * std::sqrt(squares / std::max(n - 1.0, 1.0) / n) * targets;
    estimate.secondsTotal = estimate.secondsPerEpoch * run.epochs;
    estimate.peakMemoryBytes = static_cast<std::int64_t>(peakMemoryBytes());
    return estimate;
}

} // namespace recoscope
