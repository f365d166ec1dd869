// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/evaluation/comparison.h"

#include "engine/evaluation/metrics.h"

namespace recoscope {

namespace {

struct Columns {
    std::vector<double> a, b;
};

void addGroup(const SliceBins& bins, std::int64_t UserPair::*value, const std::vector<UserPair>& pairs,
    const Columns& all, std::vector<SliceComparison>& out)
{
    std::vector<Columns> members(bins.names.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        Columns& bin = members[bins.bin(pairs[i].*value)];
        bin.a.push_back(all.a[i]);
        bin.b.push_back(all.b[i]);
    }
    const std::size_t first = out.size();
    std::vector<double> p;
    for (std::size_t m = 0; m < members.size(); ++m) {
        const Columns& bin = members[m];
        if (bin.a.empty())
            continue;
        std::vector<double> d(bin.a.size());
        for (std::size_t i = 0; i < d.size(); ++i)
            d[i] = bin.b[i] - bin.a[i];
        out.push_back({bins.group, bins.names[m], static_cast<std::int64_t>(d.size()), meanInterval(bin.a).mean,
            meanInterval(bin.b).mean, pairedT(d), 1.0});
        p.push_back(out.back().test.p);
    }
    const std::vector<double> corrected = holm(p);
    for (std::size_t i = 0; i < corrected.size(); ++i)
        out[first + i].holmP = corrected[i];
}

} // namespace

Comparison comparePairs(const std::vector<UserPair>& pairs, const std::string& metric, std::uint64_t seed)
{
    Columns all;
    std::vector<std::int64_t> lengths;
    for (const UserPair& pair : pairs) {
        all.a.push_back(metricAtRank(metric, pair.rankA));
        all.b.push_back(metricAtRank(metric, pair.rankB));
        lengths.push_back(pair.historyLength);
    }
    Comparison out;
    out.metric = metric;
    out.meanA = meanInterval(all.a).mean;
    out.meanB = meanInterval(all.b).mean;
    out.test = pairedTest(all.a, all.b, seed);
    addGroup(historyLengthBins(lengths), &UserPair::historyLength, pairs, all, out.slices);
    addGroup(popularityBins(), &UserPair::targetPopularity, pairs, all, out.slices);
    return out;
}

} // namespace recoscope
