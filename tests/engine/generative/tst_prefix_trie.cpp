// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The table of all names: by hand, by its properties on drawn names, and what it refuses.
#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "tests/engine/generative/prefix_model.h"

namespace recoscope {
namespace {

Tokens asVector(std::span<const std::int32_t> tokens)
{
    return {tokens.begin(), tokens.end()};
}

std::string refusal(const TokenSequences& names)
{
    try {
        PrefixTrie trie(names);
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::Input);
        return e.message();
    }
    return {};
}

//        root 0
//       1    7       nodes 1, 2
//     5  6  (item 0) nodes 3, 4
//    (2) 0           node 5 (item 1)
TEST(PrefixTrie, ByHand)
{
    const PrefixTrie trie(sequencesOf(8, {{7}, {1, 6, 0}, {1, 5}}));
    EXPECT_EQ(trie.nodes(), 6);
    EXPECT_EQ(trie.items(), 3);
    EXPECT_EQ(trie.depth(), 3);
    EXPECT_EQ(trie.bytes(), 6 * 16 + 4 + 3 * 8);
    EXPECT_EQ(asVector(trie.children(PrefixTrie::root).tokens), (Tokens{1, 7}));
    EXPECT_EQ(trie.children(PrefixTrie::root).first, 1);
    EXPECT_EQ(asVector(trie.children(1).tokens), (Tokens{5, 6}));
    EXPECT_EQ(trie.children(1).first, 3);
    EXPECT_TRUE(trie.isLeaf(2));
    EXPECT_EQ(trie.itemAt(2), 0);
    EXPECT_EQ(trie.itemAt(3), 2);
    EXPECT_EQ(trie.itemAt(4), -1);
    EXPECT_EQ(trie.itemAt(5), 1);
    EXPECT_EQ(trie.child(1, 6), 4);
    EXPECT_EQ(trie.child(1, 7), -1);
    EXPECT_EQ(trie.token(4), 6);
    EXPECT_EQ(trie.leaves(1).first, 0); // items 2 and 1, then 0
    EXPECT_EQ(trie.leaves(1).end, 2);
    EXPECT_EQ(trie.leafOf(0), 2);
}

TEST(PrefixTrie, HoldsEveryNameAndNothingElse)
{
    for (const TokenSequences& names : {semanticNames(500, 6, 1), titleNames(500, 7, 2), semanticNames(1, 2, 3)}) {
        const PrefixTrie trie(names);
        std::set<Tokens> prefixes;
        for (std::int32_t item = 0; item < trie.items(); ++item) {
            std::int32_t node = PrefixTrie::root;
            Tokens prefix;
            for (const std::int32_t token : names.of(item)) {
                ASSERT_FALSE(trie.isLeaf(node));
                EXPECT_LE(trie.leaves(node).first, trie.leafOf(item));
                EXPECT_LT(trie.leafOf(item), trie.leaves(node).end);
                node = trie.child(node, token);
                ASSERT_GE(node, 0);
                EXPECT_EQ(trie.token(node), token);
                prefix.push_back(token);
                prefixes.insert(prefix);
            }
            EXPECT_EQ(trie.itemAt(node), item);
        }
        EXPECT_EQ(trie.nodes(), static_cast<std::int32_t>(prefixes.size()) + 1);
        std::int32_t next = 1; // children fill the table without gaps
        for (std::int32_t node = 0; node < trie.nodes(); ++node) {
            const auto [first, tokens] = trie.children(node);
            EXPECT_EQ(first, next);
            EXPECT_TRUE(std::is_sorted(tokens.begin(), tokens.end()));
            EXPECT_TRUE(std::adjacent_find(tokens.begin(), tokens.end()) == tokens.end());
            next += static_cast<std::int32_t>(tokens.size());
        }
        EXPECT_EQ(next, trie.nodes());
    }
}

TEST(PrefixTrie, RefusesNamesThatItCannotTellApart)
{
    EXPECT_NE(refusal(sequencesOf(4, {{1, 2}, {3}, {1, 2, 3}})).find("item 0 are the beginning of those of item 2"),
        std::string::npos);
    EXPECT_NE(refusal(sequencesOf(4, {{1, 2}, {1, 2}})).find("item 0"), std::string::npos);
    EXPECT_NE(refusal(sequencesOf(4, {{1}, {}})).find("item 1 has no tokens"), std::string::npos);
    EXPECT_NE(refusal(sequencesOf(4, {{1}, {4}})).find("item 1 has the token 4"), std::string::npos);
    EXPECT_NE(refusal(sequencesOf(4, {{-1}})).find("token -1"), std::string::npos);
    EXPECT_FALSE(refusal(sequencesOf(4, {})).empty());
    TokenSequences broken = sequencesOf(4, {{1}, {2}});
    broken.offsets = {0, 2, 1};
    EXPECT_FALSE(refusal(broken).empty());
    broken.offsets = {0, 5, 2};
    EXPECT_FALSE(refusal(broken).empty());
}

TEST(TokenSequences, NumbersMakeNamesUnique)
{
    const NumberedSequences numbered = numberSequences(sequencesOf(10, {{3, 4}, {3}, {3, 4}, {}, {3, 4}, {}}));
    const TokenSequences& s = numbered.sequences;
    EXPECT_EQ(s.vocabulary, 13);
    EXPECT_EQ(asVector(s.of(0)), (Tokens{3, 4, 10}));
    EXPECT_EQ(asVector(s.of(1)), (Tokens{3, 10}));
    EXPECT_EQ(asVector(s.of(2)), (Tokens{3, 4, 11}));
    EXPECT_EQ(asVector(s.of(3)), (Tokens{10}));
    EXPECT_EQ(asVector(s.of(4)), (Tokens{3, 4, 12}));
    EXPECT_EQ(asVector(s.of(5)), (Tokens{11}));
    EXPECT_EQ(numbered.collisions.names, 3);
    EXPECT_EQ(numbered.collisions.items, 5);
    EXPECT_EQ(numbered.collisions.largest, 3);
    EXPECT_EQ(PrefixTrie(s).items(), 6);
}

TEST(TokenSequences, OrderIsLexicographic)
{
    const TokenSequences names = sequencesOf(9, {{2}, {1, 8}, {1}, {}, {1, 2, 3}, {1}});
    EXPECT_EQ(lexicographicOrder(names), (Tokens{3, 2, 5, 4, 1, 0}));
}

} // namespace
} // namespace recoscope
