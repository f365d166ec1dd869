// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/event_selection.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include "engine/core/error.h"

namespace recoscope {

namespace {

constexpr std::int64_t usersPerCheck = 4096;

void checkEvery(std::int64_t user, const Progress& progress)
{
    if (user % usersPerCheck == 0)
        progress.checkCancelled();
}

std::optional<std::int64_t> integerId(const std::string& raw)
{
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
    if (raw.empty() || code != std::errc() || end != raw.data() + raw.size())
        return std::nullopt;
    return value;
}

std::int64_t secondsOf(std::int64_t milliseconds)
{
    const std::int64_t quotient = milliseconds / 1000;
    return milliseconds % 1000 < 0 ? quotient - 1 : quotient;
}

// One user's rows on their way through the steps; the buffers are kept from user to user.
class RowSelector {
public:
    RowSelector(const InteractionView& view, std::span<const std::int32_t> itemRanks, const Protocol& protocol)
        : m_view(view)
        , m_itemRanks(itemRanks)
        , m_protocol(protocol)
    {
    }

    const std::vector<std::int64_t>& select(std::int64_t begin, std::int64_t end)
    {
        m_rows.clear();
        for (std::int64_t row = begin; row < end; ++row) {
            // The comparison is false for NaN, so an unreadable rating never passes a threshold.
            if (!m_protocol.minRating || double(m_view.feedback[row]) >= *m_protocol.minRating)
                m_rows.push_back(row);
        }
        // Without times every row is a moment of its own: no ties and no exact duplicates.
        const bool timed = !m_view.times.empty();
        if (timed && m_protocol.orderTies == OrderTies::Item)
            orderTiesByItem();
        if (m_protocol.duplicates == Duplicates::Adjacent)
            dropAdjacent();
        else if (timed && m_protocol.duplicates == Duplicates::Exact)
            dropExact();
        return m_rows;
    }

private:
    template <class Visit> void forEachMoment(Visit visit)
    {
        for (std::size_t begin = 0; begin < m_rows.size();) {
            std::size_t end = begin + 1;
            while (end < m_rows.size() && m_view.times[m_rows[end]] == m_view.times[m_rows[begin]])
                ++end;
            visit(begin, end);
            begin = end;
        }
    }

    void orderTiesByItem()
    {
        forEachMoment([this](std::size_t begin, std::size_t end) {
            std::stable_sort(m_rows.begin() + begin, m_rows.begin() + end, [this](std::int64_t a, std::int64_t b) {
                return m_itemRanks[m_view.items[a]] < m_itemRanks[m_view.items[b]];
            });
        });
    }

    void dropAdjacent()
    {
        const auto same = [this](std::int64_t a, std::int64_t b) { return m_view.items[a] == m_view.items[b]; };
        m_rows.erase(std::unique(m_rows.begin(), m_rows.end(), same), m_rows.end());
    }

    // Keeps the first row of each item at each moment, in the order they stand.
    void dropExact()
    {
        std::size_t kept = 0;
        forEachMoment([this, &kept](std::size_t begin, std::size_t end) {
            m_moment.clear();
            for (std::size_t i = begin; i < end; ++i) {
                const std::int64_t row = m_rows[i];
                if (end - begin == 1 || m_moment.insert(m_view.items[row]))
                    m_rows[kept++] = row;
            }
        });
        m_rows.resize(kept);
    }

    // Items seen at one moment: a sorted list, since a moment rarely holds more than a few and may hold thousands.
    class ItemSet {
    public:
        void clear() { m_items.clear(); }
        bool insert(std::int32_t item)
        {
            const auto place = std::lower_bound(m_items.begin(), m_items.end(), item);
            if (place != m_items.end() && *place == item)
                return false;
            m_items.insert(place, item);
            return true;
        }

    private:
        std::vector<std::int32_t> m_items;
    };

