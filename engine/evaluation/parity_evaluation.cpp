// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/parity_evaluation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "engine/core/error.h"
#include "engine/core/json.h"
#include "engine/evaluation/metrics.h"
#include "engine/evaluation/parity_fixture.h"
#include "engine/evaluation/score_ranking.h"
#include "engine/evaluation/significance.h"
#include "engine/kernels/ops.h"

namespace recoscope {

namespace {

std::vector<std::int32_t> maskOfRow(std::span<const std::int64_t> flags)
{
    std::vector<std::int32_t> mask;
    for (std::size_t i = 0; i < flags.size(); ++i)
        if (flags[i] != 0)
            mask.push_back(static_cast<std::int32_t>(i));
    return mask;
}

struct UserRow {
    std::span<const float> scores;
    std::vector<std::int32_t> mask;
};

std::vector<UserRow> userRows(
    const std::vector<float>& scores, const std::vector<std::int64_t>& flags, std::size_t items)
{
    std::vector<UserRow> rows;
    for (std::size_t begin = 0; begin < scores.size(); begin += items)
        rows.push_back({std::span(scores).subspan(begin, items), maskOfRow(std::span(flags).subspan(begin, items))});
    return rows;
}

// One target per user under one tie rule: rank, HR, NDCG, MRR.
void compareRule(ParityFixture& fixture, const std::string& name, ScoreTies rule, const std::vector<TargetRank>& ranks,
    const std::vector<int>& cuts, double tolerance)
{
    std::vector<double> rank, hr, gain, mrr;
    for (const TargetRank& r : ranks) {
        rank.push_back(r.rank(rule));
        for (int k : cuts) {
            hr.push_back(hitRate(r, rule, k));
            gain.push_back(ndcg(r, rule, k));
            mrr.push_back(reciprocalRank(r, rule, k));
        }
    }
    if (rule != ScoreTies::Expected)
        fixture.compare("rank." + name, rank, fixture.numbers("rank." + name), tolerance);
    fixture.compare("hr." + name, hr, fixture.numbers("hr." + name), tolerance);
    fixture.compare("ndcg." + name, gain, fixture.numbers("ndcg." + name), tolerance);
    fixture.compare("mrr." + name, mrr, fixture.numbers("mrr." + name), tolerance);
}

void compareSeveralTargets(
    ParityFixture& fixture, const std::vector<UserRow>& rows, const std::vector<int>& cuts, double tolerance)
{
    const std::vector<std::int64_t> targets = fixture.integers("multi.targets");
    const std::vector<std::int64_t> offsets = fixture.integers("multi.offsets");
    std::vector<double> recall, hr, gain, mrr;
    for (std::size_t u = 0; u < rows.size(); ++u) {
        std::vector<TargetRank> ranks;
        for (std::int64_t t = offsets.at(u); t < offsets.at(u + 1); ++t)
            ranks.push_back(
                rankInScores(rows[u].scores, rows[u].mask, static_cast<std::int32_t>(targets.at(std::size_t(t)))));
        for (int k : cuts) {
            const TargetMetrics m = targetMetrics(ranks, ScoreTies::LowestId, k);
            recall.push_back(m.recall);
            hr.push_back(m.hr);
            gain.push_back(m.ndcg);
            mrr.push_back(m.mrr);
        }
    }
    fixture.compare("multi.recall", recall, fixture.numbers("multi.recall"), tolerance);
    fixture.compare("multi.hr", hr, fixture.numbers("multi.hr"), tolerance);
    fixture.compare("multi.ndcg", gain, fixture.numbers("multi.ndcg"), tolerance);
    fixture.compare("multi.mrr", mrr, fixture.numbers("multi.mrr"), tolerance);
}

// The fixture's scores as a catalogue of one-hot queries, so that the fused kernels meet them unchanged.
struct OneHot {
    std::vector<float> queries, table;
    std::vector<std::int64_t> seenOffsets{0};
    std::vector<std::int32_t> seen;
    kernels::TopK job;

