// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/model_files.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "engine/core/error.h"
#include "engine/core/safetensors.h"

namespace recoscope {

using torch::Tensor;

namespace {

const std::string fixedPrefix = "fixed.";

TensorView viewOf(const Tensor& tensor)
{
    TensorView view;
    view.type = TensorType::F32;
    view.shape = tensor.sizes().vec();
    view.data = std::as_bytes(std::span(tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())));
    return view;
}

Tensor onProcessor(const Tensor& tensor)
{
    return tensor.defined() ? tensor.cpu() : tensor;
}

TensorView viewOf(std::span<const std::int64_t> words)
{
    TensorView view;
    view.type = TensorType::I64;
    view.shape = {static_cast<std::int64_t>(words.size())};
    view.data = std::as_bytes(words);
    return view;
}

void fill(std::span<std::int64_t> target, const SafetensorsFile& file, const std::string& name, const Path& path)
{
    const TensorView& view = file.at(name);
    if (view.type != TensorType::I64 || view.data.size() != target.size_bytes())
        throw Error(ErrorKind::Input, path.string() + ": " + name + " has another size or type than the run's",
            "the file belongs to another run or is damaged");
    std::memcpy(target.data(), view.data.data(), view.data.size());
}

void fill(Tensor target, const SafetensorsFile& file, const std::string& name, const Path& path)
{
    const TensorView& view = file.at(name);
    if (view.shape != target.sizes().vec() || view.type != TensorType::F32)
        throw Error(ErrorKind::Input, path.string() + ": tensor " + name + " has another shape or type than the model",
            "the file belongs to another run or is damaged");
    if (view.data.empty())
        return;
    Tensor host = target.is_cpu() ? target : torch::empty(target.sizes(), torch::kFloat32);
    std::memcpy(host.data_ptr<float>(), view.data.data(), view.data.size());
    if (!target.is_cpu())
        target.copy_(host);
}

// A checkpoint of an earlier build knows nothing of settings that came later; it was made as their defaults say.
void fillIn(Json& saved, const Json& wanted, const ParameterSchema& schema)
{
    for (const Parameter& p : schema.parameters())
        if (wanted.contains(p.name) && !saved.contains(p.name))
            saved[p.name] = p.defaultValue;
}

// The numbers of one parameter in a buffer laid out as the flat values.
Tensor part(const Tensor& flat, const Parameters::Entry& entry)
{
    return flat.slice(0, entry.begin, entry.begin + entry.value.numel()).view(entry.value.sizes());
}

Json identityJson(const ModelIdentity& identity)
{
    Json json = {{"model", identity.model}, {"parameters", identity.parameters}, {"items", identity.items},
        {"max_length", identity.maxLength}, {"seed", identity.seed}};
    if (!identity.feedback.empty())
        json["feedback"] = {{"names", identity.feedback.names}, {"edges", identity.feedback.edges}};
    if (identity.surfaces > 0)
        json["surfaces"] = identity.surfaces;
    return json;
}

// Error{Input} for edges that are no cuts: classes are counted by them.
FeedbackFactors feedbackOf(const Json& json, const Path& file)
{
    FeedbackFactors factors;
    if (!json.contains("feedback"))
        return factors;
    factors.names = json.at("feedback").at("names").get<std::vector<std::string>>();
    factors.edges = json.at("feedback").at("edges").get<std::vector<std::vector<float>>>();
    const auto isCut = [](const std::vector<float>& edges) {
        return !edges.empty() && std::adjacent_find(edges.begin(), edges.end(), std::greater_equal<>()) == edges.end();
    };
    if (factors.names.size() != factors.edges.size() || !std::all_of(factors.edges.begin(), factors.edges.end(), isCut))
        throw Error(ErrorKind::Input, file.string() + ": damaged feedback classes", "restore the file or train again");
    return factors;
}

std::map<std::string, std::string> metadata(const ModelIdentity& identity)
{
    return {{"format", "recoscope-weights-1"}, {"identity", identityJson(identity).dump()}};
}

} // namespace

void saveWeights(const Path& file, const NeuralModel& model, const ModelIdentity& identity)
{
    std::map<std::string, TensorView> tensors;
    for (const Parameters::Entry& entry : model.parameters().entries())
        tensors[entry.name] = viewOf(entry.value);
    if (model.setup().fixed)
        for (const auto& [name, fixed] : model.setup().fixed->tensors)
            tensors[fixedPrefix + name] = fixed.view();
    writeSafetensors(file, tensors, metadata(identity));
}

std::shared_ptr<const FixedTensors> readFixed(const Path& file)
{
    const SafetensorsFile tensors(file);
    auto fixed = std::make_shared<FixedTensors>();
    for (const auto& [name, view] : tensors.tensors())
        if (name.starts_with(fixedPrefix))
            fixed->tensors[name.substr(fixedPrefix.size())] = FixedTensor::ofView(view);
    return fixed->tensors.empty() ? nullptr : fixed;
}

void saveIdentity(const Path& file, const ModelIdentity& identity)
{
    writeSafetensors(file, {}, metadata(identity));
}

ModelIdentity readIdentity(const Path& file)
{
    const SafetensorsFile tensors(file);
    const auto found = tensors.metadata().find("identity");
    if (found == tensors.metadata().end())
        throw Error(
            ErrorKind::Input, file.string() + " holds no model of this program", "choose a run of this program");
    const Json json = parseJson(found->second, file.string());
    try {
        return {json.at("model"), json.at("parameters"), json.at("items"), json.at("max_length"), json.at("seed"),
            feedbackOf(json, file), json.value("surfaces", std::int64_t(0))};
    } catch (const Json::exception& e) {
        throw Error(ErrorKind::Input, file.string() + ": damaged model description (" + e.what() + ")",
            "restore the file or train again");
    }
}

