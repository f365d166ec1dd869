// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What all incremental states share: checks of items, the event count, and the saved form (magic, model tag, count,
// floats). The tag is a checksum of the weights, so a state saved for other weights is refused.
#pragma once

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/models/each_event.h"
#include "engine/models/trained_model.h"

namespace recoscope {

class UserStateBase : public UserState {
public:
    UserStateBase(std::uint64_t tag, std::int64_t items)
        : m_tag(tag)
        , m_items(items)
    {
    }

    std::int64_t events() const override { return m_events; }

    void append(std::int32_t item, std::int64_t time) override
    {
        appendRated(item, time, std::numeric_limits<float>::quiet_NaN(), {});
    }

    void appendRated(std::int32_t item, std::int64_t time, float feedback, EventMark mark) override
    {
        requireItem(item, m_items);
        stepRated(item, time, feedback, mark);
        ++m_events;
    }

    static void requireItem(std::int32_t item, std::int64_t items)
    {
        if (item < 0 || item >= items)
            throw Error(ErrorKind::Usage, "item index " + std::to_string(item) + " is outside the catalogue",
                "map ids through the prepared data first");
    }

    std::vector<std::byte> save() const override
    {
        const std::vector<float> values = content();
        const Header header{magic, m_tag, m_events, values.size()};
        std::vector<std::byte> bytes(sizeof(Header) + values.size() * sizeof(float));
        std::memcpy(bytes.data(), &header, sizeof(Header));
        if (!values.empty())
            std::memcpy(bytes.data() + sizeof(Header), values.data(), values.size() * sizeof(float));
        return bytes;
    }

    void load(std::span<const std::byte> saved) override
    {
        Header header;
        if (saved.size() < sizeof(Header))
            refuse();
        std::memcpy(&header, saved.data(), sizeof(Header));
        if (header.magic != magic || header.tag != m_tag || header.events < 0
            || header.floats != (saved.size() - sizeof(Header)) / sizeof(float)
            || (saved.size() - sizeof(Header)) % sizeof(float) != 0)
            refuse();
        std::vector<float> values(header.floats);
        if (!values.empty())
            std::memcpy(values.data(), saved.data() + sizeof(Header), values.size() * sizeof(float));
        if (!restore(values, header.events))
            refuse();
        m_events = header.events;
    }

protected:
    void count(std::int64_t newEvents) { m_events += newEvents; }

    // Calls hold(item, time, feedback, mark) for the events of sequence b, oldest first; before that, Error{Usage} for
    // an unknown item among them.
    template <class Hold> void holdEach(const PackedView& events, std::int64_t b, Hold&& hold)
    {
        for (const std::int32_t item : events.sequence(b))
            requireItem(item, m_items);
        eachEvent(events, b, hold);
        count(std::ssize(events.sequence(b)));
    }

    // One of the three: models that look at times override stepAt, those that look at feedback and marks too stepRated.
    virtual void stepRated(std::int32_t item, std::int64_t time, float feedback, EventMark mark)
    {
        (void)feedback;
        (void)mark;
        stepAt(item, time);
    }
    virtual void stepAt(std::int32_t item, std::int64_t time)
    {
        (void)time;
        step(item);
    }
    virtual void step(std::int32_t item) { (void)item; }
    virtual std::vector<float> content() const = 0;
    // False when the size does not fit; the state is unchanged then.
    virtual bool restore(const std::vector<float>& values, std::int64_t events) = 0;

private:
    static constexpr std::uint64_t magic = 0x315453524F434552ull; // "RECORST1"
    struct Header {
        std::uint64_t magic = 0, tag = 0;
        std::int64_t events = 0;
        std::uint64_t floats = 0;
    };
    [[noreturn]] static void refuse()
    {
        throw Error(ErrorKind::Input, "the saved state belongs to another model or is damaged",
            "build the state again from the history");
    }

    std::uint64_t m_tag;
    std::int64_t m_items;
    std::int64_t m_events = 0;
};

// Checksum of an array, for the tag (FNV-1a over 64-bit words).
std::uint64_t weightTag(const float* values, std::int64_t count);

} // namespace recoscope
