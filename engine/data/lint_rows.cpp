// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Checks of the rows as they were read, whatever the protocol.

#include <algorithm>

#include "engine/core/counts.h"
#include "engine/data/lint_checks.h"
#include "engine/data/protocol_text.h"

namespace recoscope::lint {

namespace {

constexpr std::int64_t usersPerCheck = 4096;
constexpr std::int64_t hourMs = 3600 * 1000;
constexpr std::int64_t minuteMs = 60 * 1000;

template <class Visit> void forEachUser(const InteractionView& view, const Progress& progress, Visit visit)
{
    for (std::int32_t user = 0; user + 1 < static_cast<std::int32_t>(view.offsets.size()); ++user) {
        if (user % usersPerCheck == 0)
            progress.checkCancelled();
        visit(user, view.offsets[user], view.offsets[user + 1]);
    }
}

std::int64_t floorSeconds(std::int64_t milliseconds)
{
    return milliseconds / 1000 - (milliseconds % 1000 < 0);
}

std::optional<std::int64_t> secondsAt(const InteractionView& view, std::int64_t row)
{
    if (view.times.empty())
        return std::nullopt;
    return floorSeconds(view.times[row]);
}

// Rows for which `wrong(time in ms)` holds.
template <class Wrong> Evidence collectTimes(const PreparedData& data, const Progress& progress, Wrong wrong)
{
    const InteractionView& view = data.dataset()->interactions();
    Evidence evidence(data);
    forEachUser(view, progress, [&](std::int32_t user, std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; !view.times.empty() && row < end; ++row) {
            if (wrong(view.times[row]))
                evidence.add(user, view.items[row], secondsAt(view, row));
        }
    });
    return evidence;
}

// A page of ratings sent at once shares one time; a burst of many times in a minute is no person.
bool hasBurst(std::span<const std::int64_t> times)
{
    constexpr std::size_t burstEvents = 100, burstMoments = 10;
    std::size_t begin = 0, moments = 0; // of the window that ends at `end`
    for (std::size_t end = 0; end < times.size(); ++end) {
        moments += end == begin || times[end] != times[end - 1];
        while (times[end] - times[begin] >= minuteMs) {
            ++begin;
            moments -= times[begin] != times[begin - 1];
        }
        if (end - begin + 1 >= burstEvents && moments >= burstMoments)
            return true;
    }
    return false;
}

std::int64_t medianLength(const InteractionView& view)
{
    std::vector<std::int64_t> lengths;
    for (std::size_t user = 0; user + 1 < view.offsets.size(); ++user)
        lengths.push_back(view.offsets[user + 1] - view.offsets[user]);
    if (lengths.empty())
        return 0;
    std::nth_element(lengths.begin(), lengths.begin() + lengths.size() / 2, lengths.end());
    return lengths[lengths.size() / 2];
}

} // namespace

std::optional<LintFinding> exactDuplicates(const PreparedData& data, const Progress& progress)
{
    const InteractionView& view = data.dataset()->interactions();
    Evidence evidence(data);
    std::vector<std::int32_t> items; // of one user at one moment
    forEachUser(view, progress, [&](std::int32_t user, std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; !view.times.empty() && row < end;) {
            std::int64_t after = row + 1;
            while (after < end && view.times[after] == view.times[row])
                ++after;
            if (after - row > 1) {
                items.assign(view.items.begin() + row, view.items.begin() + after);
                std::sort(items.begin(), items.end());
                for (std::size_t i = 1; i < items.size(); ++i) {
                    if (items[i] == items[i - 1])
                        evidence.add(user, items[i], secondsAt(view, row));
                }
            }
            row = after;
        }
    });
    const bool removed = data.protocol().duplicates == Duplicates::Exact;
    return evidence.finish("exact_duplicates", removed ? LintSeverity::Info : LintSeverity::Warning,
        counted(evidence.count(), "row repeats another row's user, item and time",
            "rows repeat another row's user, item and time")
            + (removed ? "; the protocol drops them" : ""),
        "A copied row makes an event count twice, and may put a training event into the test part.",
        removed ? "" : "Drop them with duplicates=exact.", removed ? "" : "duplicates", removed ? "" : "exact");
}

std::optional<LintFinding> nearDuplicates(const PreparedData& data, const Progress& progress)
{
    const InteractionView& view = data.dataset()->interactions();
    Evidence evidence(data);
    forEachUser(view, progress, [&](std::int32_t user, std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin + 1; row < end; ++row) {
            if (view.items[row] != view.items[row - 1])
                continue;
            const std::int64_t gap = view.times.empty() ? 1 : view.times[row] - view.times[row - 1];
            if (gap > 0 && gap <= hourMs) // equal times are exact duplicates
                evidence.add(user, view.items[row], secondsAt(view, row));
        }
    });
    const bool removed = data.protocol().duplicates == Duplicates::Adjacent;
    return evidence.finish("near_duplicates", removed ? LintSeverity::Info : LintSeverity::Warning,
        counted(evidence.count(), "event names the same item as the event before",
            "events name the same item as the event before")
            + (view.times.empty() ? "" : ", within an hour") + (removed ? "; the protocol joins them" : ""),
        "A model that repeats the last item then looks better than it is.",
        removed ? "" : "Join them with duplicates=adjacent.", removed ? "" : "duplicates", removed ? "" : "adjacent");
}

