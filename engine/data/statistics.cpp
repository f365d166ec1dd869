// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace recoscope {

namespace {

constexpr std::int64_t usersPerCheck = 4096;
constexpr double lengthGrowth = 1.25; // width of a logarithmic bin, as a factor
constexpr double gapGrowth = 1.5;
constexpr std::int64_t mostTimeBins = 120;

// The events of either form of a dataset. `timeUnit` of them make a second.
struct Events {
    std::span<const std::int64_t> offsets;
    std::span<const std::int32_t> items;
    std::span<const std::int64_t> times;
    std::int64_t timeUnit = 1;
    std::int64_t itemCount = 0;

    std::int64_t users() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
    std::int64_t seconds(std::int64_t event) const
    {
        const std::int64_t quotient = times[event] / timeUnit;
        return times[event] % timeUnit < 0 ? quotient - 1 : quotient;
    }
};

template <class Visit> void forEachUser(const Events& events, const Progress& progress, Visit visit)
{
    for (std::int64_t user = 0; user < events.users(); ++user) {
        if (user % usersPerCheck == 0)
            progress.checkCancelled();
        visit(user, events.offsets[user], events.offsets[user + 1]);
    }
}

// Whole-numbered edges from 1 that grow by about `growth` and by at least 1; the last lies above `largest`.
std::vector<double> logarithmicEdges(double largest, double growth)
{
    std::vector<double> edges{1.0};
    while (edges.back() <= largest)
        edges.push_back(std::max(edges.back() + 1.0, std::ceil(edges.back() * growth)));
    if (edges.size() == 1)
        edges.push_back(2.0);
    return edges;
}

void countInto(Histogram& histogram, double value)
{
    const auto above = std::upper_bound(histogram.edges.begin(), histogram.edges.end(), value);
    const auto bin = std::clamp<std::ptrdiff_t>(
        above - histogram.edges.begin() - 1, 0, static_cast<std::ptrdiff_t>(histogram.counts.size()) - 1);
    ++histogram.counts[bin];
}

Histogram emptyHistogram(std::vector<double> edges, bool logarithmic)
{
    Histogram histogram;
    histogram.counts.assign(edges.size() - 1, 0);
    histogram.edges = std::move(edges);
    histogram.logarithmic = logarithmic;
    return histogram;
}

template <class T> double median(std::vector<T>& values)
{
    if (values.empty())
        return 0.0;
    const auto middle = values.begin() + values.size() / 2;
    std::nth_element(values.begin(), middle, values.end());
    const double upper = double(*middle);
    if (values.size() % 2 == 1)
        return upper;
    return (upper + double(*std::max_element(values.begin(), middle))) / 2.0;
}

void addLengths(const Events& events, DatasetStatistics& result, const Progress& progress)
{
    std::vector<std::int64_t> lengths;
    lengths.reserve(events.users());
    forEachUser(events, progress, [&](auto, std::int64_t begin, std::int64_t end) { lengths.push_back(end - begin); });
    if (lengths.empty())
        return;
    const auto [shortest, longest] = std::minmax_element(lengths.begin(), lengths.end());
    result.minLength = *shortest;
    result.maxLength = *longest;
    result.lengths = emptyHistogram(logarithmicEdges(double(*longest), lengthGrowth), true);
    for (const std::int64_t length : lengths)
        countInto(result.lengths, double(length));
    result.meanLength = double(result.interactions) / double(lengths.size());
    result.medianLength = median(lengths);
}

// Gini coefficient of values in descending order: 0 = all alike, near 1 = one item has everything.
double giniOfDescending(std::span<const std::int64_t> values)
{
    double sum = 0.0, weighted = 0.0;
    const double n = double(values.size());
    for (std::size_t place = 0; place < values.size(); ++place) {
        sum += double(values[place]);
        weighted += (n - double(place)) * double(values[place]); // ascending position, from 1
    }
    return sum > 0.0 ? 2.0 * weighted / (n * sum) - (n + 1.0) / n : 0.0;
}

void addPopularity(const Events& events, DatasetStatistics& result)
{
    std::vector<std::int64_t>& curve = result.popularityCurve;
    curve.assign(events.itemCount, 0);
    for (const std::int32_t item : events.items)
        ++curve[item];
    if (curve.empty())
        return;
    result.mostPopularItem = static_cast<std::int32_t>(std::max_element(curve.begin(), curve.end()) - curve.begin());
    std::sort(curve.begin(), curve.end(), std::greater<>());
    result.giniPopularity = giniOfDescending(curve);
    const auto top = std::max<std::size_t>(1, curve.size() / 100);
    std::int64_t inTop = 0;
    for (std::size_t place = 0; place < top; ++place)
        inTop += curve[place];
    result.topPercentShare = double(inTop) / double(std::max<std::int64_t>(result.interactions, 1));
    result.popularity = emptyHistogram(logarithmicEdges(double(curve.front()), lengthGrowth), true);
    for (const std::int64_t count : curve)
        countInto(result.popularity, double(count));
}

void addRepeats(const Events& events, DatasetStatistics& result, const Progress& progress)
{
    std::vector<std::int64_t> lastUser(events.itemCount, -1);
    std::int64_t repeats = 0;
    forEachUser(events, progress, [&](std::int64_t user, std::int64_t begin, std::int64_t end) {
        for (std::int64_t event = begin; event < end; ++event) {
            std::int64_t& last = lastUser[events.items[event]];
            repeats += last == user;
            last = user;
        }
    });
    result.repeatShare = double(repeats) / double(std::max<std::int64_t>(result.interactions, 1));
}

void addGaps(const Events& events, DatasetStatistics& result, const Progress& progress)
{
    std::vector<std::uint32_t> gaps; // seconds; a gap over 136 years counts as 136 years
    gaps.reserve(events.items.size());
    constexpr std::int64_t largest = std::numeric_limits<std::uint32_t>::max();
    forEachUser(events, progress, [&](auto, std::int64_t begin, std::int64_t end) {
        for (std::int64_t event = begin + 1; event < end; ++event)
            gaps.push_back(static_cast<std::uint32_t>(
                std::clamp<std::int64_t>(events.seconds(event) - events.seconds(event - 1), 0, largest)));
    });
    if (gaps.empty())
        return;
    const std::uint32_t longest = *std::max_element(gaps.begin(), gaps.end());
    result.gaps = emptyHistogram(logarithmicEdges(longest, gapGrowth), true);
    std::int64_t sameSecond = 0; // a logarithmic axis has no place for them, and in many datasets they are the most
    for (const std::uint32_t gap : gaps) {
        if (gap == 0)
            ++sameSecond;
        else
            countInto(result.gaps, gap);
    }
    result.sameSecondShare = double(sameSecond) / double(gaps.size());
    result.medianGapSeconds = median(gaps);
}

// The narrowest of the usual calendar steps that needs few enough bins.
std::int64_t timeBinWidth(std::int64_t first, std::int64_t last)
{
    constexpr std::int64_t hour = 3600, day = 24 * hour;
    for (const std::int64_t width : {hour, 6 * hour, day, 7 * day, 30 * day, 91 * day, 365 * day}) {
        if ((last - first) / width < mostTimeBins)
            return width;
    }
    return (last - first) / mostTimeBins + 1;
}

void addTimes(const Events& events, DatasetStatistics& result, const Progress& progress)
{
    std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = std::numeric_limits<std::int64_t>::min();
    forEachUser(events, progress, [&](auto, std::int64_t begin, std::int64_t end) {
        if (begin == end)
            return;
        first = std::min(first, events.seconds(begin));
        last = std::max(last, events.seconds(end - 1));
    });
    result.firstTime = first;
    result.lastTime = last;
    const std::int64_t width = timeBinWidth(first, last);
    const std::int64_t start = first - ((first % width) + width) % width;
    std::vector<double> edges;
    for (std::int64_t edge = start; edge <= last + width; edge += width)
        edges.push_back(double(edge));
    result.overTime = emptyHistogram(std::move(edges), false);
    forEachUser(events, progress, [&](auto, std::int64_t begin, std::int64_t end) {
        for (std::int64_t event = begin; event < end; ++event)
            ++result.overTime.counts[(events.seconds(event) - start) / width];
    });
}

// `numberOf(event)` is a number of `names` or EventMark::unknown.
template <class NumberOf>
std::vector<MarkCount> countMarks(const std::vector<std::string>& names, std::int64_t events, NumberOf numberOf)
{
    std::array<std::int64_t, EventMark::unknown + 1> counts{};
    for (std::int64_t event = 0; event < events; ++event)
        ++counts[numberOf(event)];
    std::vector<MarkCount> result;
    for (std::size_t number = 0; number < names.size(); ++number)
        result.push_back({names[number], counts[number]});
    std::stable_sort(
        result.begin(), result.end(), [](const MarkCount& a, const MarkCount& b) { return a.events > b.events; });
    if (!names.empty() && counts[EventMark::unknown] > 0)
        result.push_back({std::nullopt, counts[EventMark::unknown]});
    return result;
}

DatasetStatistics compute(const Events& events, Progress& progress)
{
    DatasetStatistics result;
    result.users = events.users();
    result.items = events.itemCount;
    result.interactions = static_cast<std::int64_t>(events.items.size());
    if (result.users > 0 && result.items > 0)
        result.density = double(result.interactions) / (double(result.users) * double(result.items));
    addLengths(events, result, progress);
    progress.update(0.2, "Counting items");
    addPopularity(events, result);
    progress.update(0.4, "Counting repeats");
    addRepeats(events, result, progress);
    if (!events.times.empty()) {
        progress.update(0.6, "Measuring gaps");
        addGaps(events, result, progress);
        progress.update(0.8, "Counting over time");
        addTimes(events, result, progress);
    }
    progress.update(1.0, "Statistics ready");
    return result;
}

Json histogramJson(const Histogram& histogram)
{
    return {{"edges", histogram.edges}, {"counts", histogram.counts}, {"logarithmic", histogram.logarithmic}};
}

// [rank, count] at ranks that grow by a tenth: the whole curve of a large catalogue would be megabytes of text.
Json curveJson(const std::vector<std::int64_t>& curve)
{
    Json points = Json::array();
    for (std::size_t rank = 1; rank <= curve.size(); rank = std::max(rank + 1, rank + rank / 10))
        points.push_back({rank, curve[rank - 1]});
    return points;
}

// [{name, events, share}]; the name of the events of which nobody knows is null.
Json marksJson(const std::vector<MarkCount>& counts, std::int64_t events)
{
    Json list = Json::array();
    for (const MarkCount& count : counts)
        list.push_back({{"name", count.name ? Json(*count.name) : Json()}, {"events", count.events},
            {"share", static_cast<double>(count.events) / static_cast<double>(events)}});
    return list;
}

} // namespace

