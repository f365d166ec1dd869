// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Beam search against a plain loop that shares nothing with it, against the scores of every item, and by hand.
#include <algorithm>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "tests/engine/generative/prefix_model.h"

namespace recoscope {
namespace {

struct ItemBefore {
    bool operator()(const BeamItem& a, const BeamItem& b) const
    {
        return a.score != b.score ? a.score > b.score : a.item < b.item;
    }
};

// The definition: every token of the vocabulary is tried behind every kept prefix, by looking through all items.
std::vector<BeamItem> plainSearch(const TokenSequences& names, const PrefixModel& model, std::int64_t user,
    std::size_t width, const std::set<std::int32_t>& seen)
{
    using Candidate = std::pair<double, Tokens>;
    std::vector<Candidate> live{{0.0, {}}};
    std::vector<BeamItem> found;
    while (!live.empty()) {
        std::vector<Candidate> next;
        for (const auto& [score, prefix] : live) {
            const std::vector<float> row = model.row(user, prefix);
            for (std::int32_t token = 0; token < names.vocabulary; ++token) {
                Tokens longer = prefix;
                longer.push_back(token);
                bool open = false;
                for (std::int32_t item = 0; item < names.items(); ++item) {
                    const auto name = names.of(item);
                    if (seen.contains(item) || name.size() < longer.size()
                        || !std::equal(longer.begin(), longer.end(), name.begin()))
                        continue;
                    if (name.size() == longer.size())
                        found.push_back({item, score + double(row[static_cast<std::size_t>(token)])});
                    else
                        open = true;
                }
                if (open)
                    next.push_back({score + double(row[static_cast<std::size_t>(token)]), longer});
            }
        }
        std::sort(next.begin(), next.end(), [](const Candidate& a, const Candidate& b) {
            return a.first != b.first ? a.first > b.first : a.second < b.second;
        });
        std::sort(found.begin(), found.end(), ItemBefore());
        next.resize(std::min(next.size(), width));
        found.resize(std::min(found.size(), width));
        live = std::move(next);
    }
    return found;
}

std::vector<BeamItem> everyItem(
    const TokenSequences& names, const PrefixModel& model, std::int64_t user, const std::set<std::int32_t>& seen)
{
    std::vector<BeamItem> all;
    for (std::int32_t item = 0; item < names.items(); ++item) {
        double score = 0.0;
        Tokens prefix;
        for (const std::int32_t token : names.of(item)) {
            score += double(model.row(user, prefix)[static_cast<std::size_t>(token)]);
            prefix.push_back(token);
        }
        if (!seen.contains(item))
            all.push_back({item, score});
    }
    std::sort(all.begin(), all.end(), ItemBefore());
    return all;
}

void expectSame(const std::vector<BeamItem>& got, const std::vector<BeamItem>& expected, const std::string& what)
{
    ASSERT_EQ(got.size(), expected.size()) << what;
    for (std::size_t i = 0; i < got.size(); ++i) {
        EXPECT_EQ(got[i].item, expected[i].item) << what << ", place " << i;
        EXPECT_EQ(got[i].score, expected[i].score) << what << ", place " << i;
    }
}

// Different for every user, also none and nearly all.
struct SeenItems {
    std::vector<std::set<std::int32_t>> sets;
    std::vector<std::int64_t> offsets{0};
    std::vector<std::int32_t> items;