void loadWeights(const Path& file, NeuralModel& model)
{
    const SafetensorsFile tensors(file);
    for (const Parameters::Entry& entry : model.parameters().entries())
        fill(entry.value, tensors, entry.name, file);
}

void saveByName(const Path& file, const Parameters& parameters, const Tensor& flat)
{
    std::map<std::string, TensorView> tensors;
    for (const Parameters::Entry& entry : parameters.entries())
        tensors[entry.name] = viewOf(part(flat, entry));
    writeSafetensors(file, tensors);
}

Tensor loadByName(const Path& file, const Parameters& parameters)
{
    const SafetensorsFile tensors(file);
    Tensor flat = torch::zeros_like(parameters.values());
    for (const Parameters::Entry& entry : parameters.entries())
        fill(part(flat, entry), tensors, entry.name, file);
    return flat;
}

Json RunCursor::toJson() const
{
    Json json
        = {{"epoch", epoch}, {"batch", batch}, {"step", step}, {"loss_sum", lossSum}, {"gradient_sum", gradientSum},
            {"gradient_max", gradientMax}, {"epoch_seconds", epochSeconds}, {"targets", targets}, {"seconds", seconds},
            {"train_seconds", trainSeconds}, {"best_epoch", bestEpoch}, {"bad_validations", badValidations},
            {"finished_epochs", finishedEpochs}, {"best_metric", bestMetric}, {"stopped", stopped}};
    if (bestValid)
        json["best_valid"]
            = {{"values", bestValid->values}, {"half_width", bestValid->halfWidth95}, {"users", bestValid->users}};
    return json;
}

RunCursor RunCursor::fromJson(const Json& json)
{
    RunCursor c;
    c.epoch = json.at("epoch");
    c.batch = json.at("batch");
    c.step = json.at("step");
    c.lossSum = json.at("loss_sum");
    c.gradientSum = json.at("gradient_sum");
    c.gradientMax = json.at("gradient_max");
    c.epochSeconds = json.at("epoch_seconds");
    c.targets = json.at("targets");
    c.seconds = json.at("seconds");
    c.trainSeconds = json.at("train_seconds");
    c.bestEpoch = json.at("best_epoch");
    c.badValidations = json.at("bad_validations");
    c.finishedEpochs = json.at("finished_epochs");
    c.bestMetric = json.at("best_metric");
    c.stopped = json.at("stopped");
    if (json.contains("best_valid")) {
        const Json& valid = json.at("best_valid");
        MetricSummary summary;
        summary.values = valid.at("values").get<std::map<std::string, double>>();
        summary.halfWidth95 = valid.at("half_width").get<std::map<std::string, double>>();
        summary.users = valid.at("users");
        c.bestValid = summary;
    }
    return c;
}

void saveCheckpoint(const Path& file, NeuralModel& model, const Optimiser& optimiser, std::span<std::int64_t> memory,
    const RunCursor& cursor, const Json& fingerprint)
{
    std::map<std::string, TensorView> tensors{{"values", viewOf(model.parameters().values())}};
    const Tensor first = onProcessor(optimiser.firstMoment), second = onProcessor(optimiser.secondMoment);
    if (first.defined())
        tensors["first_moment"] = viewOf(first);
    if (second.defined())
        tensors["second_moment"] = viewOf(second);
    if (!memory.empty())
        tensors["loss_memory"] = viewOf(memory);
    writeSafetensors(file, tensors,
        {{"format", "recoscope-checkpoint-1"}, {"cursor", cursor.toJson().dump()},
            {"fingerprint", fingerprint.dump()}});
}

RunCursor loadCheckpoint(const Path& file, NeuralModel& model, Optimiser& optimiser, std::span<std::int64_t> memory,
    const Json& fingerprint, const ParameterSchema& schema)
{
    const SafetensorsFile tensors(file);
    if (!tensors.metadata().contains("cursor") || !tensors.metadata().contains("fingerprint"))
        throw Error(ErrorKind::Input, file.string() + " is not a checkpoint", "start the run again");
    Json saved = parseJson(tensors.metadata().at("fingerprint"), file.string());
    if (saved.contains("parameters"))
        fillIn(saved.at("parameters"), fingerprint.at("parameters"), schema);
    for (const auto& [key, value] : fingerprint.items())
        if (!saved.contains(key) || saved.at(key) != value)
            throw Error(ErrorKind::Refused, "the checkpoint was made with another " + key,
                "resume with the settings and data of the run, or start a new run");
    try {
        const RunCursor cursor = RunCursor::fromJson(parseJson(tensors.metadata().at("cursor"), file.string()));
        fill(model.parameters().values(), tensors, "values", file);
        if (optimiser.firstMoment.defined())
            fill(optimiser.firstMoment, tensors, "first_moment", file);
        if (optimiser.secondMoment.defined())
            fill(optimiser.secondMoment, tensors, "second_moment", file);
        if (!memory.empty())
            fill(memory, tensors, "loss_memory", file);
        return cursor;
    } catch (const Json::exception& e) {
        throw Error(ErrorKind::Input, file.string() + ": damaged cursor (" + e.what() + ")", "start the run again");
    }
}

} // namespace recoscope
