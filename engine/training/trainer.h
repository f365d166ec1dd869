// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Training of one run: batches, optimiser, validation, early stopping, checkpoints; torch-free to look at. The caller
// owns the thread: trainRun() blocks and is controlled through Progress (pause, cancel) and TrainControl (stop, keep
// best). Deterministic on CPU: the same request gives the same bytes, also when resumed from any checkpoint.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/progress.h"
#include "engine/core/schema.h"
#include "engine/data/prepared.h"
#include "engine/models/registry.h"
#include "engine/store/records.h"

namespace recoscope {

// Keys that every neural model shares: epochs, batch_size, learning_rate, weight_decay, clip, schedule, warmup,
// patience, evaluate_every, refit, ... (group "Optimisation").
const ParameterSchema& trainerSchema();
// The model's schema plus the trainer's.
ParameterSchema fullSchema(const ModelDescriptor& model);
// Whether a run of the model that was stored with these settings is one of `wanted`, which are validated: keys that did
// not exist yet had their defaults.
bool sameSettings(const std::string& model, const Json& stored, const Json& wanted);

// What of a model that starts from the weights of another run is trained further: everything, the embeddings that its
// descriptor names alone, layer by layer from the top and then everything, or nothing.
enum class Adaptation { Full, Embeddings, Progressive, ZeroShot };
const char* adaptationName(Adaptation adaptation); // "full", "embeddings", "progressive", "zero_shot"
Adaptation adaptationFromName(const std::string& name); // Error{Usage} with the names

struct Transfer {
    Adaptation adaptation = Adaptation::Full;
    int unfreezeEpochs = 10; // of each layer of a progressive adaptation
    double ewc = 0.0; // lambda of elastic weight consolidation; 0 = off

    // As a run's environment and a checkpoint's fingerprint keep it: only what differs from a full adaptation's.
    Json toJson() const;
    static Transfer fromJson(const Json& json); // keys of others are left alone
};

struct TrainRequest {
    std::string model; // registry name
    Json parameters; // validated against fullSchema
    std::uint64_t seed = 42;
    std::shared_ptr<const PreparedData> data;
    Path runFolder; // checkpoints and weights.safetensors go here
    Path initialWeights; // weights file of another run to start from; empty: fresh weights
    Transfer transfer; // with initialWeights only
    Path importance; // with transfer.ewc only: what measureImportance() wrote of the source
    bool resume = false; // continue from runFolder/checkpoint-last
    double maxMinutes = 0.0; // 0 = no limit
    std::int64_t maxSteps = 0; // ends as if cancelled, with a checkpoint, after so many steps in all; 0 = no limit
    int lastEpoch = 0; // finished after it, on the schedule of all `epochs`; 0 = after all of them
    std::string device = "cpu"; // as trainingDevice() gives it
};

// Where a run of the model is computed when `asked` is auto, cpu or cuda: auto is the processor until a GPU has been
// measured to be faster (docs/performance.md). Error{Resource} for cuda where there is none, Error{Refused} for a model
// that cannot be trained there, Error{Usage} for other text.
std::string trainingDevice(const std::string& asked, const std::string& model);

struct CudaForTraining {
    bool usable = false;
    std::string found; // "NVIDIA H200, 9.0", or what is missing
};
CudaForTraining cudaForTraining();

enum class TrainStatus { Finished, StoppedEarly, StoppedByUser, TimeLimit, Cancelled };
const char* trainStatusName(TrainStatus status);

struct TrainResult {
    TrainStatus status = TrainStatus::Finished;
    int epochs = 0;
    int bestEpoch = 0;
    std::optional<MetricSummary> valid; // of the best epoch
    double seconds = 0.0;
    double secondsPerEpoch = 0.0; // training part, mean
    std::int64_t parameterCount = 0;
    std::shared_ptr<const TrainedModel> best; // by validation
    // For the one test evaluation: that, or what train + validation made with `refit`.
    std::shared_ptr<const TrainedModel> tested;
    bool refitted = false;
};

struct TrainControl {
    std::atomic<bool> stopKeepBest{false};
};

struct TrainListener {
    // On the worker's thread, before the epoch's checkpoint: what it keeps when it returns is never behind a
    // checkpoint. After a crash in between, the epoch is told again.
    std::function<void(const EpochRecord&)> onEpoch;
    std::function<void(std::int64_t step, double loss, double gradientNorm, double learningRate)> onStep; // ≤ 20 Hz
    // On the worker's thread: true when training stands still, its checkpoint written; false when it goes on. Not told
    // to go on when it is cancelled while it stands still.
    std::function<void(bool paused)> onPause;
};

// Error{Resource} when so many trainable numbers, their gradients and moments do not fit the memory of this machine: a
// program that the system ends for want of it says nothing. `name` is what the error calls them.
void requireMemoryFor(const std::string& name, std::int64_t numbers);

TrainResult trainRun(
    const TrainRequest& request, TrainControl& control, const TrainListener& listener, Progress& progress);

// Error{Refused} when a model of this kind, with these parameters (every key) and this max_length, cannot start from
// the weights in `file`, Error{Usage} when it cannot go on from them as `transfer` says; Error{NotFound|Input} for a
// file that is missing or none of ours.
void checkInitialWeights(const Path& file, const std::string& model, const Json& parameters, std::int64_t maxLength,
    const Transfer& transfer);

// How much each weight of a trained model matters to the data it was trained on: the diagonal of the empirical Fisher
// information, here the mean over batches of the squared gradient of a batch's loss, as the public SRT measures it.
// `trained`: a finished run as it was asked for, with its weights as initialWeights. Goes once through its training
// data, 3,000 batches at most; blocks, Error{Cancelled}. Writes `file` whole, one tensor for each parameter.
void measureImportance(const TrainRequest& trained, const Path& file, Progress& progress);

struct TrainEstimate {
    double secondsPerEpoch = 0.0, secondsPerEpochError = 0.0;
    double secondsTotal = 0.0;
    std::int64_t heldMemoryBytes = 0; // what the process holds already: itself, the prepared data
    std::int64_t peakMemoryBytes = 0; // that and what the training will add
    std::int64_t parameterCount = 0;
};
// Runs a few steps on copies and extrapolates; takes some seconds for most models. For the memory it goes once
// through what a run does: a step on the largest batch, validation of some users, those with the longest histories
// among them, a second copy of the weights, their ranking with all metrics. Counting models are counted whole. Nothing
// is written, and test targets are not looked at. Blocks, Error{Cancelled}; errors as trainRun().
TrainEstimate estimateTraining(const TrainRequest& request, Progress& progress);

// Error{Input} where the weights of the folder say that they are of another model, other settings of it or another
// seed.
void requireWeightsOf(const Path& runFolder, const std::string& model, const Json& parameters, std::uint64_t seed);

// The weights of a finished or running run, as a model: the best by validation, or for the test and for use those that
// train + validation made, where there are any. Error{NotFound|Input} for missing or damaged files.
std::shared_ptr<const TrainedModel> loadTrainedModel(
    const Path& runFolder, std::shared_ptr<const PreparedData> data, SplitPart part = SplitPart::Test);

} // namespace recoscope
