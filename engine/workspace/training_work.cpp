// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/workspace/training_work.h"

#include <cmath>
#include <optional>

#include "engine/scaling/flops.h"
#include "engine/training/batches.h"

namespace recoscope {

namespace {

// How many distinct items the steps of an epoch read.
class EncodedItems {
public:
    EncodedItems(const PreparedData& data, const Json& parameters)
        : m_items(data.items())
        , m_all(parameters.at("loss") == "cross_entropy")
        , m_negatives(parameters.at("negatives"))
        , m_perPosition(parameters.at("loss") != "sampled_softmax" || parameters.at("negatives_per") == "position")
        , m_seen(data.items() + std::size_t{1}, 0)
    {
        const double power = m_perPosition ? 0.0 : parameters.at("popularity_power").get<double>();
        double total = 0.0;
        for (const std::int64_t count : data.trainCounts())
            total += std::pow(std::max<double>(static_cast<double>(count), 1.0), power);
        for (const std::int64_t count : data.trainCounts())
            m_share.push_back(std::pow(std::max<double>(static_cast<double>(count), 1.0), power) / total);
    }

    double of(const TrainingBatch& batch)
    {
        if (m_all)
            return m_items + 1.0;
        ++m_step;
        double distinct = 0.0;
        const auto see = [&](std::int32_t item) {
            if (m_seen[item] != m_step)
                distinct += 1.0;
            m_seen[item] = m_step;
        };
        for (const std::int32_t item : batch.inputs.items)
            see(item);
        for (const std::int32_t item : batch.targets)
            see(item);
        const double draws = m_negatives * (m_perPosition ? static_cast<double>(batch.targets.size()) : 1.0);
        for (std::int32_t item = 0; item < m_items; ++item)
            if (m_seen[item] != m_step)
                distinct -= std::expm1(draws * std::log1p(-m_share[item])); // 1 - (1 - q)^draws
        return distinct;
    }

private:
    const std::int32_t m_items;
    const bool m_all;
    const double m_negatives;
    const bool m_perPosition;
    std::vector<double> m_share;
    std::vector<std::int64_t> m_seen; // the step that saw it last
    std::int64_t m_step = 0;
};

// Candidates that a target is scored against.
double candidates(const Json& parameters, std::int64_t items)
{
    return parameters.at("loss") == "cross_entropy" ? static_cast<double>(items) + 1.0
                                                    : 1.0 + parameters.at("negatives").get<double>();
}

} // namespace

EpochWork epochWork(std::shared_ptr<const PreparedData> data, const std::string& model, const Json& parameters)
{
    TrainingBatches::Options options;
    options.maxLength = data->protocol().maxLength;
    options.batchSize = parameters.at("batch_size");
    options.beginOfSequence = parameters.at("begin_of_sequence");
    const TrainingBatches batches(data, options);
    const bool srt = model == "srt";
    std::optional<EncodedItems> reads;
    if (srt)
        reads.emplace(*data, parameters);
    std::vector<std::int64_t> lengths;
    double encoded = 0.0;
    for (std::int64_t b = 0; b < batches.batchesPerEpoch(); ++b) {
        const TrainingBatch batch = batches.batch(b);
        for (std::size_t s = 1; s < batch.inputs.offsets.size(); ++s)
            lengths.push_back(batch.inputs.offsets[s] - batch.inputs.offsets[s - 1]);
        encoded += reads ? reads->of(batch) : 0.0;
    }
    EpochWork work;
    work.interactions = batches.targetsPerEpoch();
    const auto targets = static_cast<double>(work.interactions);
    // A model of masked events predicts the masked share of them.
    const bool masked = parameters.value("bidirectional", false);
    const double rows = masked ? targets * parameters.at("mask_ratio").get<double>() : targets;
    work.flops
        = modelFlops(model, parameters, countSequences(lengths), {rows, candidates(parameters, data->items())}, encoded)
              .total();
    if (srt) {
        const SrtSizes sizes = srtSizes(parameters, options.maxLength);
        work.paperCompute = srtPaperCompute(sizes, targets, parameters.at("negatives"));
        work.withoutTokens = sizes.parametersWithoutTokens();
    }
    return work;
}

} // namespace recoscope
