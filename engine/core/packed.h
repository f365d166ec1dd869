// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Packed sequences: the events of all sequences one after another, with offsets. Nothing in the engine pads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace recoscope {

// Where an event took place (its surface) and of which kind it is, as numbers from 0 in the dataset's lists of names.
struct EventMark {
    static constexpr std::uint8_t unknown = 255;

    std::uint8_t surface = unknown, kind = unknown;
    bool operator==(const EventMark&) const = default;
};

// Sequence b is items[offsets[b] .. offsets[b+1]). `times` is empty when the data has none. Non-owning.
struct PackedView {
    std::span<const std::int64_t> offsets; // [B+1], offsets[0] = 0
    std::span<const std::int32_t> items; // [T], dense item indices
    std::span<const std::int64_t> times; // [T] seconds, or empty
    // [B] when the next event is asked for, or empty: then the time of each sequence's last event stands for it.
    std::span<const std::int64_t> requestTimes = {};
    // [T] rating or weight as the data has it, NaN where nobody knows; or empty.
    std::span<const float> feedback = {};
    std::span<const EventMark> marks = {}; // [T] or empty

    std::int64_t sequences() const { return offsets.empty() ? 0 : static_cast<std::int64_t>(offsets.size()) - 1; }
    std::int64_t events() const { return static_cast<std::int64_t>(items.size()); }
    std::span<const std::int32_t> sequence(std::int64_t b) const
    {
        return items.subspan(offsets[b], offsets[b + 1] - offsets[b]);
    }
    // Of the events [first, first + count); empty where no event has one.
    std::span<const EventMark> marksOf(std::size_t first, std::size_t count) const
    {
        return marks.empty() ? marks : marks.subspan(first, count);
    }
};

// The same, owning.
struct PackedSequences {
    std::vector<std::int64_t> offsets{0};
    std::vector<std::int32_t> items;
    std::vector<std::int64_t> times;
    std::vector<std::int64_t> requestTimes; // [B] or empty
    std::vector<float> feedback; // [T] or empty
    std::vector<EventMark> marks; // [T] or empty

    PackedView view() const { return {offsets, items, times, requestTimes, feedback, marks}; }
    void append(std::span<const std::int32_t> sequence, std::span<const std::int64_t> sequenceTimes = {})
    {
        items.insert(items.end(), sequence.begin(), sequence.end());
        times.insert(times.end(), sequenceTimes.begin(), sequenceTimes.end());
        offsets.push_back(static_cast<std::int64_t>(items.size()));
    }
    // With the time of the request; either all sequences have one or none.
    void append(
        std::span<const std::int32_t> sequence, std::span<const std::int64_t> sequenceTimes, std::int64_t requestTime)
    {
        append(sequence, sequenceTimes);
        requestTimes.push_back(requestTime);
    }
    // That of the sequence appended last; either all sequences have one or none.
    void appendFeedback(std::span<const float> values)
    {
        feedback.insert(feedback.end(), values.begin(), values.end());
    }
    // Likewise.
    void appendMarks(std::span<const EventMark> values) { marks.insert(marks.end(), values.begin(), values.end()); }
    // What is known of one event, copied to the place of another.
    void moveEvent(std::int64_t from, std::int64_t to)
    {
        items[to] = items[from];
        if (!times.empty())
            times[to] = times[from];
        if (!feedback.empty())
            feedback[to] = feedback[from];
        if (!marks.empty())
            marks[to] = marks[from];
    }
    // The first `events` events alone; the offsets are the caller's.
    void resize(std::int64_t events)
    {
        items.resize(events);
        if (!times.empty())
            times.resize(events);
        if (!feedback.empty())
            feedback.resize(events);
        if (!marks.empty())
            marks.resize(events);
    }
};

} // namespace recoscope
