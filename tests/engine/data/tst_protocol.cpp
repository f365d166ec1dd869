// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/protocol.h"

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/hash.h"

namespace recoscope {
namespace {

Protocol with(const std::string& key, const std::string& value)
{
    Protocol protocol;
    protocol.set(key, value);
    return protocol;
}

std::string canonical(const std::string& key, const std::string& value)
{
    const Json json = with(key, value).toJson();
    return json[key].is_string() ? json[key].get<std::string>() : json[key].dump();
}

TEST(Protocol, canonicalFormHasEveryDefault)
{
    EXPECT_EQ(Protocol().toJson().dump(),
        R"({"candidates":"full","duplicates":"exact","filter":"core:5","mask_seen":"history","max_length":200,)"
        R"("metrics_at":[1,5,10,20,50],"min_rating":"none","order_ties":"file","score_ties":"pessimistic",)"
        R"("select_by":"ndcg@10","split":"leave_one_out","targets":"next"})");
}

TEST(Protocol, hashIsTheFirst16DigitsOfSha256OfTheCanonicalForm)
{
    EXPECT_EQ(Protocol().hash(), sha256Hex(Protocol().toJson().dump()).substr(0, 16));
    EXPECT_EQ(Protocol().hash().size(), 16u);
    EXPECT_NE(with("max_length", "50").hash(), Protocol().hash());
}

TEST(Protocol, everyFormReadsBackAsItself)
{
    const std::pair<const char*, const char*> forms[] = {
        {"filter", "none"},
        {"filter", "raw:5"},
        {"filter", "core:10"},
        {"min_rating", "3.5"},
        {"min_rating", "none"},
        {"duplicates", "adjacent"},
        {"duplicates", "keep"},
        {"order_ties", "item"},
        {"split", "leave_one_out"},
        {"split", "global_time:0.9"},
        {"split", "global_time:0.9:7d"},
        {"split", "global_time:2015-03-31"},
        {"split", "global_time:2015-03-31T12:30:00:12h"},
        {"split", "time_window:2015-03-31T12:30:00:1d:30m"},
        {"split", "time_window:2015-03-31:90s:0s"},
        {"max_length", "50"},
        {"candidates", "trained"},
        {"candidates", "uniform:100"},
        {"candidates", "popular:99"},
        {"mask_seen", "none"},
        {"mask_seen", "window"},
        {"score_ties", "optimistic"},
        {"score_ties", "expected"},
        {"score_ties", "lowest_id"},
        {"targets", "all_in_window"},
        {"select_by", "hr@20"},
        {"select_by", "mrr"},
        {"cold_items", "0.05:7"},
        {"train_users", "0.25:7"},
    };
    for (const auto& [key, value] : forms) {
        EXPECT_EQ(canonical(key, value), value) << key;
        const Protocol protocol = with(key, value);
        EXPECT_EQ(Protocol::fromJson(protocol.toJson()), protocol) << key << "=" << value;
    }
}

TEST(Protocol, oneMeaningHasOneSpelling)
{
    EXPECT_EQ(with("split", "global_time:0.90").hash(), with("split", "global_time:.9").hash());
    EXPECT_EQ(with("split", "global_time:2015-03-31T00:00:00Z").hash(), with("split", "global_time:2015-03-31").hash());
    EXPECT_EQ(with("split", "global_time:0.9:0d").hash(), with("split", "global_time:0.9").hash());
    EXPECT_EQ(with("split", "time_window:2015-03-31T00:00:00Z:24h:1800s").hash(),
        with("split", "time_window:2015-03-31:1d:30m").hash());
    EXPECT_EQ(with("metrics_at", "10,5,10").hash(), with("metrics_at", "5,10").hash());
    EXPECT_EQ(with("min_rating", "3.0").hash(), with("min_rating", "3").hash());
    EXPECT_EQ(with("train_users", "0.50").hash(), with("train_users", "0.5:42").hash());
    EXPECT_EQ(with("train_users", "all").hash(), Protocol().hash());
    EXPECT_EQ(with("cold_items", "none").hash(), Protocol().hash());
    EXPECT_EQ(with("min_rating", "-0").hash(), with("min_rating", "0").hash());
    // A value that a later one replaces leaves no trace.
    Protocol protocol = with("split", "global_time:0.9:7d");
    protocol.set("split", "leave_one_out");
    EXPECT_EQ(protocol, Protocol());
}

TEST(Protocol, unknownKeyNamesTheNearest)
{
    try {
        Protocol().set("max_lenght", "50");
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Usage);
        EXPECT_NE(error.hint().find("max_length"), std::string::npos) << error.hint();
    }
}

TEST(Protocol, refusesEveryOtherText)
{
    const std::pair<const char*, const char*> bad[] = {
        {"filter", "core"},
        {"filter", "core:"},
        {"filter", "core:0"},
        {"filter", "core:-3"},
        {"filter", "core:5x"},
        {"filter", "core:99999999999"},
        {"filter", ""},
        {"max_length", "0"},
        {"max_length", "1.5"},
        {"max_length", "+5"},
        {"candidates", "uniform"},
        {"candidates", "full:10"},
        {"min_rating", "nan"},
        {"min_rating", "inf"},
        {"min_rating", "three"},
        {"split", "global_time"},
        {"split", "global_time:0"},
        {"split", "global_time:1"},
        {"split", "global_time:2015-02-30"},
        {"split", "global_time:0.9:7"},
        {"split", "global_time:0.9:-7d"},
        {"split", "global_time:0.9:7d:7d"},
        {"split", "global_time:0.9:1e300d"},
        {"split", "time_window:2015-03-31"},
        {"split", "time_window:2015-03-31:1d"},
        {"split", "time_window:0.9:1d:30m"},
        {"split", "time_window:2015-03-31:0s:30m"},
        {"split", "time_window:2015-03-31:1d:-1s"},
        {"split", "time_window::"},
        {"candidates", "trained:5"},
        {"metrics_at", ""},
        {"metrics_at", "1,,5"},
        {"metrics_at", "0"},
        {"select_by", "ndcg"},
        {"select_by", "ndcg@0"},
        {"select_by", "mrr@10"},
        {"duplicates", "Exact"},
        {"targets", "next "},
        {"cold_items", "all"},
        {"cold_items", "0"},
        {"train_users", "none"},
        {"train_users", "0"},
        {"train_users", "1.5"},
        {"train_users", "nan"},
        {"train_users", "0.5:"},
        {"train_users", "0.5:-1"},
        {"train_users", ":7"},
    };
    for (const auto& [key, value] : bad) {
        Protocol protocol;
        try {
            protocol.set(key, value);
            FAIL() << key << "=" << value << " was accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::Usage);
            EXPECT_NE(error.hint().find("accepted"), std::string::npos);
        }
        EXPECT_EQ(protocol, Protocol()) << key << "=" << value << " changed the protocol";
    }
}

TEST(Protocol, jsonMayHoldTextOrNumbers)
{
    const auto protocol = Protocol::fromJson(
        Json::parse(R"({"max_length":"50","min_rating":3.5,"metrics_at":"5,10","filter":"none","hash":"0123"})"));
    EXPECT_EQ(protocol.maxLength, 50);
    EXPECT_EQ(protocol.minRating, 3.5);
    EXPECT_EQ(protocol.metricsAt, (std::vector<int>{5, 10}));
    EXPECT_EQ(protocol.filter, FilterKind::None);
    EXPECT_EQ(Protocol::fromJson(Json::parse(R"({"min_rating":null})")), Protocol());
    EXPECT_THROW(Protocol::fromJson(Json::parse("[1]")), Error);
    EXPECT_THROW(Protocol::fromJson(Json::parse(R"({"filter":{"core":5}})")), Error);
    EXPECT_THROW(Protocol::fromJson(Json::parse(R"({"max_length":true})")), Error);
}

TEST(Protocol, summaryAndDifferencesSayWhatMatters)
{
    EXPECT_EQ(Protocol().summary(), "LOO · full · mask history · core 5 · L 200");
    Protocol other = with("split", "global_time:0.9:7d");
    other.set("candidates", "uniform:100");
    other.set("filter", "none");
    EXPECT_EQ(other.summary(), "time 0.9 gap 7d · uniform:100 · mask history · no filter · L 200");

    EXPECT_TRUE(differences(Protocol(), Protocol()).empty());
    const auto found = differences(Protocol(), other);
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].key, "candidates");
    EXPECT_EQ(found[0].a, "full");
    EXPECT_EQ(found[0].b, "uniform:100");
    EXPECT_EQ(found[1].key, "filter");
    EXPECT_EQ(found[2].key, "split");
    EXPECT_EQ(found[2].b, "global_time:0.9:7d");
}

