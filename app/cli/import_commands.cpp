// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// import, generate.

#include <CLI/CLI.hpp>

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "app/cli/dataset_json.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/error.h"
#include "engine/core/schema.h"
#include "engine/data/generator.h"
#include "engine/data/importers/importer.h"

namespace recoscope::cli {

namespace {

struct ImportWords {
    std::string source, name, minRating, header, items;
    ImportOptions options;
    bool preview = false;
};

void showPreview(Session& session, const ImportPreview& preview)
{
    Json columns = Json::array();
    std::vector<std::string> head;
    for (const ColumnPreview& c : preview.columns) {
        columns.push_back({{"name", c.name}, {"type", c.type}, {"role", c.role}});
        head.push_back(c.name + (c.role.empty() ? "" : " (" + c.role + ")"));
    }
    std::string text = "format " + preview.format + "\n";
    if (!head.empty()) {
        TextTable table(head);
        for (const auto& row : preview.rows)
            table.add(row);
        text += table.text();
    }
    for (const std::string& warning : preview.warnings)
        text += "warning: " + warning + "\n";
    session.print({{"format", preview.format}, {"options", preview.options.toJson()}, {"columns", columns},
                      {"rows", preview.rows}, {"warnings", preview.warnings}, {"files", preview.files}},
        text);
}

int runImport(Session& session, ImportWords words)
{
    if (!words.minRating.empty())
        words.options.minRating = realNumber(words.minRating, "--min-rating");
    if (!words.header.empty())
        words.options.header = words.header == "yes";
    words.options.itemsFile = words.items;
    if (words.preview) {
        const ImportPreview preview = previewImport(words.source, words.options);
        showPreview(session, preview);
        if (preview.problem)
            throw *preview.problem;
        return 0;
    }
    if (words.name.empty())
        throw Error(ErrorKind::Usage, "import needs a name for the dataset", "add --name NAME");
    const auto dataset = session.workspace().importFile(words.source, words.name, words.options, session.progress());
    session.print(importJson(dataset->info()), importText(dataset->info()));
    return 0;
}

void addImport(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "import", "Read a file, a folder or an archive into the workspace",
        "import ratings.csv --name mine --user uid --item iid --time ts");
    auto words = std::make_shared<ImportWords>();
    command.add_option("source", words->source, "File, folder or archive (gzip, zip, zstd)")->required();
    command.add_option("--name", words->name, "Name of the dataset in the workspace");
    command.add_option("--format", words->options.format, "Importer, or auto");
    command.add_option("--user", words->options.user, "User column, by name or number from 1");
    command.add_option("--item", words->options.item, "Item column");
    command.add_option("--time", words->options.time, "Time column");
    command.add_option("--rating", words->options.rating, "Rating or weight column");
    command.add_option("--surface", words->options.surface, "Column of where an event took place");
    command.add_option("--kind", words->options.kind, "Column of an event's kind: view, like, purchase");
    command.add_option("--min-rating", words->minRating, "Leave out rows rated lower");
    command.add_option("--items", words->items, "File with item titles and attributes");
    command.add_option("--delimiter", words->options.delimiter, "Column separator, e.g. , or tab");
    command.add_option("--quote", words->options.quote, "Quote character");
    command.add_option("--header", words->header, "Whether the first line names the columns: yes or no")
        ->check(CLI::IsMember({"yes", "no"}));
    command.add_option("--encoding", words->options.encoding, "utf-8, utf-16le, utf-16be or latin-1");
    command.add_option(
        "--events", words->options.events, "Kinds of events to read, e.g. listen,like (Yambda's multi_event)");
    command.add_option("--time-unit", words->options.timeUnit, "seconds, milliseconds, iso or none");
    command.add_flag("--preview", words->preview, "Show what would be read, and read nothing");
    command.callback([&session, words] { session.command = [&session, words] { return runImport(session, *words); }; });
}

struct GenerateWords {
    std::string preset, name, csv;
    std::uint64_t seed = 1;
    std::vector<std::string> set;
};

const GeneratorPreset& findPreset(const std::string& name)
{
    std::vector<std::string> names;
    for (const GeneratorPreset& preset : generatorPresets()) {
        if (preset.name == name)
            return preset;
        names.push_back(preset.name);
    }
    std::string list;
    for (const std::string& known : names)
        list += (list.empty() ? "" : ", ") + known;
    throw Error(ErrorKind::NotFound, "there is no generator preset \"" + name + "\"", "the presets are " + list);
}

std::string optimumText(const Json& optimum)
{
    std::string text;
    for (const auto& [key, value] : optimum.items())
        if (value.is_number() && key.find('@') != std::string::npos)
            text += "  best possible " + key + ": " + fixed(value.get<double>(), 4) + "\n";
    return text;
}

int runGenerate(Session& session, const GenerateWords& words)
{
    Json parameters = findPreset(words.preset).parameters;
    applySettings(generatorSchema(), words.set, parameters);
    if (!words.csv.empty()) {
        generateCsv(parameters, words.seed, words.csv, session.progress());
        session.print(
            {{"file", words.csv}, {"preset", words.preset}, {"seed", words.seed}}, "wrote " + words.csv + "\n");
        return 0;
    }
    if (words.name.empty())
        throw Error(ErrorKind::Usage, "generate needs a name for the dataset", "add --name NAME, or --csv FILE");
    const auto dataset = session.workspace().generate(parameters, words.seed, words.name, session.progress());
    const DatasetInfo& info = dataset->info();
    Json document = datasetJson(info);
    const Json optimum = info.generator.is_object() ? info.generator.value("optimum", Json::object()) : Json::object();
    document["optimum"] = optimum;
    document["preset"] = words.preset;
    document["seed"] = words.seed;
    session.print(document, datasetLine(info) + optimumText(optimum));
    return 0;
}

void addGenerate(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "generate", "Make a synthetic dataset whose best possible accuracy is known",
        "generate --preset tour --seed 7 --name tour");
    auto words = std::make_shared<GenerateWords>();
    std::string presets;
    for (const GeneratorPreset& preset : generatorPresets())
        presets += (presets.empty() ? "" : ", ") + preset.name;
    command.add_option("--preset", words->preset, "One of: " + presets)->required();
    command.add_option("--seed", words->seed, "Same seed, same bytes");
    command.add_option("--name", words->name, "Name of the dataset in the workspace");
    command.add_option("--set", words->set, "Change a parameter: key=value (repeatable)")->allow_extra_args(false);
    command.add_option("--csv", words->csv, "Write the events as delimited text instead");
    command.callback(
        [&session, words] { session.command = [&session, words] { return runGenerate(session, *words); }; });
}

} // namespace

void addImportCommands(CLI::App& app, Session& session)
{
    addImport(app, session);
    addGenerate(app, session);
}

} // namespace recoscope::cli
