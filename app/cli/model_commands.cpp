// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// models, model.

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/models/registry.h"
#include "engine/training/trainer.h"

namespace recoscope::cli {

namespace {

Json modelJson(const ModelDescriptor& model)
{
    return {{"name", model.name}, {"title", model.title},
        {"kind", model.kind == ModelKind::Neural ? "neural" : "counting"}, {"summary", model.summary},
        {"paper", model.paper}, {"has_attention", model.hasAttention}, {"has_state", model.hasState}};
}

int listModels(Session& session)
{
    Json list = Json::array();
    TextTable table({"model", "kind", "summary"});
    for (const ModelDescriptor& model : modelRegistry()) {
        list.push_back(modelJson(model));
        table.add({model.name, model.kind == ModelKind::Neural ? "neural" : "counting", model.summary});
    }
    session.print({{"models", list}}, table.text());
    return 0;
}

std::string helpText(const Parameter& p)
{
    std::string text = p.help + (p.unit.empty() ? "" : " (" + p.unit + ")");
    if (!p.onlyWith.empty())
        text += (text.empty() ? "" : "; ") + ("only with " + onlyWithText(p));
    return text;
}

int showModel(Session& session, const std::string& name)
{
    const ModelDescriptor& model = findModel(name);
    const ParameterSchema schema = fullSchema(model);
    Json document = modelJson(model);
    document["parameters"] = schema.describe();
    Json presets = Json::array();
    std::string text = model.title + ": " + model.summary + "\n" + model.paper + "\n\n";
    TextTable table({"parameter", "default", "range", "what it is"});
    for (const Parameter& p : schema.parameters())
        table.add({p.name, p.defaultValue.is_string() ? p.defaultValue.get<std::string>() : p.defaultValue.dump(),
            rangeText(p), helpText(p)});
    text += table.text();
    for (const ModelPreset& preset : model.presets) {
        presets.push_back({{"name", preset.name}, {"title", preset.title}, {"parameters", preset.parameters},
            {"protocol", preset.protocol}});
        text += "preset " + preset.name + ": " + preset.title + "\n";
    }
    document["presets"] = presets;
    session.print(document, text);
    return 0;
}

} // namespace

void addModelCommands(CLI::App& app, Session& session)
{
    CLI::App& list = addCommand(app, "models", "List the models", "models");
    list.callback([&session] { session.command = [&session] { return listModels(session); }; });

    auto name = std::make_shared<std::string>();
    CLI::App& one
        = addCommand(app, "model", "One model: where it comes from, its parameters and presets", "model lrurec");
    one.add_option("name", *name, "Model")->required();
    one.callback([&session, name] { session.command = [&session, name] { return showModel(session, *name); }; });
}

} // namespace recoscope::cli
