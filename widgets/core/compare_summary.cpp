// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/compare_summary.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.h"

namespace recoscope {

namespace {

constexpr double normal95 = 1.959963984540054;
constexpr int mostSlices = 5;

int cutOf(const std::string& metric, std::size_t prefix)
{
    const int cut = std::atoi(metric.c_str() + prefix);
    if (cut < 1)
        throw Error(ErrorKind::Usage, "“" + metric + "” has no cut-off.", "Write it like ndcg@10.");
    return cut;
}

std::vector<double> values(const std::vector<PairedUser>& users, const std::string& metric, double PairedUser::*rank)
{
    std::vector<double> result(users.size());
    std::transform(users.begin(), users.end(), result.begin(),
        [&](const PairedUser& user) { return metricOfRank(metric, user.*rank); });
    return result;
}

double meanOf(const std::vector<double>& values)
{
    return values.empty() ? 0.0
                          : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double halfWidth(const std::vector<double>& values)
{
    const auto n = static_cast<double>(values.size());
    if (n < 2)
        return 0.0;
    const double mean = meanOf(values);
    double squares = 0.0;
    for (const double value : values)
        squares += (value - mean) * (value - mean);
    return normal95 * std::sqrt(squares / (n - 1) / n);
}

std::vector<double> holmOf(const std::vector<MetricDifference>& differences, double PairedTest::*p)
{
    std::vector<double> raw;
    for (const MetricDifference& difference : differences)
        raw.push_back(difference.test.*p);
    return holm(raw);
}

// Quantile limits, made distinct: at most five groups of about the same number of users.
std::vector<std::int32_t> sliceLimits(std::vector<std::int32_t> keys)
{
    std::sort(keys.begin(), keys.end());
    std::vector<std::int32_t> limits;
    for (int i = 1; i < mostSlices; ++i) {
        const std::int32_t limit = keys[keys.size() * static_cast<std::size_t>(i) / mostSlices];
        if ((limits.empty() || limit > limits.back()) && limit < keys.back())
            limits.push_back(limit);
    }
    limits.push_back(keys.back());
    return limits;
}

std::string sliceName(std::int32_t previous, std::int32_t limit, bool first, bool last)
{
    if (first)
        return "≤ " + std::to_string(limit);
    if (last)
        return "> " + std::to_string(previous);
    return previous + 1 == limit ? std::to_string(limit) : std::to_string(previous + 1) + "–" + std::to_string(limit);
}

} // namespace

std::vector<PairedUser> pairUsers(const std::vector<UserMetricRow>& a, const std::vector<UserMetricRow>& b)
{
    std::vector<PairedUser> users;
    users.reserve(std::min(a.size(), b.size()));
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        if (a[i].user < b[j].user) {
            ++i;
        } else if (b[j].user < a[i].user) {
            ++j;
        } else {
            if (a[i].target == b[j].target)
                users.push_back(
                    {a[i].user, a[i].target, a[i].rank, b[j].rank, a[i].historyLength, a[i].targetPopularity});
            ++i;
            ++j;
        }
    }
    return users;
}

double metricOfRank(const std::string& metric, double rank)
{
    if (metric == "mrr")
        return 1.0 / rank;
    if (metric.starts_with("hr@"))
        return rank <= cutOf(metric, 3) ? 1.0 : 0.0;
    if (metric.starts_with("ndcg@"))
        return rank <= cutOf(metric, 5) ? 1.0 / std::log2(rank + 1.0) : 0.0;
    throw Error(ErrorKind::Usage, "“" + metric + "” is no metric of one user's rank.", "Use hr@k, ndcg@k or mrr.");
}

double MetricDifference::holmP(SignificanceTest which) const
{
    switch (which) {
    case SignificanceTest::TTest: return tHolm;
    case SignificanceTest::Wilcoxon: return wilcoxonHolm;
    case SignificanceTest::Permutation: break;
    }
    return permutationHolm;
}

bool MetricDifference::decided(SignificanceTest which) const
{
    return holmP(which) < significanceLevel;
}

MetricDifference::Interval MetricDifference::interval(SignificanceTest which) const
{
    return which == SignificanceTest::TTest ? Interval{test.ciLow, test.ciHigh}
                                            : Interval{test.bootstrapLow, test.bootstrapHigh};
}

std::vector<MetricDifference> metricDifferences(
    const std::vector<PairedUser>& users, const std::vector<std::string>& metrics, Progress& progress)
{
    std::vector<MetricDifference> result;
    for (const std::string& metric : metrics) {
        progress.checkCancelled();
        progress.update(static_cast<double>(result.size()) / static_cast<double>(metrics.size()), metric);
        const std::vector<double> a = values(users, metric, &PairedUser::rankA);
        const std::vector<double> b = values(users, metric, &PairedUser::rankB);
        MetricDifference difference{metric, meanOf(a), meanOf(b), pairedTest(a, b)};
        result.push_back(std::move(difference));
    }
    const std::vector<double> permutation = holmOf(result, &PairedTest::permutationP);
    const std::vector<double> t = holmOf(result, &PairedTest::tP);
    const std::vector<double> wilcoxon = holmOf(result, &PairedTest::wilcoxonP);
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i].permutationHolm = permutation[i];
        result[i].tHolm = t[i];
        result[i].wilcoxonHolm = wilcoxon[i];
    }
    return result;
}

