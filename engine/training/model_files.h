// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a run folder holds of a model: weights.safetensors (best so far; parameters by name, and in the metadata model,
// settings and catalogue size, so that the file alone rebuilds the model), checkpoint-last.safetensors (flat
// parameters, optimiser state and cursor of the run) and, where a run was trained again on train + validation,
// weights-refit.safetensors. All are replaced whole. No times are stored: the same training gives the same bytes.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "engine/core/file.h"
#include "engine/core/schema.h"
#include "engine/nn/neural_model.h"
#include "engine/store/records.h"
#include "engine/training/optimiser.h"
#include "engine/training/run_files.h"

namespace recoscope {

struct ModelIdentity {
    std::string model;
    Json parameters;
    std::int64_t items = 0, maxLength = 0;
    std::uint64_t seed = 0;
    FeedbackFactors feedback = {}; // of models that look at feedback
    std::int64_t surfaces = 0; // of models that look at them
};

void saveWeights(const Path& file, const NeuralModel& model, const ModelIdentity& identity);
// A counting model has no tensors; its identity is enough to count again.
void saveIdentity(const Path& file, const ModelIdentity& identity);
// Error{NotFound} without the file, Error{Input} for one that is not ours.
ModelIdentity readIdentity(const Path& file);
// What the saved model keeps of its catalogue; null where it keeps nothing.
std::shared_ptr<const FixedTensors> readFixed(const Path& file);
// Error{Input} naming the tensor when names or shapes differ.
void loadWeights(const Path& file, NeuralModel& model);

// Numbers laid out as the flat values of the parameters, one tensor in the file for each parameter. Loading:
// Error{Input} naming the tensor when names or shapes differ.
void saveByName(const Path& file, const Parameters& parameters, const torch::Tensor& flat);
torch::Tensor loadByName(const Path& file, const Parameters& parameters);

// Where a run stands: `batch` batches of epoch `epoch` are done. Everything a resumed run needs beyond the tensors.
struct RunCursor {
    int epoch = 1;
    std::int64_t batch = 0;
    std::int64_t step = 0;
    double lossSum = 0.0, gradientSum = 0.0, gradientMax = 0.0, epochSeconds = 0.0;
    std::int64_t targets = 0;
    double seconds = 0.0, trainSeconds = 0.0;
    int bestEpoch = 0, badValidations = 0, finishedEpochs = 0;
    double bestMetric = 0.0;
    std::optional<MetricSummary> bestValid;
    bool stopped = false; // early stopping decided

    Json toJson() const;
    static RunCursor fromJson(const Json& json);
};

// `memory` is what the model's own loss remembers; may be empty.
void saveCheckpoint(const Path& file, NeuralModel& model, const Optimiser& optimiser, std::span<std::int64_t> memory,
    const RunCursor& cursor, const Json& fingerprint);
// The optimiser's number of steps is the caller's to set. Settings of the `schema` that the checkpoint does not know
// have their defaults there. Error{Refused} when the fingerprint (settings, data, protocol, seed) differs, naming the
// first difference.
RunCursor loadCheckpoint(const Path& file, NeuralModel& model, Optimiser& optimiser, std::span<std::int64_t> memory,
    const Json& fingerprint, const ParameterSchema& schema);

} // namespace recoscope
