// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// train: one new run, or --resume of one that was stopped.

#include <chrono>
#include <cmath>

#include <CLI/CLI.hpp>

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "app/cli/model_names.h"
#include "app/cli/run_json.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/counts.h"
#include "engine/core/error.h"

namespace recoscope::cli {

namespace {

struct TrainWords {
    std::string dataset, model, preset, name, resume, initFrom, adapt = "full";
    Transfer transfer;
    std::vector<std::string> set, protocol, tags;
    int epochs = 0;
    double maxMinutes = 0.0;
    std::uint64_t seed = 42;
    bool estimate = false;
};

// Model, settings and length of the run whose weights are the start; all of them may be said otherwise, and what does
// not fit the weights is refused.
void startFrom(const RunRecord& source, const TrainWords& words, Workspace::NewRun& run)
{
    run.initFrom = source.id;
    run.transfer = words.transfer;
    run.transfer.adaptation = adaptationFromName(words.adapt);
    run.model = source.model;
    run.parameters = source.parameters;
    run.protocol.maxLength = Protocol::fromJson(source.protocol).maxLength;
}

// What was asked for and changes nothing is said, not refused: a script may set it for several models.
void noteIdleSettings(Session& session, const ParameterSchema& schema, const TrainWords& words, const Json& parameters)
{
    for (const std::string& word : words.set) {
        const Parameter& parameter = *schema.find(word.substr(0, word.find('=')));
        if (!schema.matters(parameter, parameters))
            session.note(parameter.name + " has no effect in this run: only with " + onlyWithText(parameter));
    }
}

Workspace::NewRun newRun(Session& session, const TrainWords& words)
{
    if (words.dataset.empty() || (words.model.empty() && words.initFrom.empty()))
        throw Error(ErrorKind::Usage, "train needs a dataset and a model",
            "add --dataset NAME --model NAME, or --resume RUN to go on with one");
    Workspace::NewRun run;
    run.dataset = words.dataset;
    run.parameters = Json::object();
    if (!words.initFrom.empty())
        startFrom(session.workspace().store().run(words.initFrom), words, run);
    const ModelDescriptor& model = findModel(words.model.empty() ? run.model : words.model);
    run.model = model.name;
    if (!words.preset.empty()) {
        const ModelPreset& preset = findModelPreset(model, words.preset);
        run.parameters.update(preset.parameters);
        for (const auto& [key, value] : preset.protocol.items())
            run.protocol.set(key, value.is_string() ? value.get<std::string>() : value.dump());
    }
    applyProtocol(words.protocol, run.protocol);
    const ParameterSchema schema = fullSchema(model);
    applySettings(schema, words.set, run.parameters);
    noteIdleSettings(session, schema, words, run.parameters);
    if (words.epochs > 0 && schema.find("epochs"))
        run.parameters["epochs"] = words.epochs;
    run.seed = words.seed;
    run.name = words.name;
    run.tags = words.tags;
    run.maxMinutes = words.maxMinutes;
    run.device = session.options.device;
    return run;
}

std::string epochLine(const EpochRecord& epoch)
{
    std::string line = "epoch " + std::to_string(epoch.epoch) + "  loss " + fixed(epoch.trainLoss, 4);
    if (epoch.valid)
        for (const char* name : {"hr@10", "ndcg@10"})
            if (const auto value = epoch.valid->values.find(name); value != epoch.valid->values.end())
                line += std::string("  ") + name + " " + fixed(value->second, 4);
    return line + "  " + fixed(epoch.seconds, 1) + " s" + (epoch.isBest ? "  best so far" : "");
}

// What stands beside the metrics, so that nobody compares unlike rows unawares.
std::string trainText(const RunRecord& run)
{
    const std::string epochs = run.epochs > 0
        ? "best epoch " + std::to_string(run.bestEpoch) + " of " + std::to_string(run.epochs) + ", "
        : "";
    const std::string device = run.environment.value("device", "cpu");
    const std::string asked = run.environment.value("device_asked", device);
    return "run " + run.id + " (" + run.name + "): " + runStatusName(run.status) + "\n" + metricLine(run) + "\n"
        + epochs + durationText(run.seconds) + ", peak memory " + bytesText(double(run.peakMemoryBytes)) + ", device "
        + device + (asked == device ? "" : " (" + asked + ")") + "\nlearned from: " + learnedFrom(run) + "\nprotocol "
        + run.protocolHash + ": " + Protocol::fromJson(run.protocol).summary() + "\n";
}

RunId chooseRun(Session& session, const TrainWords& words)
{
    Workspace& workspace = session.workspace();
    if (words.resume.empty())
        return workspace.createRun(newRun(session, words));
    return workspace.store().run(words.resume).id;
}

[[noreturn]] void throwCancelled(const RunId& id)
{
    throw Error(ErrorKind::Cancelled, "run " + id + " was cancelled; its checkpoint is kept",
        "recoscope-cli train --resume " + id + " goes on from there");
}

std::string estimateText(const TrainEstimate& estimate)
{
    const std::string error
        = estimate.secondsPerEpochError > 0 ? " ± " + durationText(estimate.secondsPerEpochError) : "";
    return "estimated: " + durationText(estimate.secondsPerEpoch) + error + " an epoch, "
        + durationText(estimate.secondsTotal) + " for all; peak memory " + bytesText(double(estimate.peakMemoryBytes))
        + ", of which " + bytesText(double(estimate.heldMemoryBytes)) + " are held before training; "
        + counted(estimate.parameterCount, "parameter", "parameters") + "\nnothing was trained\n";
}

int estimate(Session& session, const TrainWords& words)
{
    const TrainEstimate estimate = session.workspace().estimate(newRun(session, words), session.progress());
    session.print(
        {{"seconds_per_epoch", estimate.secondsPerEpoch}, {"seconds_per_epoch_error", estimate.secondsPerEpochError},
            {"seconds", estimate.secondsTotal}, {"held_memory_bytes", estimate.heldMemoryBytes},
            {"peak_memory_bytes", estimate.peakMemoryBytes}, {"parameter_count", estimate.parameterCount}},
        estimateText(estimate));
    return 0;
}

int train(Session& session, const TrainWords& words)
{
    if (std::isnan(words.maxMinutes))
        throw Error(ErrorKind::Usage, "--max-minutes is not a number", "give minutes, for example 30");
    if (words.estimate)
        return estimate(session, words);
    Workspace& workspace = session.workspace();
    TrainControl control;
    TrainListener listener;
    // The record of a run has its own limit; this one is of the continuation alone.
    const auto start = std::chrono::steady_clock::now();
    if (!words.resume.empty() && words.maxMinutes > 0.0)
        listener.onStep = [&control, start, limit = words.maxMinutes](auto&&...) {
            if (std::chrono::steady_clock::now() - start > std::chrono::duration<double, std::ratio<60>>(limit))
                control.stopKeepBest = true;
        };
    listener.onEpoch = [&session](const EpochRecord& epoch) { session.note(epochLine(epoch)); };
    const RunId id = chooseRun(session, words);
    session.note((words.resume.empty() ? "run " : "going on with run ") + id);
    RunRecord run;
    try {
        run = words.resume.empty() ? workspace.execute(id, control, listener, session.progress())
                                   : workspace.resume(id, control, listener, session.progress());
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::Cancelled)
            throwCancelled(id);
        // Settings or data that do not go together, told here and now: nothing is left behind.
        if (error.kind() != ErrorKind::Resource && error.kind() != ErrorKind::Internal && words.resume.empty())
            workspace.removeUnbegun(id);
        throw;
    }
    if (run.status == RunStatus::Cancelled)
        throwCancelled(id);
    session.print(runJson(run), trainText(run));
    return 0;
}

} // namespace

void addTrainCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "train", "Train, validate, stop early, and test the best checkpoint once",
        "train --dataset tour --model lrurec --preset tour --seed 1");
    auto words = std::make_shared<TrainWords>();
    CLI::Option* resume = command.add_option("--resume", words->resume,
        "Go on with a run from its last checkpoint, with the settings it has; --max-minutes may be given anew");
    command.add_option("--dataset", words->dataset, "Dataset of the workspace");
    command.add_option("--model", words->model, "Model (recoscope-cli models)");
    command.add_option("--preset", words->preset, "Settings that come with the model");
    command.add_option("--set", words->set, "Model or training setting: key=value (repeatable)")
        ->allow_extra_args(false);
    command.add_option("--protocol", words->protocol, "Filter, split, ranking: key=value (repeatable)")
        ->allow_extra_args(false);
    command.add_option("--epochs", words->epochs, "Most epochs")->check(CLI::Range(1, 1000000));
    command.add_option("--max-minutes", words->maxMinutes, "Stop after this time and test the best epoch so far")
        ->check(CLI::Range(0.0, 1e6));
    command.add_option("--seed", words->seed, "Same seed, same bytes on the processor");
    CLI::Option* source = command.add_option("--init-from", words->initFrom,
        "Start from the weights of this run: srt or hllm on another catalogue, argus on the same data");
    command.add_option("--adapt", words->adapt, "What is trained further; progressive: layer by layer from the top")
        ->check(CLI::IsMember({"full", "embeddings", "progressive", "zero_shot"}))
        ->needs(source);
    command
        .add_option("--unfreeze-epochs", words->transfer.unfreezeEpochs,
            "Epochs of each layer with --adapt progressive (10), before all is trained")
        ->check(CLI::Range(1, 100000))
        ->needs(source);
    command
        .add_option("--ewc", words->transfer.ewc,
            "Elastic weight consolidation: how strongly weights that matter to the source's data are held (0; try 100)")
        ->check(CLI::Range(0.0, 1e12))
        ->needs(source);
    CLI::Option* estimated = command.add_flag("--estimate", words->estimate,
        "Train a few steps on copies, print the time and the peak memory that the run would take, and keep nothing");
    estimated->excludes(resume)->excludes(source);
    command.add_option("--name", words->name, "Shown name of the run");
    command.add_option("--tag", words->tags, "Tag (repeatable)")->allow_extra_args(false);
    for (const char* setting : {"--dataset", "--model", "--preset", "--set", "--protocol", "--epochs", "--seed",
             "--init-from", "--adapt", "--unfreeze-epochs", "--ewc", "--name", "--tag"})
        resume->excludes(command.get_option(setting));
    command.callback([&session, words] { session.command = [&session, words] { return train(session, *words); }; });
}

} // namespace recoscope::cli
