// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/token_staleness.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/core/error.h"
#include "engine/inspection/compressed_users.h"
#include "engine/inspection/reading_ranker.h"

namespace recoscope {

namespace {

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
    const auto compressed = measuredTokens(session);
    const std::vector<AskedUser> all = usersWithTokens(session, *compressed, SplitPart::Test);
    // As far back as at least half of those who have tokens reach.
    std::vector<std::int64_t> steps;
    std::vector<AskedUser> users;
    for (const std::int64_t step : stalenessSteps(compressed->shape().segment)) {
        const std::vector<AskedUser> reaching = usersBefore(*compressed, all, step);
        if (reaching.empty() || 2 * reaching.size() < all.size())
            break;
        steps.push_back(step);
        users = reaching;
    }
    users = spread(users, most);

    const std::size_t ways = 2 + 2 * steps.size(); // recent alone, full; kept and lost at each step
    std::vector<std::vector<double>> accuracy(ways);
    std::vector<double> shared(ways, 0.0);
    ReadingRanker ranker(session, *compressed);
    const auto read = [&](const AskedUser& user, const EvaluationCase& c, const PackedView& history) {
        std::vector<HistoryReading> readings{recentAlone(*compressed, user.events), fullReading()};
        for (const std::int64_t step : steps)
            addStaleReadings(readings, *compressed, user.events, step);
        ranker.read(history, readings);
        ranker.choose(2); // fresh
        const std::vector<Recommendation> fresh = ranker.list(measuredLength);
        for (std::size_t way = 0; way < ways; ++way) {
            ranker.choose(way);
            accuracy[way].push_back(ndcg(ranker.rankOf(c.targets.front()), ranker.ties(), measuredLength));
            shared[way] += static_cast<double>(sharedItems(ranker.list(measuredLength), fresh))
                / static_cast<double>(users.size());
        }
    };
    readEach(session, SplitPart::Test, users, "Reading with older tokens", progress, read);
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
