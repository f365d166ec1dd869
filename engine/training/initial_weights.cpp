// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// When a model may start from the weights of a run on another catalogue.
#include <algorithm>

#include "engine/core/error.h"
#include "engine/core/safetensors.h"
#include "engine/training/model_files.h"
#include "engine/training/transfer_phases.h"

namespace recoscope {

namespace {

constexpr std::pair<Adaptation, const char*> adaptations[]
    = {{Adaptation::Full, "full"}, {Adaptation::Embeddings, "embeddings"}, {Adaptation::Progressive, "progressive"},
        {Adaptation::ZeroShot, "zero_shot"}};

// What the weights mean depends on it. Losses and dropout do not change what a model computes in the end.
bool shapesTheModel(const Parameter& parameter)
{
    return parameter.group != "Loss" && !parameter.name.ends_with("dropout");
}

void checkTransfer(const Path& file, const Json& parameters, const Transfer& transfer)
{
    const auto refuse
        = [](const std::string& problem, const std::string& hint) { throw Error(ErrorKind::Usage, problem, hint); };
    if (transfer.ewc > 0.0 && transfer.adaptation == Adaptation::ZeroShot)
        refuse("zero_shot trains nothing, so there is nothing for ewc to hold back", "leave ewc out");
    if (transfer.adaptation != Adaptation::Progressive)
        return;
    const SafetensorsFile weights(file);
    int layers = 0;
    for (const auto& [name, view] : weights.tensors())
        layers = std::max(layers, layerOf(name) + 1);
    if (layers == 0)
        refuse("a progressive adaptation needs layers, and this model has none of its own", "adapt full or embeddings");
    const int before = layers * transfer.unfreezeEpochs, epochs = parameters.at("epochs");
    if (epochs <= before)
        refuse(std::to_string(epochs) + " epochs leave none for the whole model after " + std::to_string(layers)
                + " layers with " + std::to_string(transfer.unfreezeEpochs) + " each",
            "set epochs to more than " + std::to_string(before) + ", or fewer epochs a layer");
}

} // namespace

const char* adaptationName(Adaptation adaptation)
{
    for (const auto& [value, name] : adaptations)
        if (value == adaptation)
            return name;
    return "";
}

Adaptation adaptationFromName(const std::string& name)
{
    for (const auto& [value, known] : adaptations)
        if (name == known)
            return value;
    throw Error(ErrorKind::Usage, "there is no adaptation '" + name + "'",
        "there are full, embeddings (the rest stays as it is), progressive (layer by layer from the top, then all) and "
        "zero_shot (nothing is trained)");
}

Json Transfer::toJson() const
{
    Json json = {{"adaptation", adaptationName(adaptation)}};
    if (adaptation == Adaptation::Progressive)
        json["unfreeze_epochs"] = unfreezeEpochs;
    if (ewc > 0.0)
        json["ewc"] = ewc;
    return json;
}

Transfer Transfer::fromJson(const Json& json)
{
    Transfer transfer;
    transfer.adaptation = adaptationFromName(json.value("adaptation", adaptationName(transfer.adaptation)));
    transfer.unfreezeEpochs = json.value("unfreeze_epochs", transfer.unfreezeEpochs);
    transfer.ewc = json.value("ewc", transfer.ewc);
    return transfer;
}

void checkInitialWeights(const Path& file, const std::string& model, const Json& parameters, std::int64_t maxLength,
    const Transfer& transfer)
{
    const ModelDescriptor& descriptor = findModel(model);
    const auto refuse
        = [](const std::string& problem, const std::string& hint) { throw Error(ErrorKind::Refused, problem, hint); };
    if (descriptor.embeddings.empty())
        refuse(model + " knows the items of its own catalogue only",
            "models that read their items' texts alone move: srt and hllm; on its own catalogue argus can be tuned "
            "further");
    const ModelIdentity source = readIdentity(file);
    if (source.model != model)
        refuse("the weights to start from are of " + source.model + ", not of " + model, "choose the same model");
    if (source.maxLength != maxLength)
        refuse("the weights to start from know histories of " + std::to_string(source.maxLength) + " events, not "
                + std::to_string(maxLength),
            "set the protocol's max_length to " + std::to_string(source.maxLength));
    const Json theirs = descriptor.schema.validate(source.parameters);
    for (const Parameter& p : descriptor.schema.parameters())
        if (shapesTheModel(p) && theirs.at(p.name) != parameters.at(p.name))
            refuse("the weights to start from were trained with " + p.name + " " + theirs.at(p.name).dump() + ", not "
                    + parameters.at(p.name).dump(),
                "leave " + p.name + " as it is there");
    checkTransfer(file, parameters, transfer);
}

} // namespace recoscope
