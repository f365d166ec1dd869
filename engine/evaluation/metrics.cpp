// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "engine/core/error.h"
#include "engine/core/schema.h"

namespace recoscope {

namespace {

double discount(double rank)
{
    return 1.0 / std::log2(rank + 1.0);
}

std::int64_t cutOf(int k)
{
    return k > 0 ? k : std::numeric_limits<std::int64_t>::max();
}

// Mean of `value` over the ranks that a tie allows; ranks past the cut are worth 0.
template <class Value> double overTies(const TargetRank& r, ScoreTies rule, int k, Value value)
{
    if (rule != ScoreTies::Expected) {
        const double rank = r.rank(rule);
        return rank <= static_cast<double>(cutOf(k)) ? value(rank) : 0.0;
    }
    const std::int64_t last = std::min(r.greater + r.equal + 1, cutOf(k));
    double sum = 0.0;
    for (std::int64_t rank = r.greater + 1; rank <= last; ++rank)
        sum += value(static_cast<double>(rank));
    return sum / static_cast<double>(r.equal + 1);
}

// Targets with one score: they and the other tied items fill the ranks greater+1 .. greater+size in some order.
struct TieBlock {
    std::int64_t greater = 0;
    std::int64_t size = 0;
    std::vector<std::int64_t> before; // of each target, ascending
    std::int64_t targets() const { return static_cast<std::int64_t>(before.size()); }
};

std::vector<TieBlock> tieBlocks(std::span<const TargetRank> targets)
{
    std::vector<TargetRank> sorted(targets.begin(), targets.end());
    std::sort(sorted.begin(), sorted.end(), [](const TargetRank& a, const TargetRank& b) {
        return a.greater != b.greater ? a.greater < b.greater : a.equalBefore < b.equalBefore;
    });
    std::vector<TieBlock> blocks;
    for (const TargetRank& t : sorted) {
        if (blocks.empty() || blocks.back().greater != t.greater)
            blocks.push_back({t.greater, t.equal + 1, {}});
        blocks.back().before.push_back(t.equalBefore);
    }
    return blocks;
}

std::vector<double> definiteRanks(const std::vector<TieBlock>& blocks, ScoreTies rule)
{
    std::vector<double> ranks;
    for (const TieBlock& b : blocks) {
        for (std::int64_t j = 0; j < b.targets(); ++j) {
            std::int64_t offset = j + 1; // optimistic
            if (rule == ScoreTies::Pessimistic)
                offset = b.size - b.targets() + j + 1;
            else if (rule == ScoreTies::LowestId)
                offset = b.before[static_cast<std::size_t>(j)] + 1;
            ranks.push_back(static_cast<double>(b.greater + offset));
        }
    }
    return ranks;
}

double idealDcg(std::int64_t targets, std::int64_t cut)
{
    double sum = 0.0;
    for (std::int64_t r = 1; r <= std::min(targets, cut); ++r)
        sum += discount(static_cast<double>(r));
    return sum;
}

TargetMetrics definiteMetrics(const std::vector<double>& ranks, std::int64_t cut)
{
    TargetMetrics m;
    double hits = 0.0, dcg = 0.0, best = std::numeric_limits<double>::infinity();
    for (double rank : ranks) {
        if (rank > static_cast<double>(cut))
            continue;
        hits += 1.0;
        dcg += discount(rank);
        best = std::min(best, rank);
    }
    m.hr = hits > 0.0 ? 1.0 : 0.0;
    m.recall = hits / static_cast<double>(ranks.size());
    m.ndcg = dcg / idealDcg(static_cast<std::int64_t>(ranks.size()), cut);
    m.mrr = hits > 0.0 ? 1.0 / best : 0.0;
    return m;
}

// The best block decides the first hit. P(first target at place p of m, t targets) = C(m-p, t-1) / C(m, t), built up
// by its ratio: P(1) = t / m, P(p+1) = P(p) * (m-p-t+1) / (m-p).
void expectedFirstHit(const TieBlock& best, std::int64_t cut, TargetMetrics& m)
{
    const double size = static_cast<double>(best.size), t = static_cast<double>(best.targets());
    double probability = t / size;
    const std::int64_t last = std::min(best.size - best.targets() + 1, cut - best.greater);
    for (std::int64_t p = 1; p <= last; ++p) {
        m.hr += probability;
        m.mrr += probability / static_cast<double>(best.greater + p);
        probability *= (size - static_cast<double>(p) - t + 1.0) / (size - static_cast<double>(p));
    }
}

TargetMetrics expectedMetrics(const std::vector<TieBlock>& blocks, std::int64_t targets, std::int64_t cut)
{
    TargetMetrics m;
    expectedFirstHit(blocks.front(), cut, m);
    double hits = 0.0, dcg = 0.0;
    for (const TieBlock& b : blocks) {
        const double share = static_cast<double>(b.targets()) / static_cast<double>(b.size);
        for (std::int64_t rank = b.greater + 1; rank <= std::min(b.greater + b.size, cut); ++rank) {
            hits += share;
            dcg += share * discount(static_cast<double>(rank));
        }
    }
    m.recall = hits / static_cast<double>(targets);
    m.ndcg = dcg / idealDcg(targets, cut);
    return m;
}

std::string withThousands(std::int64_t value)
{
    std::string text = std::to_string(value);
    for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

SliceBins binsFor(std::string group, std::vector<std::int64_t> upper)
{
    SliceBins bins{std::move(group), std::move(upper), {}};
    std::int64_t low = 0;
    for (std::int64_t high : bins.upper) {
        if (bins.names.empty())
            bins.names.push_back(high == 0 ? "0" : "≤ " + withThousands(high));
        else
            bins.names.push_back(withThousands(low) + "–" + withThousands(high));
        low = high + 1;
    }
    bins.names.push_back("> " + withThousands(bins.upper.back()));
    return bins;
}

} // namespace

double TargetRank::rank(ScoreTies rule) const
{
    const auto first = static_cast<double>(greater + 1);
    switch (rule) {
    case ScoreTies::Optimistic: return first;
    case ScoreTies::Pessimistic: return first + static_cast<double>(equal);
    case ScoreTies::LowestId: return first + static_cast<double>(equalBefore);
    case ScoreTies::Expected: return first + static_cast<double>(equal) / 2.0;
    }
    return first;
}

double hitRate(const TargetRank& rank, ScoreTies rule, int k)
{
    return overTies(rank, rule, k, [](double) { return 1.0; });
}

double ndcg(const TargetRank& rank, ScoreTies rule, int k)
{
    return overTies(rank, rule, k, discount);
}

double reciprocalRank(const TargetRank& rank, ScoreTies rule, int k)
{
    return overTies(rank, rule, k, [](double r) { return 1.0 / r; });
}

TargetMetrics targetMetrics(std::span<const TargetRank> targets, ScoreTies rule, int k)
{
    if (targets.empty())
        return {};
    if (targets.size() == 1) {
        const double hit = hitRate(targets[0], rule, k);
        return {hit, hit, ndcg(targets[0], rule, k), reciprocalRank(targets[0], rule, k)};
    }
    const std::vector<TieBlock> blocks = tieBlocks(targets);
    if (rule == ScoreTies::Expected)
        return expectedMetrics(blocks, static_cast<std::int64_t>(targets.size()), cutOf(k));
    return definiteMetrics(definiteRanks(blocks, rule), cutOf(k));
}

std::optional<MetricName> parseMetricName(const std::string& text)
{
    const std::size_t at = text.find('@');
    MetricName name{text.substr(0, at), 0};
    if (name.base.empty() || at == std::string::npos)
        return name.base.empty() ? std::nullopt : std::optional(name);
    const char* begin = text.data() + at + 1;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(begin, end, name.k);
    if (error != std::errc() || stop != end || name.k < 1)
        return std::nullopt;
    return name;
}

double metricAtRank(const std::string& metric, double rank)
{
    const std::optional<MetricName> name = parseMetricName(metric);
    if (name) {
        const bool within = name->k == 0 || rank <= name->k;
        if (name->base == "mrr")
            return within ? 1.0 / rank : 0.0;
        if (name->k > 0 && (name->base == "hr" || name->base == "recall"))
            return within ? 1.0 : 0.0;
        if (name->k > 0 && name->base == "ndcg")
            return within ? discount(rank) : 0.0;
    }
    throw Error(ErrorKind::NotFound, "\"" + metric + "\" is not a metric of single users",
        "use hr@K, recall@K, ndcg@K or mrr, for example ndcg@10");
}

MeanInterval meanInterval(std::span<const double> values)
{
    MeanInterval out;
    if (values.empty())
        return out;
    const auto n = static_cast<double>(values.size());
    for (double v : values)
        out.mean += v;
    out.mean /= n;
    if (values.size() < 2)
        return out;
    double squares = 0.0;
    for (double v : values)
        squares += (v - out.mean) * (v - out.mean);
    out.halfWidth95 = 1.96 * std::sqrt(squares / (n - 1.0) / n);
    return out;
}

std::size_t SliceBins::bin(std::int64_t value) const
{
    return static_cast<std::size_t>(std::lower_bound(upper.begin(), upper.end(), value) - upper.begin());
}

SliceBins historyLengthBins(std::span<const std::int64_t> lengths)
{
    std::vector<std::int64_t> sorted(lengths.begin(), lengths.end());
    std::int64_t median = 0;
    if (!sorted.empty()) {
        auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
        std::nth_element(sorted.begin(), middle, sorted.end());
        median = *middle;
    }
    if (median <= 20)
        return binsFor("history length", {5, 10, 20, 50, 100, 200, 500});
    return binsFor("history length", {50, 100, 200, 500});
}

SliceBins popularityBins()
{
    return binsFor("target popularity", {0, 9, 99, 999});
}

} // namespace recoscope
