// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/workspace/run_execution.h"

#include <chrono>
#include <utility>

#include "engine/core/clock.h"
#include "engine/core/error.h"
#include "engine/models/listing_model.h"

namespace recoscope {

namespace {

using CountOn = ModelDescriptor::CountOn;

constexpr double trainingShare = 0.97; // of a run's progress; the rest is the last ranking

CountOn countOn(const RunRecord& run, SplitPart part)
{
    const bool again = run.parameters.value("count_again", false);
    return again && part == SplitPart::Test ? CountOn::TrainAndValid : CountOn::Train;
}

const char* countRemark(const RunRecord& run)
{
    return countOn(run, SplitPart::Test) == CountOn::TrainAndValid ? "counted on train + validation"
                                                                   : "counted on train";
}

const std::string refitRemark = "tested as trained on "; // always the last part of a remark

bool hasCheckpoint(const Path& folder)
{
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().filename().string().starts_with("checkpoint-last"))
            return true;
    }
    return false;
}

RunStatus statusOf(TrainStatus status)
{
    switch (status) {
    case TrainStatus::Finished:
    case TrainStatus::StoppedEarly: return RunStatus::Finished;
    case TrainStatus::StoppedByUser:
    case TrainStatus::TimeLimit: return RunStatus::Stopped;
    case TrainStatus::Cancelled: return RunStatus::Cancelled;
    }
    return RunStatus::Failed;
}

} // namespace

RunExecution::RunExecution(Store& store, Path folder, RunRecord record)
    : m_store(store)
    , m_folder(std::move(folder))
    , m_record(std::move(record))
{
}

void RunExecution::run(bool resume, TrainControl& control, const TrainListener& listener, Progress& progress)
{
    m_record.status = RunStatus::Running;
    m_record.error.clear();
    m_record.finished.clear();
    if (const auto stale = m_record.remark.find(refitRemark); stale != std::string::npos)
        m_record.remark.resize(stale > 2 ? stale - 2 : 0); // with the "; " before it
    if (!m_record.test.empty()) { // of an earlier stop: the test users will have been ranked more than once
        const std::string epoch = std::to_string(m_record.bestEpoch);
        m_record.remark = m_record.remark.empty() ? "tested before, at epoch " + epoch : m_record.remark + ", " + epoch;
    }
    m_record.test.clear();
    m_record.testHalfWidth.clear();
    if (m_record.started.empty())
        m_record.started = isoUtcNow();
    returnFreedMemory(); // what an earlier run left is no memory of this one
    m_peak.emplace();
    m_store.putRun(m_record);
    writeRunDescription(m_record, m_folder / "run.json"); // a folder found after a crash says what it is
    if (findModel(m_record.model).kind == ModelKind::Counting)
        count(progress);
    else if (m_record.environment.contains("adopted"))
        rankAdopted(progress);
    else
        train(resume, control, listener, progress);
    m_store.flush(); // results first: a run is not finished before they are on disk
    end(m_endStatus, "");
}

void RunExecution::end(RunStatus status, const std::string& error)
{
    m_record.status = status;
    m_record.error = error;
    if (m_peak)
        m_record.peakMemoryBytes = static_cast<std::int64_t>(m_peak->bytes());
    m_record.finished = isoUtcNow();
    // A good end is told by the database last; of a bad one it should know even when the folder takes no more files.
    const bool complete = status == RunStatus::Finished || status == RunStatus::Stopped;
    if (complete)
        writeRunDescription(m_record, m_folder / "run.json");
    m_store.putRun(m_record);
    if (!complete)
        writeRunDescription(m_record, m_folder / "run.json");
}

void RunExecution::train(bool resume, TrainControl& control, const TrainListener& listener, Progress& progress)
{
    TrainRequest request;
    request.model = m_record.model;
    request.parameters = m_record.parameters;
    request.seed = m_record.seed;
    request.data = m_data;
    request.runFolder = m_folder;
    if (m_record.environment.contains("init_from")) {
        request.initialWeights = initialWeightsFile(m_folder);
        request.transfer = Transfer::fromJson(m_record.environment);
        request.importance = importanceFile(m_folder);
    }
    request.resume = resume && hasCheckpoint(m_folder);
    request.maxMinutes = m_record.environment.value("max_minutes", 0.0);
    request.device = m_record.environment.value("device", "cpu");

    TrainListener stored = listener;
    bool first = true;
    stored.onEpoch = [&](const EpochRecord& epoch) {
        // Epochs after the checkpoint that a resumed run starts from will be trained again.
        if (std::exchange(first, false))
            m_store.truncateEpochs(m_record.id, epoch.epoch - 1);
        m_store.addEpoch(m_record.id, epoch);
        if (listener.onEpoch)
            listener.onEpoch(epoch);
    };
    stored.onPause = [&](bool paused) {
        m_store.setRunPaused(m_record.id, paused);
        if (listener.onPause)
            listener.onPause(paused);
    };
    const TrainResult result = [&] {
        const ProgressPart training(progress, 0.0, trainingShare);
        return trainRun(request, control, stored, progress);
    }();
    m_record.epochs = result.epochs;
    m_record.bestEpoch = result.bestEpoch;
    m_record.seconds = result.seconds;
    m_record.secondsPerEpoch = result.secondsPerEpoch;
    m_record.parameterCount = result.parameterCount;
    if (result.valid)
        m_record.valid = result.valid->values;
    if (result.status == TrainStatus::Cancelled || !result.best)
        throw Error(ErrorKind::Cancelled, "run '" + m_record.id + "' was cancelled",
            "its checkpoint was kept: resume it when you like");
    m_endStatus = statusOf(result.status);
    if (dynamic_cast<const ListingModel*>(result.best.get()))
        m_record.environment["lists"] = result.best->description();
    if (m_record.parameters.value("refit", false))
        m_record.remark += (m_record.remark.empty() ? "" : "; ") + refitRemark
            + (result.refitted ? "train + validation" : "train, as it was stopped before the refit");
    const ProgressPart ranking(progress, trainingShare, 1.0);
    rankBoth(*result.best, *result.tested, progress);
}

