// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/workspace/train_command.h"

#include "engine/models/registry.h"
#include "engine/training/trainer.h"

namespace recoscope {

namespace {

// In single quotes where a shell would take it apart.
std::string shellWord(const std::string& text)
{
    const bool plain = text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:=/+@")
        == std::string::npos;
    if (plain && !text.empty())
        return text;
    std::string word = "'";
    for (const char c : text)
        word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

// As the command line takes it: a list is 1,5,10.
std::string valueText(const Json& value)
{
    if (value.is_string())
        return value;
    if (!value.is_array())
        return value.is_null() ? "none" : value.dump();
    std::string list;
    for (const Json& entry : value)
        list += (list.empty() ? "" : ",") + valueText(entry);
    return list;
}

class TrainWords {
public:
    TrainWords(const std::string& dataset, const std::string& model)
    {
        add("--dataset", dataset);
        add("--model", model);
    }
    void add(const char* option, const std::string& value)
    {
        m_words += std::string(" ") + option + " " + shellWord(value);
    }
    void add(const char* option, const std::string& key, const Json& value)
    {
        add(option, key + "=" + valueText(value));
    }
    const std::string& text() const { return m_words; }

private:
    std::string m_words = "recoscope-cli train";
};

} // namespace

std::string trainCommand(const RunRecord& run)
{
    TrainWords words(run.dataset, run.model);
    words.add("--seed", std::to_string(run.seed));
    for (const auto& [key, value] : run.parameters.items())
        words.add("--set", key, value);
    for (const auto& [key, value] : run.protocol.items())
        words.add("--protocol", key, value);
    return words.text();
}

std::string trainCommand(const Workspace::NewRun& run)
{
    TrainWords words(run.dataset, run.model);
    const ParameterSchema schema = fullSchema(findModel(run.model));
    for (const Parameter& parameter : schema.parameters()) {
        const auto value = run.parameters.find(parameter.name);
        if (value != run.parameters.end() && *value != parameter.defaultValue)
            words.add("--set", parameter.name, *value);
    }
    const Json defaults = Protocol().toJson(), protocol = run.protocol.toJson();
    for (const auto& [key, value] : protocol.items())
        if (!defaults.contains(key) || value != defaults.at(key))
            words.add("--protocol", key, value);
    words.add("--seed", std::to_string(run.seed));
    if (!run.name.empty())
        words.add("--name", run.name);
    for (const std::string& tag : run.tags)
        words.add("--tag", tag);
    return words.text();
}

} // namespace recoscope
