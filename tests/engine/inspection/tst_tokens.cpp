// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Compressed histories looked into: the mask in the attention that is reported, readings without tokens or events
// against each other and against serving, and accuracy with old tokens.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

#include "engine/core/error.h"
#include "engine/evaluation/metrics.h"
#include "engine/inspection/attention.h"
#include "engine/inspection/state_precision.h"
#include "engine/inspection/token_population.h"
#include "engine/inspection/token_readings.h"
#include "engine/inspection/token_staleness.h"
#include "engine/inspection/tokens.h"
#include "tests/engine/inspection/trained_model.h"

namespace recoscope {
namespace {

// A window of 20 events: segments of 4, two tokens each, at least 3 recent events.
class Tokens : public test::TrainedOnSmallData {
protected:
    Tokens() { data = test::smallData(more, 60, 25, 20); }

    std::shared_ptr<const TrainedModel> compressing(const Json& parameters = Json::object())
    {
        Json all = {{"hidden", 8}, {"epochs", 2}, {"tokens", 2}, {"segment", 4}, {"recent", 3}};
        all.update(parameters);
        const TrainRequest request
            = test::trainRequest("persrec", all, data, scratch / ("run" + std::to_string(++m_runs)));
        TrainControl control;
        Progress progress;
        return trainRun(request, control, {}, progress).best;
    }
    std::shared_ptr<const TrainedModel> softmax(int layers = 2)
    {
        return compressing({{"backbone", "sasrec"}, {"temperature", 1.0}, {"heads", 2}, {"layers", layers}});
    }

    static PackedSequences historyOf(int events)
    {
        PackedSequences one;
        std::vector<std::int32_t> items;
        for (int i = 0; i < events; ++i)
            items.push_back((i * i * 3 + i) % 25);
        one.append(items);
        return one;
    }

    static std::vector<float> encoded(const TrainedModel& model, const PackedView& history, const HistoryReading& way)
    {
        std::vector<float> vector(static_cast<std::size_t>(model.linearHead()->width));
        compressedHistory(model)->encode(history, {&way, 1}, vector);
        return vector;
    }