void RunExecution::rankBoth(const TrainedModel& forValid, const TrainedModel& forTest, Progress& progress)
{
    {
        const ProgressPart part(progress, 0.0, 0.5);
        rank(forValid, SplitPart::Valid, progress);
    }
    const ProgressPart part(progress, 0.5, 1.0);
    rank(forTest, SplitPart::Test, progress);
}

void RunExecution::count(Progress& progress)
{
    const ModelDescriptor& descriptor = findModel(m_record.model);
    const auto start = std::chrono::steady_clock::now();
    const auto fitted = descriptor.fitCounts(*m_data, m_record.parameters, CountOn::Train, progress);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    m_record.seconds = seconds.count();
    m_record.parameterCount = fitted->parameterCount();
    const CountOn testCounts = countOn(m_record, SplitPart::Test);
    const auto tested = testCounts == CountOn::Train
        ? fitted
        : descriptor.fitCounts(*m_data, m_record.parameters, testCounts, progress);
    rankBoth(*fitted, *tested, progress);
    m_record.remark = countRemark(m_record);
}

// Nothing is trained: the weights came with the run.
void RunExecution::rankAdopted(Progress& progress)
{
    const auto start = std::chrono::steady_clock::now();
    const auto model = loadTrainedModel(m_folder, m_data);
    m_record.parameterCount = model->parameterCount();
    rankBoth(*model, *model, progress);
    m_record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const Json& adopted = m_record.environment.at("adopted");
    m_record.remark = "weights of " + adopted.value("source", "") + " from " + adopted.value("file", "")
        + "; what they were trained on is not known here";
    if (const auto left = adopted.value("items_left_out", std::int64_t(0)); left > 0)
        m_record.remark += "; " + std::to_string(left) + " of their items are not in these data";
}

void RunExecution::rank(const TrainedModel& model, SplitPart part, Progress& progress)
{
    RankingOptions options;
    options.part = part;
    options.depth = 0; // lists are made again when somebody asks for them
    RankingResult result = rankAll(model, *m_data, m_data->protocol(), options, progress);
    const bool test = part == SplitPart::Test;
    (test ? m_record.test : m_record.valid) = result.metrics.values;
    if (test)
        m_record.testHalfWidth = result.metrics.halfWidth95;
    m_store.putSlices(m_record.id, part, result.slices);
    m_store.putUserMetrics(m_record.id, part, std::move(result.users));
}

Path initialWeightsFile(const Path& runFolder)
{
    return runFolder / "initial.safetensors";
}

Path importanceFile(const Path& runFolder)
{
    return runFolder / "importance.safetensors";
}

void writeRunDescription(const RunRecord& run, const Path& file)
{
    const Json description = {
        {"run", run.id},
        {"name", run.name},
        {"dataset", {{"name", run.dataset}, {"hash", run.datasetHash}}},
        {"model", run.model},
        {"parameters", run.parameters},
        {"protocol", run.protocol},
        {"protocol_hash", run.protocolHash},
        {"seed", run.seed},
        {"environment", run.environment},
        {"status", runStatusName(run.status)},
        {"error", run.error},
        {"started", run.started},
        {"finished", run.finished},
        {"epochs", run.epochs},
        {"best_epoch", run.bestEpoch},
        {"metrics", {{"valid", run.valid}, {"test", run.test}, {"test_half_width_95", run.testHalfWidth}}},
        {"remark", run.remark},
    };
    writeJson(file, description);
}

std::shared_ptr<const TrainedModel> modelOfRun(const RunRecord& run, const Path& folder,
    std::shared_ptr<const PreparedData> data, SplitPart part, Progress& progress)
{
    const ModelDescriptor& descriptor = findModel(run.model);
    if (descriptor.kind == ModelKind::Counting)
        return descriptor.fitCounts(*data, run.parameters, countOn(run, part), progress);
    requireWeightsOf(folder, run.model, run.parameters, run.seed);
    return loadTrainedModel(folder, std::move(data), part);
}

} // namespace recoscope
