// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/token_population.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/inspection/compressed_users.h"
#include "engine/inspection/reading_ranker.h"
#include "engine/inspection/token_ways.h"

namespace recoscope {

namespace {

constexpr SplitPart populationPart = SplitPart::Valid;

} // namespace

const TokenPopulation::Row* TokenPopulation::find(TokenWay way, std::int32_t token) const
{
    const auto row
        = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.way == way && r.token == token; });
    return row == rows.end() ? nullptr : &*row;
}

TokenPopulation tokenPopulation(const ServingSession& session, Progress& progress)
{
    const auto compressed = measuredTokens(session);
    const std::vector<AskedUser> users = usersWithTokens(session, *compressed, populationPart);
    std::vector<double> usual;
    std::map<std::pair<TokenWay, std::int32_t>, std::vector<double>> changes; // of the users, in the order of the rows
    ReadingRanker ranker(session, *compressed);
    const auto read = [&](const AskedUser& user, const EvaluationCase& c, const PackedView& history) {
        const TokenWays all = tokenWays(*compressed, user.events);
        ranker.read(history, all.readings);
        for (std::size_t i = 0; i < all.ways.size(); ++i) {
            ranker.choose(i);
            const double accuracy = ndcg(ranker.rankOf(c.targets.front()), ranker.ties(), measuredLength);
            if (i == 0)
                usual.push_back(accuracy);
            else
                changes[{all.ways[i].way, all.ways[i].token}].push_back(accuracy - usual.back());
        }
    };
    readEach(session, populationPart, users, "Leaving out one token at a time", progress, read);
    TokenPopulation result;
    result.users = static_cast<std::int64_t>(users.size());
    result.evaluated = static_cast<std::int64_t>(session.data().evaluatedUsers(populationPart).size());
    result.allTokens = meanInterval(usual);
    for (const auto& [way, differences] : changes)
        result.rows.push_back(
            {way.first, way.second, static_cast<std::int64_t>(differences.size()), pairedT(differences)});
    return result;
}

std::int64_t usersOfTokenPopulation(const ServingSession& session)
{
    const auto compressed = compressedHistory(session.model());
    if (!compressed || compressed->shape().tokens == 0)
        return 0;
    return std::ssize(findUsersWithTokens(session, *compressed, populationPart));
}

} // namespace recoscope