std::vector<SlicePair> sliceUsers(const std::vector<PairedUser>& users, SliceBy by, const std::string& metric)
{
    if (users.empty())
        return {};
    const auto key = [by](const PairedUser& user) {
        return by == SliceBy::HistoryLength ? user.historyLength : user.targetPopularity;
    };
    std::vector<std::int32_t> keys;
    for (const PairedUser& user : users)
        keys.push_back(key(user));
    const std::vector<std::int32_t> limits = sliceLimits(std::move(keys));
    std::vector<SlicePair> slices;
    for (std::size_t i = 0; i < limits.size(); ++i) {
        const std::int32_t previous = i > 0 ? limits[i - 1] : INT32_MIN;
        std::vector<PairedUser> group;
        std::copy_if(users.begin(), users.end(), std::back_inserter(group),
            [&](const PairedUser& user) { return key(user) > previous && key(user) <= limits[i]; });
        const std::vector<double> a = values(group, metric, &PairedUser::rankA);
        const std::vector<double> b = values(group, metric, &PairedUser::rankB);
        slices.push_back({sliceName(previous, limits[i], i == 0, i + 1 == limits.size() && i > 0),
            static_cast<std::int64_t>(group.size()), meanOf(a), halfWidth(a), meanOf(b), halfWidth(b)});
    }
    return slices;
}

Winners winners(const std::vector<PairedUser>& users)
{
    Winners result;
    const double share = users.empty() ? 0.0 : 1.0 / static_cast<double>(users.size());
    for (const PairedUser& user : users) {
        result.a += user.rankA < user.rankB ? share : 0.0;
        result.b += user.rankB < user.rankA ? share : 0.0;
    }
    return result;
}

double differenceOf(const PairedUser& user, const std::string& metric)
{
    return metricOfRank(metric, user.rankB) - metricOfRank(metric, user.rankA);
}

std::vector<int> losersFirst(const std::vector<PairedUser>& users, std::vector<int> indices, const std::string& metric)
{
    std::stable_sort(indices.begin(), indices.end(), [&](int x, int y) {
        return differenceOf(users[static_cast<std::size_t>(x)], metric)
            < differenceOf(users[static_cast<std::size_t>(y)], metric);
    });
    return indices;
}

ListOverlap listOverlap(
    const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b, std::int64_t depth, int k)
{
    ListOverlap overlap;
    overlap.k = k;
    overlap.share.assign(static_cast<std::size_t>(k) + 1, 0.0);
    if (depth < k || a.size() != b.size())
        return overlap;
    overlap.users = static_cast<std::int64_t>(a.size()) / depth;
    std::vector<int> common;
    for (std::int64_t user = 0; user < overlap.users; ++user) {
        std::vector<std::int32_t> x(a.begin() + user * depth, a.begin() + user * depth + k);
        std::vector<std::int32_t> y(b.begin() + user * depth, b.begin() + user * depth + k);
        std::sort(x.begin(), x.end());
        std::sort(y.begin(), y.end());
        std::vector<std::int32_t> both;
        std::set_intersection(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(both));
        common.push_back(static_cast<int>(std::count_if(both.begin(), both.end(), [](int item) { return item >= 0; })));
        overlap.share[static_cast<std::size_t>(common.back())] += 1.0 / static_cast<double>(overlap.users);
    }
    if (!common.empty()) {
        std::sort(common.begin(), common.end());
        const std::size_t middle = common.size() / 2;
        overlap.median = common.size() % 2 == 1 ? common[middle] : (common[middle - 1] + common[middle]) / 2.0;
    }
    return overlap;
}

std::vector<ProtocolDifference> incomparable(const RunRecord& a, const RunRecord& b)
{
    std::vector<ProtocolDifference> result;
    if (a.datasetHash != b.datasetHash || a.dataset != b.dataset)
        result.push_back({"dataset", a.dataset, b.dataset});
    if (a.protocolHash != b.protocolHash) {
        const auto keys = differences(Protocol::fromJson(a.protocol), Protocol::fromJson(b.protocol));
        result.insert(result.end(), keys.begin(), keys.end());
    }
    return result;
}

std::string differenceText(const std::vector<ProtocolDifference>& differences)
{
    std::string text;
    for (const ProtocolDifference& difference : differences) {
        text += text.empty() ? "" : "; ";
        text += difference.key + ": " + difference.a + " and " + difference.b;
    }
    return text;
}

} // namespace recoscope
