// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/significance.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/core/error.h"
#include "engine/core/random.h"

namespace recoscope {

namespace {

constexpr double confidence = 0.95;

double meanOf(std::span<const double> values)
{
    return values.empty() ? 0.0 : std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

double deviationOf(std::span<const double> values)
{
    if (values.size() < 2)
        return 0.0;
    const double mean = meanOf(values);
    double squares = 0.0;
    for (double v : values)
        squares += (v - mean) * (v - mean);
    return std::sqrt(squares / double(values.size() - 1));
}

double correlationOf(std::span<const double> a, std::span<const double> b)
{
    const double meanA = meanOf(a), meanB = meanOf(b);
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - meanA) * (b[i] - meanB);
        aa += (a[i] - meanA) * (a[i] - meanA);
        bb += (b[i] - meanB) * (b[i] - meanB);
    }
    return aa > 0.0 && bb > 0.0 ? ab / std::sqrt(aa * bb) : 0.0;
}

std::vector<double> differencesOf(std::span<const double> a, std::span<const double> b)
{
    if (a.size() != b.size())
        throw Error(ErrorKind::Usage, "a paired test needs the same users on both sides",
            "compare runs with the same dataset and protocol");
    std::vector<double> d(a.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        d[i] = b[i] - a[i];
    return d;
}

// Mean ranks of |d| with the sizes of the groups of equal values.
struct Ranks {
    std::vector<double> values, ranks; // ascending |d|
    std::vector<std::int64_t> tieSizes;
};

Ranks rankAbsolute(std::span<const double> d, bool dropZeros)
{
    Ranks out;
    for (double v : d)
        if (!dropZeros || v != 0.0)
            out.values.push_back(v);
    std::sort(out.values.begin(), out.values.end(), [](double x, double y) { return std::abs(x) < std::abs(y); });
    out.ranks.resize(out.values.size());
    for (std::size_t begin = 0; begin < out.values.size();) {
        std::size_t end = begin;
        while (end < out.values.size() && std::abs(out.values[end]) == std::abs(out.values[begin]))
            ++end;
        const double rank = 0.5 * (double(begin + 1) + double(end));
        std::fill(out.ranks.begin() + std::ptrdiff_t(begin), out.ranks.begin() + std::ptrdiff_t(end), rank);
        if (out.values[begin] != 0.0)
            out.tieSizes.push_back(std::int64_t(end - begin));
        begin = end;
    }
    return out;
}

struct RankSums {
    double positive = 0.0, negative = 0.0;
};

RankSums rankSums(const Ranks& ranks)
{
    RankSums sums;
    for (std::size_t i = 0; i < ranks.values.size(); ++i) {
        sums.positive += ranks.values[i] > 0.0 ? ranks.ranks[i] : 0.0;
        sums.negative += ranks.values[i] < 0.0 ? ranks.ranks[i] : 0.0;
    }
    return sums;
}

// Ascending order of p, then one pass that keeps the adjusted values monotone.
std::vector<std::size_t> ascending(std::span<const double> p)
{
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return p[x] < p[y]; });
    return order;
}

std::vector<double> falseDiscovery(std::span<const double> p, double factor)
{
    const std::vector<std::size_t> order = ascending(p);
    std::vector<double> out(p.size());
    double lowest = 1.0;
    for (std::size_t i = p.size(); i-- > 0;) {
        lowest = std::min(lowest, p[order[i]] * factor * double(p.size()) / double(i + 1));
        out[order[i]] = lowest;
    }
    return out;
}

template <class FillSigns> double flippedShare(std::span<const double> d, int flips, FillSigns fill)
{
    if (d.empty())
        return 1.0;
    const double n = double(d.size());
    const double bound = std::abs(meanOf(d)) - 1e-15;
    std::vector<double> signs(d.size());
    int count = 0;
    for (int flip = 0; flip < flips; ++flip) {
        fill(flip, signs);
        count += std::abs(std::inner_product(d.begin(), d.end(), signs.begin(), 0.0) / n) >= bound ? 1 : 0;
    }
    return double(count + 1) / double(flips + 1);
}

int affordableDraws(std::size_t n)
{
    constexpr double budget = 2e8; // draws of single users
    return int(std::clamp(budget / std::max<double>(1.0, double(n)), 1000.0, 10000.0));
}

} // namespace

