// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Models whose scores a test can work out: a table of small whole numbers (so that sums are exact and ties are common),
// a user's vector is the sum of the vectors of the history. With a linear head, or with the same scores without one.
// And a model of lists.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/models/item_reader.h"
#include "engine/models/listing_model.h"
#include "engine/models/trained_model.h"

namespace recoscope::testing {

class SumState : public UserState {
public:
    SumState(const float* table, std::int64_t width, bool compressed)
        : m_table(table)
        , m_sum(static_cast<std::size_t>(width), 0.0f)
        , m_compressed(compressed)
    {
    }
    void append(std::int32_t item, std::int64_t) override
    {
        for (std::size_t d = 0; d < m_sum.size(); ++d)
            m_sum[d] += m_table[static_cast<std::size_t>(item) * m_sum.size() + d];
        ++m_events;
    }
    std::int64_t events() const override { return m_events; }
    std::int64_t bytes() const override { return static_cast<std::int64_t>(m_sum.size() * sizeof(float)); }
    bool isCompressed() const override { return m_compressed; }
    void userVector(std::span<float> out) const override { std::copy(m_sum.begin(), m_sum.end(), out.begin()); }
    std::vector<std::byte> save() const override { return {}; }
    void load(std::span<const std::byte>) override { }

private:
    const float* m_table;
    std::vector<float> m_sum;
    bool m_compressed;
    std::int64_t m_events = 0;
};

class SumModel : public TrainedModel {
public:
    static constexpr std::int64_t width = 3;

    SumModel(std::int64_t items, bool withHead)
        : m_items(items)
        , m_withHead(withHead)
    {
        for (std::int64_t i = 0; i < items; ++i)
            for (std::int64_t d = 0; d < width; ++d)
                m_table.push_back(static_cast<float>((i * 7 + d * 5 + i * i * d) % 5 - 2));
    }

    std::string modelName() const override { return "sum"; }
    std::int64_t items() const override { return m_items; }
    std::int64_t parameterCount() const override { return static_cast<std::int64_t>(m_table.size()); }
    std::int64_t maxLength() const override { return 1000; }
    std::optional<LinearHead> linearHead() const override
    {
        return m_withHead ? std::optional(LinearHead{m_items, width, m_table.data(), nullptr}) : std::nullopt;
    }
    void encodeLast(const PackedView& histories, std::span<float> out) const override
    {
        std::fill(out.begin(), out.end(), 0.0f);
        for (std::int64_t b = 0; b < histories.sequences(); ++b)
            for (std::int32_t item : histories.sequence(b))
                for (std::int64_t d = 0; d < width; ++d)
                    out[b * width + d]
                        += poisoned ? std::numeric_limits<float>::quiet_NaN() : m_table[item * width + d];
    }
    void score(const PackedView& histories, std::span<float> out) const override
    {
        std::vector<float> vectors(static_cast<std::size_t>(histories.sequences() * width));
        encodeLast(histories, vectors);
        for (std::int64_t b = 0; b < histories.sequences(); ++b)
            for (std::int64_t i = 0; i < m_items; ++i) {
                float sum = 0.0f;
                for (std::int64_t d = 0; d < width; ++d)
                    sum += vectors[b * width + d] * m_table[i * width + d];
                out[b * m_items + i] = sum;
            }
    }
    void observe(const PackedView&, ModelObserver&) const override { }
    std::unique_ptr<UserState> newState() const override
    {
        return m_withHead ? std::make_unique<SumState>(m_table.data(), width, compressed) : nullptr;
    }

    bool poisoned = false; // gives values that are not numbers
    bool compressed = false; // says so of its states

private:
    std::int64_t m_items;
    bool m_withHead;
    std::vector<float> m_table;
};

// SumModel that says it reads its items.
class ReadingSumModel : public SumModel, public ItemReader {
public:
    explicit ReadingSumModel(std::int64_t items)
        : SumModel(items, true)
    {
    }
    bool readsItems() const override { return true; }
    void encodeLastReading(const PackedView& histories, std::span<float> out) const override
    {
        ++readings;
        encodeLast(histories, out);
    }
    mutable int readings = 0;
};

// The first items that are not hidden, the lowest index first. Says of every call that encoding took 2 ms and
// decoding 1.
class FirstItems : public TrainedModel, public ListingModel {
public:
    FirstItems(std::int64_t items, std::int64_t listed)
        : m_items(items)
        , m_listed(listed)
    {
    }
    std::string modelName() const override { return "first"; }
    std::int64_t items() const override { return m_items; }
    std::int64_t parameterCount() const override { return 0; }
    std::int64_t maxLength() const override { return 100; }
    std::int64_t listLength() const override { return m_listed; }
    void score(const PackedView& histories, std::span<float> out) const override { scoreHiding(histories, {}, out); }
    std::vector<std::vector<BeamItem>> lists(
        const PackedView& histories, const HiddenItems& hidden, BeamTimes* times) const override
    {
        std::vector<std::vector<BeamItem>> all(static_cast<std::size_t>(histories.sequences()));
        for (std::size_t b = 0; b < all.size(); ++b) {
            const auto left = hidden.of(static_cast<std::int64_t>(b));
            for (std::int32_t item = 0; item < m_items && std::ssize(all[b]) < m_listed; ++item)
                if (std::find(left.begin(), left.end(), item) == left.end())
                    all[b].push_back({item, -1.0 - static_cast<double>(all[b].size())});
        }
        if (times) {
            times->encode += 0.002;
            times->decode += 0.001;
        }
        return all;
    }
    std::shared_ptr<const TrainedModel> ofLength(std::int64_t length) const override
    {
        return std::make_shared<FirstItems>(m_items, length);
    }

private:
    std::int64_t m_items, m_listed;
};

} // namespace recoscope::testing
