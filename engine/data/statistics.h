// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a dataset looks like before any training. Pure functions of the events; nothing is sampled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/core/progress.h"
#include "engine/data/dataset.h"
#include "engine/data/prepared.h"

namespace recoscope {

struct Histogram {
    std::vector<double> edges; // [bins+1]
    std::vector<std::int64_t> counts; // [bins]
    bool logarithmic = false;
};

// The events of one surface or kind.
struct MarkCount {
    std::optional<std::string> name; // none: the events of which nobody knows it
    std::int64_t events = 0;
};

struct DatasetStatistics {
    std::int64_t users = 0, items = 0, interactions = 0;
    double density = 0.0; // interactions / (users * items)
    double meanLength = 0.0, medianLength = 0.0;
    std::int64_t minLength = 0, maxLength = 0;
    double repeatShare = 0.0; // events whose item the user had before
    double giniPopularity = 0.0;
    double topPercentShare = 0.0; // share of events on the most popular 1 % of items
    std::int64_t firstTime = 0, lastTime = 0; // Unix seconds; 0 without times
    double medianGapSeconds = 0.0; // equal times count as 0
    double sameSecondShare = 0.0; // of the gaps, that are under one second
    std::int32_t mostPopularItem = -1; // the first of equals; -1 without items
    Histogram lengths; // events per user, log bins
    Histogram popularity; // events per item, log bins
    Histogram gaps; // seconds between neighbours from 1 s up, log bins; empty without times
    Histogram overTime; // events per calendar bin; empty without times
    std::vector<std::int64_t> popularityCurve; // counts of items, most popular first
    // Every name of the dataset, those with most events first, then the events without one; empty where no event has
    // one.
    std::vector<MarkCount> surfaces, kinds;

    Json toJson() const;
};

DatasetStatistics computeStatistics(const Dataset& dataset, Progress& progress);
DatasetStatistics computeStatistics(const PreparedData& data, Progress& progress);

} // namespace recoscope
