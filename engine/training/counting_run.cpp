// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/counting_run.h"

#include "engine/evaluation/ranking.h"
#include "engine/training/training_run.h"

namespace recoscope {

namespace {

using CountOn = ModelDescriptor::CountOn;

CountOn forTest(const Json& parameters)
{
    return parameters.at("count_again").get<bool>() ? CountOn::TrainAndValid : CountOn::Train;
}

} // namespace

std::shared_ptr<const TrainedModel> recount(const ModelIdentity& identity, const PreparedData& data)
{
    Progress quiet;
    return findModel(identity.model).fitCounts(data, identity.parameters, forTest(identity.parameters), quiet);
}

TrainResult countingRun(const TrainRequest& request, const TrainListener& listener, Progress& progress)
{
    const auto begin = std::chrono::steady_clock::now();
    const ModelDescriptor& model = findModel(request.model);
    const Json parameters = validatedParameters(request);
    const PreparedData& data = *request.data;
    progress.update(0.0, "Counting " + model.title);
    TrainResult result;
    result.best = model.fitCounts(data, parameters, CountOn::Train, progress);
    EpochRecord record;
    record.epoch = 1;
    record.step = 1;
    record.seconds = secondsSince(begin);
    const auto validBegin = std::chrono::steady_clock::now();
    if (!data.evaluatedUsers(SplitPart::Valid).empty()) {
        RankingOptions options;
        options.part = SplitPart::Valid;
        options.depth = 0;
        options.listMetrics = options.slices = false;
        record.valid = rankAll(*result.best, data, data.protocol(), options, progress).metrics;
    }
    record.validSeconds = secondsSince(validBegin);
    record.isBest = true;
    if (forTest(parameters) == CountOn::TrainAndValid)
        result.best = model.fitCounts(data, parameters, CountOn::TrainAndValid, progress);
    result.tested = result.best;
    saveIdentity(weightsFile(request.runFolder),
        {request.model, parameters, data.items(), data.protocol().maxLength, request.seed});
    record.memoryBytes = static_cast<std::int64_t>(currentMemoryBytes());
    if (listener.onEpoch)
        listener.onEpoch(record);
    result.epochs = result.bestEpoch = 1;
    result.valid = record.valid;
    result.seconds = secondsSince(begin);
    result.secondsPerEpoch = record.seconds;
    result.parameterCount = result.best->parameterCount();
    return result;
}

} // namespace recoscope