TEST(Protocol, cutOfAGlobalTimeSplit)
{
    const SplitCut date = splitCut(with("split", "global_time:2001-09-09T01:46:40:1.5d"));
    EXPECT_EQ(date.time, 1000000000);
    EXPECT_FALSE(date.fraction.has_value());
    EXPECT_EQ(date.gapSeconds, 129600);
    EXPECT_EQ(splitCut(with("split", "global_time:0.8")).fraction, 0.8);
}

TEST(Protocol, cutOfATimeWindow)
{
    const SplitCut cut = splitCut(with("split", "time_window:2001-09-09T01:46:40:2h:90s"));
    EXPECT_EQ(cut.time, 1000000000);
    EXPECT_EQ(cut.windowSeconds, 7200);
    EXPECT_EQ(cut.gapSeconds, 90);
    Protocol protocol = with("split", "time_window:2001-09-09:2h:90s");
    EXPECT_EQ(protocol.summary(), "time 2001-09-09 for 2h gap 90s · full · mask history · core 5 · L 200");
    for (const char* other : {"global_time:0.9", "leave_one_out"}) { // leaves no trace
        protocol.set("split", other);
        EXPECT_EQ(protocol, with("split", other));
        protocol.set("split", "time_window:2001-09-09:2h:90s");
    }
}

