// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/inspect_tokens.h"

#include <algorithm>
#include <numeric>

#include "app/cli/text.h"
#include "engine/data/catalogue.h"
#include "engine/inspection/state_precision.h"
#include "engine/inspection/token_population.h"
#include "engine/inspection/token_readings.h"
#include "engine/inspection/token_staleness.h"
#include "engine/inspection/tokens.h"

namespace recoscope::cli {

namespace {

constexpr int listLength = 10;
constexpr std::size_t mostRead = 3; // events named of each token

Json itemOf(const ServingSession& serving, std::int32_t item)
{
    const Catalogue& catalogue = serving.data().dataset()->catalogue();
    const auto index = static_cast<std::size_t>(serving.data().datasetItem(item));
    return {{"id", catalogue.rawItems()[index]}, {"title", catalogue.titles()[index]}};
}

// The events that a token reads most in the last layer, by the mean of its heads.
Json readsOf(const ServingSession& serving, const TokenMaps& maps, const float* shares)
{
    std::vector<std::int32_t> order(static_cast<std::size_t>(maps.events));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return shares[a] > shares[b]; });
    Json reads = Json::array();
    for (std::size_t i = 0; i < std::min(mostRead, order.size()); ++i) {
        Json read = itemOf(serving, maps.items[static_cast<std::size_t>(order[i])]);
        read["event"] = order[i];
        read["share"] = shares[order[i]];
        reads.push_back(std::move(read));
    }
    return reads;
}

std::string nameOf(TokenWay way, std::int32_t token)
{
    switch (way) {
    case TokenWay::AllTokens: return "all tokens";
    case TokenWay::WithoutOne: return "without token " + std::to_string(token);
    case TokenWay::WithoutAny: return "recent events only";
    case TokenWay::FullHistory: return "full history, same weights";
    }
    return {};
}

Json tokensJson(const ServingSession& serving, const TokenMaps& maps)
{
    Json tokens = Json::array();
    if (maps.tokens() == 0)
        return tokens;
    const std::vector<float> shares = maps.absorbedBy(maps.shape.layers - 1, -1);
    for (std::int64_t token = 0; token < maps.tokens(); ++token) {
        const std::int64_t segment = token / maps.shape.tokens;
        const float* own = shares.data() + token * maps.events;
        tokens.push_back({{"token", token}, {"segment", segment},
            {"reach", tokenReach(own, maps.events, (segment + 1) * maps.shape.segment)},
            {"reads", readsOf(serving, maps, own)}});
    }
    return tokens;
}

Json readingsJson(
    const ServingSession& serving, const std::vector<TokenReading>& readings, bool hasTarget, TextTable& table)
{
    Json all = Json::array();
    for (const TokenReading& reading : readings) {
        Json items = Json::array();
        for (const Recommendation& one : reading.list)
            items.push_back(itemOf(serving, one.item).at("id"));
        Json entry = {{"reading", nameOf(reading.way, reading.token)}, {"shared", reading.shared}, {"items", items}};
        if (hasTarget)
            entry["target_rank"] = reading.targetRank;
        all.push_back(std::move(entry));
        table.add({nameOf(reading.way, reading.token), hasTarget ? fixed(reading.targetRank, 0) : "-",
            std::to_string(reading.shared)});
    }
    return all;
}

Json costOf(const TokenCost& cost)
{
    return {{"keys_read", cost.keysRead}, {"bytes", cost.bytes}, {"ms", cost.milliseconds}};
}

Json intervalJson(const MeanInterval& value)
{
    return {{"mean", value.mean}, {"half_width_95", value.halfWidth95}};
}

std::string intervalText(const MeanInterval& value)
{
    return fixed(value.mean, 4) + " ± " + fixed(value.halfWidth95, 4);
}

// NDCG@10 of many test users with tokens that were made some events ago.
Json stalenessOf(Session& session, const ServingSession& serving, std::int64_t users, TextTable& table)
{
    const TokenStaleness found = tokenStaleness(serving, users, session.progress());
    Json points = Json::array();
    for (const TokenStaleness::Point& p : found.points) {
        points.push_back({{"events", p.events}, {"kept", intervalJson(p.kept)}, {"lost", intervalJson(p.lost)},
            {"shared_kept", p.sharedKept}, {"shared_lost", p.sharedLost}});
        table.add({std::to_string(p.events), intervalText(p.kept), intervalText(p.lost)});
    }
    table.add({"recent events only", intervalText(found.recentOnly), ""});
    table.add({"full history, same weights", intervalText(found.fullHistory), ""});
    return {{"metric", "ndcg@10"}, {"users", found.users}, {"points", points},
        {"recent_only", intervalJson(found.recentOnly)}, {"full_history", intervalJson(found.fullHistory)}};
}

Json changeJson(const TTest& change)
{
    return {{"mean", change.mean}, {"low_95", change.ciLow}, {"high_95", change.ciHigh}};
}

