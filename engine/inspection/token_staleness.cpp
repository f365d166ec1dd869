// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/token_staleness.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/core/error.h"
#include "engine/inspection/reading_ranker.h"

namespace recoscope {

namespace {

constexpr int listLength = 10; // of NDCG and of shared items

PackedView onlyHistory(const EvaluationCase& c, std::vector<std::int64_t>& offsets)
{
    offsets = {0, static_cast<std::int64_t>(c.history.size())};
    return {offsets, c.history, c.times};
}

// Events since the tokens were made, by quarters of a segment up to four segments.
std::vector<std::int64_t> stalenessSteps(std::int64_t segment)
{
    std::vector<std::int64_t> steps{0};
    for (const double share : {0.25, 0.5, 1.0, 2.0, 3.0, 4.0}) {
        const auto step = static_cast<std::int64_t>(std::lround(share * static_cast<double>(segment)));
        if (step > steps.back())
            steps.push_back(step);
    }
    return steps;
}

// The events that each test user is asked with, within the model's window.
std::vector<std::int64_t> windowLengths(const ServingSession& session, const std::vector<std::int32_t>& users)
{
    std::vector<std::int64_t> lengths;
    for (const std::int32_t user : users) {
        const auto events
            = static_cast<std::int64_t>(session.data().evaluationCase(SplitPart::Test, user).history.size());
        lengths.push_back(std::min(events, session.model().maxLength()));
    }
    return lengths;
}

// Those who still have a segment `step` events ago.
std::vector<std::int32_t> usersAt(const CompressedHistory& compressed, const std::vector<std::int32_t>& users,
    const std::vector<std::int64_t>& lengths, std::int64_t step)
{
    std::vector<std::int32_t> found;
    for (std::size_t i = 0; i < users.size(); ++i)
        if (compressed.segmentsOf(lengths[i] - step) > 0)
            found.push_back(users[i]);
    return found;
}

std::vector<std::int32_t> spread(const std::vector<std::int32_t>& users, std::int64_t most)
{
    const auto all = static_cast<std::int64_t>(users.size());
    if (all <= most)
        return users;
    std::vector<std::int32_t> chosen;
    for (std::int64_t i = 0; i < most; ++i)
        chosen.push_back(users[static_cast<std::size_t>(i * all / most)]);
    return chosen;
}

// With tokens made `step` events before the end: all events since then, and as many recent ones as there were then.
void addStaleReadings(
    std::vector<HistoryReading>& readings, const CompressedHistory& compressed, std::int64_t events, std::int64_t step)
{
    const std::int64_t segments = compressed.segmentsOf(events - step);
    const std::int64_t older = segments * compressed.shape().segment;
    readings.push_back({true, segments, {}, {}});
    readings.push_back({true, segments, {}, eventRange(older, older + step)});
}

} // namespace

TokenStaleness tokenStaleness(const ServingSession& session, std::int64_t most, Progress& progress)
{
    const std::vector<std::int32_t>& tested = session.data().evaluatedUsers(SplitPart::Test);
    const auto compressed = compressedHistory(session.model());
    if (!compressed || compressed->shape().tokens == 0)
        throw Error(ErrorKind::Refused, "there are no tokens to measure in " + session.model().modelName(),
            "choose a run of a model that compresses the history into tokens");
    const std::vector<std::int64_t> lengths = windowLengths(session, tested);
    // As far back as at least half of those who have tokens reach.
    std::vector<std::int64_t> steps;
    std::vector<std::int32_t> users;
    for (const std::int64_t step : stalenessSteps(compressed->shape().segment)) {
        const std::vector<std::int32_t> reaching = usersAt(*compressed, tested, lengths, step);
        if (reaching.empty() || (step > 0 && 2 * reaching.size() < usersAt(*compressed, tested, lengths, 0).size()))
            break;
        steps.push_back(step);
        users = reaching;
    }
    if (users.empty())
        throw Error(ErrorKind::NotFound, "no test user has a history long enough to be compressed",
            "choose a run with shorter segments or fewer recent events");
    users = spread(users, most);

    const std::size_t ways = 2 + 2 * steps.size(); // recent alone, full; kept and lost at each step
    std::vector<std::vector<double>> accuracy(ways);
    std::vector<double> shared(ways, 0.0);
    ReadingRanker ranker(session, *compressed);
    std::vector<std::int64_t> offsets;
    for (std::size_t u = 0; u < users.size(); ++u) {
        progress.checkCancelled();
        const EvaluationCase c = session.data().evaluationCase(SplitPart::Test, users[u]);
        PackedView history = onlyHistory(c, offsets);
        if (!c.times.empty())
            history.requestTimes = {&c.targetTime, 1};
        const std::int64_t events = std::min(history.events(), session.model().maxLength());
        std::vector<HistoryReading> readings{recentAlone(*compressed, events), fullReading()};
        for (const std::int64_t step : steps)
            addStaleReadings(readings, *compressed, events, step);
        ranker.read(history, readings);
        ranker.choose(2); // fresh
        const std::vector<Recommendation> fresh = ranker.list(listLength);
        for (std::size_t way = 0; way < ways; ++way) {
            ranker.choose(way);
            accuracy[way].push_back(ndcg(ranker.rankOf(c.targets.front()), ranker.ties(), listLength));
            shared[way]
                += static_cast<double>(sharedItems(ranker.list(listLength), fresh)) / static_cast<double>(users.size());
        }
        progress.update(double(u + 1) / double(users.size()),
            "Reading with older tokens · " + std::to_string(u + 1) + " / " + std::to_string(users.size()) + " users");
    }
    TokenStaleness result;
    result.users = static_cast<std::int64_t>(users.size());
    result.recentOnly = meanInterval(accuracy[0]);
    result.fullHistory = meanInterval(accuracy[1]);
    result.allTokens = meanInterval(accuracy[2]);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const std::size_t kept = 2 + 2 * i, lost = kept + 1;
        result.points.push_back(
            {steps[i], meanInterval(accuracy[kept]), meanInterval(accuracy[lost]), shared[kept], shared[lost]});
    }
    return result;
}

} // namespace recoscope