// The benchmark's constants, in seconds of its own clock.
TEST(Protocol, presetOfYambdaHoldsEveryNumber)
{
    const Protocol listen = with("preset", "yambda_listen");
    const SplitCut cut = splitCut(listen);
    EXPECT_EQ(cut.time, 25'913'600);
    EXPECT_EQ(*cut.time + cut.windowSeconds, 26'000'000);
    EXPECT_EQ(*cut.time - cut.gapSeconds, 25'911'800); // end of validation
    EXPECT_EQ(*cut.time - cut.gapSeconds - cut.windowSeconds, 25'825'400); // its begin
    EXPECT_EQ(*cut.time - 2 * cut.gapSeconds - cut.windowSeconds, 25'823'600); // end of training
    EXPECT_EQ(listen.toJson().dump(),
        R"({"candidates":"trained","duplicates":"keep","filter":"none","mask_seen":"none","max_length":200,)"
        R"("metrics_at":[10,50,100],"min_rating":"50","order_ties":"file","score_ties":"pessimistic",)"
        R"("select_by":"ndcg@100","split":"time_window:1970-10-27T22:13:20:1d:30m","targets":"all_in_window"})");
    EXPECT_EQ(with("preset", "yambda_like").minRating, std::nullopt);
    Protocol longer = listen;
    longer.set("max_length", "500"); // what is set after it wins
    EXPECT_EQ(longer.maxLength, 500);
    EXPECT_THROW(with("preset", "yambda"), Error);
}

} // namespace
} // namespace recoscope