std::optional<LintFinding> timeTies(const PreparedData& data, const Progress& progress)
{
    const InteractionView& view = data.dataset()->interactions();
    Evidence evidence(data);
    forEachUser(view, progress, [&](std::int32_t user, std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin + 1; !view.times.empty() && row < end; ++row) {
            if (view.times[row] == view.times[row - 1] && view.items[row] != view.items[row - 1])
                evidence.add(user, view.items[row], secondsAt(view, row));
        }
    });
    const auto all = static_cast<std::int64_t>(view.items.size());
    const bool byItem = data.protocol().orderTies == OrderTies::Item;
    return evidence.finish("time_ties", evidence.count() * 20 > all ? LintSeverity::Warning : LintSeverity::Info,
        counted(evidence.count(), "event (", "events (") + percentText(evidence.count(), all)
            + (evidence.count() == 1 ? ") shares its" : ") share their") + " time with the event before",
        "Their order comes from the file or the item ids, not from the user, and a model may learn that order.",
        byItem ? "Equal times already go by item id; compare with order_ties=file to see how much the order leaks."
               : "Compare with order_ties=item to see how much the order of the file leaks.",
        "order_ties", byItem ? "file" : "item");
}

std::optional<LintFinding> outOfOrder(const PreparedData& data, const Progress& progress)
{
    const InteractionView& view = data.dataset()->interactions();
    Evidence evidence(data);
    forEachUser(view, progress, [&](std::int32_t user, std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin + 1; !view.times.empty() && row < end; ++row) {
            if (view.times[row] > view.times[row - 1] && view.order[row] < view.order[row - 1])
                evidence.add(user, view.items[row], secondsAt(view, row),
                    ", row " + std::to_string(view.order[row] + 1) + " of the source");
        }
    });
    return evidence.finish("out_of_order", LintSeverity::Info,
        counted(evidence.count(), "event stands in the source before an earlier event of its user",
            "events stand in the source before an earlier event of their user"),
        "Programs that trust the order of the file read other sequences from it.",
        "Nothing to do here: events were sorted by time on import.");
}

std::optional<LintFinding> negativeTime(const PreparedData& data, const Progress& progress)
{
    Evidence evidence = collectTimes(data, progress, [](std::int64_t time) { return time < 0; });
    return evidence.finish("negative_time", LintSeverity::Warning,
        counted(evidence.count(), "event lies before 1970", "events lie before 1970"),
        "Such times are mostly damaged, and put the events at the very front of their sequences.",
        "Correct or drop these rows in the source and import again.");
}

std::optional<LintFinding> futureTime(const PreparedData& data, const Progress& progress)
{
    const auto imported = protocol_text::parseDate(data.dataset()->info().created);
    if (!imported)
        return std::nullopt;
    // A day of grace for clocks and time zones.
    const std::int64_t limit = (*imported + 86400) * 1000;
    Evidence evidence = collectTimes(data, progress, [limit](std::int64_t time) { return time > limit; });
    return evidence.finish("future_time", LintSeverity::Warning,
        counted(evidence.count(), "event lies after the day of the import", "events lie after the day of the import"),
        "Mostly a wrong unit (milliseconds read as seconds) or a damaged field; time splits and gaps are then wrong.",
        "Import again with the right time unit, or correct these rows in the source.");
}

std::optional<LintFinding> bots(const PreparedData& data, const Progress& progress)
{
    constexpr std::int64_t longAtLeast = 500, timesMedian = 20;
    const InteractionView& view = data.dataset()->interactions();
    const std::int64_t longest = std::max(longAtLeast, timesMedian * medianLength(view));
    Evidence evidence(data);
    forEachUser(view, progress, [&](std::int32_t user, std::int64_t begin, std::int64_t end) {
        const std::int64_t length = end - begin;
        const bool burst = !view.times.empty() && hasBurst(view.times.subspan(begin, length));
        if (length > longest || burst)
            evidence.add(user, view.items[begin], secondsAt(view, begin),
                ", first of " + std::to_string(length) + " events" + (burst ? ", 100 or more within a minute" : ""));
    });
    return evidence.finish("bots", LintSeverity::Warning,
        counted(
            evidence.count(), "user has more events than a person would", "users have more events than a person would"),
        "Over 20 times the median length, or 100 events within a minute: scripts and shared accounts shape what is "
        "learnt from popularity and order.",
        "Look at these users and leave them out of the source if they are no persons.");
}

} // namespace recoscope::lint
