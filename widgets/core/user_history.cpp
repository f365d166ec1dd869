// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/user_history.h"

#include <algorithm>

namespace recoscope {

EditedHistory::EditedHistory(const std::vector<std::int32_t>& items, const std::vector<std::int64_t>& times)
{
    m_events.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        Event event{items[i], std::nullopt, Mark::Stored, static_cast<int>(i) + 1};
        if (i < times.size())
            event.time = times[i];
        m_events.push_back(event);
    }
    m_stored = m_events;
}

EditedHistory::Counts EditedHistory::counts() const
{
    Counts counts;
    for (const Event& event : m_events) {
        counts.removed += event.mark == Mark::Removed;
        counts.inserted += event.mark == Mark::Inserted;
        counts.moved += event.mark == Mark::Moved;
    }
    return counts;
}

EditedHistory EditedHistory::original() const
{
    EditedHistory result;
    result.m_events = result.m_stored = m_stored;
    return result;
}

void EditedHistory::takeTimeOfNeighbour(int position)
{
    Event& event = m_events[static_cast<std::size_t>(position)];
    if (position > 0)
        event.time = m_events[static_cast<std::size_t>(position) - 1].time;
    else if (size() > 1)
        event.time = m_events[1].time;
}

void EditedHistory::insert(int before, std::int32_t item)
{
    if (before < 0 || before > size())
        return;
    m_events.insert(m_events.begin() + before, Event{item, std::nullopt, Mark::Inserted, 0});
    takeTimeOfNeighbour(before);
}

void EditedHistory::remove(int position)
{
    if (position < 0 || position >= size())
        return;
    Event& event = m_events[static_cast<std::size_t>(position)];
    if (event.mark == Mark::Inserted)
        m_events.erase(m_events.begin() + position);
    else
        event.mark = Mark::Removed;
}

void EditedHistory::restore(int position)
{
    if (position < 0 || position >= size())
        return;
    Event& event = m_events[static_cast<std::size_t>(position)];
    if (event.mark == Mark::Removed)
        event.mark = Mark::Stored;
}

void EditedHistory::move(int from, int to)
{
    if (from < 0 || from >= size() || to < 0 || to >= size() || from == to)
        return;
    Event event = m_events[static_cast<std::size_t>(from)];
    m_events.erase(m_events.begin() + from);
    if (event.mark == Mark::Stored)
        event.mark = Mark::Moved;
    m_events.insert(m_events.begin() + to, event);
    takeTimeOfNeighbour(to);
}

PackedSequences EditedHistory::events(bool withTimes) const
{
    std::vector<std::int32_t> items;
    std::vector<std::int64_t> times;
    const bool allTimes
        = std::all_of(m_events.begin(), m_events.end(), [](const Event& e) { return e.time.has_value(); });
    for (const Event& event : m_events) {
        if (event.mark == Mark::Removed)
            continue;
        items.push_back(event.item);
        if (withTimes && allTimes)
            times.push_back(*event.time);
    }
    PackedSequences result;
    result.append(items, times);
    return result;
}

std::optional<std::int64_t> EditedHistory::gapBefore(int position) const
{
    const Event& event = m_events[static_cast<std::size_t>(position)];
    for (int before = position - 1; before >= 0; --before) {
        const Event& other = m_events[static_cast<std::size_t>(before)];
        if (other.mark == Mark::Removed)
            continue;
        if (!event.time || !other.time)
            return std::nullopt;
        return *event.time - *other.time;
    }
    return std::nullopt;
}

ModelHistory toModelHistory(const PackedSequences& datasetEvents, const PreparedData& data)
{
    ModelHistory result;
    std::vector<std::int32_t> items;
    std::vector<std::int64_t> times;
    for (std::size_t i = 0; i < datasetEvents.items.size(); ++i) {
        const std::int32_t item = data.preparedItem(ItemIndex{datasetEvents.items[i]});
        if (item < 0) {
            ++result.unknown;
            continue;
        }
        items.push_back(item);
        if (!datasetEvents.times.empty())
            times.push_back(datasetEvents.times[i]);
        result.source.push_back(static_cast<int>(i));
    }
    result.history.append(items, times);
    return result;
}

} // namespace recoscope
