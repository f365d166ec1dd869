// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cstdio>
#include <new>
#include <random>
#include <system_error>

#include "engine/core/clock.h"
#include "engine/core/error.h"
#include "engine/training/run_files.h"
#include "engine/workspace/cache.h"
#include "engine/workspace/ranking_keys.h"
#include "engine/workspace/run_execution.h"

namespace recoscope {

namespace {

RunId drawRunId()
{
    std::string id = isoUtcNow(); // 2026-11-21T04:08:12Z
    std::erase_if(id, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
    std::replace(id.begin(), id.end(), 'T', '-');
    char suffix[8];
    std::snprintf(suffix, sizeof suffix, "-%04x", std::random_device()() & 0xffffu);
    return id + suffix;
}

// Stores the run under an id that no other run has, also when many are made within one second.
void storeAsNew(Store& store, RunRecord& run)
{
    constexpr int mostAttempts = 100;
    for (int attempt = 1;; ++attempt) {
        run.id = drawRunId();
        try {
            store.addRun({run, {}, {}, {}});
            return;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::Refused || attempt == mostAttempts)
                throw;
        }
    }
}

// "LRURec dimension=32 epochs=2": the model and what differs from its defaults.
std::string nameOf(const Workspace::NewRun& request)
{
    constexpr int shown = 4;
    std::string name = findModel(request.model).title;
    int count = 0;
    for (const auto& [key, value] : request.parameters.items()) {
        if (count++ == shown)
            return name + " …";
        name += " " + key + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
    }
    return name;
}

void requireRankingOnly(const Protocol& own, const Protocol& wanted, const RunId& id)
{
    std::string unlike;
    for (const ProtocolDifference& difference : trainingDifferences(own, wanted))
        unlike += (unlike.empty() ? "" : ", ") + difference.key + " (" + difference.a + ", now " + difference.b + ")";
    if (!unlike.empty())
        throw Error(ErrorKind::Refused, "run '" + id + "' was trained under another protocol: " + unlike,
            "change only candidates, mask_seen, metrics_at or score_ties, or train a new run");
}

Path weightsIn(const Path& folder, const RunId& id)
{
    const Path file = servedWeightsFile(folder);
    if (!std::filesystem::exists(file))
        throw Error(ErrorKind::NotFound, "run '" + id + "' holds no weights to start from",
            "choose a neural run that was validated at least once");
    return file;
}

bool canResume(RunStatus status)
{
    return status != RunStatus::Finished && status != RunStatus::Running;
}

} // namespace

RunId Workspace::createRun(const NewRun& request)
{
    const ModelDescriptor& model = findModel(request.model);
    RunRecord run;
    run.parameters = fullSchema(model).validate(request.parameters);
    const auto dataset = openDataset(request.dataset);
    model.checkData(run.parameters, DataFacts::of(*dataset));
    run.name = request.name.empty() ? nameOf(request) : request.name;
    run.dataset = request.dataset;
    run.datasetHash = dataset->info().contentHash;
    run.model = request.model;
    run.protocol = request.protocol.toJson();
    run.protocolHash = request.protocol.hash();
    run.seed = request.seed;
    run.environment = environmentInfo();
    run.environment["device"] = trainingDevice(request.device, request.model);
    run.environment["device_asked"] = request.device;
    if (request.maxMinutes > 0.0)
        run.environment["max_minutes"] = request.maxMinutes;
    if (!request.initFrom.empty()) {
        const RunId source = m_store->run(request.initFrom).id;
        checkInitialWeights(weightsIn(runFolder(source), source), model.name, run.parameters,
            request.protocol.maxLength, request.transfer);
        run.environment["init_from"] = source;
        run.environment.update(request.transfer.toJson());
    }
    if (!request.adopted.is_null())
        run.environment["adopted"] = request.adopted;
    run.created = isoUtcNow();
    run.tags = request.tags;
    storeAsNew(*m_store, run);
    return run.id;
}

TrainEstimate Workspace::estimate(const NewRun& request, Progress& progress)
{
    TrainRequest train;
    train.model = request.model;
    train.parameters = request.parameters;
    train.seed = request.seed;
    train.device = request.device;
    train.data = prepareData(request.dataset, request.protocol, progress);
    return estimateTraining(train, progress);
}

RunRecord Workspace::execute(const RunId& id, TrainControl& control, const TrainListener& listener, Progress& progress)
{
    const RunRecord run = m_store->run(id);
    if (run.status != RunStatus::Queued)
        throw Error(ErrorKind::Refused, "run '" + run.id + "' was started before and is " + runStatusName(run.status),
            "resume it, or start a new run");
    return carryOut(run, false, control, listener, progress);
}

void Workspace::cancelQueued(const RunId& id)
{
    RunRecord run = m_store->run(id);
    if (run.status != RunStatus::Queued)
        throw Error(ErrorKind::Refused, "run '" + run.id + "' does not wait: it is " + runStatusName(run.status),
            "stop it where it trains");
    run.status = RunStatus::Cancelled;
    m_store->putRun(run);
}

RunRecord Workspace::resume(const RunId& id, TrainControl& control, const TrainListener& listener, Progress& progress)
{
    const RunRecord run = m_store->run(id);
    if (!canResume(run.status))
        throw Error(ErrorKind::Refused, "run '" + run.id + "' is " + runStatusName(run.status),
            run.status == RunStatus::Running ? "stop it first" : "start a new run instead");
    return carryOut(run, true, control, listener, progress);
}

// A run keeps what it started from, so that it can be resumed when the other run is gone.
void Workspace::copyInitialWeights(const RunRecord& run) const
{
    const Path copy = initialWeightsFile(runFolder(run.id));
    if (!run.environment.contains("init_from") || std::filesystem::exists(copy))
        return;
    const RunId source = run.environment.at("init_from");
    writeFileAtomically(copy, readFile(weightsIn(runFolder(source), source)));
}

// What elastic weight consolidation holds on to: measured once, on the data of the run that the weights are from.
void Workspace::measureSource(const RunRecord& run, Progress& progress)
{
    const Path file = importanceFile(runFolder(run.id));
    if (Transfer::fromJson(run.environment).ewc == 0.0 || std::filesystem::exists(file))
        return;
    const RunRecord source = m_store->run(run.environment.at("init_from"));
    TrainRequest trained;
    trained.model = source.model;
    trained.parameters = source.parameters;
    trained.seed = source.seed;
    trained.data = prepareData(source.dataset, Protocol::fromJson(source.protocol), progress);
    trained.initialWeights = initialWeightsFile(runFolder(run.id));
    measureImportance(trained, file, progress);
}

RunRecord Workspace::carryOut(
    const RunRecord& run, bool resume, TrainControl& control, const TrainListener& listener, Progress& progress)
{
    const Path folder = runFolder(run.id);
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    if (code)
        throw Error(ErrorKind::Resource, "cannot create '" + folder.string() + "': " + code.message(),
            "give this user access to the workspace folder");
    // Held while the run is worked on, so that other programs can tell it from one that died.
    const FileLock lock(folder / "lock");
    copyInitialWeights(run);
    RunExecution execution(*m_store, folder, m_store->run(run.id));
    const auto fail = [&](RunStatus status, const std::string& message) {
        try {
            execution.end(status, message);
        } catch (const Error&) {
            // The first error is the one to tell; without its row the run will be found interrupted.
        }
    };
    try {
        {
            const ProgressPart before(progress, 0.0, 0.0);
            measureSource(run, progress);
            execution.setData(prepareData(run.dataset, Protocol::fromJson(run.protocol), progress));
        }
        execution.run(resume, control, listener, progress);
    } catch (const Error& error) {
        const bool cancelled = error.kind() == ErrorKind::Cancelled;
        fail(cancelled ? RunStatus::Cancelled : RunStatus::Failed, cancelled ? "" : error.message());
        throw;
    } catch (const std::bad_alloc&) {
        fail(RunStatus::Failed, "out of memory");
        throw Error(ErrorKind::Resource, "out of memory in run '" + run.id + "'",
            "choose a smaller batch, model or maximum length");
    } catch (const std::exception& error) {
        fail(RunStatus::Failed, error.what());
        throw Error(ErrorKind::Internal, "run '" + run.id + "': " + error.what(), "report this as a bug");
    }
    m_cache->sessions.removeBeginning(run.id);
    return m_store->run(run.id);
}

RankingResult Workspace::evaluate(
    const RunId& id, const Protocol& protocol, const RankingOptions& options, Progress& progress)
{
    const RunRecord run = m_store->run(id);
    const Protocol own = Protocol::fromJson(run.protocol);
    requireRankingOnly(own, protocol, run.id);
    const auto data = prepareData(run.dataset, own, progress);
    const auto model = modelOfRun(run, runFolder(run.id), data, options.part, progress);
    return rankAll(*model, *data, protocol, options, progress);
}

std::shared_ptr<const ServingSession> Workspace::openSession(const RunId& id, Progress& progress)
{
    const RunRecord run = m_store->run(id);
    const bool settled = run.status != RunStatus::Running && run.status != RunStatus::Paused;
    if (auto session = settled ? m_cache->sessions.find(run.id) : nullptr)
        return session;
    const auto data = prepareData(run.dataset, Protocol::fromJson(run.protocol), progress);
    const auto model = modelOfRun(run, runFolder(run.id), data, SplitPart::Test, progress);
    auto session = std::make_shared<const ServingSession>(model, data);
    if (settled)
        m_cache->sessions.put(run.id, session);
    return session;
}

void Workspace::removeFolder(const RunId& id)
{
    m_cache->sessions.removeBeginning(id);
    std::error_code code;
    std::filesystem::remove_all(runFolder(id), code);
    if (code)
        throw Error(ErrorKind::Resource, "cannot delete '" + runFolder(id).string() + "': " + code.message(),
            "delete the folder by hand");
}

void Workspace::purge()
{
    for (const RunId& id : m_store->purgeDeleted())
        removeFolder(id);
}

bool Workspace::removeUnbegun(const RunId& id)
{
    if (m_store->run(id).status != RunStatus::Failed || !m_store->epochs(id).empty())
        return false;
    m_store->removeRun(id);
    removeFolder(id);
    return true;
}

} // namespace recoscope
