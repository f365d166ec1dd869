// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/sentence_settings.h"

#include "engine/core/error.h"
#include "engine/text/json_fields.h"

namespace recoscope {

namespace {

[[noreturn]] void failStep(const Path& file, const std::string& what)
{
    throw Error(ErrorKind::Input, file.string() + ": " + what,
        "known here: a transformer, pooling (mean, cls or lasttoken) and normalisation");
}

// Older files have one flag a kind, newer ones a name.
std::string readPooling(const Path& file)
{
    const Json json = readJson(file);
    std::string kind = textOf(json, "pooling_mode", file.string(), "");
    for (const char* name :
        {"mean_tokens", "cls_token", "lasttoken", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens"})
        if (flagOf(json, (std::string("pooling_mode_") + name).c_str(), file.string(), false))
            kind += (kind.empty() ? "" : " and ") + std::string(name);
    if (kind == "mean" || kind == "mean_tokens")
        return "mean";
    if (kind == "cls" || kind == "cls_token")
        return "cls";
    if (kind == "lasttoken")
        return kind;
    failStep(file, "pooling by \"" + kind + "\" is not computed here");
}

} // namespace

SentenceSettings readSentenceSettings(const Path& folder)
{
    SentenceSettings settings;
    const Path limits = folder / "sentence_bert_config.json", modules = folder / "modules.json";
    if (std::filesystem::exists(limits))
        settings.maxTokens = integerOf(readJson(limits), "max_seq_length", limits.string(), 0);
    if (!std::filesystem::exists(modules))
        return settings;
    settings.said = true;
    const Json steps = readJson(modules);
    if (!steps.is_array())
        failStep(modules, "it is not a list");
    for (const Json& step : steps) {
        const std::string type = textOf(step, "type", modules.string());
        if (type.ends_with(".Pooling"))
            settings.pooling
                = readPooling(folder / Path(textOf(step, "path", modules.string())).filename() / "config.json");
        else if (type.ends_with(".Normalize"))
            settings.normalise = true;
        else if (!type.ends_with(".Transformer"))
            failStep(modules, "the step " + type + " is not computed here");
    }
    return settings;
}

} // namespace recoscope
