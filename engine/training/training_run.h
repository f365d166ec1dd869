// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The state of one neural training: model, optimiser, batches, cursor, and the operations the loop in trainer.cpp
// strings together. Used by one thread.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "engine/core/error.h"
#include "engine/nn/neural_model.h"
#include "engine/training/batches.h"
#include "engine/training/device_batches.h"
#include "engine/training/model_files.h"
#include "engine/training/objective.h"
#include "engine/training/optimiser.h"
#include "engine/training/step_values.h"
#include "engine/training/trainer.h"
#include "engine/training/transfer_phases.h"

namespace recoscope {

double secondsSince(std::chrono::steady_clock::time_point begin);

struct StepReport {
    std::int64_t step = 0; // the number of steps with it
    double loss = 0.0, gradientNorm = 0.0, learningRate = 0.0;
};

class TrainingRun {
public:
    explicit TrainingRun(const TrainRequest& request);

    // Loss [] and gradients of one batch; `step` decides dropout and negatives. On the processor Error{Refused} when
    // the loss is not finite; on a device nobody knows yet: see StepValues.
    torch::Tensor gradients(std::int64_t batch, std::int64_t step);
    // Continues from the folder's checkpoint; without one the run starts from the beginning.
    void resume();
    // One batch: gradients, update; advances the cursor. Reports, and counts in the cursor, the last step whose values
    // are there: on the processor this one; on a device, which is not waited for, the one before, or none. Error as
    // StepValues says, of the step that it names.
    std::optional<StepReport> step();
    // Waits for the values that are still on their way; the report of the last one, where there was any. Whatever saves
    // or validates does so first: nothing is kept of a run whose loss has become infinite.
    std::optional<StepReport> catchUp() { return count(0); }
    // Metrics on validation; nothing when nobody is evaluated.
    std::optional<MetricSummary> validate(Progress& progress);
    // Writes weights.safetensors when `valid` beats the best so far (always, when there is nothing to compare).
    bool keepIfBest(const std::optional<MetricSummary>& valid);
    void nextEpoch();
    void checkpoint();
    double learningRate() const; // of the last step

    const TrainRequest request;
    const Json parameters; // validated, every key
    const int epochs, evaluateEvery;
    std::shared_ptr<NeuralModel> model; // on the processor: validated, saved and loaded
    std::shared_ptr<NeuralModel> trained; // the same object, or its twin on the request's device
    TrainingBatches batches;
    Objective objective;
    Optimiser optimiser;
    TransferPhases phases; // one for a run from fresh weights
    RunCursor cursor;

private:
    struct Step {
        StepValues values;
        std::int64_t targets;
        double learningRate;
    };
    Objective::Draw draw(std::int64_t batch, std::int64_t step) const;
    std::optional<StepReport> count(std::size_t left); // all but the last `left` steps
    void settle(); // values and optimiser; and the model has what the twin has learned
    std::int64_t firstStepOfPhase() const;
    double scheduled(double rate) const; // of the last step
    double tableLearningRate() const; // likewise, of tables by row-wise Adagrad
    Json fingerprint() const;
    ModelIdentity identity() const;

    // Where the device makes the batches: it trains, and the processor does not read them.
    std::unique_ptr<DeviceBatches> m_deviceBatches;
    std::deque<Step> m_steps; // given to the device, the values not counted yet
};

// `model`, or a copy of it where the request is computed on another device.
std::shared_ptr<NeuralModel> onDeviceOf(const TrainRequest& request, std::shared_ptr<NeuralModel> model);

// A model of the request's kind with fresh weights; also sets the threads and the allocator of the process.
std::shared_ptr<NeuralModel> freshModel(const TrainRequest& request, const Json& parameters);
Json validatedParameters(const TrainRequest& request);
TrainingBatches::Options batchOptions(const TrainRequest& request, const Json& parameters);

// Error{Usage|Input} for data, a device or settings that nothing can be trained with.
void requireTrainable(const TrainRequest& request);

// What `work` returns; Error in place of what LibTorch and the system throw.
template <class Work> auto throwingErrors(Work work)
{
    try {
        return work();
    } catch (const Error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw Error(ErrorKind::Resource, "training ran out of memory", "use a smaller batch, width or vocabulary");
    } catch (const std::exception& e) {
        throw Error(
            ErrorKind::Internal, std::string("training failed: ") + e.what(), "report this with the run's settings");
    }
}

} // namespace recoscope
