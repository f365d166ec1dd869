// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A few interactions written in a test, in source order, turned into the arrays of a dataset: sorted by user, time and
// source order, dense indices by first appearance. What DatasetWriter does, without a disk.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/data/dataset_writer.h"
#include "engine/data/prepared.h"

namespace recoscope::testing {

class InteractionTable {
public:
    void add(const std::string& user, const std::string& item)
    {
        m_rows.push_back(
            {m_userIds.index(user), m_itemIds.index(item), 0, 0.0f, static_cast<std::int64_t>(m_rows.size())});
    }
    void add(const std::string& user, const std::string& item, std::int64_t seconds)
    {
        add(user, item);
        m_rows.back().time = seconds * 1000;
        m_timed = true;
    }
    void add(const std::string& user, const std::string& item, std::int64_t seconds, float rating)
    {
        add(user, item, seconds);
        m_rows.back().feedback = rating;
        m_rated = true;
    }
    void add(const std::string& user, const std::string& item, std::int64_t seconds, float rating, EventMark mark)
    {
        add(user, item, seconds, mark);
        m_rows.back().feedback = rating;
        m_rated = true;
    }
    void add(const std::string& user, const std::string& item, std::int64_t seconds, EventMark mark)
    {
        add(user, item, seconds);
        m_rows.back().mark = mark;
        m_marked = true;
    }

    const std::vector<std::string>& rawUsers() const { return m_userIds.raw; }
    const std::vector<std::string>& rawItems() const { return m_itemIds.raw; }

    // Valid until the next call or change.
    InteractionView view()
    {
        auto rows = m_rows;
        std::stable_sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.user != b.user ? a.user < b.user : a.time < b.time; });
        m_users.clear(), m_items.clear(), m_times.clear(), m_feedback.clear(), m_order.clear();
        m_surfaces.clear(), m_kinds.clear();
        m_offsets.assign(m_userIds.raw.size() + 1, 0);
        for (const Row& row : rows) {
            m_users.push_back(row.user);
            m_items.push_back(row.item);
            m_order.push_back(row.order);
            if (m_timed)
                m_times.push_back(row.time);
            if (m_rated)
                m_feedback.push_back(row.feedback);
            if (m_marked) {
                m_surfaces.push_back(row.mark.surface);
                m_kinds.push_back(row.mark.kind);
            }
            ++m_offsets[row.user + 1];
        }
        for (std::size_t user = 0; user < m_userIds.raw.size(); ++user)
            m_offsets[user + 1] += m_offsets[user];
        return {m_users, m_items, m_times, m_feedback, m_order, m_offsets, m_surfaces, m_kinds};
    }

    std::shared_ptr<const PreparedData> prepare(const Protocol& protocol)
    {
        Progress progress;
        return prepareInteractions(view(), m_itemIds.raw, protocol, progress);
    }

    // What the numbers in marks mean, for datasets that are written.
    void setMarkNames(std::vector<std::string> surfaces, std::vector<std::string> kinds)
    {
        m_surfaceNames = std::move(surfaces);
        m_kindNames = std::move(kinds);
    }

    // The rows in source order.
    void write(DatasetWriter& writer) const
    {
        writer.setMarkNames(m_surfaceNames, m_kindNames);
        for (const Row& row : m_rows) {
            const std::int32_t user = writer.userIndex(m_userIds.raw[row.user]);
            const std::int32_t item = writer.itemIndex(m_itemIds.raw[row.item]);
            writer.addRow(user, item, m_timed ? std::optional(row.time) : std::nullopt,
                m_rated ? std::optional(row.feedback) : std::nullopt, row.mark);
        }
    }

private:
    struct Row {
        std::int32_t user, item;
        std::int64_t time;
        float feedback;
        std::int64_t order;
        EventMark mark = {};
    };

    struct Ids {
        std::vector<std::string> raw;
        std::unordered_map<std::string, std::int32_t> known;

        std::int32_t index(const std::string& id)
        {
            const auto [place, isNew] = known.try_emplace(id, static_cast<std::int32_t>(raw.size()));
            if (isNew)
                raw.push_back(id);
            return place->second;
        }
    };

    std::vector<Row> m_rows;
    Ids m_userIds, m_itemIds;
    std::vector<std::string> m_surfaceNames, m_kindNames;
    bool m_timed = false, m_rated = false, m_marked = false;
    std::vector<std::int32_t> m_users, m_items;
    std::vector<std::int64_t> m_times, m_order, m_offsets;
    std::vector<float> m_feedback;
    std::vector<std::uint8_t> m_surfaces, m_kinds;
};

// Every event counts and nothing is dropped, so that a test states only what it is about.
inline Protocol plainProtocol()
{
    Protocol protocol;
    protocol.set("filter", "none");
    protocol.set("duplicates", "keep");
    return protocol;
}

} // namespace recoscope::testing