// NDCG@10 of all users at their validation targets, without each token against with all.
Json populationOf(Session& session, const ServingSession& serving, TextTable& table)
{
    const TokenPopulation found = tokenPopulation(serving, session.progress());
    table.add({"all tokens", grouped(found.users), intervalText(found.allTokens), "", ""});
    Json rows = Json::array();
    for (const TokenPopulation::Row& row : found.rows) {
        rows.push_back({{"reading", nameOf(row.way, row.token)}, {"users", row.users},
            {"ndcg_change", changeJson(row.change)}, {"excludes_0", row.decided()}});
        table.add({nameOf(row.way, row.token), grouped(row.users), fixed(row.change.mean, 4),
            fixed(row.change.ciLow, 4) + " to " + fixed(row.change.ciHigh, 4), row.decided() ? "yes" : "no"});
    }
    return {{"metric", "ndcg@10"}, {"targets", "validation"}, {"protocol", serving.data().protocol().hash()},
        {"users", found.users}, {"evaluated", found.evaluated}, {"all_tokens", intervalJson(found.allTokens)},
        {"readings", rows}};
}

// Accuracy and bytes of many test users' states, kept in 32, 16 and 8 bits.
Json precisionOf(Session& session, const ServingSession& serving, std::int64_t users, TextTable& table)
{
    const StatePrecisionLoss found = statePrecisionLoss(serving, users, session.progress());
    Json rows = Json::array();
    for (const StatePrecisionLoss::Row& row : found.rows) {
        const char* name = row.precision == StatePrecision::Float ? "float"
            : row.precision == StatePrecision::Half               ? "half"
                                                                  : "byte";
        rows.push_back({{"precision", name}, {"bytes", row.bytes}, {"ndcg@10", intervalJson(row.ndcg)},
            {"hr@10", intervalJson(row.hitRate)}, {"ndcg_change", changeJson(row.ndcgChange)},
            {"hr_change", changeJson(row.hitRateChange)}, {"shared", row.shared}});
        table.add({name, fixed(row.bytes, 0), intervalText(row.ndcg), intervalText(row.hitRate),
            fixed(row.ndcgChange.mean, 5), fixed(row.shared, 2)});
    }
    return {{"users", found.users}, {"states", rows}};
}

} // namespace

int inspectTokensOf(Session& session, const HistoryWords& history, const std::string& out,
    const TokenMeasures& measures, const RunRecord& run, const ServingSession& serving)
{
    const AskedHistory asked = resolveHistory(serving, history);
    const PackedView events = asked.events.view();
    const auto maps = inspectTokens(serving.model(), events);
    const TokenEffects effects = tokenEffects(serving.model(), events, session.progress());
    const std::int32_t target = asked.hiddenTarget.value_or(-1);
    const auto readings = tokenReadings(serving, events, target, listLength, session.progress());
    const TokenSavings savings = tokenSavings(serving, events, session.progress());
    writeTokens(*maps, effects, out);
    TextTable table({"read", "target rank", "of the first " + std::to_string(listLength) + " shared"});
    const Json lists = readingsJson(serving, readings, target >= 0, table);
    Json document = {{"run", run.id}, {"file", out}, {"events", maps->events}, {"segments", maps->segments},
        {"older", maps->older()}, {"tokens", tokensJson(serving, *maps)}, {"readings", lists},
        {"savings",
            {{"full", costOf(savings.full)}, {"tokens", costOf(savings.tokens)},
                {"recent_only", costOf(savings.recentOnly)}, {"state_bytes", savings.stateBytes},
                {"compress_ms", savings.compressMilliseconds}, {"largest_difference", savings.largestDifference}}}};
    std::string text = "wrote " + out + ": " + std::to_string(maps->events) + " events, "
        + std::to_string(maps->older()) + " of them in " + std::to_string(maps->tokens()) + " tokens\n" + table.text();
    if (measures.allUsers) {
        TextTable everyone({"read", "users", "NDCG@10, change", "95 %", "excludes 0"});
        const Json& all = document["population"] = populationOf(session, serving, everyone);
        text += all.at("users").dump() + " users with tokens of " + all.at("evaluated").dump()
            + " with a validation target, ranked against all items\n" + everyone.text();
    }
    if (measures.staleUsers > 0) {
        TextTable stale({"events since the tokens were made", "NDCG@10, these run too", "NDCG@10, these lost"});
        document["staleness"] = stalenessOf(session, serving, measures.staleUsers, stale);
        text += document["staleness"].at("users").dump() + " test users\n" + stale.text();
    }
    if (measures.precisionUsers > 0) {
        TextTable narrow(
            {"state's numbers", "bytes a user", "NDCG@10", "HR@10", "NDCG against float", "of ten shared"});
        document["precision"] = precisionOf(session, serving, measures.precisionUsers, narrow);
        text += document["precision"].at("users").dump() + " test users, asked at the time of their last event\n"
            + narrow.text();
    }
    session.print(document, text);
    return 0;
}

} // namespace recoscope::cli
