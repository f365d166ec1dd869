// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// SentencePiece files made in the test: both models, what is done to spaces, and what the types of pieces mean.

#include <gtest/gtest.h>

#include "tests/engine/text/text_test.h"

namespace recoscope {
namespace {

using test::field;
using test::Ids;
using test::spFile;
using test::SpPiece;
using test::spTokenizer;

constexpr int unigram = 1, bpe = 2;
constexpr int unknown = 2, control = 3, userDefined = 4, unused = 5, byte = 6;
const std::string noPrefix = field(3, 0), keepSpaces = field(4, 0);

TEST(SentencePieceBpe, TheLargestScoreThenTheLeftmost)
{
    const std::vector<SpPiece> pieces
        = {{"<unk>", 0, unknown}, {"ab", -1}, {"bc", -2}, {"abc", -3}, {"a", -4}, {"b", -5}, {"c", -6}, {"aa", -2}};
    const auto tokenizer = spTokenizer(spFile(bpe, pieces, "", noPrefix));
    EXPECT_EQ(tokenizer->kind(), "SentencePiece BPE");
    EXPECT_EQ(tokenizer->encode("abc"), (Ids{3}));
    EXPECT_EQ(tokenizer->encode("aaa"), (Ids{7, 4}));
    EXPECT_EQ(tokenizer->encode("aabcc"), (Ids{4, 3, 6}));
    EXPECT_EQ(tokenizer->encode("axyb"), (Ids{4, 0, 5})) << "unknown characters in a row are one";
}

TEST(SentencePieceBpe, UnusedPiecesAreStepsOnly)
{
    const std::vector<SpPiece> pieces
        = {{"<unk>", 0, unknown}, {"ab", -1, unused}, {"abc", -2}, {"a", -3}, {"b", -4}, {"c", -5}};
    const auto tokenizer = spTokenizer(spFile(bpe, pieces, "", noPrefix));
    EXPECT_EQ(tokenizer->encode("abc"), (Ids{2}));
    EXPECT_EQ(tokenizer->encode("abb"), (Ids{3, 4, 4}));
}

TEST(SentencePieceBpe, UserDefinedPiecesAreNeverJoinedOrChanged)
{
    const std::vector<SpPiece> pieces
        = {{"<unk>", 0, unknown}, {"<x>", 0, userDefined}, {"a<x>", -1}, {"a", -2}, {"</s>", 0, control}};
    const auto tokenizer = spTokenizer(spFile(bpe, pieces, "", noPrefix));
    EXPECT_EQ(tokenizer->encode("a<x>a"), (Ids{3, 1, 3}));
    EXPECT_EQ(tokenizer->encode("</s>"), (Ids{0})) << "a control piece is no text";
}

TEST(SentencePieceUnigram, TheLargestSumAndUnknownParts)
{
    const std::vector<SpPiece> pieces
        = {{"<unk>", 0, unknown}, {"a", -1}, {"b", -2}, {"ab", -2.5f}, {"ba", -2.75f}, {"bab", -1, unused}};
    const auto tokenizer = spTokenizer(spFile(unigram, pieces, "", noPrefix));
    EXPECT_EQ(tokenizer->kind(), "SentencePiece Unigram");
    EXPECT_EQ(tokenizer->encode("ab"), (Ids{3}));
    EXPECT_EQ(tokenizer->encode("aba"), (Ids{3, 1})); // -3.5 beats -1 - 2.75
    EXPECT_EQ(tokenizer->encode("bab"), (Ids{2, 3}));
    EXPECT_EQ(tokenizer->encode("axyb"), (Ids{1, 0, 2}));
}

TEST(SentencePieceUnigram, UserDefinedPiecesBeatBetterSums)
{
    const std::vector<SpPiece> pieces
        = {{"<unk>", 0, unknown}, {"a", -1}, {"b", -1}, {"ab", -50, userDefined}, {"abb", -1}};
    const auto tokenizer = spTokenizer(spFile(unigram, pieces, "", noPrefix));
    EXPECT_EQ(tokenizer->encode("ab"), (Ids{3}));
}

std::vector<SpPiece> withBytes()
{
    std::vector<SpPiece> pieces = {{"<unk>", 0, unknown}};
    for (int value = 0; value < 256; ++value) {
        char name[8];
        std::snprintf(name, sizeof name, "<0x%02X>", value);
        pieces.push_back({name, 0, byte});
    }
    pieces.push_back({"a", -1});
    pieces.push_back({"\u2581", -1});
    return pieces;
}

TEST(SentencePiece, BytesStandForWhatThePiecesLack)
{
    for (const int model : {unigram, bpe}) {
        const auto tokenizer = spTokenizer(spFile(model, withBytes(), field(35, 1), noPrefix));
        EXPECT_EQ(tokenizer->encode("a\u00E9"), (Ids{257, 0xC3 + 1, 0xA9 + 1}));
        EXPECT_EQ(tokenizer->decode(Ids{257, 0xC3 + 1, 0xA9 + 1, 258, 257}), "a\u00E9 a");
        EXPECT_EQ(tokenizer->decode(Ids{0xC3 + 1, 257}),
            "\uFFFD"
            "a");
        EXPECT_EQ(tokenizer->encode("<0x41>").size(), 6u) << "the name of a byte piece is no text";
    }
}

TEST(SentencePiece, SpacesAreMarkedAndRunsOfThemJoined)
{
    const std::vector<SpPiece> pieces = {{"<unk>", 0, unknown}, {"a", -1}, {"\u2581", -1}, {" ", -1}};
    const auto ids = [&](const std::string& normalizer, const std::string& trainer, const char* text) {
        const Ids first = spTokenizer(spFile(unigram, pieces, trainer, normalizer))->encode(text);
        EXPECT_EQ(spTokenizer(spFile(bpe, pieces, trainer, normalizer))->encode(text), first);
        return first;
    };
    EXPECT_EQ(ids("", "", "  a  a "), (Ids{2, 1, 2, 1}));
    EXPECT_EQ(ids(noPrefix, "", "  a  a "), (Ids{1, 2, 1}));
    EXPECT_EQ(ids(noPrefix + keepSpaces, "", " a  a "), (Ids{2, 1, 2, 2, 1, 2}));
    EXPECT_EQ(ids(keepSpaces, "", " a"), (Ids{2, 2, 1}));
    EXPECT_EQ(ids("", field(24, 1), "a a"), (Ids{1, 2, 1, 2})) << "the mark goes behind the word";
    EXPECT_EQ(ids(field(5, 0), "", "a a"), (Ids{3, 1, 3, 1})) << "spaces stay spaces";
    EXPECT_EQ(ids("", "", "   "), (Ids{}));
    EXPECT_EQ(ids("", "", ""), (Ids{}));
}

TEST(SentencePiece, TextAgain)
{
    const std::vector<SpPiece> pieces = {{"<unk>", 0, unknown},
        {"\u2581"
         "a",
            -1},
        {"b", -1}, {"<s>", 0, control}, {"\u2581", -2}};
    const auto tokenizer = spTokenizer(spFile(unigram, pieces));
    EXPECT_EQ(tokenizer->decode(Ids{3, 1, 2, 1}), "ab a");
    EXPECT_EQ(tokenizer->decode(Ids{3, 1, 2, 1}, false), "<s> ab a");
    EXPECT_EQ(tokenizer->decode(Ids{1, 0}), "a \u2047 ");
    EXPECT_EQ(tokenizer->decode(Ids{-1, 99, 1}), "a");
    EXPECT_EQ(tokenizer->idOf("<s>"), 3);
    EXPECT_EQ(tokenizer->piece(2), "b");
    EXPECT_EQ(tokenizer->size(), 5);
    EXPECT_EQ(tokenizer->encode("ab", true, 1), (Ids{1}));
}

} // namespace
} // namespace recoscope