    const InteractionView& m_view;
    std::span<const std::int32_t> m_itemRanks;
    const Protocol& m_protocol;
    std::vector<std::int64_t> m_rows;
    ItemSet m_moment;
};

std::vector<std::int64_t> countItems(PackedView events, std::int32_t items)
{
    std::vector<std::int64_t> counts(items, 0);
    for (const std::int32_t item : events.items)
        ++counts[item];
    return counts;
}

KeptIds keepAtLeast(PackedView events, const std::vector<std::int64_t>& itemCounts, std::int64_t minimum)
{
    KeptIds kept;
    kept.users.resize(events.sequences());
    for (std::int64_t user = 0; user < events.sequences(); ++user)
        kept.users[user] = events.offsets[user + 1] - events.offsets[user] >= minimum;
    kept.items.resize(itemCounts.size());
    for (std::size_t item = 0; item < itemCounts.size(); ++item)
        kept.items[item] = itemCounts[item] >= minimum;
    return kept;
}

// Drops users with fewer than `minimum` events on kept items; true when one went.
bool dropUsers(PackedView events, std::int64_t minimum, KeptIds& kept, std::vector<std::int64_t>& itemCounts,
    const Progress& progress)
{
    bool dropped = false;
    for (std::int64_t user = 0; user < events.sequences(); ++user) {
        checkEvery(user, progress);
        if (!kept.users[user])
            continue;
        const auto sequence = events.sequence(user);
        std::int64_t length = 0;
        for (const std::int32_t item : sequence)
            length += kept.items[item];
        if (length >= minimum)
            continue;
        kept.users[user] = 0;
        dropped = true;
        for (const std::int32_t item : sequence)
            --itemCounts[item];
    }
    return dropped;
}

bool dropItems(std::int64_t minimum, const std::vector<std::int64_t>& itemCounts, KeptIds& kept)
{
    bool dropped = false;
    for (std::size_t item = 0; item < itemCounts.size(); ++item) {
        if (kept.items[item] && itemCounts[item] < minimum) {
            kept.items[item] = 0;
            dropped = true;
        }
    }
    return dropped;
}

KeptIds kCore(PackedView events, std::int32_t items, std::int64_t minimum, const Progress& progress)
{
    auto itemCounts = countItems(events, items);
    KeptIds kept;
    kept.users.assign(events.sequences(), 1);
    kept.items.assign(items, 1);
    dropItems(minimum, itemCounts, kept);
    // The k-core is unique, so the order in which users and items go does not matter.
    while (dropUsers(events, minimum, kept, itemCounts, progress) && dropItems(minimum, itemCounts, kept)) { }
    return kept;
}

// After one pass a user or item may be left without any event: such an id is not kept.
void dropEmptied(PackedView events, KeptIds& kept)
{
    std::vector<std::uint8_t> itemUsed(kept.items.size(), 0);
    for (std::int64_t user = 0; user < events.sequences(); ++user) {
        if (!kept.users[user])
            continue;
        bool used = false;
        for (const std::int32_t item : events.sequence(user)) {
            if (kept.items[item]) {
                itemUsed[item] = 1;
                used = true;
            }
        }
        kept.users[user] = used;
    }
    kept.items = std::move(itemUsed);
}

} // namespace

std::vector<std::int32_t> rawIdRanks(std::span<const std::string> rawIds)
{
    std::vector<std::int64_t> numbers;
    numbers.reserve(rawIds.size());
    for (const std::string& raw : rawIds) {
        const auto value = integerId(raw);
        if (!value)
            break;
        numbers.push_back(*value);
    }
    std::vector<std::int32_t> sorted(rawIds.size());
    std::iota(sorted.begin(), sorted.end(), 0);
    // "7" and "07" are the same number: bytes decide between them.
    const bool byNumber = numbers.size() == rawIds.size();
    std::sort(sorted.begin(), sorted.end(), [&](std::int32_t a, std::int32_t b) {
        if (byNumber && numbers[a] != numbers[b])
            return numbers[a] < numbers[b];
        return rawIds[a] < rawIds[b];
    });
    std::vector<std::int32_t> ranks(rawIds.size());
    for (std::size_t position = 0; position < sorted.size(); ++position)
        ranks[sorted[position]] = static_cast<std::int32_t>(position);
    return ranks;
}

PackedSequences selectEvents(
    const InteractionView& view, std::span<const std::int32_t> itemRanks, const Protocol& protocol, Progress& progress)
{
    if (protocol.minRating && view.feedback.empty())
        throw Error(ErrorKind::Input, "min_rating needs ratings, and this dataset has none",
            "set min_rating=none, or import again and name the rating column");
    const auto users = static_cast<std::int64_t>(view.offsets.size()) - 1;
    const bool timed = !view.times.empty();
    PackedSequences events;
    events.offsets.reserve(view.offsets.size());
    events.items.reserve(view.items.size());
    if (timed)
        events.times.reserve(view.items.size());
    events.feedback.reserve(view.feedback.size());
    events.marks.reserve(std::max(view.surfaces.size(), view.kinds.size()));
    RowSelector selector(view, itemRanks, protocol);
    for (std::int64_t user = 0; user < users; ++user) {
        checkEvery(user, progress);
        for (const std::int64_t row : selector.select(view.offsets[user], view.offsets[user + 1])) {
            events.items.push_back(view.items[row]);
            if (timed)
                events.times.push_back(secondsOf(view.times[row]));
            if (!view.feedback.empty())
                events.feedback.push_back(view.feedback[row]);
            if (!view.surfaces.empty() || !view.kinds.empty())
                events.marks.push_back({view.surfaces.empty() ? EventMark::unknown : view.surfaces[row],
                    view.kinds.empty() ? EventMark::unknown : view.kinds[row]});
        }
        events.offsets.push_back(static_cast<std::int64_t>(events.items.size()));
    }
    return events;
}

KeptIds filterIds(PackedView events, std::int32_t items, FilterKind filter, int count, Progress& progress)
{
    KeptIds kept;
    if (filter == FilterKind::KCore) {
        kept = kCore(events, items, std::max(count, 1), progress);
    } else {
        const std::int64_t minimum = filter == FilterKind::RawCount ? std::max(count, 1) : 1;
        kept = keepAtLeast(events, countItems(events, items), minimum);
    }
    dropEmptied(events, kept);
    return kept;
}

} // namespace recoscope
