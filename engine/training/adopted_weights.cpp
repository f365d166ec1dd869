// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/adopted_weights.h"

#include <set>

#include "engine/core/error.h"
#include "engine/core/safetensors.h"
#include "engine/models/registry.h"
#include "engine/training/foreign_families.h"
#include "engine/training/model_files.h"

namespace recoscope {

using torch::Tensor;

namespace {

const ForeignFamily& familyOf(const std::string& model)
{
    std::string known;
    for (const ForeignFamily& family : foreignFamilies()) {
        if (family.model == model)
            return family;
        known += (known.empty() ? "" : ", ") + std::string(family.model);
    }
    findModel(model); // a name that does not exist is told with the nearest
    throw Error(ErrorKind::Usage, "no public checkpoints are known for the model '" + model + "'",
        "there are some for " + known);
}

Tensor floatsOf(const SafetensorsFile& file, const std::string& name)
{
    const TensorView& view = file.at(name);
    return torch::tensor(view.toFloat(), torch::kFloat32).reshape(view.shape);
}

// A tensor that nothing reads would change what the model computes there.
void requireAllRead(
    const SafetensorsFile& file, const ForeignFamily& family, const std::vector<ParameterLink>& links, const Path& path)
{
    std::set<std::string> read;
    for (const ParameterLink& l : links)
        read.insert(l.theirs);
    for (const auto& [name, view] : file.tensors())
        if (!read.contains(name) && !family.isIdle(name))
            throw Error(ErrorKind::Input,
                path.string() + ": tensor " + name + " has no place in " + family.model + " as " + family.source
                    + " has it",
                "choose the model that the checkpoint is of, or leave the tensor out of the file");
}

ModelSetup setupOf(const ForeignWeights& weights, const PreparedData& data, std::int64_t items, std::uint64_t seed)
{
    ModelSetup setup;
    setup.items = items;
    setup.maxLength = data.protocol().maxLength;
    setup.parameters = weights.parameters;
    setup.seed = seed;
    return setup;
}

// Their rows in our order of the items, the start token last.
Tensor chosenRows(const Tensor& theirs, const std::vector<std::int64_t>& rows)
{
    std::vector<std::int64_t> order;
    for (const std::int64_t row : rows)
        order.push_back(row - 1);
    order.push_back(theirs.size(0) - 1);
    return theirs.index_select(0, torch::tensor(order, torch::kInt64));
}

} // namespace

ForeignKind kindOfForeign(const SafetensorsFile& file)
{
    for (const ForeignFamily& family : foreignFamilies())
        if (file.contains(family.mark))
            return {family.model, family.source, findModel(family.model).schema.find("heads") != nullptr,
                file.contains(family.positionTable) && !file.at(family.positionTable).shape.empty()
                    ? file.at(family.positionTable).shape.front()
                    : 0};
    return {};
}

ForeignWeights readForeignWeights(const Path& file, const std::string& model, const Json& settings)
{
    const ForeignFamily& family = familyOf(model);
    const SafetensorsFile tensors(file);
    const ForeignShapes shapes(tensors, file, family);
    ForeignWeights weights;
    weights.file = file;
    weights.source = family.source;
    weights.model = family.model;
    weights.items = shapes.size(family.itemTable, 0) - family.otherRows;
    if (weights.items < 1)
        shapes.fail(family.itemTable, "has no items");
    weights.maxLength = family.positionTable.empty() ? 0 : shapes.size(family.positionTable, 0);
    Json parameters = family.parameters(shapes, settings);
    parameters.update(settings);
    weights.parameters = findModel(model).schema.validate(parameters);
    return weights;
}

void adoptWeights(const ForeignWeights& weights, const PreparedData& data, const std::vector<std::int64_t>& rows,
    std::uint64_t seed, const Path& target)
{
    const ForeignFamily& family = familyOf(weights.model);
    const SafetensorsFile file(weights.file);
    const auto theirs = buildNeuralModel(weights.model, setupOf(weights, data, weights.items, seed));
    {
        const torch::NoGradGuard guard;
        theirs->parameters().values().zero_(); // nothing of a random start stays
    }
    const std::vector<ParameterLink> links = family.links(ForeignShapes(file, weights.file, family), weights);
    requireAllRead(file, family, links, weights.file);
    loadLinked(links, theirs->parameters(), [&file](const std::string& name) { return floatsOf(file, name); });
    const auto ours = buildNeuralModel(weights.model, setupOf(weights, data, data.items(), seed));
    const torch::NoGradGuard guard;
    for (const Parameters::Entry& entry : ours->parameters().entries()) {
        const Tensor value = theirs->parameters().at(entry.name).value;
        const bool ofItems = entry.name == "item_embedding.weight" || entry.name == "item_bias";
        entry.value.copy_(ofItems ? chosenRows(value, rows) : value);
    }
    saveWeights(target, *ours, {weights.model, weights.parameters, data.items(), data.protocol().maxLength, seed});
}

} // namespace recoscope
