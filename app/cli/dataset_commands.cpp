// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// datasets, dataset, lint.

#include <CLI/CLI.hpp>

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "app/cli/run_json.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/counts.h"
#include "engine/core/error.h"
#include "engine/data/lint.h"
#include "engine/data/statistics.h"
#include "engine/evaluation/popularity_baseline.h"

namespace recoscope::cli {

namespace {

constexpr std::size_t mostNames = 8; // of surfaces or kinds in a line

int listDatasets(Session& session)
{
    Json list = Json::array();
    TextTable table({"dataset", "users", "items", "interactions", "format", "created"});
    for (const DatasetRecord& d : session.workspace().store().datasets()) {
        list.push_back({{"name", d.name}, {"users", d.users}, {"items", d.items}, {"interactions", d.interactions},
            {"format", d.format}, {"source", d.source}, {"hash", d.hash}, {"created", d.created}});
        table.add({d.name, grouped(d.users), grouped(d.items), grouped(d.interactions), d.format, d.created});
    }
    const std::string none = "no dataset yet: recoscope-cli import FILE --name NAME\n";
    session.print({{"datasets", list}}, list.empty() ? none : table.text());
    return 0;
}

// "listen 81.2 %, like 12.0 %, 3 more": the most frequent names.
std::string sharesText(const std::vector<MarkCount>& counts, std::int64_t events)
{
    std::string text;
    const std::size_t shown = std::min(counts.size(), mostNames);
    for (std::size_t i = 0; i < shown; ++i)
        text += (i > 0 ? ", " : "") + counts[i].name.value_or("not known") + " "
            + fixed(100.0 * static_cast<double>(counts[i].events) / static_cast<double>(events), 1) + " %";
    return counts.size() > shown ? text + ", " + std::to_string(counts.size() - shown) + " more" : text;
}

std::string statisticsText(const DatasetStatistics& s)
{
    TextTable table({"", ""});
    table.add({"users", grouped(s.users)});
    table.add({"items", grouped(s.items)});
    table.add({"interactions", grouped(s.interactions)});
    table.add({"density", fixed(100.0 * s.density, 4) + " %"});
    table.add({"events per user",
        "mean " + fixed(s.meanLength, 1) + ", median " + fixed(s.medianLength, 1) + ", " + grouped(s.minLength) + " to "
            + grouped(s.maxLength)});
    table.add({"repeated items", fixed(100.0 * s.repeatShare, 2) + " %"});
    table.add({"Gini of popularity", fixed(s.giniPopularity, 3)});
    table.add({"share of the top 1 % of items", fixed(100.0 * s.topPercentShare, 1) + " %"});
    if (!s.surfaces.empty())
        table.add({"surfaces", sharesText(s.surfaces, s.interactions)});
    if (!s.kinds.empty())
        table.add({"kinds of events", sharesText(s.kinds, s.interactions)});
    return table.text();
}

struct DatasetWords {
    std::string name;
    std::vector<std::string> protocol;
};

// Most popular items on the test part: what any model must beat. Nothing when the protocol leaves nobody to test.
std::optional<MetricSummary> baselineOf(const PreparedData& data, Progress& progress)
{
    if (data.evaluatedUsers(SplitPart::Test).empty())
        return std::nullopt;
    return popularityBaseline(data, SplitPart::Test, PopularityCounts::Train, progress);
}

int showDataset(Session& session, const DatasetWords& words)
{
    Workspace& workspace = session.workspace();
    const auto dataset = workspace.openDataset(words.name);
    const DatasetInfo& info = dataset->info();
    Json document
        = {{"dataset", info.name}, {"format", info.format}, {"source", info.source}, {"created", info.created},
            {"hash", info.contentHash}, {"has_times", info.hasTimes}, {"has_feedback", info.hasFeedback},
            {"surfaces", info.surfaces}, {"kinds", info.kinds}, {"report", info.report.toJson()}};
    if (info.generator.is_object())
        document["generator"] = info.generator;
    DatasetStatistics statistics;
    std::string text = info.name + " (" + info.format + ")\n";
    if (words.protocol.empty()) {
        statistics = computeStatistics(*dataset, session.progress());
        text += statisticsText(statistics);
    } else {
        Protocol protocol;
        applyProtocol(words.protocol, protocol);
        const auto data = workspace.prepareData(words.name, protocol, session.progress());
        statistics = computeStatistics(*data, session.progress());
        document["protocol"] = protocolJson(protocol);
        document["evaluated_users"] = {{"valid", data->evaluatedUsers(SplitPart::Valid).size()},
            {"test", data->evaluatedUsers(SplitPart::Test).size()}};
        text += protocol.summary() + "\n" + statisticsText(statistics);
        if (const auto baseline = baselineOf(*data, session.progress())) {
            document["popularity_baseline"] = baseline->values;
            text += "most popular items reach HR@10 " + metricCell(baseline->values, "hr@10") + ", NDCG@10 "
                + metricCell(baseline->values, "ndcg@10") + " on " + grouped(baseline->users) + " test users\n";
        }
    }
    document["users"] = statistics.users;
    document["items"] = statistics.items;
    document["interactions"] = statistics.interactions;
    document["statistics"] = statistics.toJson();
    session.print(document, text);
    return 0;
}

const char* severityName(LintSeverity severity)
{
    switch (severity) {
    case LintSeverity::Info: return "info";
    case LintSeverity::Warning: return "warning";
    case LintSeverity::Error: return "error";
    }
    return "info";
}

int lint(Session& session, const DatasetWords& words)
{
    Protocol protocol;
    applyProtocol(words.protocol, protocol);
    const auto data = session.workspace().prepareData(words.name, protocol, session.progress());
    const std::vector<LintFinding> findings = lintDataset(*data, session.progress());
    std::string text;
    for (const LintFinding& f : findings) {
        text += std::string(severityName(f.severity)) + ": " + f.title + "\n  " + f.why + "\n";
        if (!f.remedy.empty())
            text += "  remedy: " + f.remedy + "\n";
        for (std::size_t i = 0; i < std::min<std::size_t>(3, f.examples.size()); ++i)
            text += "  e.g. " + f.examples[i] + "\n";
    }
    if (findings.empty())
        text = "nothing found\n";
    session.print(
        {{"dataset", words.name}, {"findings", toJson(findings)}, {"protocol", protocolJson(protocol)}}, text);
    return 0;
}

} // namespace

void addDatasetCommands(CLI::App& app, Session& session)
{
    CLI::App& list = addCommand(app, "datasets", "List the datasets of the workspace", "datasets");
    list.callback([&session] { session.command = [&session] { return listDatasets(session); }; });

    auto shown = std::make_shared<DatasetWords>();
    CLI::App& one = addCommand(app, "dataset", "Statistics of one dataset, raw or as a protocol leaves it",
        "dataset tour --protocol filter=core:5");
    one.add_option("name", shown->name, "Dataset")->required();
    one.add_option("--protocol", shown->protocol, "After this filter and split: key=value (repeatable)")
        ->allow_extra_args(false);
    one.callback([&session, shown] { session.command = [&session, shown] { return showDataset(session, *shown); }; });

    auto linted = std::make_shared<DatasetWords>();
    CLI::App& check
        = addCommand(app, "lint", "What would make a result on this dataset wrong or hard to compare", "lint tour");
    check.add_option("name", linted->name, "Dataset")->required();
    check.add_option("--protocol", linted->protocol, "The protocol to look through: key=value (repeatable)")
        ->allow_extra_args(false);
    check.callback([&session, linted] { session.command = [&session, linted] { return lint(session, *linted); }; });
}

} // namespace recoscope::cli