    test::TemporaryFolder more;
    int m_runs = 0;
};

double largestDifference(const std::vector<float>& a, const std::vector<float>& b)
{
    EXPECT_EQ(a.size(), b.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
    return largest;
}

class WholeMaps : public ModelObserver {
public:
    bool wants(const std::string& name) const override { return name == "token_attention"; }
    void onAttention(int, int, std::int64_t rows, std::int64_t, const float* weights, bool rowsSumToOne) override
    {
        maps.emplace_back(weights, weights + rows * rows);
        sumToOne = rowsSumToOne;
    }
    std::vector<std::vector<float>> maps;
    bool sumToOne = false;
};

// Tokens whose output alone is kept and read again.
class ChainedTokens : public Tokens, public testing::WithParamInterface<const char*> {
protected:
    std::shared_ptr<const TrainedModel> chained(const Json& parameters = Json::object())
    {
        Json all = {{"memory", GetParam()}, {"initialisation", "pooled"}};
        all.update(parameters);
        return compressing(all);
    }
    bool renewed() const { return GetParam() == std::string("recursive"); }
};
INSTANTIATE_TEST_SUITE_P(Memory, ChainedTokens, testing::Values("outputs", "recursive"));

void expectReportedAttentionToBeTheMasks(const TrainedModel& model, const PackedSequences& history)
{
    WholeMaps whole;
    model.observe(history.view(), whole);
    const CompressedRows rows = compressedHistory(model)->rows(history.view().events());
    const std::int64_t n = rows.size();
    ASSERT_EQ(whole.maps.size(), 4u) << "two layers of two heads";
    EXPECT_TRUE(whole.sumToOne);
    for (const auto& map : whole.maps)
        for (std::int64_t query = 0; query < n; ++query) {
            double sum = 0.0;
            for (std::int64_t key = 0; key < n; ++key) {
                const float weight = map[static_cast<std::size_t>(query * n + key)];
                ASSERT_EQ(weight > 0.0f, rows.sees(query, key)) << query << " reads " << key;
                sum += weight;
            }
            ASSERT_NEAR(sum, 1.0, 1e-5);
        }
}

// Its maps are of pieces with tokens: who asks for those of events is led there.
TEST_F(Tokens, AttentionOfEventsPointsToThem)
{
    try {
        inspectAttention(*compressing(), historyOf(6).view());
        FAIL() << "there are no maps of events";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
        EXPECT_NE(error.hint().find("inspect tokens"), std::string::npos) << error.hint();
    }
}

TEST_F(Tokens, AttentionThatIsReportedIsTheMasks)
{
    const auto model = softmax();
    EXPECT_EQ(compressedHistory(*model)->rows(13).size(), 13 + 4) << "two segments and five recent events";
    expectReportedAttentionToBeTheMasks(*model, historyOf(13));
}

TEST_P(ChainedTokens, AttentionThatIsReportedIsTheMasks)
{
    const auto model = chained({{"backbone", "sasrec"}, {"temperature", 1.0}, {"heads", 2}});
    expectReportedAttentionToBeTheMasks(*model, historyOf(17)); // three segments and five recent events
    const CompressedRows rows = compressedHistory(*model)->rows(17);
    const std::int64_t firstToken = 4, secondToken = 10, lastRow = rows.size() - 1;
    ASSERT_EQ(rows.token[firstToken], 0);
    ASSERT_EQ(rows.token[secondToken], 2);
    EXPECT_TRUE(rows.sees(secondToken, firstToken));
    EXPECT_NE(rows.sees(lastRow, firstToken), renewed()) << "the last segment's tokens replace those before them";
}

TEST_F(Tokens, SharesAreOfWhatARowReads)
{
    const auto model = softmax();
    const PackedSequences history = historyOf(13);
    const auto maps = inspectTokens(*model, history.view());
    EXPECT_EQ(maps->segments, 2);
    EXPECT_EQ(maps->tokens(), 4);
    EXPECT_EQ(maps->older(), 8);
    EXPECT_EQ(maps->items, history.items);
    EXPECT_EQ(
        maps->rows.token, (std::vector<std::int32_t>{-1, -1, -1, -1, 0, 1, -1, -1, -1, -1, 2, 3, -1, -1, -1, -1, -1}));
    const std::vector<float> absorbed = maps->absorbedBy(1, -1), read = maps->readBy(1, -1);
    const auto sumOf = [](const std::vector<float>& values, std::int64_t first, std::int64_t count) {
        return std::accumulate(values.begin() + first, values.begin() + first + count, 0.0);
    };
    EXPECT_GT(sumOf(absorbed, 0, 4), 0.0);
    EXPECT_EQ(sumOf(absorbed, 4, 9), 0.0) << "the first token reads nothing after its segment";
    EXPECT_EQ(sumOf(absorbed, 2 * 13, 4), 0.0) << "the third reads the first segment through tokens only";
    EXPECT_GT(sumOf(absorbed, 2 * 13 + 4, 4), 0.0);
    EXPECT_EQ(sumOf(read, 0, 4 * 4), 0.0) << "the first segment stands before all tokens";
    for (std::int64_t event = 8; event < 13; ++event) {
        EXPECT_GT(sumOf(read, event * 4, 4), 0.0);
        EXPECT_LT(sumOf(read, event * 4, 4), 1.0) << "an event reads itself too";
    }
    // The mean of the heads is the mean of the heads.
    const auto first = maps->readBy(1, 0), second = maps->readBy(1, 1);
    for (std::size_t i = 0; i < read.size(); ++i)
        ASSERT_NEAR(read[i], (first[i] + second[i]) / 2, 1e-6);
}

TEST_F(Tokens, ReadingsAgreeWithServingAndWithEachOther)
{
    for (const auto& model : {compressing(), softmax()}) {
        const PackedSequences history = historyOf(24); // longer than the window: 4 segments of the last 20 events
        const std::int64_t width = model->linearHead()->width;
        std::vector<float> served(static_cast<std::size_t>(width));
        model->encodeLast(history.view(), served);
        const std::vector<float> all = encoded(*model, history.view(), {});
        EXPECT_LE(largestDifference(all, served), 1e-6);
        // Nothing of the tokens: none there, or no older event there.
        const auto compressed = compressedHistory(*model);
        ASSERT_EQ(compressed->segmentsOf(20), 4);
        const std::vector<std::int32_t> tokens{0, 1, 2, 3, 4, 5, 6, 7};
        std::vector<std::int32_t> older(16);
        std::iota(older.begin(), older.end(), 0);
        const auto without = encoded(*model, history.view(), {true, -1, tokens, {}});
        EXPECT_LE(largestDifference(without, encoded(*model, history.view(), {true, 0, {}, older})), 1e-5);
        EXPECT_GT(largestDifference(without, all), 1e-4);
        EXPECT_GT(largestDifference(encoded(*model, history.view(), {true, -1, {7}, {}}), all), 1e-6);
        // Uncompressed, the model is its backbone: without segments both are the same.
        const HistoryReading plain{false, -1, {}, {}};
        EXPECT_GT(largestDifference(encoded(*model, history.view(), plain), all), 1e-4);
        EXPECT_LE(
            largestDifference(encoded(*model, historyOf(6).view(), plain), encoded(*model, historyOf(6).view(), {})),
            1e-6);
        EXPECT_LE(largestDifference(
                      encoded(*model, history.view(), plain), encoded(*model, history.view(), {true, 0, {}, {}})),
            1e-5);
    }
}

TEST_P(ChainedTokens, ReadingsAgreeWithServingAndWithEachOther)
{
    const auto model = chained();
    const PackedSequences history = historyOf(24); // longer than the window: 4 segments of the last 20 events
    std::vector<float> served(static_cast<std::size_t>(model->linearHead()->width));
    model->encodeLast(history.view(), served);
    const std::vector<float> all = encoded(*model, history.view(), {});
    EXPECT_LE(largestDifference(all, served), 1e-6);
    const std::vector<std::int32_t> tokens{0, 1, 2, 3, 4, 5, 6, 7}, last{6, 7};
    std::vector<std::int32_t> older(16), firstSegment{0, 1, 2, 3};
    std::iota(older.begin(), older.end(), 0);
    const auto without = encoded(*model, history.view(), {true, -1, tokens, {}});
    EXPECT_LE(largestDifference(without, encoded(*model, history.view(), {true, 0, {}, older})), 1e-5);
    EXPECT_GT(largestDifference(without, all), 1e-4);
    // Renewed tokens are all that is left of those before them.
    EXPECT_EQ(largestDifference(encoded(*model, history.view(), {true, -1, last, {}}), without) <= 1e-5, renewed());
    EXPECT_GT(largestDifference(encoded(*model, history.view(), {true, -1, {6}, {}}), all), 1e-6);
    // A segment without events leaves no token; what follows keeps its place.
    const std::vector<std::int32_t> firstTokens{0, 1};
    EXPECT_LE(largestDifference(encoded(*model, history.view(), {true, -1, {}, firstSegment}),
                  encoded(*model, history.view(), {true, -1, firstTokens, {}})),
        1e-5);
    EXPECT_LE(largestDifference(encoded(*model, history.view(), {false, -1, {}, {}}),
                  encoded(*model, history.view(), {true, 0, {}, {}})),
        1e-5);
}

TEST_P(ChainedTokens, ContentsAreWhatAStateKeeps)
{
    const auto model = chained();
    const PackedSequences history = historyOf(11);
    const auto compressed = compressedHistory(*model);
    const HistoryReading whole;
    const std::vector<float> contents = compressed->tokenContents(history.view(), {&whole, 1});
    const CompressedShape shape = compressed->shape();
    ASSERT_EQ(shape.tokenNumbers, 8) << "the output alone";
    ASSERT_EQ(contents.size(), 4u * 8);
    const auto state = model->newState();
    for (const std::int32_t item : history.items)
        state->append(item, 0);
    const std::vector<std::byte> saved = state->save(); // ends with the outputs
    std::vector<float> kept(static_cast<std::size_t>(shape.tokensHeld(2) * 8));
    ASSERT_EQ(kept.size(), (renewed() ? 2u : 4u) * 8);
    std::memcpy(kept.data(), saved.data() + saved.size() - kept.size() * sizeof(float), kept.size() * sizeof(float));
    const std::vector<float> held(contents.end() - std::ssize(kept), contents.end());
    EXPECT_LE(largestDifference(kept, held), 1e-5);
}

TEST_P(ChainedTokens, EffectsReachFromAnEventToItsTokensAndOn)
{
    const auto model = chained();
    Progress progress;
    const TokenEffects effects = tokenEffects(*model, historyOf(13).view(), progress);
    ASSERT_EQ(effects.tokens, 4);
    for (std::int64_t event = 0; event < 13; ++event) {
        EXPECT_EQ(effects.change[static_cast<std::size_t>(event)] > 0.0f, event < 4) << event;
        EXPECT_EQ(effects.change[static_cast<std::size_t>(2 * 13 + event)] > 0.0f, event < 8)
            << event << ": the first segment through its tokens";
    }
}

TEST_P(ChainedTokens, SavingsCountWhatIsKept)
{
    const auto model = chained();
    const ServingSession session(model, data);
    Progress progress;
    const TokenSavings savings = tokenSavings(session, historyOf(13).view(), progress);
    const std::int64_t held = renewed() ? 2 : 4;
    EXPECT_EQ(savings.tokens.keysRead, held + 5);
    EXPECT_EQ(savings.tokens.bytes, (held * 8 + 5 * 2 * 16) * 4) << "outputs of 8; two layers of keys and values";
    EXPECT_EQ(savings.stateBytes, held * (8 * 4 + 8) + 13 * 12);
    EXPECT_LE(savings.largestDifference, 1e-5);
    const TokenStaleness staleness = tokenStaleness(session, 1000, progress);
    EXPECT_EQ(staleness.points.front().kept.mean, staleness.allTokens.mean);
}

TEST_F(Tokens, ContentsAreWhatAStateKeeps)
{
    const auto model = compressing();
    const PackedSequences history = historyOf(11);
    const auto compressed = compressedHistory(*model);
    const HistoryReading whole;
    const std::vector<float> contents = compressed->tokenContents(history.view(), {&whole, 1});
    const CompressedShape shape = compressed->shape();
    const std::int64_t tokens = 4, width = shape.tokenNumbers / shape.layers;
    ASSERT_EQ(contents.size(), static_cast<std::size_t>(tokens * shape.tokenNumbers));
    const auto state = model->newState();
    for (const std::int32_t item : history.items)
        state->append(item, 0);
    const std::vector<std::byte> saved = state->save(); // ends with the keys and values of each layer
    std::vector<float> kept(contents.size());
    std::memcpy(kept.data(), saved.data() + saved.size() - kept.size() * sizeof(float), kept.size() * sizeof(float));
    for (std::int64_t layer = 0; layer < shape.layers; ++layer)
        for (std::int64_t token = 0; token < tokens; ++token)
            for (std::int64_t i = 0; i < width; ++i)
                ASSERT_NEAR(kept[static_cast<std::size_t>((layer * tokens + token) * width + i)],
                    contents[static_cast<std::size_t>((token * shape.layers + layer) * width + i)], 1e-5);
}

TEST_F(Tokens, EffectsReachFromAnEventToItsTokensAndOn)
{
    const auto model = softmax(3); // a token's keys are a layer behind what it reads: one hop a layer
    const PackedSequences history = historyOf(13);
    Progress progress;
    const TokenEffects effects = tokenEffects(*model, history.view(), progress);
    ASSERT_EQ(effects.tokens, 4);
    ASSERT_EQ(effects.events, 13);
    const auto change = [&](std::int64_t token, std::int64_t event) {
        return effects.change[static_cast<std::size_t>(token * 13 + event)];
    };
    for (std::int64_t event = 0; event < 13; ++event) {
        EXPECT_EQ(change(0, event) > 0.0f, event < 4) << event;
        EXPECT_EQ(change(2, event) > 0.0f, event < 8) << event << ": the first segment through its tokens";
    }
    // By hand for one pair.
    const auto compressed = compressedHistory(*model);
    const std::vector<HistoryReading> readings{{}, {true, -1, {}, {5}}};
    const std::vector<float> contents = compressed->tokenContents(history.view(), readings);
    const std::int64_t size = compressed->shape().tokenNumbers;
    double length = 0.0, moved = 0.0;
    for (std::int64_t i = 3 * size; i < 4 * size; ++i) {
        const double own = contents[static_cast<std::size_t>(i)];
        length += own * own;
        moved += std::pow(own - contents[static_cast<std::size_t>(4 * size + i)], 2);
    }
    EXPECT_NEAR(change(3, 5), std::sqrt(moved / length), 1e-4);
    progress.requestCancel();
    EXPECT_THROW(tokenEffects(*model, history.view(), progress), Error);
}

TEST(TokenReach, IsTheMeanDistanceToTheEndOfTheSegment)
{
    const std::vector<float> shares{0.0f, 0.25f, 0.5f, 0.0f, 0.0f};
    EXPECT_DOUBLE_EQ(tokenReach(shares.data(), 5, 4), (0.25 * 3 + 0.5 * 2) / 0.75);
    const std::vector<float> nothing(5, 0.0f);
    EXPECT_EQ(tokenReach(nothing.data(), 5, 4), 0.0);
}

TEST_F(Tokens, ListsAndRanksAreThoseOfServing)
{
    const auto model = compressing();
    const ServingSession session(model, data);
    const PackedSequences history = historyOf(13);
    Progress progress;
    const auto readings = tokenReadings(session, history.view(), 20, 7, progress);
    ASSERT_EQ(readings.size(), 1u + 4 + 1 + 1);
    EXPECT_EQ(readings[0].way, TokenWay::AllTokens);
    EXPECT_EQ(readings[4].token, 3);
    EXPECT_EQ(readings[6].way, TokenWay::FullHistory);
    const auto served = session.recommend(history.view(), 7);
    ASSERT_EQ(readings[0].list.size(), served.size());
    for (std::size_t i = 0; i < served.size(); ++i)
        EXPECT_EQ(readings[0].list[i].item, served[i].item);
    EXPECT_EQ(readings[0].targetRank, session.rankOf(history.view(), 20).rank);
    EXPECT_EQ(readings[0].shared, 7);
    for (const TokenReading& reading : readings)
        for (const Recommendation& one : reading.list)
            EXPECT_EQ(std::count(history.items.begin(), history.items.end(), one.item), 0) << "seen items are left out";
    // A short history has no tokens: every way is the same.
    const auto brief = tokenReadings(session, historyOf(5).view(), -1, 7, progress);
    ASSERT_EQ(brief.size(), 3u);
    for (const TokenReading& reading : brief) {
        EXPECT_EQ(reading.shared, 7);
        EXPECT_EQ(reading.targetRank, 0.0);
    }
}

TEST_F(Tokens, SavingsCountRowsAndBytes)
{
    const auto model = compressing();
    const ServingSession session(model, data);
    Progress progress;
    const TokenSavings savings = tokenSavings(session, historyOf(13).view(), progress);
    EXPECT_EQ(savings.full.keysRead, 13);
    EXPECT_EQ(savings.tokens.keysRead, 4 + 5);
    EXPECT_EQ(savings.recentOnly.keysRead, 5);
    EXPECT_EQ(savings.full.bytes, 13 * 2 * 16 * 4) << "two layers, keys and values of width 8";
    EXPECT_LE(savings.largestDifference, 1e-5);
    EXPECT_EQ(savings.stateBytes, 4 * (2 * 16 * 4 + 8) + 13 * 12);
}

TEST_F(Tokens, FreshTokensAreTheFirstPointOfTheCurve)
{
    const auto model = compressing();
    const ServingSession session(model, data);
    Progress progress;
    const TokenStaleness all = tokenStaleness(session, 1000, progress);
    ASSERT_GE(all.points.size(), 2u);
    EXPECT_EQ(all.points[0].events, 0);
    EXPECT_EQ(all.points[0].kept.mean, all.allTokens.mean);
    EXPECT_EQ(all.points[0].lost.mean, all.allTokens.mean);
    // Ten, but for users who have seen most of the 25 items.
    EXPECT_EQ(all.points[0].sharedKept, all.points[0].sharedLost);
    for (const TokenStaleness::Point& point : all.points) {
        EXPECT_LE(point.sharedKept, all.points[0].sharedKept);
        EXPECT_LE(point.sharedLost, all.points[0].sharedLost);
    }
    // The same from serving, over the users who reach as far back as the last point.
    std::vector<double> served;
    for (const std::int32_t user : data->evaluatedUsers(SplitPart::Test)) {
        const EvaluationCase c = data->evaluationCase(SplitPart::Test, user);
        const auto events = std::min<std::int64_t>(20, static_cast<std::int64_t>(c.history.size()));
        if (events - all.points.back().events < 7) // a segment and the recent events
            continue;
        PackedSequences history;
        history.append(c.history);
        const double rank = session.rankOf(history.view(), c.targets.front()).rank;
        served.push_back(rank <= 10 ? 1.0 / std::log2(rank + 1.0) : 0.0);
    }
    EXPECT_EQ(all.users, static_cast<std::int64_t>(served.size()));
    EXPECT_NEAR(all.allTokens.mean, meanInterval(served).mean, 1e-9);
    EXPECT_EQ(tokenStaleness(session, 5, progress).users, 5);
}

// Every token's change is the mean of what tokenReadings() says of one user after another, at the validation targets.
TEST_F(Tokens, ThePopulationIsTheMeanOfItsUsers)
{
    const auto model = compressing();
    const ServingSession session(model, data);
    Progress progress;
    const TokenPopulation found = tokenPopulation(session, progress);
    std::map<std::pair<TokenWay, std::int32_t>, std::vector<double>> changes;
    std::vector<double> usual;
    for (const std::int32_t user : data->evaluatedUsers(SplitPart::Valid)) {
        const EvaluationCase c = data->evaluationCase(SplitPart::Valid, user);
        if (c.history.size() < 7) // a segment and the recent events
            continue;
        PackedSequences history;
        history.append(c.history, c.times);
        const auto readings = tokenReadings(session, history.view(), c.targets.front(), 10, progress);
        usual.push_back(metricAtRank("ndcg@10", readings.front().targetRank));
        for (const TokenReading& reading : readings)
            changes[{reading.way, reading.token}].push_back(metricAtRank("ndcg@10", reading.targetRank) - usual.back());
    }
    changes.erase({TokenWay::AllTokens, -1});
    EXPECT_EQ(found.users, std::ssize(usual));
    EXPECT_EQ(usersOfTokenPopulation(session), found.users);
    EXPECT_GT(found.evaluated, found.users);
    EXPECT_NEAR(found.allTokens.mean, meanInterval(usual).mean, 1e-12);
    ASSERT_EQ(found.rows.size(), changes.size());
    std::int64_t moved = 0;
    for (const auto& [way, differences] : changes) {
        const TokenPopulation::Row* row = found.find(way.first, way.second);
        ASSERT_TRUE(row);
        const TTest expected = pairedT(differences);
        EXPECT_EQ(row->users, std::ssize(differences));
        EXPECT_NEAR(row->change.mean, expected.mean, 1e-12);
        EXPECT_NEAR(row->change.ciLow, expected.ciLow, 1e-12);
        EXPECT_NEAR(row->change.ciHigh, expected.ciHigh, 1e-12);
        EXPECT_EQ(row->decided(), row->users > 1 && (expected.ciLow > 0.0 || expected.ciHigh < 0.0));
        moved += row->change.mean != 0.0;
    }
    EXPECT_GT(moved, 0);
    // Later tokens are of fewer users; every user can be read without any.
    EXPECT_GT(found.find(TokenWay::WithoutOne, 0)->users, found.find(TokenWay::WithoutOne, 7)->users);
    EXPECT_EQ(found.find(TokenWay::WithoutAny, -1)->users, found.users);
    EXPECT_FALSE(found.find(TokenWay::WithoutOne, 8)) << "of a window of 20 events";
    progress.requestCancel();
    EXPECT_THROW(tokenPopulation(session, progress), Error);
}

// Asked without times, a state in float gives what serving gives; fewer bits take fewer bytes and change little.
TEST_F(Tokens, NarrowStatesAreMeasuredAgainstThoseInFloat)
{
    for (const char* memory : {"keys_values", "outputs"}) {
        const auto model = compressing({{"state_precision", "byte"}, {"memory", memory}}); // whatever the run's own is
        const ServingSession session(model, data);
        Progress progress;
        const StatePrecisionLoss found = statePrecisionLoss(session, 1000, progress);
        std::vector<double> served, hits;
        for (const std::int32_t user : data->evaluatedUsers(SplitPart::Test)) {
            const EvaluationCase c = data->evaluationCase(SplitPart::Test, user);
            if (c.history.size() < 7) // a segment and the recent events
                continue;
            PackedSequences history;
            history.append(c.history);
            const double rank = session.rankOf(history.view(), c.targets.front()).rank;
            served.push_back(rank <= 10 ? 1.0 / std::log2(rank + 1.0) : 0.0);
            hits.push_back(rank <= 10 ? 1.0 : 0.0);
        }
        ASSERT_EQ(found.users, static_cast<std::int64_t>(served.size()));
        const auto& [wide, half, byte] = found.rows;
        EXPECT_NEAR(wide.ndcg.mean, meanInterval(served).mean, 1e-9) << memory;
        EXPECT_NEAR(wide.hitRate.mean, meanInterval(hits).mean, 1e-9) << memory;
        EXPECT_EQ(wide.ndcgChange.mean, 0.0);
        EXPECT_GT(wide.bytes, half.bytes);
        EXPECT_GT(half.bytes, byte.bytes);
        EXPECT_LE(half.shared, wide.shared);
        EXPECT_GE(byte.shared, 0.8 * wide.shared) << memory;
        EXPECT_NEAR(byte.ndcg.mean - wide.ndcg.mean, byte.ndcgChange.mean, 1e-12);
        EXPECT_EQ(statePrecisionLoss(session, 5, progress).users, 5);
    }
}

TEST_F(Tokens, RefusesModelsWithoutTokensAndWrongHistories)
{
    const auto kindOf = [](const auto& call) {
        try {
            call();
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::Internal;
    };
    Progress progress;
    const auto plain = train("sasrec", {{"hidden", 8}, {"epochs", 1}});
    EXPECT_EQ(compressedHistory(*plain), nullptr);
    EXPECT_EQ(kindOf([&] { inspectTokens(*plain, historyOf(9).view()); }), ErrorKind::Refused);
    EXPECT_EQ(kindOf([&] { tokenStaleness(ServingSession(plain, data), 5, progress); }), ErrorKind::Refused);
    EXPECT_EQ(kindOf([&] { statePrecisionLoss(ServingSession(plain, data), 5, progress); }), ErrorKind::Refused);
    const auto model = compressing({{"epochs", 1}});
    EXPECT_EQ(kindOf([&] { inspectTokens(*model, historyOf(0).view()); }), ErrorKind::Usage);
    PackedSequences unknown;
    unknown.append(std::vector<std::int32_t>{1, 999});
    EXPECT_EQ(kindOf([&] { encoded(*model, unknown.view(), {}); }), ErrorKind::Usage);
    EXPECT_EQ(kindOf([&] { encoded(*model, historyOf(9).view(), {true, 3, {}, {}}); }), ErrorKind::Usage);
    std::vector<std::int32_t> all(9);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(kindOf([&] { encoded(*model, historyOf(9).view(), {true, 0, {}, all}); }), ErrorKind::Usage);
}

TEST_F(Tokens, FileHoldsTheArrays)
{
    const auto model = compressing({{"epochs", 1}});
    const PackedSequences history = historyOf(13);
    const auto maps = inspectTokens(*model, history.view());
    Progress progress;
    const TokenEffects effects = tokenEffects(*model, history.view(), progress);
    writeTokens(*maps, effects, scratch / "tokens.npz");
    const std::size_t cells = maps->absorbed.size() + maps->read.size() + effects.change.size();
    EXPECT_GT(std::filesystem::file_size(scratch / "tokens.npz"), cells * sizeof(float));
}

} // namespace
} // namespace recoscope
