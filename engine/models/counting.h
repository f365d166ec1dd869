// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Counting models: most popular, item-kNN and Markov successors. They train in about a second and stand in every
// comparison. Equations: docs/models.md. Torch-free.
#pragma once

#include <span>
#include <vector>

#include "engine/models/registry.h"

namespace recoscope {

ModelDescriptor mostPopularDescriptor();
ModelDescriptor itemKnnDescriptor();
ModelDescriptor markovDescriptor();

namespace counting {

using CountOn = ModelDescriptor::CountOn;

const char* countOnText(CountOn on); // "counts of train", "counts of train + validation"

// The counted events, packed, and where each item occurs in them. Memory: 12 bytes an event.
class CountedLog {
public:
    // Training events of every user, and the validation items when asked.
    CountedLog(const PreparedData& data, CountOn on);

    std::int32_t items() const { return m_items; }
    PackedView sequences() const { return m_log.view(); }
    // Positions in sequences().items, ascending.
    std::span<const std::int64_t> occurrences(std::int32_t item) const;
    // Sequence of a position.
    std::int32_t sequenceOf(std::int64_t position) const { return m_sequence[position]; }

private:
    std::int32_t m_items = 0;
    PackedSequences m_log;
    std::vector<std::int32_t> m_sequence; // [events]
    std::vector<std::int64_t> m_offsets; // [items+1]
    std::vector<std::int64_t> m_positions; // [events]
};

// Sums by item that cost only what was touched.
class SparseSum {
public:
    explicit SparseSum(std::int32_t items)
        : m_values(items, 0.0)
    {
    }
    void add(std::int32_t item, double value);
    double operator[](std::int32_t item) const { return m_values[item]; }
    // Touched items in ascending order.
    const std::vector<std::int32_t>& touched();
    void clear();

private:
    std::vector<double> m_values;
    std::vector<std::int32_t> m_touched;
};

// Row i holds (item, weight) pairs, ascending by item.
struct SparseRows {
    std::vector<std::int64_t> offsets{0};
    std::vector<std::int32_t> items;
    std::vector<float> weights;

    // Appends the `keep` largest touched sums (ties: lowest item; 0 = all) as the next row.
    void append(SparseSum& sum, std::int64_t keep);
};

// score(item) = sum over the last events of the history of weight(age) * rows[event][item], plus a popularity term
// smaller than any count, so that items without a count come in order of popularity.
class SuccessorModel : public TrainedModel {
public:
    struct Settings {
        std::string name, description;
        std::vector<double> ageWeights; // [events used]: of the last event, the one before, ...
        std::int64_t maxLength = 0;
    };
    SuccessorModel(Settings settings, SparseRows rows, std::vector<float> popularity)
        : m_settings(std::move(settings))
        , m_rows(std::move(rows))
        , m_popularity(std::move(popularity))
    {
    }
    std::string modelName() const override { return m_settings.name; }
    std::string description() const override { return m_settings.description; }
    std::int64_t items() const override { return static_cast<std::int64_t>(m_popularity.size()); }
    std::int64_t parameterCount() const override { return static_cast<std::int64_t>(m_rows.items.size()); }
    std::int64_t maxLength() const override { return m_settings.maxLength; }
    void score(const PackedView& histories, std::span<float> out) const override;

private:
    Settings m_settings;
    SparseRows m_rows;
    std::vector<float> m_popularity; // [items], largest 1e-6
};

// Occurrences scaled so that the largest is `top`.
std::vector<float> popularity(const CountedLog& log, float top);

} // namespace counting
} // namespace recoscope
