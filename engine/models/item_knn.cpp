// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "engine/models/common_schema.h"
#include "engine/models/counting.h"
#include "engine/models/presets.h"

namespace recoscope {

using namespace counting;

namespace {

// The distinct items of every sequence, each ascending.
PackedSequences distinctItems(const PackedView& sequences)
{
    PackedSequences result;
    for (std::int64_t b = 0; b < sequences.sequences(); ++b) {
        const auto sequence = sequences.sequence(b);
        std::vector<std::int32_t> items(sequence.begin(), sequence.end());
        std::sort(items.begin(), items.end());
        items.erase(std::unique(items.begin(), items.end()), items.end());
        result.append(items);
    }
    return result;
}

// cosine(i, j) = |users of both| / sqrt(|users of i| |users of j|).
SparseRows cosineRows(const CountedLog& log, std::int64_t neighbours, Progress& progress)
{
    const PackedSequences baskets = distinctItems(log.sequences());
    std::vector<double> users(log.items(), 0.0);
    for (const std::int32_t item : baskets.items)
        users[item] += 1.0;
    SparseRows rows;
    SparseSum sum(log.items());
    for (std::int32_t item = 0; item < log.items(); ++item) {
        if (item % 256 == 0)
            progress.checkCancelled();
        std::int32_t previous = -1;
        for (const std::int64_t position : log.occurrences(item)) {
            const std::int32_t user = log.sequenceOf(position);
            if (user == previous)
                continue;
            previous = user;
            for (const std::int32_t other : baskets.view().sequence(user))
                if (other != item)
                    sum.add(other, 1.0 / std::sqrt(users[item] * users[other]));
        }
        rows.append(sum, neighbours);
        sum.clear();
    }
    return rows;
}

std::shared_ptr<const TrainedModel> fitItemKnn(
    const PreparedData& data, const Json& parameters, CountOn on, Progress& progress)
{
    const CountedLog log(data, on);
    const double halfLife = parameters.at("half_life");
    std::vector<double> weights;
    for (int age = 0; age < data.protocol().maxLength; ++age) {
        const double weight = std::exp2(-age / halfLife);
        if (weight < 1e-4)
            break;
        weights.push_back(weight);
    }
    SparseRows rows = cosineRows(log, parameters.at("neighbours"), progress);
    SuccessorModel::Settings settings{"item_knn", countOnText(on), std::move(weights), data.protocol().maxLength};
    return std::make_shared<SuccessorModel>(std::move(settings), std::move(rows), popularity(log, 1e-6f));
}

} // namespace

ModelDescriptor itemKnnDescriptor()
{
    using namespace schema;
    ModelDescriptor d;
    d.name = "item_knn";
    d.title = "Item kNN";
    d.kind = ModelKind::Counting;
    d.summary = "Items whose users overlap most with those of the latest events, older events counting less.";
    d.paper = "Sarwar, Karypis, Konstan & Riedl, WWW 2001";
    d.schema = ParameterSchema({
        real("half_life", "Recency half-life", 1.0, 0.01, 1000.0, "Events after which a history event counts half"),
        integer("neighbours", "Neighbours", 1000, 0, 1000000, "items", "Kept for each item; 0 = all"),
    });
    d.presets = itemKnnPresets();
    d.fitCounts = fitItemKnn;
    return d;
}

} // namespace recoscope
