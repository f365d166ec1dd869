// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// export, verify, open-bundle: a run as one file that others can check.

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/run_json.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/counts.h"
#include "engine/core/error.h"
#include "engine/workspace/bundle.h"
#include "engine/workspace/vector_files.h"

namespace recoscope::cli {

namespace {

struct ExportWords {
    std::string run, file, weights, itemVectors, userVectors;
    int hideLast = 0;
    BundleOptions options;
};

// One document and one line for each file that was asked for.
struct Exported {
    Json document;
    std::string text;
    void add(const std::string& key, const Json& value, const std::string& line)
    {
        document[key] = value;
        text += "wrote " + line + "\n";
    }
    void addVectors(const std::string& key, const VectorFile& file)
    {
        add(key,
            {{"file", file.vectors.string()}, {"ids", file.ids.string()}, {"rows", file.rows}, {"width", file.width}},
            file.vectors.string() + " (" + grouped(file.rows) + " × " + std::to_string(file.width) + "), ids in "
                + file.ids.string());
    }
};

int exportRun(Session& session, const ExportWords& words)
{
    if (words.file.empty() && words.weights.empty() && words.itemVectors.empty() && words.userVectors.empty())
        throw Error(ErrorKind::Usage, "export what?", "add --bundle, --weights, --item-vectors or --user-vectors FILE");
    Workspace& workspace = session.workspace();
    const RunId id = workspace.store().run(words.run).id;
    Exported done{{{"run", id}, {"user_ids", words.options.rawUsers ? "raw" : "pseudonyms"}}, {}};
    if (!words.file.empty()) {
        exportBundle(workspace, id, words.file, words.options, session.progress());
        const auto bytes = std::filesystem::file_size(words.file);
        done.document["bytes"] = bytes;
        done.add("bundle", words.file,
            words.file + " (" + bytesText(double(bytes)) + ", users under "
                + (words.options.rawUsers ? "their raw ids" : "pseudonyms") + ")");
    }
    if (!words.weights.empty()) {
        writeWeights(workspace.runFolder(id), words.weights);
        done.add("weights", words.weights, words.weights);
    }
    if (words.itemVectors.empty() && words.userVectors.empty()) {
        session.print(done.document, done.text);
        return 0;
    }
    const auto serving = workspace.openSession(id, session.progress());
    if (!words.itemVectors.empty())
        done.addVectors("item_vectors", writeItemVectors(*serving, words.itemVectors));
    if (!words.userVectors.empty())
        done.addVectors("user_vectors",
            writeUserVectors(*serving, words.hideLast, words.options.rawUsers, words.userVectors, session.progress()));
    session.print(done.document, done.text);
    return 0;
}

std::string shown(const Json& value)
{
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    return text.size() > 24 ? text.substr(0, 16) + "…" : text;
}

std::string reportText(const BundleReport& report)
{
    std::size_t failed = 0;
    TextTable table({"check", "stated", "found", ""});
    for (const BundleCheck& check : report.checks) {
        failed += !check.ok;
        table.add({check.what, shown(check.stated), shown(check.found), check.ok ? "ok" : "DIFFERS"});
    }
    std::string text = table.text() + "\n";
    if (!report.run.empty())
        text += "run " + report.run + " (" + report.model + " on " + report.dataset + "): ";
    text += std::to_string(report.checks.size()) + " checks, " + std::to_string(failed) + " differ\n";
    text += report.recomputed ? "ranked again from the weights\n" : report.remark + "\n";
    return text;
}

int verify(Session& session, const std::string& file)
{
    const BundleReport report = verifyBundle(session.workspace(), file, session.progress());
    Json checks = Json::array();
    for (const BundleCheck& check : report.checks)
        checks.push_back({{"what", check.what}, {"stated", check.stated}, {"found", check.found}, {"ok", check.ok}});
    session.print({{"bundle", file}, {"run", report.run}, {"model", report.model}, {"dataset", report.dataset},
                      {"dataset_hash", report.datasetHash}, {"ok", report.ok()}, {"recomputed", report.recomputed},
                      {"remark", report.remark}, {"checks", checks}},
        reportText(report));
    return report.ok() ? 0 : exitCode(ErrorKind::Input);
}

int openBundle(Session& session, const std::string& file)
{
    const RunRecord run = importBundle(session.workspace(), file, session.progress());
    const bool hasRows = !session.workspace().store().userMetrics(run.id, SplitPart::Test).empty();
    Json document = runJson(run);
    document["per_user"] = hasRows;
    session.print(document,
        "run " + run.id + " (" + run.name + ") is in the workspace\n" + metricLine(run) + "\n"
            + (hasRows ? ""
                       : "without per-user results: the workspace has no dataset with the content of \"" + run.dataset
                        + "\"\n"));
    return 0;
}

} // namespace

void addBundleCommands(CLI::App& app, Session& session)
{
    auto words = std::make_shared<ExportWords>();
    CLI::App& out = addCommand(app, "export",
        "Write a run as one file that others can check and compute again, or its weights and vectors",
        "export RUN --bundle beauty.recoscope");
    addRunArgument(out, words->run);
    out.add_option("--bundle", words->file, "Evidence bundle to write (*.recoscope)");
    out.add_option("--weights", words->weights, "All weights (*.safetensors, *.npz)");
    out.add_option("--item-vectors", words->itemVectors, "A vector of each item (*.npy, *.safetensors)");
    out.add_option("--user-vectors", words->userVectors, "A vector of each user (*.npy, *.safetensors)");
    out.add_option("--hide-last", words->hideLast, "Users without their last N events")->check(CLI::Range(0, 1000000));
    out.add_option("--depth", words->options.depth, "Length of the lists (default: the protocol's largest cut)")
        ->check(CLI::Range(1, 1000000));
    out.add_flag("--raw-users", words->options.rawUsers, "Raw user ids in place of pseudonyms");
    out.add_flag("--overwrite", words->options.overwrite, "Take the place of an existing file");
    out.callback([&session, words] { session.command = [&session, words] { return exportRun(session, *words); }; });

    auto file = std::make_shared<std::string>();
    CLI::App& check = addCommand(
        app, "verify", "Check a bundle, compute it again, and say what differs", "verify beauty.recoscope");
    check.add_option("file", *file, "Bundle (*.recoscope)")->required();
    check.callback([&session, file] { session.command = [&session, file] { return verify(session, *file); }; });

    auto opened = std::make_shared<std::string>();
    CLI::App& open
        = addCommand(app, "open-bundle", "Add the run of a bundle to the workspace", "open-bundle beauty.recoscope");
    open.add_option("file", *opened, "Bundle (*.recoscope)")->required();
    open.callback(
        [&session, opened] { session.command = [&session, opened] { return openBundle(session, *opened); }; });
}

} // namespace recoscope::cli
