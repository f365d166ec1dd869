// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A history that can be edited to ask "what if": the stored events with insertions, removals and moves kept visible.
// A value type; an undo step keeps the history before and after. Items are indices of the dataset's catalogue, oldest
// first. Times are seconds; an inserted or moved event takes the time of the event before it, so that times never run
// backwards because of an edit.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/core/packed.h"
#include "engine/data/prepared.h"

namespace recoscope {

class EditedHistory {
public:
    enum class Mark { Stored, Inserted, Removed, Moved };
    struct Event {
        std::int32_t item = 0;
        std::optional<std::int64_t> time;
        Mark mark = Mark::Stored;
        int number = 0; // place among the stored events from 1; 0 for inserted ones
        bool operator==(const Event&) const = default;
    };
    struct Counts {
        int removed = 0, inserted = 0, moved = 0;
        bool any() const { return removed + inserted + moved > 0; }
    };

    EditedHistory() = default;
    EditedHistory(const std::vector<std::int32_t>& items, const std::vector<std::int64_t>& times);

    const std::vector<Event>& events() const { return m_events; } // removed ones included, oldest first
    int size() const { return static_cast<int>(m_events.size()); }
    Counts counts() const;
    EditedHistory original() const; // without any edit

    // Positions count over events(); out of range changes nothing.
    void insert(int before, std::int32_t item);
    void remove(int position); // an inserted event disappears, a stored one is struck
    void restore(int position); // takes a strike back
    void move(int from, int to);

    // What the models see: the events that are not removed, as dataset items.
    PackedSequences events(bool withTimes) const;
    // Seconds since the event before that is not removed; nothing for the first one or without times.
    std::optional<std::int64_t> gapBefore(int position) const;

    bool operator==(const EditedHistory&) const = default;

private:
    void takeTimeOfNeighbour(int position);

    std::vector<Event> m_events;
    std::vector<Event> m_stored; // before any edit; a move changes a time, so it cannot be derived
};

// Dataset items as a run's own items; those that its protocol filtered away cannot be shown to the model and are
// counted in `unknown`.
struct ModelHistory {
    PackedSequences history; // one sequence, prepared items
    std::vector<int> source; // [events] index among the given events
    int unknown = 0;
};
ModelHistory toModelHistory(const PackedSequences& datasetEvents, const PreparedData& data);

} // namespace recoscope
