// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/token_reading.h"

#include <QStringList>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace recoscope {

std::vector<MaskBand> maskBands(const TokenMaps& maps)
{
    std::vector<MaskBand> bands;
    int row = 0;
    const auto add = [&](BandKind kind, int segment, std::int64_t count) {
        if (count > 0)
            bands.push_back({kind, segment, row, static_cast<int>(count)});
        row += static_cast<int>(count);
    };
    for (int segment = 0; segment < maps.segments; ++segment) {
        add(BandKind::Older, segment, maps.shape.segment);
        add(BandKind::Tokens, segment, maps.shape.tokens);
    }
    add(BandKind::Recent, static_cast<int>(maps.segments), maps.events - maps.older());
    return bands;
}

std::vector<int> largestEvents(std::span<const double> values, int limit)
{
    std::vector<int> order;
    for (int event = 0; event < static_cast<int>(values.size()); ++event)
        if (values[static_cast<std::size_t>(event)] > 0.0) // false for NaN
            order.push_back(event);
    std::stable_sort(order.begin(), order.end(),
        [&](int a, int b) { return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)]; });
    order.resize(std::min(order.size(), static_cast<std::size_t>(limit)));
    return order;
}

std::vector<CategoryShare> categoryShares(
    std::span<const double> values, const std::vector<QString>& categories, int limit)
{
    std::map<QString, double> sums;
    double whole = 0.0;
    for (std::size_t event = 0; event < values.size(); ++event) {
        if (!(values[event] > 0.0))
            continue;
        whole += values[event];
        const QStringList own = categories[event].split(u'|', Qt::SkipEmptyParts);
        for (const QString& name : own)
            sums[name] += values[event] / static_cast<double>(own.size());
    }
    std::vector<CategoryShare> shares;
    for (const auto& [name, sum] : sums)
        shares.push_back({name, sum / whole});
    std::stable_sort(
        shares.begin(), shares.end(), [](const CategoryShare& a, const CategoryShare& b) { return a.share > b.share; });
    shares.resize(std::min(shares.size(), static_cast<std::size_t>(limit)));
    return shares;
}

std::vector<double> olderShares(const TokenMaps& maps, std::span<const float> shares, std::int64_t token)
{
    const std::int64_t segment = token / maps.shape.tokens;
    std::vector<double> values(static_cast<std::size_t>(maps.older()), std::numeric_limits<double>::quiet_NaN());
    const std::int64_t first = segment * maps.shape.segment;
    for (std::int64_t event = first; event < first + maps.shape.segment; ++event)
        values[static_cast<std::size_t>(event)] = shares[static_cast<std::size_t>(token * maps.events + event)];
    return values;
}

std::vector<double> recentShares(const TokenMaps& maps, std::span<const float> shares, std::int64_t token)
{
    std::vector<double> values;
    for (std::int64_t event = maps.older(); event < maps.events; ++event) {
        const auto row = shares.subspan(static_cast<std::size_t>(event * maps.tokens()), maps.tokens());
        values.push_back(
            token < 0 ? std::accumulate(row.begin(), row.end(), 0.0) : row[static_cast<std::size_t>(token)]);
    }
    return values;
}

bool isListed(const std::vector<Recommendation>& list, std::int32_t item)
{
    return std::any_of(list.begin(), list.end(), [item](const Recommendation& one) { return one.item == item; });
}

} // namespace recoscope
