// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// compare: two runs as pairs over users, behind the protocol guard, beside the counting models.

#include <algorithm>
#include <unordered_map>

#include <CLI/CLI.hpp>

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "app/cli/run_json.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/counts.h"
#include "engine/core/error.h"
#include "engine/evaluation/comparison.h"
#include "engine/evaluation/metrics.h"

namespace recoscope::cli {

namespace {

struct CompareWords {
    std::string a, b, metric = "ndcg@10", part = "test";
    bool allowUnlike = false;
};

std::vector<ProtocolDifference> guard(const RunRecord& a, const RunRecord& b, bool allowUnlike)
{
    if (a.datasetHash != b.datasetHash)
        throw Error(ErrorKind::Refused, "the runs are on different data: " + a.dataset + " and " + b.dataset,
            "train both on one dataset; there are no users to pair");
    const std::vector<ProtocolDifference> unlike
        = differences(Protocol::fromJson(a.protocol), Protocol::fromJson(b.protocol));
    if (unlike.empty() || allowUnlike)
        return unlike;
    std::string list;
    for (const ProtocolDifference& d : unlike)
        list += (list.empty() ? "" : ", ") + d.key + " (" + d.a + " and " + d.b + ")";
    throw Error(ErrorKind::Refused, "the runs differ in protocol: " + list,
        "train or evaluate under one protocol, or add --allow-unlike to see the numbers all the same");
}

// Prepared indices belong to a protocol; dataset indices are shared.
std::unordered_map<std::int32_t, UserMetricRow> rowsByDatasetUser(
    Session& session, const RunRecord& run, SplitPart part)
{
    Workspace& workspace = session.workspace();
    const auto data = workspace.prepareData(run.dataset, Protocol::fromJson(run.protocol), session.progress());
    std::unordered_map<std::int32_t, UserMetricRow> rows;
    for (const UserMetricRow& row : workspace.store().userMetrics(run.id, part))
        rows.emplace(data->datasetUser(row.user), row);
    if (rows.empty())
        throw Error(ErrorKind::NotFound,
            "run " + run.id + " has no per-user results of the " + splitPartName(part) + " part",
            "let it finish: recoscope-cli train --resume " + run.id);
    return rows;
}

std::vector<UserPair> pairsOf(Session& session, const RunRecord& a, const RunRecord& b, SplitPart part)
{
    const auto left = rowsByDatasetUser(session, a, part), right = rowsByDatasetUser(session, b, part);
    std::vector<std::int32_t> users;
    for (const auto& [user, row] : left)
        if (right.contains(user))
            users.push_back(user);
    std::sort(users.begin(), users.end());
    std::vector<UserPair> pairs;
    for (std::int32_t user : users) {
        const UserMetricRow& row = left.at(user);
        pairs.push_back({row.historyLength, row.targetPopularity, row.rank, right.at(user).rank});
    }
    if (pairs.empty())
        throw Error(ErrorKind::Refused, "the runs share no user", "compare runs with the same filter and split");
    return pairs;
}

// A per-user rank says everything only with one target per user.
void requireRankMetric(const RunRecord& a, const RunRecord& b, const std::string& metric)
{
    const std::optional<MetricName> name = parseMetricName(metric);
    const bool several = Protocol::fromJson(a.protocol).targets == Targets::AllInWindow
        || Protocol::fromJson(b.protocol).targets == Targets::AllInWindow;
    if (several && name && name->base != "hr" && name->base != "mrr")
        throw Error(ErrorKind::Refused, metric + " of several targets cannot be had from the best rank of each user",
            "compare hr@K or mrr");
}

struct Reference {
    std::string model;
    std::optional<RunRecord> run;
};

// Counting models of the same data and protocol: they stand in every comparison.
std::vector<Reference> references(const Store& store, const RunRecord& a)
{
    std::vector<Reference> list;
    for (const ModelDescriptor& model : modelRegistry())
        if (model.kind == ModelKind::Counting)
            list.push_back({model.name, std::nullopt});
    std::vector<Reference> found;
    for (const RunRecord& run : store.runs())
        for (Reference& reference : list)
            if (run.model == reference.model && run.datasetHash == a.datasetHash && run.protocolHash == a.protocolHash
                && run.status == RunStatus::Finished) {
                found.push_back({reference.model, run});
                reference.model.clear();
            }
    for (const Reference& reference : list)
        if (!reference.model.empty())
            found.push_back(reference);
    return found;
}

std::string addHint(const Reference& reference, const RunRecord& a)
{
    std::string words = "recoscope-cli train --dataset " + a.dataset + " --model " + reference.model;
    for (const ProtocolDifference& d : differences(Protocol(), Protocol::fromJson(a.protocol)))
        words += " --protocol " + d.key + "=" + d.b;
    return words;
}

Json testJson(const Comparison& c)
{
    const PairedTest& t = c.test;
    Json slices = Json::array();
    for (const SliceComparison& s : c.slices)
        slices.push_back({{"group", s.group}, {"name", s.name}, {"users", s.users}, {"mean_a", s.meanA},
            {"mean_b", s.meanB}, {"difference", s.test.mean}, {"ci95", {s.test.ciLow, s.test.ciHigh}},
            {"p_t", s.test.p}, {"p_holm", s.holmP}});
    return {{"metric", c.metric}, {"users", t.n}, {"mean_a", c.meanA}, {"mean_b", c.meanB},
        {"difference", t.meanDifference}, {"ci95", {t.ciLow, t.ciHigh}},
        {"bootstrap95", {t.bootstrapLow, t.bootstrapHigh}}, {"t", t.tStatistic}, {"wilcoxon", t.wilcoxonStatistic},
        {"p", {{"t", t.tP}, {"wilcoxon", t.wilcoxonP}, {"permutation", t.permutationP}}}, {"effect_size", t.effectSize},
        {"slices", slices}};
}

std::string testText(const Comparison& c, const RunRecord& a, const RunRecord& b)
{
    const PairedTest& t = c.test;
    std::string text = "A " + a.name + " " + fixed(c.meanA, 4) + "\nB " + b.name + " " + fixed(c.meanB, 4) + "\nB − A "
        + signedFixed(t.meanDifference, 4) + ", 95 % interval " + signedFixed(t.ciLow, 4) + " to "
        + signedFixed(t.ciHigh, 4) + " (" + c.metric + ", " + grouped(t.n) + " users)\np: t " + probability(t.tP)
        + ", Wilcoxon " + probability(t.wilcoxonP) + ", permutation " + probability(t.permutationP) + "; effect size d "
        + signedFixed(t.effectSize, 3) + "\n\n";
    TextTable slices({"slice", "", "users", "A", "B", "B − A", "p (Holm)"});
    for (const SliceComparison& s : c.slices)
        slices.add({s.group, s.name, grouped(s.users), fixed(s.meanA, 4), fixed(s.meanB, 4),
            signedFixed(s.test.mean, 4), probability(s.holmP)});
    return text + slices.text();
}

int compare(Session& session, const CompareWords& words)
{
    const Store& store = session.workspace().store();
    const RunRecord a = store.run(words.a), b = store.run(words.b);
    const std::vector<ProtocolDifference> unlike = guard(a, b, words.allowUnlike);
    requireRankMetric(a, b, words.metric);
    const SplitPart part = words.part == "valid" ? SplitPart::Valid : SplitPart::Test;
    const Comparison comparison = comparePairs(pairsOf(session, a, b, part), words.metric);
    Json document = testJson(comparison);
    document["a"] = {{"run", a.id}, {"name", a.name}, {"model", a.model}, {"learned_from", learnedFrom(a)}};
    document["b"] = {{"run", b.id}, {"name", b.name}, {"model", b.model}, {"learned_from", learnedFrom(b)}};
    document["part"] = words.part;
    document["protocol_hash"] = a.protocolHash;
    document["unlike"] = Json::array();
    std::string text;
    for (const ProtocolDifference& d : unlike) {
        document["unlike"].push_back({{"key", d.key}, {"a", d.a}, {"b", d.b}});
        text += "UNLIKE PROTOCOLS: " + d.key + " is " + d.a + " in A, " + d.b + " in B\n";
    }
    text += testText(comparison, a, b) + "\ncounting models, same data and protocol (of A):\n";
    document["references"] = Json::array();
    document["missing_references"] = Json::array();
    for (const Reference& reference : references(store, a)) {
        if (!reference.run) {
            document["missing_references"].push_back({{"model", reference.model}, {"add", addHint(reference, a)}});
            text += "  " + reference.model + ": not there yet; add it with " + addHint(reference, a) + "\n";
            continue;
        }
        document["references"].push_back(
            {{"run", reference.run->id}, {"name", reference.run->name}, {"model", reference.model},
                {"metrics", reference.run->test}, {"learned_from", learnedFrom(*reference.run)}});
        text += "  " + reference.run->name + ": " + metricLine(*reference.run) + "; " + learnedFrom(*reference.run)
            + "\n";
    }
    session.print(document, text);
    return 0;
}

} // namespace

void addCompareCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "compare", "Two runs, paired over their users; differences are B − A",
        "compare RUN_A RUN_B --metric ndcg@10");
    auto words = std::make_shared<CompareWords>();
    command.add_option("a", words->a, "Run A")->required();
    command.add_option("b", words->b, "Run B")->required();
    command.add_option("--metric", words->metric, "hr@K, recall@K, ndcg@K or mrr");
    command.add_option("--part", words->part, "test or valid")->check(CLI::IsMember({"test", "valid"}));
    command.add_flag("--allow-unlike", words->allowUnlike, "Compare although the protocols differ");
    command.callback([&session, words] { session.command = [&session, words] { return compare(session, *words); }; });
}

} // namespace recoscope::cli
