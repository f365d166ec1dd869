// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/adopted_weights.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/core/error.h"
#include "engine/core/safetensors.h"
#include "engine/models/registry.h"
#include "engine/training/foreign_families.h"
#include "engine/training/model_files.h"

namespace recoscope {

using torch::Tensor;

namespace {

std::string modelsWithFamilies()
{
    std::vector<std::string> known;
    for (const ForeignFamily& family : foreignFamilies())
        if (std::find(known.begin(), known.end(), family.model) == known.end())
            known.push_back(family.model);
    std::string list;
    for (const std::string& model : known)
        list += (list.empty() ? "" : ", ") + model;
    return list;
}

// Of several code bases of a model the one whose mark the file has, else the last.
const ForeignFamily& familyOf(const std::string& model, const SafetensorsFile& file)
{
    const ForeignFamily* found = nullptr;
    for (const ForeignFamily& family : foreignFamilies())
        if (family.model == model && !(found && found->matches(file)))
            found = &family;
    if (found && found->matches(file))
        return *found;
    findModel(model); // a name that does not exist is told with the nearest
    if (const ForeignKind kind = kindOfForeign(file); !kind.model.empty())
        throw Error(ErrorKind::Usage, "the file holds tensors as " + kind.source + " names them, not those of " + model,
            "adopt it as the model " + kind.model);
    if (found)
        return *found; // which names the tensor that is missing
    throw Error(ErrorKind::Usage, "no public checkpoints are known for the model '" + model + "'",
        "there are some for " + modelsWithFamilies());
}

// Events of a window by the rows of the position table; 0 without one.
std::int64_t positionsOf(const SafetensorsFile& file, const ForeignFamily& family)
{
    const auto sizeOf = [&](const std::string& name, std::size_t axis) {
        const bool there = file.contains(name) && file.at(name).shape.size() > axis;
        return there ? file.at(name).shape[axis] : std::int64_t(0);
    };
    const std::int64_t rows = sizeOf(family.positionTable, 0);
    return rows == 0 ? 0 : rows - family.otherPositions - sizeOf(family.tokenTable, 1);
}

// What no shape tells, and no default may stand for.
void requireAnswers(const ForeignFamily& family, const Json& given)
{
    std::string missing, settings;
    for (const std::string& name : family.asks) {
        if (given.contains(name))
            continue;
        const Parameter& asked = *findModel(family.model).schema.find(name);
        std::string values = asked.type == ParameterType::Text ? "TEXT" : "N";
        for (const std::string& choice : asked.choices)
            values = (values == "N" ? "" : values + "|") + choice;
        missing += (missing.empty() ? "" : ", ") + name + " (" + asked.help + ")";
        settings += " --set " + name + "=" + values;
    }
    if (!missing.empty())
        throw Error(ErrorKind::Usage, "a checkpoint of " + family.source + " does not say its " + missing,
            "add" + settings + " as the checkpoint was trained with");
}

Tensor floatsOf(const SafetensorsFile& file, const std::string& name, const Path& path)
{
    const TensorView& view = file.at(name);
    const auto refuse = [&](const std::string& problem, const char* hint) {
        throw Error(ErrorKind::Input, path.string() + ": tensor " + name + " " + problem, hint);
    };
    if (view.type != TensorType::F16 && view.type != TensorType::BF16 && view.type != TensorType::F32
        && view.type != TensorType::F64)
        refuse(std::string("is of type ") + tensorTypeName(view.type) + ", expected F16, BF16, F32 or F64",
            "save the checkpoint's floating point weights, not a quantised copy");
    const std::vector<float> values = view.toFloat();
    if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
        refuse("holds values that are not finite", "take a checkpoint from before its training diverged");
    return torch::tensor(values, torch::kFloat32).reshape(view.shape);
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
        if (family.matches(file))
            return {family.model, family.source, family.asks, positionsOf(file, family)};
    return {};
}

ForeignWeights readForeignWeights(const Path& file, const std::string& model, const Json& settings)
{
    const SafetensorsFile tensors(file);
    const ForeignFamily& family = familyOf(model, tensors);
    requireAnswers(family, settings);
    const ForeignShapes shapes(tensors, file, family);
    ForeignWeights weights;
    weights.file = file;
    weights.source = family.source;
    weights.model = family.model;
    if (!family.itemTable.empty()) {
        weights.items = shapes.size(family.itemTable, 0) - family.otherRows;
        if (weights.items < 1)
            shapes.fail(family.itemTable, "has no items");
    }
    if (!family.positionTable.empty())
        shapes.size(family.positionTable, 0); // is there
    weights.maxLength = positionsOf(tensors, family);
    Json parameters = family.parameters(shapes, settings);
    parameters.update(settings);
    weights.parameters = findModel(model).schema.validate(parameters);
    return weights;
}

void adoptWeights(const ForeignWeights& weights, const PreparedData& data, const std::vector<std::int64_t>& rows,
    std::uint64_t seed, const Path& target)
{
    const SafetensorsFile file(weights.file);
    const ForeignFamily& family = familyOf(weights.model, file);
    ModelSetup setup = setupOf(weights, data, weights.items > 0 ? weights.items : data.items(), seed);
    if (family.vocabulary) {
        const FixedTensors source = family.vocabulary(weights.parameters);
        setup.fixed
            = std::make_shared<FixedTensors>(findModel(weights.model).fixedTensors(data, weights.parameters, &source));
    }
    const auto theirs = buildNeuralModel(weights.model, setup);
    {
        const torch::NoGradGuard guard;
        theirs->parameters().values().zero_(); // nothing of a random start stays
    }
    const std::vector<ParameterLink> links = family.links(ForeignShapes(file, weights.file, family), weights);
    requireAllRead(file, family, links, weights.file);
    loadLinked(
        links, theirs->parameters(), [&](const std::string& name) { return floatsOf(file, name, weights.file); });
    setup.items = data.items();
    const auto ours = buildNeuralModel(weights.model, setup);
    const torch::NoGradGuard guard;
    for (const Parameters::Entry& entry : ours->parameters().entries()) {
        const Tensor value = theirs->parameters().at(entry.name).value;
        const bool ofItems = entry.name == "item_embedding.weight" || entry.name == "output_embedding.weight"
            || entry.name == "item_bias";
        entry.value.copy_(ofItems ? chosenRows(value, rows) : value);
    }
    saveWeights(target, *ours, {weights.model, weights.parameters, data.items(), data.protocol().maxLength, seed});
}

} // namespace recoscope
