// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/text/piece_training.h"
#include "tests/engine/text/text_test.h"

namespace recoscope {
namespace {

using test::Ids;
using test::tokenizerOfText;

// By hand: a, b and the mark come four times, c once. (a, b) and (mark, a) come four times each; a and b are older.
const std::vector<std::string> fourWords = {"ab ab", "ab", "abc"};

TEST(PieceTraining, JoinsTheMostFrequentPairsFirst)
{
    const auto tokenizer = tokenizerOfText(trainPieces(fourWords, 100));
    const std::vector<std::string> expected = {"a", "b", "\xE2\x96\x81", "c", "ab",
        "\xE2\x96\x81"
        "ab"};
    ASSERT_EQ(tokenizer->size(), static_cast<std::int32_t>(expected.size()));
    for (std::size_t id = 0; id < expected.size(); ++id)
        EXPECT_EQ(tokenizer->piece(static_cast<std::int32_t>(id)), expected[id]);
    // Case, punctuation and characters that were never seen are gone; no piece goes beyond a word.
    EXPECT_EQ(tokenizer->encode("Ab, c! abd"), (Ids{5, 2, 3, 5}));
}

TEST(PieceTraining, KeepsToTheNumberOfPieces)
{
    EXPECT_EQ(tokenizerOfText(trainPieces(fourWords, 5))->size(), 5);
    const auto letters = tokenizerOfText(trainPieces(fourWords, 2));
    EXPECT_EQ(letters->size(), 2);
    EXPECT_EQ(letters->encode("abc"), (Ids{0, 1}));
}

TEST(PieceTraining, TheOrderOfTheTextsDoesNotMatter)
{
    std::vector<std::string> texts;
    for (int i = 0; i < 40; ++i)
        texts.push_back("The " + std::string(i % 3 ? "Hollow" : "Golden") + " Lantern " + std::to_string(i % 7)
            + (i % 5 ? " \xC3\x89"
                       "clair"
                     : " \xE6\x9C\xA8\xE6\x9B\x9C"));
    const std::string forward = trainPieces(texts, 60);
    std::reverse(texts.begin(), texts.end());
    EXPECT_EQ(forward, trainPieces(texts, 60));
}

TEST(PieceTraining, WordsThatComeOftenBecomeOnePiece)
{
    const auto tokenizer = tokenizerOfText(trainPieces({"newest newest widest newest", "low lower lowest"}, 1000));
    EXPECT_EQ(tokenizer->encode("NEWEST").size(), 1u);
    EXPECT_EQ(tokenizer->decode(tokenizer->encode("Lower, newest")), "lower newest");
    // The letters of a repeated pair overlap: aaaa is aa twice.
    EXPECT_EQ(tokenizerOfText(trainPieces({"aaaa aaaa"}, 3))->encode("aaaaa"), (Ids{1, 2, 2, 0}));
}

TEST(PieceTraining, TextsWithoutAWordAreRefused)
{
    EXPECT_EQ(test::errorOf([] { trainPieces({}, 10); }).kind(), ErrorKind::Input);
    EXPECT_EQ(test::errorOf([] { trainPieces({"", "...", "\xFF\xFE"}, 10); }).kind(), ErrorKind::Input);
}

} // namespace
} // namespace recoscope