    OneHot(const std::vector<UserRow>& rows, std::size_t items)
    {
        const std::size_t users = rows.size();
        queries.assign(users * users, 0.0f);
        table.resize(items * users);
        for (std::size_t u = 0; u < users; ++u) {
            queries[u * users + u] = 1.0f;
            for (std::size_t i = 0; i < items; ++i)
                table[i * users + u] = rows[u].scores[i];
            seen.insert(seen.end(), rows[u].mask.begin(), rows[u].mask.end());
            seenOffsets.push_back(static_cast<std::int64_t>(seen.size()));
        }
        job.queries = job.width = static_cast<std::int64_t>(users);
        job.items = static_cast<std::int64_t>(items);
        job.query = queries.data();
        job.table = table.data();
        job.seenOffsets = seenOffsets;
        job.seen = seen;
    }
};

void compareKernelRanks(ParityFixture& fixture, const std::vector<UserRow>& rows, std::size_t items,
    const std::vector<TargetRank>& expected, const std::vector<std::int64_t>& targets)
{
    OneHot data(rows, items);
    std::vector<std::int32_t> narrow(targets.begin(), targets.end());
    std::vector<std::int64_t> greater(rows.size()), equal(rows.size()), before(rows.size());
    std::vector<float> score(rows.size());
    kernels::RankTargets job{data.job, narrow.data(), greater.data(), equal.data(), before.data(), score.data()};
    kernels::rankTargets(job);
    std::vector<double> ours, wanted;
    for (std::size_t u = 0; u < rows.size(); ++u) {
        ours.insert(ours.end(), {double(greater[u]), double(equal[u]), double(before[u])});
        wanted.insert(
            wanted.end(), {double(expected[u].greater), double(expected[u].equal), double(expected[u].equalBefore)});
    }
    fixture.compare("kernel.rank_targets", ours, wanted, 0.0);
}

using Adjust = std::vector<double> (*)(std::span<const double>);

void compareCorrections(ParityFixture& fixture, const Json& multiple, double statistics, double relative)
{
    const auto p = multiple.at("p").get<std::vector<double>>();
    const std::pair<const char*, Adjust> rules[]
        = {{"bonferroni", bonferroni}, {"holm", holm}, {"fdr_bh", benjaminiHochberg}, {"fdr_by", benjaminiYekutieli}};
    for (const auto& [name, adjust] : rules) {
        const auto expected = multiple.at(name).at("adjusted").get<std::vector<double>>();
        fixture.compare(std::string("multiple.") + name, adjust(p), expected, statistics);
        fixture.compare(std::string("multiple.") + name + ".relative", adjust(p), expected, relative, true);
    }
}

void compareWilcoxon(
    ParityFixture& fixture, const Json& expected, std::span<const double> d, double statistics, double relative)
{
    for (const auto& [name, values] : expected.items()) {
        const std::string at = "wilcoxon." + name;
        const bool exact = name == "exact";
        const ZeroRule zeros = name.starts_with("pratt") ? ZeroRule::Pratt : ZeroRule::Drop;
        const WilcoxonTest test = exact ? wilcoxonExact(d) : wilcoxon(d, zeros, name.ends_with("True"));
        fixture.compare(at + ".statistic", test.statistic, values.at("statistic"), statistics);
        if (!exact)
            fixture.compare(at + ".z", test.z, values.at("z"), statistics);
        fixture.compare(at + ".p", test.p, values.at("p_two_sided"), relative, true);
    }
}

// Means of d over the given index rows.
std::vector<double> givenResamples(const ParityFixture& fixture, std::span<const double> d)
{
    const std::vector<std::int64_t> index = fixture.integers("bootstrap_index");
    std::vector<double> means(index.size() / d.size(), 0.0);
    for (std::size_t i = 0; i < index.size(); ++i)
        means[i / d.size()] += d[std::size_t(index[i])];
    for (double& m : means)
        m /= double(d.size());
    return means;
}

void compareBootstrap(ParityFixture& fixture, const Json& expected, std::span<const double> d, double statistics)
{
    const BootstrapIntervals i = bootstrapIntervals(d, givenResamples(fixture, d));
    const auto interval = [&](const char* name, double low, double high) {
        const double ours[] = {low, high};
        fixture.compare(
            std::string("bootstrap.") + name, ours, expected.at(name).get<std::vector<double>>(), statistics);
    };
    interval("percentile95", i.percentileLow, i.percentileHigh);
    interval("basic95", i.basicLow, i.basicHigh);
    interval("bca95", i.bcaLow, i.bcaHigh);
    fixture.compare("bootstrap.bca_z0", i.z0, expected.at("bca_z0"), statistics);
    fixture.compare("bootstrap.bca_acceleration", i.acceleration, expected.at("bca_acceleration"), statistics);
    const BootstrapIntervals own = bootstrapIntervals(d, bootstrapMeans(d, 20000, 1));
    const double ours[] = {own.percentileLow, own.percentileHigh};
    fixture.compare("bootstrap.reference_20000_percentile95", ours,
        expected.at("reference_20000_percentile95").get<std::vector<double>>(),
        expected.at("reference_tolerance").get<double>());
}

void compareSignFlips(ParityFixture& fixture, const Json& expected, std::span<const double> d, double relative)
{
    const std::vector<std::int64_t> flat = fixture.integers("signs");
    const std::vector<std::int8_t> signs(flat.begin(), flat.end());
    fixture.compare("sign_flip.p", signFlipP(d, signs), expected.at("p_two_sided_plus_one"), relative, true);
}

void compareEffects(ParityFixture& fixture, const Json& expected, const EffectSizes& e, double statistics)
{
    fixture.compare("effect.cohen_dz", e.dz, expected.at("cohen_dz"), statistics);
    fixture.compare("effect.cohen_dav", e.dav, expected.at("cohen_dav"), statistics);
    fixture.compare("effect.cohen_drm", e.drm, expected.at("cohen_drm"), statistics);
    fixture.compare("effect.hedges_correction_J", e.hedgesJ, expected.at("hedges_correction_J"), statistics);
    fixture.compare("effect.hedges_gz", e.gz, expected.at("hedges_gz"), statistics);
}

} // namespace

bool isEvaluationFamily(const std::string& family)
{
    return family == "metrics" || family == "topk" || family == "statistics" || family == "power_law";
}

std::vector<ParityRow> parityEvaluation(const Path& folder)
{
    const std::string family = readJson(folder / "case.json").value("family", "");
    if (family == "metrics")
        return parityMetrics(folder);
    if (family == "topk")
        return parityTopK(folder);
    if (family == "statistics")
        return parityStatistics(folder);
    if (family == "power_law")
        return parityPowerLaw(folder);
    throw Error(ErrorKind::Input, folder.string() + ": \"" + family + "\" is not a family of evaluation fixtures",
        "expected metrics, topk, statistics or power_law");
}

std::vector<ParityRow> parityMetrics(const Path& folder)
{
    ParityFixture fixture(folder);
    const auto items = fixture.json().at("items").get<std::size_t>();
    const auto cuts = fixture.json().at("k").get<std::vector<int>>();
    const double tolerance = fixture.json().at("tolerance").get<double>();
    const std::vector<float> scores = fixture.floats("scores");
    const std::vector<std::int64_t> targets = fixture.integers("targets");
    const std::vector<UserRow> rows = userRows(scores, fixture.integers("seen"), items);
    std::vector<TargetRank> ranks;
    std::vector<double> better, tied;
    for (std::size_t u = 0; u < rows.size(); ++u) {
        ranks.push_back(rankInScores(rows[u].scores, rows[u].mask, static_cast<std::int32_t>(targets.at(u))));
        better.push_back(double(ranks.back().greater));
        tied.push_back(double(ranks.back().equal));
    }
    fixture.compare("better", better, fixture.numbers("better"), 0.0);
    fixture.compare("tied", tied, fixture.numbers("tied"), 0.0);
    compareRule(fixture, "optimistic", ScoreTies::Optimistic, ranks, cuts, tolerance);
    compareRule(fixture, "pessimistic", ScoreTies::Pessimistic, ranks, cuts, tolerance);
    compareRule(fixture, "lowest_id_first", ScoreTies::LowestId, ranks, cuts, tolerance);
    compareRule(fixture, "expected", ScoreTies::Expected, ranks, cuts, tolerance);
    compareSeveralTargets(fixture, rows, cuts, tolerance);
    compareKernelRanks(fixture, rows, items, ranks, targets);
    return fixture.take();
}

std::vector<ParityRow> parityTopK(const Path& folder)
{
    ParityFixture fixture(folder);
    const auto items = fixture.json().at("items").get<std::size_t>();
    const std::vector<float> scores = fixture.floats("scores");
    const std::vector<UserRow> rows = userRows(scores, fixture.integers("masked"), items);
    for (int k : fixture.json().at("k").get<std::vector<int>>()) {
        const std::string name = "top" + std::to_string(k);
        std::vector<double> ids, values;
        for (const UserRow& row : rows) {
            std::vector<ScoredItem> top = topItems(row.scores, row.mask, k);
            top.resize(static_cast<std::size_t>(k), {-1, -std::numeric_limits<float>::infinity()});
            for (const ScoredItem& s : top) {
                ids.push_back(s.item);
                values.push_back(s.score);
            }
        }
        fixture.compare(name + ".ids", ids, fixture.numbers(name + ".ids"), 0.0);
        fixture.compare(name + ".scores", values, fixture.numbers(name + ".scores"), 0.0);
    }
    return fixture.take();
}

std::vector<ParityRow> parityStatistics(const Path& folder)
{
    ParityFixture fixture(folder);
    const Json& expected = fixture.json().at("expected");
    const double statistics = fixture.json().at("tolerance").at("statistics").get<double>();
    const double relative = fixture.json().at("tolerance").at("p_relative").get<double>();
    const std::vector<double> a = fixture.numbers("a"), b = fixture.numbers("b");
    std::vector<double> d(a.size());
    std::transform(b.begin(), b.end(), a.begin(), d.begin(), std::minus<>());
    const TTest t = pairedT(d);
    const Json& paired = expected.at("paired_t");
    const double interval[] = {t.ciLow, t.ciHigh};
    fixture.compare("paired_t.t", t.t, paired.at("t"), statistics);
    fixture.compare("paired_t.p", t.p, paired.at("p_two_sided"), relative, true);
    fixture.compare("paired_t.mean", t.mean, paired.at("mean_difference"), statistics);
    fixture.compare("paired_t.ci95", interval, paired.at("ci95").get<std::vector<double>>(), statistics);
    compareWilcoxon(fixture, expected.at("wilcoxon"), d, statistics, relative);
    compareEffects(fixture, expected.at("effect"), effectSizes(a, b), statistics);
    compareBootstrap(fixture, expected.at("bootstrap"), d, statistics);
    compareSignFlips(fixture, expected.at("sign_flip_permutation"), d, relative);
    compareCorrections(fixture, expected.at("multiple"), statistics, relative);
    return fixture.take();
}

} // namespace recoscope
