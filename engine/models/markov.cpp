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

// N(i, j) = sum over occurrences of i, and of j at distance d = 1..steps after it, of decay^(d-1); a row is divided by
// its occurrences, so that rare and frequent items of a history speak with one voice each.
SparseRows successorRows(const CountedLog& log, int steps, double decay, Progress& progress)
{
    const PackedView sequences = log.sequences();
    SparseRows rows;
    SparseSum sum(log.items());
    for (std::int32_t item = 0; item < log.items(); ++item) {
        if (item % 1024 == 0)
            progress.checkCancelled();
        const auto occurrences = log.occurrences(item);
        for (const std::int64_t position : occurrences) {
            const std::int64_t end = sequences.offsets[log.sequenceOf(position) + 1];
            double weight = 1.0 / static_cast<double>(occurrences.size());
            for (std::int64_t next = position + 1; next < std::min(end, position + 1 + steps); ++next) {
                sum.add(sequences.items[next], weight);
                weight *= decay;
            }
        }
        rows.append(sum, 0);
        sum.clear();
    }
    return rows;
}

std::shared_ptr<const TrainedModel> fitMarkov(
    const PreparedData& data, const Json& parameters, CountOn on, Progress& progress)
{
    const CountedLog log(data, on);
    const int steps = parameters.at("steps");
    const double decay = parameters.at("decay");
    std::vector<double> weights;
    for (int age = 0; age < steps; ++age)
        weights.push_back(std::pow(decay, age));
    SparseRows rows = successorRows(log, steps, decay, progress);
    SuccessorModel::Settings settings{"markov", countOnText(on), std::move(weights), data.protocol().maxLength};
    return std::make_shared<SuccessorModel>(std::move(settings), std::move(rows), popularity(log, 1e-6f));
}

} // namespace

ModelDescriptor markovDescriptor()
{
    using namespace schema;
    ModelDescriptor d;
    d.name = "markov";
    d.title = "Markov";
    d.kind = ModelKind::Counting;
    d.summary = "What followed the latest events in other histories, within a few steps and decayed.";
    d.paper = "baseline";
    d.schema = ParameterSchema({
        integer("steps", "Steps", 3, 1, 50, "events",
            "Successors up to this distance, and as many last events; 1 = first order"),
        real("decay", "Decay", 0.5, 0.01, 1.0, "Factor for each further step"),
    });
    d.presets = markovPresets();
    d.fitCounts = fitMarkov;
    return d;
}

} // namespace recoscope
