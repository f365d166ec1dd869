// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/model_weights.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/core/error.h"
#include "engine/text/json_fields.h"

namespace recoscope {

namespace {

constexpr const char* singleFile = "model.safetensors";
constexpr const char* indexFile = "model.safetensors.index.json";

struct Found {
    const TensorView* view = nullptr;
    Path file;
};
using Stock = std::map<std::string, Found>; // by the name in the files

[[noreturn]] void failWeights(const Path& file, const std::string& what)
{
    throw Error(ErrorKind::Input, file.string() + ": " + what,
        "take config.json and weights of the same model, whole, as they were published");
}

// File names that the index gives, without a way out of the folder.
std::set<std::string> shardNames(const Path& index)
{
    const Json json = readJson(index);
    const Json map = json.is_object() ? json.value("weight_map", Json()) : Json();
    if (!map.is_object() || map.empty())
        failWeights(index, "`weight_map` is missing");
    std::set<std::string> names;
    for (const auto& [tensor, file] : map.items()) {
        const std::string name = file.is_string() ? file.get<std::string>() : "";
        if (name.empty() || name.front() == '.' || Path(name).filename() != Path(name))
            failWeights(index, "the tensor '" + tensor + "' is in no file of this folder");
        names.insert(name);
    }
    return names;
}

void requireIndexed(const Path& index, const Stock& stock)
{
    const Json json = readJson(index);
    for (const auto& [tensor, file] : json.at("weight_map").items()) {
        const auto found = stock.find(tensor);
        if (found == stock.end() || found->second.file.filename() != Path(file.get<std::string>()))
            failWeights(index, "the tensor '" + tensor + "' is not in '" + file.get<std::string>() + "'");
    }
}

[[noreturn]] void failNoWeights(const Path& folder)
{
    for (const char* other : {"pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "model.onnx"})
        if (std::filesystem::exists(folder / other))
            throw Error(ErrorKind::NotFound, folder.string() + " has weights as " + other + ", not as " + singleFile,
                "save the model as safetensors first (docs/text.md)");
    throw Error(ErrorKind::NotFound, folder.string() + " has no " + singleFile + " and no " + indexFile,
        "take the whole folder of the model");
}

Stock openFiles(const Path& folder, TextWeights& weights)
{
    const bool single = std::filesystem::exists(folder / singleFile),
               sharded = std::filesystem::exists(folder / indexFile);
    if (!single && !sharded)
        failNoWeights(folder);
    Stock stock;
    for (const std::string& name : single ? std::set<std::string>{singleFile} : shardNames(folder / indexFile)) {
        if (!std::filesystem::exists(folder / name))
            throw Error(ErrorKind::NotFound, folder.string() + ": the shard " + name + " is not there",
                "take the whole folder of the model");
        weights.paths.push_back(folder / name);
        weights.files.push_back(std::make_unique<const SafetensorsFile>(folder / name));
        for (const auto& [tensor, view] : weights.files.back()->tensors())
            if (!stock.emplace(tensor, Found{&view, folder / name}).second)
                failWeights(folder / name, "the tensor '" + tensor + "' is in another shard too");
    }
    if (!single)
        requireIndexed(folder / indexFile, stock);
    return stock;
}

std::string shapeText(const std::vector<std::int64_t>& shape)
{
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

bool isReal(TensorType type)
{
    return type == TensorType::F16 || type == TensorType::BF16 || type == TensorType::F32 || type == TensorType::F64;
}

void requireLike(const Path& file, const std::string& name, const TensorView& view, const TextTensor& expected)
{
    if (!isReal(view.type))
        failWeights(file,
            "the tensor '" + name + "' has the type " + tensorTypeName(view.type) + ", expected F32, F16, BF16 or F64");
    if (view.shape != expected.shape)
        failWeights(file,
            "the tensor '" + name + "' has the shape " + shapeText(view.shape) + ", expected "
                + shapeText(expected.shape) + " by config.json");
}

// The prefix that this file's class writes: the one under which the table of words is.
std::string prefixOf(const TextModelConfig& config, const Stock& stock, const Path& folder)
{
    const std::string words = textTensors(config).front().theirs, prefix = textPrefix(config.family);
    if (stock.contains(words))
        return "";
    if (stock.contains(prefix + words))
        return prefix;
    failWeights(folder,
        "the tensor '" + prefix + words + "' is missing, expected of the architecture "
            + std::string(textFamilyName(config.family)));
}

void requireNothingElse(
    const TextModelConfig& config, const Stock& stock, const std::string& prefix, const std::set<std::string>& used)
{
    for (const auto& [name, found] : stock) {
        const std::string plain = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
        if (!used.contains(name) && !isLeftOver(config, plain))
            failWeights(found.file,
                "the tensor '" + name + "' is unexpected: the architecture "
                    + std::string(textFamilyName(config.family))
                    + " with the sizes of config.json has none of that name");
    }
}

} // namespace

TextWeights openTextWeights(const Path& folder)
{
    if (!std::filesystem::is_directory(folder))
        throw Error(ErrorKind::NotFound, folder.string() + " is not a folder", "pass the folder of a text model");
    TextWeights weights;
    weights.paths.push_back(folder / "config.json");
    weights.config = readTextConfig(readJson(folder / "config.json"), (folder / "config.json").string());
    const Stock stock = openFiles(folder, weights);
    const std::string prefix = prefixOf(weights.config, stock, folder);
    weights.config.pooler = stock.contains(prefix + "pooler.dense.weight");
    weights.config.head = stock.contains("lm_head.weight");
    std::set<std::string> used;
    for (TextTensor& layout : textTensors(weights.config)) {
        const std::string name = (layout.prefixed ? prefix : "") + layout.theirs;
        const auto found = stock.find(name);
        if (found == stock.end())
            failWeights(
                folder, "the tensor '" + name + "' is missing, expected with the shape " + shapeText(layout.shape));
        requireLike(found->second.file, name, *found->second.view, layout);
        used.insert(name);
        weights.tensors.push_back({std::move(layout), name, *found->second.view});
    }
    requireNothingElse(weights.config, stock, prefix, used);
    return weights;
}

} // namespace recoscope