Json DatasetStatistics::toJson() const
{
    return {{"users", users}, {"items", items}, {"interactions", interactions}, {"density", density},
        {"mean_length", meanLength}, {"median_length", medianLength}, {"min_length", minLength},
        {"max_length", maxLength}, {"repeat_share", repeatShare}, {"gini_popularity", giniPopularity},
        {"top_percent_share", topPercentShare}, {"first_time", firstTime}, {"last_time", lastTime},
        {"median_gap_seconds", medianGapSeconds}, {"same_second_share", sameSecondShare},
        {"lengths", histogramJson(lengths)}, {"popularity", histogramJson(popularity)}, {"gaps", histogramJson(gaps)},
        {"over_time", histogramJson(overTime)}, {"popularity_curve", curveJson(popularityCurve)},
        {"surfaces", marksJson(surfaces, interactions)}, {"kinds", marksJson(kinds, interactions)}};
}

DatasetStatistics computeStatistics(const Dataset& dataset, Progress& progress)
{
    const InteractionView& view = dataset.interactions();
    const DatasetInfo& info = dataset.info();
    DatasetStatistics result = compute({view.offsets, view.items, view.times, 1000, info.items}, progress);
    if (!view.surfaces.empty())
        result.surfaces
            = countMarks(info.surfaces, result.interactions, [&](auto event) { return view.surfaces[event]; });
    if (!view.kinds.empty())
        result.kinds = countMarks(info.kinds, result.interactions, [&](auto event) { return view.kinds[event]; });
    return result;
}

DatasetStatistics computeStatistics(const PreparedData& data, Progress& progress)
{
    const PackedView view = data.sequences();
    DatasetStatistics result = compute({view.offsets, view.items, view.times, 1, data.items()}, progress);
    if (data.dataset() && !view.marks.empty()) {
        const DatasetInfo& info = data.dataset()->info();
        result.surfaces
            = countMarks(info.surfaces, result.interactions, [&](auto event) { return view.marks[event].surface; });
        result.kinds = countMarks(info.kinds, result.interactions, [&](auto event) { return view.marks[event].kind; });
    }
    return result;
}

} // namespace recoscope
