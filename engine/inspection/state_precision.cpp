// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/state_precision.h"

#include <string>

#include "engine/inspection/compressed_users.h"
#include "engine/inspection/reading_ranker.h"

namespace recoscope {

namespace {

constexpr std::array precisions{StatePrecision::Float, StatePrecision::Half, StatePrecision::Byte};

// The window's events, one by one: the state's vector after the last goes to `out`; returns its bytes.
std::int64_t vectorOfState(UserState& state, const PackedView& history, std::int64_t events, std::span<float> out)
{
    for (std::int64_t i = history.events() - events; i < history.events(); ++i)
        state.append(history.items[static_cast<std::size_t>(i)],
            history.times.empty() ? 0 : history.times[static_cast<std::size_t>(i)]);
    state.userVector(out);
    return state.bytes();
}

std::vector<double> differences(const std::vector<double>& values, const std::vector<double>& from)
{
    std::vector<double> change;
    for (std::size_t i = 0; i < values.size(); ++i)
        change.push_back(values[i] - from[i]);
    return change;
}

} // namespace

StatePrecisionLoss statePrecisionLoss(const ServingSession& session, std::int64_t most, Progress& progress)
{
    const auto compressed = measuredTokens(session);
    const std::vector<AskedUser> users = spread(usersWithTokens(session, *compressed, SplitPart::Test), most);
    const auto width = static_cast<std::size_t>(session.model().linearHead()->width);
    const auto share = 1.0 / static_cast<double>(users.size());
    std::array<std::vector<double>, precisions.size()> gains, hits;
    StatePrecisionLoss result;
    result.users = static_cast<std::int64_t>(users.size());
    ReadingRanker ranker(session, *compressed);
    const auto read = [&](const AskedUser& user, const EvaluationCase& c, const PackedView& history) {
        std::vector<float> vectors(precisions.size() * width);
        for (std::size_t p = 0; p < precisions.size(); ++p)
            result.rows[p].bytes += share
                * static_cast<double>(vectorOfState(*compressed->newState(precisions[p]), history, user.events,
                    std::span(vectors).subspan(p * width, width)));
        ranker.take(history, std::move(vectors));
        std::vector<Recommendation> first;
        for (std::size_t p = 0; p < precisions.size(); ++p) {
            ranker.choose(p);
            const TargetRank rank = ranker.rankOf(c.targets.front());
            gains[p].push_back(ndcg(rank, ranker.ties(), measuredLength));
            hits[p].push_back(hitRate(rank, ranker.ties(), measuredLength));
            const std::vector<Recommendation> list = ranker.list(measuredLength);
            if (p == 0)
                first = list;
            result.rows[p].shared += share * static_cast<double>(sharedItems(list, first));
        }
    };
    readEach(session, SplitPart::Test, users, "Reading narrow states", progress, read);
    for (std::size_t p = 0; p < precisions.size(); ++p) {
        StatePrecisionLoss::Row& row = result.rows[p];
        row.precision = precisions[p];
        row.ndcg = meanInterval(gains[p]);
        row.hitRate = meanInterval(hits[p]);
        row.ndcgChange = pairedT(differences(gains[p], gains[0]));
        row.hitRateChange = pairedT(differences(hits[p], hits[0]));
    }
    return result;
}

} // namespace recoscope
