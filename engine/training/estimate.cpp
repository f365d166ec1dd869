// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "engine/core/peak_memory.h"
#include "engine/evaluation/list_metrics.h"
#include "engine/evaluation/ranking.h"
#include "engine/models/spelled_lists.h"
#include "engine/training/training_run.h"

namespace recoscope {

namespace {

// Ranks a block of the users with the longest histories, which costs most memory at a time, after some of the others:
// blocks that grow from one to the next leave holes that the next one does not fit in. At the end of a run more is
// measured than in validation.
void rankSome(const TrainedModel& model, const PreparedData& data, bool asAtTheEnd, Progress& progress)
{
    RankingOptions options;
    options.part = SplitPart::Valid;
    options.depth = 0;
    options.listMetrics = options.slices = asAtTheEnd;
    std::vector<std::int32_t> users = data.evaluatedUsers(SplitPart::Valid);
    if (users.empty())
        return;
    const auto longer = [&](std::int32_t a, std::int32_t b) { return data.trainLength(a) > data.trainLength(b); };
    std::stable_sort(users.begin(), users.end(), longer);
    constexpr std::int64_t blockEvents = 32768; // what rankAll() encodes at a time
    const auto window = std::clamp<std::int64_t>(data.trainLength(users[0]), 1, data.protocol().maxLength);
    const auto block = static_cast<std::size_t>(std::clamp<std::int64_t>(blockEvents / window, 1, options.blockUsers));
    const std::size_t apart = std::max<std::size_t>(1, users.size() / (2 * block));
    for (std::size_t i = 0; i < users.size(); i += i < block ? 1 : apart)
        options.onlyUsers.push_back(users[i]);
    rankAll(model, data, data.protocol(), options, progress);
}

// At the end of a run: the longest block beside what is kept of every user until all are ranked.
std::int64_t peakOfLastRanking(const TrainedModel& model, const PreparedData& data, Progress& progress)
{
    returnFreedMemory(); // so that what the training no longer holds is not counted beside it
    const PeakMemory peak;
    rankSome(model, data, true, progress);
    const auto users = static_cast<std::int64_t>(data.evaluatedUsers(SplitPart::Valid).size());
    const auto metrics = static_cast<std::int64_t>(data.protocol().metricsAt.size()) * 3 + 1;
    const std::int64_t rows = users * static_cast<std::int64_t>(sizeof(UserResult) + sizeof(double) * metrics);
    return static_cast<std::int64_t>(peak.bytes()) + rows + ListMetrics::mostBytes(users);
}

// Seconds a target of some steps from the beginning of the first epoch.
std::vector<double> timeSteps(TrainingRun& run, Progress& progress)
{
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
    return perTarget;
}

void extrapolate(const std::vector<double>& perTarget, const TrainingRun& run, TrainEstimate& estimate)
{
    const auto n = static_cast<double>(perTarget.size());
    const double mean = std::accumulate(perTarget.begin(), perTarget.end(), 0.0) / n;
    double squares = 0.0;
    for (const double value : perTarget)
        squares += (value - mean) * (value - mean);
    const auto targets = static_cast<double>(run.batches.targetsPerEpoch());
    estimate.secondsPerEpoch = mean * targets;
    estimate.secondsPerEpochError = 2.0 * std::sqrt(squares / std::max(n - 1.0, 1.0) / n) * targets;
    const int trainings = run.parameters.at("refit").get<bool>() ? 2 : 1;
    estimate.secondsTotal = estimate.secondsPerEpoch * run.epochs * trainings;
}

// Epochs are shuffled anew, and the more of them the larger the largest batch.
void stepOnLargest(TrainingRun& run)
{
    constexpr std::int64_t lookedAt = 20'000'000; // windows, in all epochs: some tenths of a second
    const auto epochs = std::clamp<std::int64_t>(lookedAt / run.batches.windows(), 1, run.epochs);
    std::int64_t most = 0;
    for (int epoch = 1; epoch <= epochs; ++epoch) {
        run.batches.startEpoch(epoch);
        for (std::int64_t b = 0; b < run.batches.batchesPerEpoch(); ++b)
            if (const std::int64_t targets = run.batches.targetsOf(b); targets > most) {
                most = targets;
                run.cursor.epoch = epoch;
                run.cursor.batch = b;
            }
    }
    run.batches.startEpoch(run.cursor.epoch);
    run.step();
}

// The weights in the file that the best ones are read from: mapped as a whole while they are copied.
std::int64_t fileBytes(const NeuralModel& model)
{
    std::int64_t bytes = 4 * model.parameters().count();
    if (model.setup().fixed)
        for (const auto& [name, fixed] : model.setup().fixed->tensors)
            bytes += 2 * static_cast<std::int64_t>(fixed.data.size()); // read beside those of the run
    return bytes;
}

void estimateNeural(const TrainRequest& request, TrainEstimate& estimate, Progress& progress)
{
    const bool twice = validatedParameters(request).at("refit");
    const auto seenLast = twice ? request.data->withValidationInTraining() : nullptr; // memory of the second training
    std::optional<TrainingRun> run(std::in_place, request);
    estimate.parameterCount = run->model->parameters().count();
    extrapolate(timeSteps(*run, progress), *run, estimate);
    progress.checkCancelled();
    stepOnLargest(*run);
    run->optimiser.settle();
    rankSome(*asTrainedModel(run->model), *request.data, false, progress);
    const ModelSetup setup = run->model->setup();
    run.reset(); // as at the end of a run, before its best weights are read
    std::shared_ptr<NeuralModel> best = buildNeuralModel(request.model, setup);
    estimate.peakMemoryBytes = static_cast<std::int64_t>(currentMemoryBytes()) + fileBytes(*best);
    const auto atTheEnd = asTrainedModel(std::move(best));
    estimate.peakMemoryBytes
        = std::max(estimate.peakMemoryBytes, peakOfLastRanking(*atTheEnd, *request.data, progress));
}

void estimateCounting(const TrainRequest& request, TrainEstimate& estimate, Progress& progress)
{
    const Json parameters = validatedParameters(request);
    const ModelDescriptor& model = findModel(request.model);
    const auto begin = std::chrono::steady_clock::now();
    const auto counted = model.fitCounts(*request.data, parameters, ModelDescriptor::CountOn::Train, progress);
    estimate.secondsPerEpoch = estimate.secondsTotal = secondsSince(begin);
    std::shared_ptr<const TrainedModel> again; // beside the first
    if (parameters.at("count_again").get<bool>())
        again = model.fitCounts(*request.data, parameters, ModelDescriptor::CountOn::TrainAndValid, progress);
    estimate.peakMemoryBytes = peakOfLastRanking(*counted, *request.data, progress);
}

} // namespace

TrainEstimate estimateTraining(const TrainRequest& request, Progress& progress)
{
    requireTrainable(request);
    returnFreedMemory();
    TrainEstimate estimate;
    estimate.heldMemoryBytes = static_cast<std::int64_t>(currentMemoryBytes());
    const PeakMemory peak;
    const bool counts = findModel(request.model).kind == ModelKind::Counting;
    throwingErrors([&] { (counts ? estimateCounting : estimateNeural)(request, estimate, progress); });
    estimate.peakMemoryBytes = std::max(estimate.peakMemoryBytes, static_cast<std::int64_t>(peak.bytes()));
    return estimate;
}

} // namespace recoscope
