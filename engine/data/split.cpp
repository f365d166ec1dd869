// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/split.h"

#include <algorithm>
#include <limits>

#include "engine/core/error.h"

namespace recoscope {

namespace {

constexpr std::int64_t shortestEvaluated = 3; // history, validation target, test target

void leaveOneOut(std::int64_t user, std::int64_t length, SplitResult& split)
{
    if (length < shortestEvaluated) {
        split.trainLength[user] = length;
        return;
    }
    split.trainLength[user] = length - 2;
    split.valid[user] = {length - 2, length - 2, length - 1};
    split.test[user] = {length - 1, length - 1, length};
}

// The moments that bound the parts, in seconds: train < trainEnd, valid in [validBegin, validEnd), test in [testBegin,
// testEnd).
struct Moments {
    std::int64_t trainEnd = 0, validBegin = 0, validEnd = 0, testBegin = 0;
    std::int64_t testEnd = std::numeric_limits<std::int64_t>::max();
};

// Time of the event with `fraction` of all events before it.
std::int64_t timeAt(std::vector<std::int64_t>& times, double fraction)
{
    // The small addend keeps 0.8 x 10 at 8 where the product is rounded down.
    const auto position = std::min(static_cast<std::size_t>(fraction * double(times.size()) + 1e-6), times.size() - 1);
    std::nth_element(times.begin(), times.begin() + position, times.end());
    return times[position];
}

Moments windowMoments(const SplitCut& cut)
{
    Moments moments;
    moments.testBegin = *cut.time;
    moments.testEnd = *cut.time + cut.windowSeconds;
    moments.validEnd = moments.testBegin - cut.gapSeconds;
    moments.validBegin = moments.validEnd - cut.windowSeconds;
    moments.trainEnd = moments.validBegin - cut.gapSeconds;
    return moments;
}

Moments findMoments(PackedView events, const Protocol& protocol)
{
    const SplitCut cut = splitCut(protocol);
    if (protocol.split == SplitKind::TimeWindow)
        return windowMoments(cut);
    std::vector<std::int64_t> times(events.times.begin(), events.times.end());
    Moments moments;
    double before = 0.0; // share of events before the test part
    if (cut.time) {
        moments.testBegin = *cut.time;
        before = double(std::count_if(times.begin(), times.end(), [&](auto t) { return t < *cut.time; }))
            / double(times.size());
    } else {
        before = *cut.fraction;
        moments.testBegin = timeAt(times, before);
    }
    // The validation part is as long in events as the test part, but never more than half of what lies before it.
    moments.validBegin = std::min(timeAt(times, std::max(before / 2, 2 * before - 1)), moments.testBegin);
    moments.trainEnd = moments.validBegin - cut.gapSeconds;
    moments.validEnd = moments.testBegin - cut.gapSeconds;
    return moments;
}

SplitBounds boundsBetween(std::span<const std::int64_t> times, std::int64_t historyBefore, std::int64_t from,
    std::int64_t until, Targets targets)
{
    const auto position
        = [&](std::int64_t moment) { return std::lower_bound(times.begin(), times.end(), moment) - times.begin(); };
    SplitBounds bounds{position(historyBefore), position(from), std::max(position(from), position(until))};
    if (bounds.historyEnd == 0) // nothing to predict from
        bounds.targetEnd = bounds.targetBegin;
    else if (targets == Targets::Next)
        bounds.targetEnd = std::min(bounds.targetBegin + 1, bounds.targetEnd);
    return bounds;
}

SplitResult emptySplit(std::int64_t users)
{
    SplitResult split;
    split.trainLength.assign(users, 0);
    split.valid.assign(users, {});
    split.test.assign(users, {});
    return split;
}

} // namespace

SplitResult splitEvents(PackedView events, const Protocol& protocol)
{
    SplitResult split = emptySplit(events.sequences());
    if (protocol.split == SplitKind::LeaveOneOut) {
        for (std::int64_t user = 0; user < events.sequences(); ++user)
            leaveOneOut(user, events.offsets[user + 1] - events.offsets[user], split);
        return split;
    }
    if (events.times.empty())
        throw Error(ErrorKind::Input,
            "split=" + protocol.toJson()["split"].get<std::string>()
                + " needs times, and this dataset has only an order",
            "set split=leave_one_out, or import again and name the time column");
    const Moments moments = findMoments(events, protocol);
    for (std::int64_t user = 0; user < events.sequences(); ++user) {
        const std::int64_t begin = events.offsets[user];
        const auto times = events.times.subspan(begin, events.offsets[user + 1] - begin);
        split.trainLength[user] = std::lower_bound(times.begin(), times.end(), moments.trainEnd) - times.begin();
        split.valid[user]
            = boundsBetween(times, moments.trainEnd, moments.validBegin, moments.validEnd, protocol.targets);
        split.test[user] = boundsBetween(times, moments.validEnd, moments.testBegin, moments.testEnd, protocol.targets);
    }
    return split;
}

} // namespace recoscope
