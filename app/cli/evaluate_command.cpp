// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// evaluate: full ranking again, from the stored checkpoint, with lists and per-user results as files.

#include <CLI/CLI.hpp>

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/counts.h"

namespace recoscope::cli {

namespace {

struct EvaluateWords {
    std::string run, cuts, part = "test", topFile, usersFile;
    std::vector<std::string> protocol;
    std::int64_t depth = 20, beam = 0;
};

Json sliceJson(const std::vector<MetricSlice>& slices)
{
    Json list = Json::array();
    for (const MetricSlice& s : slices)
        list.push_back({{"group", s.group}, {"name", s.name}, {"users", s.users}, {"metrics", s.metrics.values}});
    return list;
}

std::string rankingText(const RankingResult& result)
{
    TextTable table({"metric", "value", "95 % ±"});
    for (const auto& [name, value] : result.metrics.values) {
        const auto width = result.metrics.halfWidth95.find(name);
        table.add({name, fixed(value, 4), width == result.metrics.halfWidth95.end() ? "" : fixed(width->second, 4)});
    }
    return table.text() + grouped(result.metrics.users) + " users ranked in " + fixed(result.seconds, 2) + " s\n";
}

int evaluate(Session& session, const EvaluateWords& words)
{
    Workspace& workspace = session.workspace();
    const RunRecord run = workspace.store().run(words.run);
    Protocol protocol = Protocol::fromJson(run.protocol);
    if (!words.cuts.empty())
        protocol.set("metrics_at", words.cuts);
    applyProtocol(words.protocol, protocol);
    RankingOptions options;
    options.part = words.part == "valid" ? SplitPart::Valid : SplitPart::Test;
    // One more than exported: a tied target may leave the list and the next item move up.
    options.depth = words.topFile.empty() ? 0 : words.depth + 1;
    options.listLength = words.beam;
    const RankingResult result = workspace.evaluate(run.id, protocol, options, session.progress());
    Json document = {{"run", run.id}, {"part", words.part}, {"metrics", result.metrics.values},
        {"half_width_95", result.metrics.halfWidth95}, {"users", result.metrics.users},
        {"slices", sliceJson(result.slices)}, {"protocol", protocolJson(protocol)}, {"seconds", result.seconds}};
    if (words.beam > 0)
        document["beam"] = words.beam;
    std::string text = rankingText(result);
    if (!words.topFile.empty() || !words.usersFile.empty()) {
        Protocol ofData = Protocol::fromJson(run.protocol);
        const auto data = workspace.prepareData(run.dataset, ofData, session.progress());
        if (!words.topFile.empty()) {
            exportTopK(result, *data, words.depth, words.topFile);
            document["export_topk"] = words.topFile;
            text += "wrote " + words.topFile + "\n";
        }
        if (!words.usersFile.empty()) {
            exportUsers(result, *data, words.usersFile);
            document["export_users"] = words.usersFile;
            text += "wrote " + words.usersFile + "\n";
        }
    }
    session.print(document, text);
    return 0;
}

} // namespace

void addEvaluateCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "evaluate", "Rank the full catalogue again, from the stored checkpoint",
        "evaluate RUN --k 10,20 --export-topk top.csv --depth 20");
    auto words = std::make_shared<EvaluateWords>();
    addRunArgument(command, words->run);
    command.add_option("--protocol", words->protocol, "Change how it is ranked: key=value (repeatable)")
        ->allow_extra_args(false);
    command.add_option("--k", words->cuts, "Cuts, e.g. 1,5,10,20,50");
    command.add_option("--part", words->part, "test or valid")->check(CLI::IsMember({"test", "valid"}));
    command.add_option("--beam", words->beam, "Width of the search of a model of lists, in place of its own")
        ->check(CLI::Range(1, 4096));
    command.add_option("--export-topk", words->topFile, "CSV user,item,rank,score of every list");
    command.add_option("--depth", words->depth, "Length of the exported lists")->check(CLI::Range(1, 1000000));
    command.add_option("--export-users", words->usersFile, "CSV user,target,rank and the metrics of every user");
    command.callback([&session, words] { session.command = [&session, words] { return evaluate(session, *words); }; });
}

} // namespace recoscope::cli