TTest pairedT(std::span<const double> d)
{
    TTest out;
    out.mean = out.ciLow = out.ciHigh = meanOf(d);
    if (d.size() < 2)
        return out;
    out.degreesOfFreedom = std::int64_t(d.size()) - 1;
    const double df = double(out.degreesOfFreedom);
    const double error = deviationOf(d) / std::sqrt(double(d.size()));
    if (error > 0.0)
        out.t = out.mean / error;
    else if (out.mean != 0.0)
        out.t = std::copysign(std::numeric_limits<double>::infinity(), out.mean);
    out.p = std::isinf(out.t) ? 0.0 : 2.0 * studentTCdf(-std::abs(out.t), df);
    const double width = error * studentTQuantile(0.5 + confidence / 2.0, df);
    out.ciLow = out.mean - width;
    out.ciHigh = out.mean + width;
    return out;
}

WilcoxonTest wilcoxon(std::span<const double> d, ZeroRule zeros, bool continuity)
{
    const Ranks ranks = rankAbsolute(d, zeros == ZeroRule::Drop);
    const RankSums sums = rankSums(ranks);
    WilcoxonTest out;
    out.statistic = std::min(sums.positive, sums.negative);
    const double n = double(ranks.values.size());
    const double zeroCount = double(std::count(ranks.values.begin(), ranks.values.end(), 0.0));
    double mean = n * (n + 1.0) / 4.0 - zeroCount * (zeroCount + 1.0) / 4.0;
    double variance = n * (n + 1.0) * (2.0 * n + 1.0) - zeroCount * (zeroCount + 1.0) * (2.0 * zeroCount + 1.0);
    for (std::int64_t t : ranks.tieSizes)
        variance -= 0.5 * double(t) * (double(t) * double(t) - 1.0);
    if (variance <= 0.0)
        return out;
    double distance = out.statistic - mean;
    if (continuity)
        distance = distance < 0.0 ? std::min(0.0, distance + 0.5) : std::max(0.0, distance - 0.5);
    out.z = distance / std::sqrt(variance / 24.0);
    out.p = std::min(1.0, 2.0 * normalCdf(-std::abs(out.z)));
    return out;
}

WilcoxonTest wilcoxonExact(std::span<const double> d)
{
    const Ranks ranks = rankAbsolute(d, true);
    const std::size_t n = ranks.values.size();
    const bool tied = std::any_of(ranks.tieSizes.begin(), ranks.tieSizes.end(), [](auto t) { return t > 1; });
    if (tied || n != d.size() || n > 1000)
        throw Error(ErrorKind::Usage, "the exact Wilcoxon test needs at most 1,000 differences without zeros and ties",
            "use the normal approximation");
    const RankSums sums = rankSums(ranks);
    WilcoxonTest out;
    out.statistic = std::min(sums.positive, sums.negative);
    // share[s]: probability that the ranks with a positive sign sum to s.
    std::vector<double> share(n * (n + 1) / 2 + 1, 0.0);
    share[0] = 1.0;
    for (std::size_t rank = 1; rank <= n; ++rank)
        for (std::size_t s = share.size(); s-- > 0;)
            share[s] = 0.5 * share[s] + (s >= rank ? 0.5 * share[s - rank] : 0.0);
    double tail = 0.0;
    for (std::size_t s = 0; s <= std::size_t(out.statistic); ++s)
        tail += share[s];
    out.p = std::min(1.0, 2.0 * tail);
    return out;
}

EffectSizes effectSizes(std::span<const double> a, std::span<const double> b)
{
    const std::vector<double> d = differencesOf(a, b);
    EffectSizes out;
    const double mean = meanOf(d), deviation = deviationOf(d);
    const double average = 0.5 * (deviationOf(a) + deviationOf(b));
    out.dz = deviation > 0.0 ? mean / deviation : 0.0;
    out.dav = average > 0.0 ? mean / average : 0.0;
    out.drm = out.dz * std::sqrt(2.0 * (1.0 - correlationOf(a, b)));
    const double df = double(d.size()) - 1.0;
    if (df > 1.0)
        out.hedgesJ = std::exp(std::lgamma(df / 2.0) - std::lgamma((df - 1.0) / 2.0)) / std::sqrt(df / 2.0);
    out.gz = out.dz * out.hedgesJ;
    return out;
}

std::vector<double> bootstrapMeans(std::span<const double> d, int resamples, std::uint64_t seed)
{
    std::vector<double> means(static_cast<std::size_t>(d.empty() ? 0 : resamples));
    for (std::size_t r = 0; r < means.size(); ++r) {
        RandomStream stream(seed, "bootstrap", r);
        double sum = 0.0;
        for (std::size_t i = 0; i < d.size(); ++i)
            sum += d[std::size_t(stream.below(d.size()))];
        means[r] = sum / double(d.size());
    }
    return means;
}

