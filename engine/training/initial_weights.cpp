// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// When a model may start from the weights of a run on another catalogue.
#include "engine/core/error.h"
#include "engine/training/model_files.h"
#include "engine/training/trainer.h"

namespace recoscope {

namespace {

constexpr std::pair<Adaptation, const char*> adaptations[]
    = {{Adaptation::Full, "full"}, {Adaptation::Embeddings, "embeddings"}, {Adaptation::ZeroShot, "zero_shot"}};

// What the weights mean depends on it. Losses and dropout do not change what a model computes in the end.
bool shapesTheModel(const Parameter& parameter)
{
    return parameter.group != "Loss" && !parameter.name.ends_with("dropout");
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
        "there are full, embeddings (the rest stays as it is) and zero_shot (nothing is trained)");
}

void checkInitialWeights(const Path& file, const std::string& model, const Json& parameters, std::int64_t maxLength)
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
}

} // namespace recoscope
