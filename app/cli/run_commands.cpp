// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// runs, run, delete, restore, purge.

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/run_json.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/counts.h"
#include "engine/core/error.h"
#include "engine/serving/latency.h"

namespace recoscope::cli {

namespace {

struct ListWords {
    bool all = false;
    std::string dataset, model;
};

int listRuns(Session& session, const ListWords& words)
{
    Json list = Json::array();
    TextTable table({"run", "name", "dataset", "model", "status", "HR@10", "NDCG@10", "protocol"});
    for (const RunRecord& run : session.workspace().store().runs(words.all)) {
        if ((!words.dataset.empty() && run.dataset != words.dataset)
            || (!words.model.empty() && run.model != words.model))
            continue;
        list.push_back(runJson(run));
        const std::string status = std::string(runStatusName(run.status)) + (run.deleted ? " (bin)" : "");
        table.add({run.id, run.name, run.dataset, run.model, status, metricCell(run.test, "hr@10"),
            metricCell(run.test, "ndcg@10"), run.protocolHash});
    }
    const bool some = !words.dataset.empty() || !words.model.empty();
    const std::string none = some ? "no run fits\n" : "no run yet: recoscope-cli train --dataset NAME --model NAME\n";
    session.print({{"runs", list}}, list.empty() ? none : table.text());
    return 0;
}

struct RunWords {
    std::string run;
    std::optional<std::string> name, notes;
    std::vector<std::string> tags;
};

Json epochJson(const EpochRecord& epoch)
{
    Json json = epoch.toJson();
    if (epoch.valid)
        json["valid"] = epoch.valid->values;
    return json;
}

int showRun(Session& session, const RunWords& words)
{
    Store& store = session.workspace().store();
    const RunId id = store.run(words.run).id;
    if (words.name)
        store.setRunName(id, *words.name);
    if (words.notes)
        store.setRunNotes(id, *words.notes);
    if (!words.tags.empty())
        store.setRunTags(id, words.tags);
    store.flush();
    const RunRecord run = store.run(id);
    Json document = runJson(run);
    document["epoch_records"] = Json::array();
    TextTable epochs({"epoch", "loss", "NDCG@10", "seconds"});
    for (const EpochRecord& e : store.epochs(id)) {
        document["epoch_records"].push_back(epochJson(e));
        epochs.add({std::to_string(e.epoch) + (e.isBest ? " *" : ""), fixed(e.trainLoss, 4),
            e.valid ? metricCell(e.valid->values, "ndcg@10") : "", fixed(e.seconds, 2)});
    }
    document["slices"] = Json::array();
    TextTable slices({"slice", "", "users", "NDCG@10"});
    for (const MetricSlice& s : store.slices(id, SplitPart::Test)) {
        document["slices"].push_back(
            {{"group", s.group}, {"name", s.name}, {"users", s.users}, {"metrics", s.metrics.values}});
        slices.add({s.group, s.name, grouped(s.users), metricCell(s.metrics.values, "ndcg@10")});
    }
    document["latency"] = Json::array();
    for (const auto& m : store.latency(id))
        document["latency"].push_back(
            {{"measured", m.measured}, {"conditions", m.conditions}, {"points", toJson(m.points, false)}});
    std::string text = run.id + "  " + run.name + "  " + runStatusName(run.status) + "\n" + run.dataset + " · "
        + run.model + " · seed " + std::to_string(run.seed) + " · protocol " + run.protocolHash + "\n" + metricLine(run)
        + "\nlearned from: " + learnedFrom(run) + "\n";
    if (!run.error.empty())
        text += "failed: " + run.error + "\n";
    if (!document["epoch_records"].empty())
        text += "\n" + epochs.text();
    if (!document["slices"].empty())
        text += "\n" + slices.text();
    session.print(document, text);
    return 0;
}

// A run of the bin by its id, name or unique beginning of its id, as Store::run() finds those that are not in it.
RunId runInBin(const Store& store, const std::string& word)
{
    std::vector<RunId> fitting;
    for (const RunRecord& run : store.runs(true)) {
        if (run.id == word)
            return run.id;
        if (run.deleted && (run.name == word || run.id.starts_with(word)))
            fitting.push_back(run.id);
    }
    if (fitting.size() > 1)
        throw Error(ErrorKind::Usage, "several runs in the bin are called '" + word + "'",
            "give one of the ids: recoscope-cli runs --all");
    if (fitting.empty())
        throw Error(ErrorKind::NotFound, "there is no run '" + word + "' in the bin",
            "recoscope-cli runs --all lists the bin too");
    return fitting.front();
}

RunId runOutsideBin(const Store& store, const std::string& word)
{
    return store.run(word).id;
}

using StoreAction = void (Store::*)(const RunId&);
using FindRun = RunId (*)(const Store&, const std::string&);

void addBinCommand(CLI::App& app, Session& session, const std::string& name, const std::string& description,
    FindRun find, StoreAction action, const std::string& done)
{
    CLI::App& command = addCommand(app, name, description, name + " 20261121-040812-3f2a");
    auto word = std::make_shared<std::string>();
    addRunArgument(command, *word);
    command.callback([&session, word, find, action, done] {
        session.command = [&session, word, find, action, done] {
            Store& store = session.workspace().store();
            const RunId id = find(store, *word);
            (store.*action)(id);
            store.flush();
            session.print({{"run", id}, {"deleted", store.run(id).deleted}}, id + " " + done + "\n");
            return 0;
        };
    });
}

int purge(Session& session)
{
    Workspace& workspace = session.workspace();
    Json purged = Json::array();
    for (const RunRecord& run : workspace.store().runs(true))
        if (run.deleted)
            purged.push_back(run.id);
    workspace.purge();
    session.print({{"purged", purged}}, std::to_string(purged.size()) + " runs removed for good\n");
    return 0;
}

} // namespace

void addRunCommands(CLI::App& app, Session& session)
{
    auto list = std::make_shared<ListWords>();
    CLI::App& runs = addCommand(app, "runs", "List the runs, newest first", "runs --dataset tour");
    runs.add_flag("--all", list->all, "Those in the bin too");
    runs.add_option("--dataset", list->dataset, "Only runs on this dataset");
    runs.add_option("--model", list->model, "Only runs of this model");
    runs.callback([&session, list] { session.command = [&session, list] { return listRuns(session, *list); }; });

    auto words = std::make_shared<RunWords>();
    CLI::App& run = addCommand(app, "run", "One run: settings, epochs, metrics, slices; or change its notes",
        "run 20261121-040812-3f2a --notes \"smaller window\"");
    addRunArgument(run, words->run);
    run.add_option("--name", words->name, "New shown name");
    run.add_option("--notes", words->notes, "New notes");
    run.add_option("--tag", words->tags, "New tags, in place of the old (repeatable)")->allow_extra_args(false);
    run.callback([&session, words] { session.command = [&session, words] { return showRun(session, *words); }; });

    addBinCommand(app, session, "delete", "Put a run into the bin", runOutsideBin, &Store::deleteRun,
        "is in the bin (recoscope-cli restore brings it back)");
    addBinCommand(app, session, "restore", "Take a run out of the bin", runInBin, &Store::restoreRun, "is back");
    CLI::App& all = addCommand(app, "purge", "Remove the runs in the bin for good", "purge");
    all.callback([&session] { session.command = [&session] { return purge(session); }; });
}

} // namespace recoscope::cli
