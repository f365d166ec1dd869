// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/training_run.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/file.h"
#include "engine/evaluation/ranking.h"
#include "engine/kernels/ops.h"
#include "engine/models/spelled_lists.h"
#include "engine/nn/torch_device.h"

namespace recoscope {

namespace {

OptimiserSettings optimiserSettings(const Json& p)
{
    OptimiserSettings s;
    const std::string kind = p.at("optimiser");
    s.kind = kind == "adam" ? OptimiserKind::Adam : kind == "adagrad" ? OptimiserKind::Adagrad : OptimiserKind::AdamW;
    s.learningRate = p.at("learning_rate");
    s.weightDecay = p.at("weight_decay");
    s.beta2 = p.at("beta2");
    s.epsilon = p.at("adam_epsilon");
    s.clipNorm = p.at("clip");
    s.tableRule = kind == "adagrad_rows" ? TableRule::RowAdagrad : TableRule::SparseAdamW;
    return s;
}

// The tables with a vector of every item, where the optimiser is to update them by rows.
std::vector<std::string> tablesByRows(const NeuralModel& model, const Json& parameters)
{
    const std::string optimiser = parameters.at("optimiser");
    if (optimiser != "adamw_sparse" && optimiser != "adagrad_rows")
        return {};
    if (model.ownLoss() || model.computesItems())
        throw Error(ErrorKind::Usage, optimiser + " needs a table of item vectors, and this model computes them",
            "choose optimiser adamw");
    if (parameters.at("loss") == "cross_entropy")
        throw Error(ErrorKind::Usage,
            optimiser + " needs a loss over sampled negatives: cross_entropy changes every item",
            "choose optimiser adamw, or one of the losses bce, gbce and sampled_softmax");
    std::vector<std::string> names;
    for (const Parameters::Entry& entry : model.parameters().entries())
        if (entry.name == "item_embedding.weight" || entry.name == "output_embedding.weight")
            names.push_back(entry.name);
    return names;
}

void requireMemory(const std::string& name, std::int64_t numbers, double needed)
{
    constexpr double share = 0.8; // of the memory; steps and data take some too
    const auto memory = static_cast<double>(physicalMemoryBytes());
    const auto gigabytes = [](double bytes) { return std::to_string(std::llround(bytes / 1e9)) + " GB"; };
    if (needed > share * memory)
        throw Error(ErrorKind::Resource,
            name + " has " + std::to_string(numbers) + " numbers, which take " + gigabytes(needed)
                + " in training; this machine has " + gigabytes(memory) + ", of which a training may take "
                + gigabytes(share * memory),
            "choose a smaller size, preset or vocabulary, or a machine with more memory");
}

constexpr double bytesOfNumber = 20.0; // weight, gradient, two moments, the weight in the file of the best

// Before the optimiser asks for its moments.
std::shared_ptr<NeuralModel> fitting(
    std::shared_ptr<NeuralModel> model, const std::string& name, const Json& parameters)
{
    const std::int64_t numbers = model->parameters().count();
    double needed = bytesOfNumber * static_cast<double>(numbers);
    if (parameters.at("optimiser") == "adagrad_rows")
        for (const std::string& table : tablesByRows(*model, parameters)) // no moments, but an accumulator a row
            needed -= 8.0 * static_cast<double>(model->parameters().at(table).value.numel());
    requireMemory(name, numbers, needed);
    return model;
}

// Weights of a model that knows items by their numbers alone fit the same catalogue, feedback and surfaces only.
void requireSameItems(const Path& file, const ModelSetup& setup)
{
    const ModelIdentity source = readIdentity(file);
    if (source.items != setup.items || source.feedback != setup.feedback || source.surfaces != setup.surfaces)
        throw Error(ErrorKind::Refused, file.string() + " was trained on other items, feedback or surfaces",
            "start from a run on the same dataset under the same protocol");
}

} // namespace

double secondsSince(std::chrono::steady_clock::time_point begin)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Json validatedParameters(const TrainRequest& request)
{
    return fullSchema(findModel(request.model))
        .validate(request.parameters.is_null() ? Json::object() : request.parameters);
}

void requireMemoryFor(const std::string& name, std::int64_t numbers)
{
    requireMemory(name, numbers, bytesOfNumber * static_cast<double>(numbers));
}

void requireTrainable(const TrainRequest& request)
{
    if (!request.data)
        throw Error(ErrorKind::Usage, "training needs prepared data", "prepare a dataset with a protocol first");
    trainingDevice(request.device, request.model);
    findModel(request.model).checkData(validatedParameters(request), DataFacts::of(*request.data));
}

TrainingBatches::Options batchOptions(const TrainRequest& request, const Json& p)
{
    TrainingBatches::Options options;
    options.maxLength = request.data->protocol().maxLength;
    options.batchSize = p.at("batch_size");
    options.beginOfSequence = p.at("begin_of_sequence");
    options.prefixes = p.at("examples") == "prefixes";
    options.randomShift = !options.prefixes && p.at("window_shift") == "random";
    options.seed = request.seed;
    return options;
}

std::shared_ptr<NeuralModel> freshModel(const TrainRequest& request, const Json& parameters)
{
    torch::set_num_threads(kernels::threads());
    ModelSetup setup;
    setup.items = request.data->items();
    setup.maxLength = request.data->protocol().maxLength;
    setup.parameters = parameters;
    setup.seed = request.seed;
    if (const std::int64_t classes = parameters.value("feedback_classes", 0); classes > 0)
        setup.feedback = FeedbackFactors::of(*request.data, classes, parameters.value("like_from", 0.0));
    if (parameters.contains("surface_dropout"))
        setup.surfaces = request.data->surfaces();
    const bool fresh = request.initialWeights.empty();
    if (!fresh)
        checkInitialWeights(request.initialWeights, request.model, parameters, setup.maxLength, request.transfer);
    if (const auto& make = findModel(request.model).fixedTensors) {
        const auto source = fresh ? nullptr : readFixed(request.initialWeights);
        setup.fixed = std::make_shared<FixedTensors>(make(*request.data, parameters, source.get()));
    } else if (!fresh) {
        requireSameItems(request.initialWeights, setup);
    }
    std::shared_ptr<NeuralModel> model = buildNeuralModel(request.model, setup);
    if (!fresh)
        loadWeights(request.initialWeights, *model);
    return model;
}

std::shared_ptr<NeuralModel> onDeviceOf(const TrainRequest& request, std::shared_ptr<NeuralModel> model)
{
    if (request.device != "cuda")
        return model;
    std::shared_ptr<NeuralModel> twin = buildNeuralModel(request.model, model->setup());
    const torch::NoGradGuard guard;
    twin->parameters().values().copy_(model->parameters().values());
    twin->parameters().moveTo(torch::Device(nn::torchDevice().name));
    return twin;
}

TrainingRun::TrainingRun(const TrainRequest& r)
    : request(r)
    , parameters(validatedParameters(r))
    , epochs(r.lastEpoch > 0 ? r.lastEpoch : parameters.at("epochs").get<int>())
    , evaluateEvery(parameters.at("evaluate_every"))
    , model(fitting(freshModel(r, parameters), r.model, parameters))
    , trained(onDeviceOf(r, model))
    , batches(r.data, batchOptions(r, parameters))
    , objective(*trained, *r.data, parameters, r.seed)
    , optimiser(trained->parameters(), optimiserSettings(parameters), tablesByRows(*trained, parameters))
    , phases(r, trained->parameters(), findModel(r.model).embeddings, parameters.at("epochs"))
{
    if (trained != model && !optimiser.hasTables() && !objective.readsRows(*trained))
        m_deviceBatches = std::make_unique<DeviceBatches>(*r.data, trained->parameters().device());
}

void TrainingRun::resume()
{
    const Path file = checkpointFile(request.runFolder);
    if (std::filesystem::exists(file))
        cursor = loadCheckpoint(
            file, *trained, optimiser, objective.memory(), fingerprint(), fullSchema(findModel(request.model)));
    optimiser.setSteps(cursor.step - firstStepOfPhase());
    const int patience = parameters.at("patience");
    cursor.stopped = patience > 0 && cursor.badValidations >= patience;
}

// Each phase has an optimiser and a schedule from the start.
std::int64_t TrainingRun::firstStepOfPhase() const
{
    return (phases.of(cursor.epoch).begin - 1) * batches.batchesPerEpoch();
}

double TrainingRun::scheduled(double rate) const
{
    const TransferPhases::Phase& phase = phases.of(cursor.epoch);
    return rate
        * scheduleFactor(parameters.at("schedule"), cursor.step - firstStepOfPhase(), parameters.at("warmup"),
            (phase.end - phase.begin) * batches.batchesPerEpoch());
}

double TrainingRun::learningRate() const
{
    return scheduled(parameters.at("learning_rate"));
}

double TrainingRun::tableLearningRate() const
{
    const double own = parameters.at("table_learning_rate");
    return own > 0.0 ? scheduled(own) : learningRate();
}

Objective::Draw TrainingRun::draw(std::int64_t batch, std::int64_t step) const
{
    const auto number = static_cast<std::uint64_t>(step);
    if (!m_deviceBatches)
        return objective.draw(*trained, batches.batch(batch), number);
    return objective.draw(m_deviceBatches->make(batches.windowsOf(batch), batches.ofPrefixes()), number);
}

torch::Tensor TrainingRun::gradients(std::int64_t batch, std::int64_t step)
{
    const Objective::Draw drawn = draw(batch, step);
    optimiser.prepare(optimiser.hasTables() ? drawn.items(trained->items() + 1) : std::vector<std::int32_t>());
    torch::Tensor loss = objective.loss(*trained, drawn);
    if (loss.is_cpu())
        requireFinite(loss.item<double>(), step);
    loss.backward();
    return loss.detach();
}

std::optional<StepReport> TrainingRun::step()
{
    const std::int64_t number = cursor.step, targets = batches.targetsOf(cursor.batch);
    const torch::Tensor loss = gradients(cursor.batch, number);
    ++cursor.step;
    const double rate = learningRate();
    phases.adjustGradients(cursor.epoch);
    const torch::Tensor norm = optimiser.step(rate, tableLearningRate());
    phases.restoreFrozen(cursor.epoch);
    ++cursor.batch;
    cursor.targets += targets;
    m_steps.push_back({StepValues(number, loss, norm), targets, rate});
    return count(trained == model ? 0 : 1); // so the device has the next step before this one ends
}

std::optional<StepReport> TrainingRun::count(std::size_t left)
{
    std::optional<StepReport> report;
    for (; m_steps.size() > left; m_steps.pop_front()) {
        const Step& step = m_steps.front();
        const double loss = step.values.loss(), norm = step.values.gradientNorm();
        cursor.lossSum += loss * static_cast<double>(step.targets);
        cursor.gradientSum += norm;
        cursor.gradientMax = std::max(cursor.gradientMax, norm);
        report = {step.values.step() + 1, loss, norm, step.learningRate};
    }
    return report;
}

void TrainingRun::settle()
{
    catchUp();
    optimiser.settle();
    const torch::NoGradGuard guard;
    if (trained != model)
        model->parameters().values().copy_(trained->parameters().values());
}

std::optional<MetricSummary> TrainingRun::validate(Progress& progress)
{
    settle();
    if (request.data->evaluatedUsers(SplitPart::Valid).empty())
        return std::nullopt;
    RankingOptions options;
    options.part = SplitPart::Valid;
    options.depth = 0;
    options.listMetrics = false;
    options.slices = false;
    options.taskMetrics = request.data->protocol().selectBy.starts_with("pair_accuracy");
    const auto snapshot = asTrainedModel(model);
    return rankAll(*snapshot, *request.data, request.data->protocol(), options, progress).metrics;
}

bool TrainingRun::keepIfBest(const std::optional<MetricSummary>& valid)
{
    const double metric = valid ? valid->at(request.data->protocol().selectBy) : 0.0;
    const bool better = cursor.bestEpoch == 0 || !valid || metric > cursor.bestMetric;
    const int patience = parameters.at("patience");
    if (!better) {
        if (!phases.isLast(cursor.epoch)) // what is frozen still may bring the gain
            return false;
        ++cursor.badValidations;
        cursor.stopped = patience > 0 && cursor.badValidations >= patience;
        return false;
    }
    cursor.badValidations = 0;
    cursor.bestMetric = metric;
    cursor.bestEpoch = cursor.epoch;
    cursor.bestValid = valid;
    settle();
    std::filesystem::remove(refitWeightsFile(request.runFolder)); // of an epoch that is the best no more
    saveWeights(weightsFile(request.runFolder), *model, identity());
    return true;
}

void TrainingRun::nextEpoch()
{
    const TransferPhases::Phase& before = phases.of(cursor.epoch);
    ++cursor.epoch;
    if (&phases.of(cursor.epoch) != &before)
        optimiser.restart();
    cursor.batch = 0;
    cursor.lossSum = cursor.gradientSum = cursor.gradientMax = cursor.epochSeconds = 0.0;
    cursor.targets = 0;
}

void TrainingRun::checkpoint()
{
    settle();
    saveCheckpoint(checkpointFile(request.runFolder), *model, optimiser, objective.memory(), cursor, fingerprint());
}

Json TrainingRun::fingerprint() const
{
    Json settings = parameters;
    for (const char* key : {"epochs", "patience"}) // a resumed run may train longer
        settings.erase(key);
    Json prints = {{"model", request.model}, {"seed", request.seed}, {"parameters", settings},
        {"protocol", request.data->protocol().hash()}, {"items", request.data->items()},
        {"users", request.data->users()}, {"interactions", request.data->interactions()}};
    if (!request.initialWeights.empty())
        prints.update(request.transfer.toJson());
    if (model->setup().fixed)
        prints["texts"] = model->setup().fixed->hash();
    return prints;
}

ModelIdentity TrainingRun::identity() const
{
    Json architecture = Json::object(); // trainer keys such as `epochs` would make equal weights differ
    for (const Parameter& p : findModel(request.model).schema.parameters())
        architecture[p.name] = parameters.at(p.name);
    return {request.model, architecture, request.data->items(), request.data->protocol().maxLength, request.seed,
        model->setup().feedback, model->setup().surfaces};
}

} // namespace recoscope