BootstrapIntervals bootstrapIntervals(std::span<const double> d, std::vector<double> means)
{
    BootstrapIntervals out;
    if (d.empty() || means.empty())
        return out;
    const double observed = meanOf(d);
    double below = 0.0;
    for (double m : means)
        below += m < observed ? 1.0 : m == observed ? 0.5 : 0.0;
    std::sort(means.begin(), means.end());
    const double low = 0.5 - confidence / 2.0, high = 0.5 + confidence / 2.0;
    out.percentileLow = quantile(means, low);
    out.percentileHigh = quantile(means, high);
    out.basicLow = 2.0 * observed - out.percentileHigh;
    out.basicHigh = 2.0 * observed - out.percentileLow;
    // Efron & Tibshirani (1993), 14.3; leaving i out moves the mean by (observed - d_i) / (n - 1).
    double squares = 0.0, cubes = 0.0;
    for (double v : d) {
        const double u = (v - observed) / std::max(1.0, double(d.size()) - 1.0);
        squares += u * u;
        cubes += u * u * u;
    }
    out.acceleration = squares > 0.0 ? cubes / (6.0 * std::pow(squares, 1.5)) : 0.0;
    out.z0 = normalQuantile(below / double(means.size()));
    const auto adjusted = [&](double q) {
        const double z = out.z0 + normalQuantile(q);
        return normalCdf(out.z0 + z / (1.0 - out.acceleration * z));
    };
    out.bcaLow = std::isfinite(out.z0) ? quantile(means, adjusted(low)) : out.percentileLow;
    out.bcaHigh = std::isfinite(out.z0) ? quantile(means, adjusted(high)) : out.percentileHigh;
    return out;
}

double signFlipP(std::span<const double> d, int flips, std::uint64_t seed)
{
    return flippedShare(d, flips, [&](int flip, std::vector<double>& signs) {
        RandomStream stream(seed, "sign flips", std::uint64_t(flip));
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < signs.size(); ++i) {
            if (i % 64 == 0)
                bits = stream.next64();
            signs[i] = (bits >> (i % 64) & 1U) != 0 ? 1.0 : -1.0;
        }
    });
}

double signFlipP(std::span<const double> d, std::span<const std::int8_t> given)
{
    const int flips = d.empty() ? 0 : int(given.size() / d.size());
    return flippedShare(d, flips, [&](int flip, std::vector<double>& signs) {
        const auto row = given.subspan(std::size_t(flip) * d.size(), d.size());
        std::copy(row.begin(), row.end(), signs.begin());
    });
}

PairedTest pairedTest(std::span<const double> a, std::span<const double> b, std::uint64_t seed)
{
    const std::vector<double> d = differencesOf(a, b);
    PairedTest out;
    out.n = std::int64_t(d.size());
    if (d.empty())
        return out;
    const TTest t = pairedT(d);
    out.meanDifference = t.mean;
    out.ciLow = t.ciLow;
    out.ciHigh = t.ciHigh;
    out.tStatistic = t.t;
    out.tP = t.p;
    const WilcoxonTest w = wilcoxon(d);
    out.wilcoxonStatistic = w.statistic;
    out.wilcoxonP = w.p;
    out.effectSize = effectSizes(a, b).dz;
    const int draws = affordableDraws(d.size());
    const BootstrapIntervals intervals = bootstrapIntervals(d, bootstrapMeans(d, draws, seed));
    out.bootstrapLow = intervals.percentileLow;
    out.bootstrapHigh = intervals.percentileHigh;
    out.permutationP = signFlipP(d, draws, seed);
    return out;
}

std::vector<double> holm(std::span<const double> p)
{
    const std::vector<std::size_t> order = ascending(p);
    std::vector<double> out(p.size());
    double highest = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) {
        highest = std::max(highest, std::min(1.0, p[order[i]] * double(p.size() - i)));
        out[order[i]] = highest;
    }
    return out;
}

std::vector<double> bonferroni(std::span<const double> p)
{
    std::vector<double> out(p.begin(), p.end());
    for (double& v : out)
        v = std::min(1.0, v * double(p.size()));
    return out;
}

std::vector<double> benjaminiHochberg(std::span<const double> p)
{
    return falseDiscovery(p, 1.0);
}

std::vector<double> benjaminiYekutieli(std::span<const double> p)
{
    double harmonic = 0.0;
    for (std::size_t i = 1; i <= p.size(); ++i)
        harmonic += 1.0 / double(i);
    return falseDiscovery(p, harmonic);
}

} // namespace recoscope
