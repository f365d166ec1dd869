// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/data/feedback_factors.h"

#include <algorithm>
#include <cmath>

#include "engine/data/prepared.h"

namespace recoscope {

namespace {

std::vector<float> trainingValues(const PreparedData& data)
{
    std::vector<float> values;
    const PackedView all = data.sequences();
    for (std::int32_t user = 0; user < data.users(); ++user)
        for (const float value : all.feedback.subspan(
                 static_cast<std::size_t>(all.offsets[user]), static_cast<std::size_t>(data.trainLength(user))))
            if (!std::isnan(value))
                values.push_back(value);
    std::sort(values.begin(), values.end());
    return values;
}

std::vector<float> trainingKinds(const PreparedData& data)
{
    std::vector<float> kinds;
    const PackedView all = data.sequences();
    for (std::int32_t user = 0; user < data.users(); ++user)
        for (const EventMark& mark :
            all.marksOf(static_cast<std::size_t>(all.offsets[user]), static_cast<std::size_t>(data.trainLength(user))))
            if (mark.kind != EventMark::unknown)
                kinds.push_back(mark.kind);
    std::sort(kinds.begin(), kinds.end());
    return kinds;
}

std::vector<float> distinctOf(std::vector<float> ascending)
{
    ascending.erase(std::unique(ascending.begin(), ascending.end()), ascending.end());
    return ascending;
}

// Lower ends of all classes but the first.
std::vector<float> levelEdges(const std::vector<float>& ascending, std::int64_t classes)
{
    std::vector<float> distinct = distinctOf(ascending);
    if (static_cast<std::int64_t>(distinct.size()) <= classes) {
        distinct.erase(distinct.begin());
        return distinct;
    }
    std::vector<float> edges;
    const auto size = static_cast<std::int64_t>(ascending.size());
    for (std::int64_t c = 1; c < classes; ++c) {
        const float edge = ascending[static_cast<std::size_t>(c * size / classes)];
        if (edge > (edges.empty() ? ascending.front() : edges.back())) // a frequent value may fill several classes
            edges.push_back(edge);
    }
    return edges;
}

void addValueFactors(FeedbackFactors& factors, const std::vector<float>& values, std::int64_t classes, double likeFrom)
{
    if (values.empty() || values.front() == values.back())
        return;
    std::vector<float> edges = levelEdges(values, classes);
    if (!edges.empty()) {
        factors.names.emplace_back("level");
        factors.edges.push_back(std::move(edges));
    }
    const auto mark = static_cast<float>(likeFrom);
    if (likeFrom > 0.0 && values.front() < mark && values.back() >= mark) {
        factors.names.emplace_back("like");
        factors.edges.push_back({mark});
    }
}

} // namespace

FeedbackFactors FeedbackFactors::of(const PreparedData& data, std::int64_t classes, double likeFrom)
{
    FeedbackFactors factors;
    if (data.hasFeedback())
        addValueFactors(factors, trainingValues(data), classes, likeFrom);
    std::vector<float> kinds = distinctOf(trainingKinds(data));
    if (kinds.size() > 1) {
        kinds.erase(kinds.begin());
        factors.names.emplace_back("kind");
        factors.edges.push_back(std::move(kinds));
    }
    return factors;
}

std::int64_t FeedbackFactors::allClasses() const
{
    std::int64_t sum = 0;
    for (std::size_t factor = 0; factor < count(); ++factor)
        sum += classes(factor);
    return sum;
}

std::int32_t FeedbackFactors::classOf(std::size_t factor, float value, std::uint8_t kind) const
{
    if (isKind(factor) ? kind == EventMark::unknown : std::isnan(value))
        return -1;
    if (isKind(factor))
        value = kind;
    const std::vector<float>& ends = edges[factor];
    return static_cast<std::int32_t>(std::upper_bound(ends.begin(), ends.end(), value) - ends.begin());
}

} // namespace recoscope
