// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/presets.h"

namespace recoscope {

namespace {

// Protocols the recipes were measured under.
const Json beautyProtocol = {{"filter", "none"}, {"max_length", 50}, {"mask_seen", "history"}};
const Json latestSmallProtocol = {{"filter", "core:5"}, {"max_length", 200}};
const Json hundredKProtocol = {{"filter", "core:5"}, {"order_ties", "item"}, {"max_length", 200}};
const Json oneMProtocol = {{"filter", "none"}, {"max_length", 200}, {"mask_seen", "window"}};

ModelPreset preset(const char* name, const char* title, Json parameters, Json protocol = Json::object())
{
    return {name, title, std::move(parameters), std::move(protocol)};
}

} // namespace

std::vector<ModelPreset> lruRecPresets()
{
    return {
        preset("beauty", "Amazon Beauty, 5-core",
            {{"dropout", 0.5}, {"layer_dropout", 0.5}, {"batch_size", 128}, {"weight_decay", 0.01}}, beautyProtocol),
        preset("ml-latest-small", "MovieLens latest-small",
            {{"dropout", 0.4}, {"layer_dropout", 0.4}, {"batch_size", 16}}, latestSmallProtocol),
        preset("ml-100k", "MovieLens 100K", {{"dropout", 0.4}, {"layer_dropout", 0.4}, {"batch_size", 16}},
            hundredKProtocol),
        preset("ml-1m", "MovieLens 1M",
            {{"dropout", 0.2}, {"layer_dropout", 0.2}, {"batch_size", 32}, {"window_shift", "random"},
                {"patience", 25}},
            oneMProtocol),
        preset("tour", "Sample data, seconds",
            {{"hidden", 32}, {"batch_size", 32}, {"epochs", 12}, {"learning_rate", 0.003}, {"patience", 4}}),
    };
}

std::vector<ModelPreset> sasRecPresets()
{
    return {
        preset("beauty", "Amazon Beauty, 5-core", {{"dropout", 0.5}, {"attention_dropout", 0.0}, {"batch_size", 128}},
            beautyProtocol),
        preset(
            "ml-latest-small", "MovieLens latest-small", {{"dropout", 0.4}, {"batch_size", 16}}, latestSmallProtocol),
        preset("ml-100k", "MovieLens 100K", {{"dropout", 0.4}, {"batch_size", 16}}, hundredKProtocol),
        preset("ml-1m", "MovieLens 1M",
            {{"dropout", 0.2}, {"batch_size", 32}, {"window_shift", "random"}, {"patience", 25}}, oneMProtocol),
        preset("tour", "Sample data, seconds",
            {{"hidden", 32}, {"batch_size", 32}, {"epochs", 12}, {"learning_rate", 0.003}, {"patience", 4}}),
    };
}

std::vector<ModelPreset> hstuPresets()
{
    const Json base = {{"hidden", 64}, {"layers", 2}, {"heads", 2}, {"batch_size", 64}, {"weight_decay", 0.0}};
    Json large = base;
    large["layers"] = 8;
    const Json shifted = {{"window_shift", "random"}, {"patience", 25}};
    Json oneM = base, oneMLarge = large;
    oneM.update(shifted);
    oneMLarge.update(shifted);
    Json oneMWhole = oneMProtocol; // published with the whole history left out
    oneMWhole["mask_seen"] = "history";
    Json beauty = base;
    beauty.update(Json{{"dropout", 0.5}, {"input_dropout", 0.5}, {"batch_size", 128}});
    Json hundredK = base;
    hundredK.update(Json{{"dropout", 0.4}, {"input_dropout", 0.4}, {"batch_size", 16}});
    return {
        preset("base", "Base: 2 layers", base),
        preset("large", "Large: 8 layers", large),
        preset("beauty", "Amazon Beauty, 5-core", beauty, beautyProtocol),
        preset("ml-100k", "MovieLens 100K", hundredK, hundredKProtocol),
        preset("ml-1m", "MovieLens 1M", oneM, oneMWhole),
        preset("ml-1m-large", "MovieLens 1M, 8 layers", oneMLarge, oneMWhole),
        preset("tour", "Sample data, seconds",
            {{"hidden", 32}, {"batch_size", 32}, {"epochs", 12}, {"learning_rate", 0.003}, {"patience", 4}}),
    };
}

std::vector<ModelPreset> perSRecPresets()
{
    const Json hstu = {{"segment", 50}, {"recent", 50}, {"batch_size", 64}, {"weight_decay", 0.0}};
    const Json sasRec = {{"backbone", "sasrec"}, {"heads", 1}, {"temperature", 1.0}, {"segment", 50}, {"recent", 50}};
    const Json published = {{"layers", 16}, {"heads", 8}, {"relative_bias", false}, {"dropout", 0.5}, {"segment", 1024},
        {"recent", 256}, {"batch_size", 8}, {"weight_decay", 0.0}};
    return {
        preset("hstu", "HSTU, segments of 50", hstu),
        preset("sasrec", "SASRec, segments of 50", sasRec),
        preset("long", "1,024 + 256 events, the published size", published,
            {{"filter", "none"}, {"max_length", 1280}, {"mask_seen", "none"}}),
        preset("tour", "Sample data, seconds",
            {{"hidden", 32}, {"segment", 8}, {"recent", 8}, {"batch_size", 32}, {"epochs", 12},
                {"learning_rate", 0.003}, {"patience", 4}}),
    };
}

std::vector<ModelPreset> argusPresets()
{
    // The paper gives layers and widths; the heads are ours, 64 dims each.
    const auto size = [](const char* name, const char* title, int layers, int width) {
        return preset(name, title,
            {{"layers", layers}, {"hidden", width}, {"heads", width / 64}, {"item_width", 256}, {"table_rows", 524288},
                {"negatives_in_batch", 8192}, {"negatives_uniform", 8192}, {"optimiser", "adam"}, {"clip", 1.0},
                {"warmup", 3000}, {"learning_rate", 1e-4}, {"weight_decay", 0.0}, {"recompute_layers", width > 1024}},
            {{"max_length", 512}});
    };
    return {
        size("mini", "Mini: 4 layers of 256", 4, 256),
        size("small", "Small: 6 layers of 512", 6, 512),
        size("medium", "Medium: 10 layers of 1,024", 10, 1024),
        size("large", "Large: 20 layers of 2,048, a billion parameters", 20, 2048),
        preset("ml-100k", "MovieLens 100K", {{"dropout", 0.4}, {"batch_size", 16}}, hundredKProtocol),
        preset("tour", "Sample data, seconds",
            {{"hidden", 32}, {"batch_size", 32}, {"epochs", 12}, {"learning_rate", 0.003}, {"patience", 4}}),
    };
}

std::vector<ModelPreset> gru4RecPresets()
{
    return {
        preset("tour", "Sample data, seconds",
            {{"hidden", 32}, {"embedding", 32}, {"batch_size", 32}, {"epochs", 12}, {"learning_rate", 0.003}}),
    };
}

std::vector<ModelPreset> srtPresets()
{
    const auto sized = [](int layers, int width, int negatives) {
        return Json{{"layers", layers}, {"hidden", width}, {"piece_width", width}, {"negatives", negatives},
            {"dropout", 0.5}, {"attention_dropout", 0.5}, {"learning_rate", 1e-4}, {"optimiser", "adam"},
            {"weight_decay", 1e-5}, {"clip", 0.0}};
    };
    const Json published = {{"filter", "none"}, {"max_length", 50}};
    return {
        preset("beauty", "Amazon Beauty, 5-core", {{"dropout", 0.4}, {"batch_size", 128}, {"negatives", 1000}},
            beautyProtocol),
        preset("paper-small", "The paper's 2 layers of 64", sized(2, 64, 100), published),
        preset("paper-large", "The paper's 8 layers of 256", sized(8, 256, 300), published),
        preset("tour", "Sample data, seconds",
            {{"hidden", 32}, {"piece_width", 32}, {"batch_size", 32}, {"epochs", 30}, {"learning_rate", 0.006},
                {"negatives", 256}, {"patience", 6}}),
    };
}

std::vector<ModelPreset> hllmPresets()
{
    return {
        preset("tour", "Sample data, seconds",
            {{"hidden", 32}, {"batch_size", 32}, {"epochs", 20}, {"learning_rate", 0.004}, {"negatives", 256},
                {"patience", 5}}),
    };
}

std::vector<ModelPreset> liteLlm4RecPresets()
{
    return {
        preset("tour", "Sample data, seconds",
            {{"hidden", 32}, {"item_width", 32}, {"batch_size", 32}, {"epochs", 20}, {"learning_rate", 0.004},
                {"negatives", 256}, {"patience", 5}}),
    };
}

std::vector<ModelPreset> markovPresets()
{
    return {
        preset("beauty", "Amazon Beauty, 5-core", {{"steps", 3}}, beautyProtocol),
        preset("ml-100k", "MovieLens 100K", {{"steps", 5}}, hundredKProtocol),
        preset("ml-latest-small", "MovieLens latest-small", {{"steps", 5}}, latestSmallProtocol),
        preset("ml-1m", "MovieLens 1M", {{"steps", 3}}, oneMProtocol),
        preset("first-order", "First order: the next item only", {{"steps", 1}}),
    };
}

std::vector<ModelPreset> itemKnnPresets()
{
    return {
        preset("beauty", "Amazon Beauty, 5-core", {{"half_life", 1.0}}, beautyProtocol),
        preset("ml-100k", "MovieLens 100K", {{"half_life", 1.0}}, hundredKProtocol),
    };
}

} // namespace recoscope