    SeenItems(std::int64_t users, std::int32_t catalogue)
    {
        RandomStream random(9, "seen");
        for (std::int64_t user = 0; user < users; ++user) {
            const double share = double(user) / double(users);
            sets.emplace_back();
            for (std::int32_t item = 0; item < catalogue; ++item)
                if (random.uniform() < share)
                    sets.back().insert(item);
            items.insert(items.end(), sets.back().rbegin(), sets.back().rend()); // any order will do
            offsets.push_back(static_cast<std::int64_t>(items.size()));
        }
    }
};

struct Case {
    const char* what;
    TokenSequences names;
};

std::vector<Case> cases()
{
    return {{"semantic ids", semanticNames(60, 5, 3)}, {"titles", titleNames(50, 4, 4)}};
}

std::vector<PrefixModel> models(std::int32_t vocabulary)
{
    return {{1, vocabulary, 1000, true}, {2, vocabulary, 3, true}, {3, vocabulary, 4, false}};
}

TEST(BeamSearch, EqualsThePlainLoopAtEveryWidth)
{
    constexpr std::int64_t users = 4;
    for (const Case& c : cases()) {
        const PrefixTrie trie(c.names);
        const SeenItems seen(users, trie.items());
        for (const PrefixModel& model : models(c.names.vocabulary))
            for (const std::int64_t width : {1, 2, 3, 5, 10, 20, 50})
                for (const bool hide : {false, true}) {
                    PrefixDecoder decoder(model, users);
                    BeamRequest request{.users = users, .width = width};
                    if (hide) {
                        request.seenOffsets = seen.offsets;
                        request.seen = seen.items;
                    }
                    const auto lists = beamSearch(trie, decoder, request);
                    ASSERT_EQ(std::ssize(lists), users);
                    for (std::int64_t user = 0; user < users; ++user)
                        expectSame(lists[user],
                            plainSearch(c.names, model, user, static_cast<std::size_t>(width),
                                hide ? seen.sets[user] : std::set<std::int32_t>()),
                            std::string(c.what) + ", width " + std::to_string(width) + ", user " + std::to_string(user)
                                + (hide ? ", seen hidden" : ""));
                }
    }
}

TEST(BeamSearch, WideEnoughEqualsTheScoresOfEveryItem)
{
    constexpr std::int64_t users = 3;
    for (const Case& c : cases()) {
        const PrefixTrie trie(c.names);
        const SeenItems seen(users, trie.items());
        for (const PrefixModel& model : models(c.names.vocabulary)) {
            PrefixDecoder decoder(model, users);
            const auto lists = beamSearch(trie, decoder,
                {.users = users, .width = trie.items(), .seenOffsets = seen.offsets, .seen = seen.items});
            for (std::int64_t user = 0; user < users; ++user)
                expectSame(lists[user], everyItem(c.names, model, user, seen.sets[user]), c.what);
        }
    }
}

// 0 (.6) goes on to items 0 and 1 evenly, 1 (.4) to item 2 alone.
PrefixDecoder::Rows byHand()
{
    return [](std::int64_t, const Tokens& prefix) -> std::vector<float> {
        const auto logs = [](std::vector<float> p) {
            for (float& x : p)
                x = std::log(x);
            return p;
        };
        if (prefix.empty())
            return logs({0.6f, 0.4f, 0.0f, 0.0f});
        return prefix[0] == 0 ? logs({0.0f, 0.0f, 0.5f, 0.5f}) : logs({0.0f, 0.0f, 1.0f, 0.0f});
    };
}
const std::vector<Tokens> handNames{{0, 2}, {0, 3}, {1, 2}};

TEST(BeamSearch, ByHand)
{
    const PrefixTrie trie(sequencesOf(4, handNames));
    PrefixDecoder narrow(4, 1, byHand()), wide(4, 1, byHand());
    const auto greedy = beamSearch(trie, narrow, {.users = 1, .width = 1});
    ASSERT_EQ(greedy[0].size(), 1u); // the greedy path misses the best item; of equal items the first
    EXPECT_EQ(greedy[0][0].item, 0);
    EXPECT_NEAR(greedy[0][0].score, std::log(0.3), 1e-6);
    const auto both = beamSearch(trie, wide, {.users = 1, .width = 2});
    ASSERT_EQ(both[0].size(), 2u);
    EXPECT_EQ(both[0][0].item, 2);
    EXPECT_NEAR(both[0][0].score, std::log(0.4), 1e-6);
    EXPECT_EQ(both[0][1].item, 0);
}

// The decoder never gives the only item that is left any probability.
TEST(BeamSearch, ImpossibleItemsAreLeftOut)
{
    const PrefixTrie trie(sequencesOf(4, {{0, 2}, {1, 3}}));
    PrefixDecoder decoder(4, 1, byHand());
    const std::vector<std::int64_t> offsets{0, 1};
    const std::vector<std::int32_t> first{0};
    EXPECT_TRUE(beamSearch(trie, decoder, {.users = 1, .width = 2, .seenOffsets = offsets, .seen = first})[0].empty());
}

// However narrow the beam: a prefix whose items are all seen never takes the place of one that leads somewhere.
TEST(BeamSearch, HasNoDeadEnds)
{
    const TokenSequences names = semanticNames(60, 5, 3);
    const PrefixTrie trie(names);
    const PrefixModel model{5, names.vocabulary};
    std::set<std::int32_t> seen;
    std::vector<std::int32_t> hidden;
    while (seen.size() < 60) {
        PrefixDecoder decoder(model, 1);
        const std::vector<std::int64_t> offsets{0, static_cast<std::int64_t>(hidden.size())};
        const auto lists = beamSearch(trie, decoder, {.users = 1, .width = 1, .seenOffsets = offsets, .seen = hidden});
        ASSERT_EQ(lists[0].size(), 1u) << "after " << seen.size() << " items";
        EXPECT_TRUE(seen.insert(lists[0][0].item).second);
        hidden.push_back(lists[0][0].item);
    }
}

// Names of 1, 2 and 3 tokens: what ends is not decoded on, and takes no place of what goes on.
TEST(BeamSearch, FinishedItemsLeaveTheBeam)
{
    const TokenSequences names = sequencesOf(6, {{0}, {1, 4}, {2, 3, 5}, {2, 4, 5}});
    const PrefixTrie trie(names);
    const PrefixModel model{1, 6, 1, false}; // all tokens alike
    PrefixDecoder decoder(model, 2);
    const auto lists = beamSearch(trie, decoder, {.users = 2, .width = 4});
    EXPECT_EQ(lists[0].size(), 4u);
    EXPECT_EQ(decoder.calls, (std::vector<std::int64_t>{4, 4})); // of each user 1 and 2; then 2 3 and 2 4
}

// With a full list, what is behind its last item is not decoded any further.
TEST(BeamSearch, GivesUpWhatCannotEnterTheList)
{
    const PrefixTrie trie(sequencesOf(3, {{0}, {1, 0}, {1, 1}, {1, 2}}));
    const PrefixDecoder::Rows rows = [](std::int64_t, const Tokens&) -> std::vector<float> { return {-1, -2, -9}; };
    PrefixDecoder decoder(3, 1, rows);
    const auto lists = beamSearch(trie, decoder, {.users = 1, .width = 1});
    EXPECT_EQ(lists[0][0].item, 0);
    EXPECT_TRUE(decoder.calls.empty());
}

TEST(BeamSearch, TellsWhereTheTimeWent)
{
    const TokenSequences names = semanticNames(30, 4, 1);
    const PrefixTrie trie(names);
    PrefixDecoder decoder(PrefixModel{1, names.vocabulary}, 2);
    double ticks = 0.0;
    BeamTimes times;
    times.clock = [&] { return ticks += 1.0; };
    beamSearch(trie, decoder, {.users = 2, .width = 3, .times = &times});
    EXPECT_EQ(times.encode, 1.0);
    EXPECT_EQ(times.decode, 3.0); // names have four tokens
    EXPECT_EQ(times.rows, 3 * 6);
    EXPECT_EQ(times.encode + times.decode + times.rest, ticks - 1.0);
}

TEST(BeamSearch, RefusesWhatDoesNotFit)
{
    const PrefixTrie trie(sequencesOf(4, handNames));
    PrefixDecoder decoder(4, 1, byHand()), foreign(5, 1, byHand());
    const auto kindOf = [&](BeamDecoder& d, const BeamRequest& request) {
        try {
            beamSearch(trie, d, request);
        } catch (const Error& e) {
            return e.kind();
        }
        return ErrorKind::Cancelled;
    };
    EXPECT_EQ(kindOf(decoder, {.users = 1, .width = 0}), ErrorKind::Usage);
    EXPECT_EQ(kindOf(decoder, {.users = 1, .width = BeamRequest::widest + 1}), ErrorKind::Usage);
    EXPECT_EQ(kindOf(decoder, {.users = -1}), ErrorKind::Usage);
    EXPECT_EQ(kindOf(foreign, {.users = 1}), ErrorKind::Usage);
    EXPECT_EQ(kindOf(decoder, {.users = 2}), ErrorKind::Internal); // it knows of one user
    const std::vector<std::int64_t> offsets{0, 1}, broken{0, 2};
    const std::vector<std::int32_t> good{2}, outside{3}, negative{-1};
    EXPECT_EQ(kindOf(decoder, {.users = 1, .seenOffsets = offsets, .seen = outside}), ErrorKind::Usage);
    EXPECT_EQ(kindOf(decoder, {.users = 1, .seenOffsets = offsets, .seen = negative}), ErrorKind::Usage);
    EXPECT_EQ(kindOf(decoder, {.users = 1, .seenOffsets = broken, .seen = good}), ErrorKind::Usage);
    EXPECT_EQ(kindOf(decoder, {.users = 1, .seenOffsets = {}, .seen = good}), ErrorKind::Usage);
    EXPECT_EQ(kindOf(decoder, {.users = 1, .seenOffsets = offsets, .seen = good}), ErrorKind::Cancelled); // none
    EXPECT_TRUE(beamSearch(trie, decoder, {.users = 0}).empty());
}

TEST(BeamSearch, NumbersThatAreNoneAreAnError)
{
    const PrefixTrie trie(sequencesOf(4, handNames));
    PrefixDecoder diverged(4, 1,
        [](std::int64_t, const Tokens&) { return std::vector<float>(4, std::numeric_limits<float>::quiet_NaN()); });
    EXPECT_THROW(beamSearch(trie, diverged, {.users = 1}), Error);
    PrefixDecoder rounded(4, 1, [](std::int64_t, const Tokens&) { return std::vector<float>(4, 1e-7f); });
    const auto lists = beamSearch(trie, rounded, {.users = 1});
    ASSERT_EQ(lists[0].size(), 3u);
    for (const BeamItem& item : lists[0])
        EXPECT_EQ(item.score, 0.0);
}

} // namespace
} // namespace recoscope
