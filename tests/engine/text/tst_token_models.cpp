// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The three models of tokenizer.json on vocabularies small enough to work by hand.

#include <gtest/gtest.h>

#include "tests/engine/text/text_test.h"

namespace recoscope {
namespace {

using test::errorOf;
using test::Ids;
using test::tokenizerOf;

const Json letters = {{"a", 0}, {"b", 1}, {"c", 2}, {"ab", 3}, {"bc", 4}, {"abc", 5}, {"aa", 6}};

Json bpe(const Json& merges, const Json& more = Json::object())
{
    Json model = {{"type", "BPE"}, {"vocab", letters}, {"merges", merges}};
    model.update(more);
    return model;
}

TEST(Bpe, TheEarlierRuleWinsAndTheLeftPairOfEqualRules)
{
    const auto leftFirst = tokenizerOf(bpe({"a b", "b c", "a a"}));
    EXPECT_EQ(leftFirst->encode("abc"), (Ids{3, 2}));
    EXPECT_EQ(leftFirst->encode("aaa"), (Ids{6, 0}));
    const auto rightFirst = tokenizerOf(bpe({"b c", "a b", "a bc"}));
    EXPECT_EQ(rightFirst->encode("abc"), (Ids{5}));
    EXPECT_EQ(rightFirst->encode("aabcab"), (Ids{0, 5, 3}));
}

TEST(Bpe, DropoutIsRefused)
{
    const Error error = errorOf([] { tokenizerOf(bpe({"a b"}, {{"dropout", 0.1}})); });
    EXPECT_EQ(error.kind(), ErrorKind::Input);
    EXPECT_NE(std::string(error.what()).find("dropout"), std::string::npos) << error.what();
    EXPECT_EQ(tokenizerOf(bpe({"a b"}, {{"dropout", 0.0}}))->encode("ab"), (Ids{3}));
}

TEST(Bpe, BothFormsOfMergesMeanTheSame)
{
    const auto texts = tokenizerOf(bpe({"a b", "ab c"}));
    const auto pairs = tokenizerOf(bpe(Json::array({Json::array({"a", "b"}), Json::array({"ab", "c"})})));
    for (const char* text : {"abc", "aab", "cab", "bca", ""})
        EXPECT_EQ(texts->encode(text), pairs->encode(text)) << text;
    EXPECT_EQ(pairs->encode("abcb"), (Ids{5, 1}));
}

TEST(Bpe, AWholePieceCountsOnlyWhereMergesAreIgnored)
{
    EXPECT_EQ(tokenizerOf(bpe(Json::array()))->encode("abc"), (Ids{0, 1, 2}));
    EXPECT_EQ(tokenizerOf(bpe(Json::array(), {{"ignore_merges", true}}))->encode("abc"), (Ids{5}));
}

TEST(Bpe, UnknownCharactersAreOneEachOrFusedOrGone)
{
    Json model = bpe({"a b"}, {{"unk_token", "c"}});
    EXPECT_EQ(tokenizerOf(model)->encode("xyab"), (Ids{2, 2, 3}));
    model["fuse_unk"] = true;
    EXPECT_EQ(tokenizerOf(model)->encode("xyabz"), (Ids{2, 3, 2}));
    EXPECT_EQ(tokenizerOf(bpe({"a b"}))->encode("xaby"), (Ids{3}));
}

TEST(Bpe, BytesStandForWhatTheVocabularyLacks)
{
    Json model = bpe({"a b"}, {{"byte_fallback", true}, {"unk_token", "c"}});
    model["vocab"]["<0xC3>"] = 7;
    model["vocab"]["<0xA9>"] = 8;
    const auto tokenizer = tokenizerOf(model, {{"decoder", {{"type", "ByteFallback"}}}});
    EXPECT_EQ(tokenizer->encode("ab\xC3\xA9"), (Ids{3, 7, 8}));
    EXPECT_EQ(tokenizer->encode("\xC3\xA8"), (Ids{2})); // one byte has no piece: unknown as a whole
    EXPECT_EQ(tokenizer->decode(Ids{3, 7, 8}), "ab\xC3\xA9");
    EXPECT_EQ(tokenizer->decode(Ids{7, 0}),
        "\xEF\xBF\xBD"
        "a");
}

TEST(Bpe, TheEndOfAWordHasPiecesOfItsOwn)
{
    const Json model = {{"type", "BPE"}, {"end_of_word_suffix", "</w>"},
        {"vocab", {{"a", 0}, {"b</w>", 1}, {"ab</w>", 2}, {"a</w>", 3}}}, {"merges", {"a b</w>"}}};
    const auto tokenizer = tokenizerOf(model,
        {{"pre_tokenizer", {{"type", "WhitespaceSplit"}}}, {"decoder", {{"type", "BPEDecoder"}, {"suffix", "</w>"}}}});
    EXPECT_EQ(tokenizer->encode("ab aa"), (Ids{2, 0, 3}));
    EXPECT_EQ(tokenizer->decode(Ids{2, 0, 3}), "ab aa");
}

TEST(WordPiece, TheLongestPieceFromTheLeft)
{
    const Json model = {{"type", "WordPiece"}, {"unk_token", "[UNK]"}, {"max_input_chars_per_word", 12},
        {"vocab", {{"[UNK]", 0}, {"un", 1}, {"##aff", 2}, {"##able", 3}, {"##a", 4}, {"unaff", 5}, {"\xC3\xA9", 6}}}};
    const auto tokenizer = tokenizerOf(model, {{"pre_tokenizer", {{"type", "WhitespaceSplit"}}}});
    EXPECT_EQ(tokenizer->encode("unaffable"), (Ids{5, 3}));
    EXPECT_EQ(tokenizer->encode("unable una"), (Ids{1, 3, 1, 4}));
    EXPECT_EQ(tokenizer->encode("unx able"), (Ids{0, 0})) << "a part that no piece covers makes the word unknown";
    EXPECT_EQ(tokenizer->encode("\xC3\xA9"), (Ids{6}));
    EXPECT_EQ(tokenizer->encode("unaaaaaaaaaa"), (Ids{1, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4}));
    EXPECT_EQ(tokenizer->encode("unaaaaaaaaaaa"), (Ids{0})) << "13 characters are one too many";
}

Json unigram(const Json& vocab, const Json& more = Json::object())
{
    Json model = {{"type", "Unigram"}, {"unk_id", 0}, {"vocab", vocab}};
    model.update(more);
    return model;
}

Json scored(const char* piece, double score)
{
    return Json::array({piece, score});
}

TEST(Unigram, TheLargestSumOfScores)
{
    const Json vocab
        = Json::array({scored("<unk>", 0), scored("a", -1), scored("b", -2), scored("ab", -2.5), scored("ba", -4)});
    const auto tokenizer = tokenizerOf(unigram(vocab));
    EXPECT_EQ(tokenizer->encode("ab"), (Ids{3})); // -2.5 beats -1 - 2
    EXPECT_EQ(tokenizer->encode("bab"), (Ids{2, 3})); // -4.5 beats -4 - 2 and -2 - 1 - 2
    EXPECT_EQ(tokenizer->encode("aba"), (Ids{3, 1}));
}

TEST(Unigram, OfEqualSumsTheLastPieceThatBeginsEarliest)
{
    const Json vocab = Json::array({scored("<unk>", 0), scored("a", -1), scored("aa", -2)});
    const auto tokenizer = tokenizerOf(unigram(vocab));
    EXPECT_EQ(tokenizer->encode("aa"), (Ids{2}));
    EXPECT_EQ(tokenizer->encode("aaa"), (Ids{1, 2}));
}

TEST(Unigram, ScoresAreReadAsTheFormatsOwnImplementationReadsThem)
{
    // 73993214775083755 / 1e16 in doubles is one unit in the last place below the number that is written.
    const Json vocab = Json::array(
        {scored("<unk>", -20), scored("c", -7.3993214775083755), scored("d", 0), scored("cd", -7.399321477508376)});
    EXPECT_EQ(tokenizerOf(unigram(vocab))->encode("cd"), (Ids{3})) << "equal sums, and not c and d by a hair";
}

TEST(Unigram, UnknownPartsBecomeOneOrBytes)
{
    Json vocab = Json::array({scored("<unk>", 0), scored("a", -1)});
    EXPECT_EQ(tokenizerOf(unigram(vocab))->encode("xyazz"), (Ids{0, 1, 0}));
    vocab.push_back(scored("<0x78>", 0));
    vocab.push_back(scored("<0x79>", 0));
    const auto tokenizer = tokenizerOf(unigram(vocab, {{"byte_fallback", true}}));
    EXPECT_EQ(tokenizer->encode("xyaz"), (Ids{2, 3, 1, 0}));
}

TEST(Unigram, WithoutAnUnknownPieceSomeTextsHaveNoIds)
{
    const auto tokenizer = tokenizerOf(unigram(Json::array({scored("a", -1)}), {{"unk_id", nullptr}}));
    EXPECT_EQ(tokenizer->encode("aa"), (Ids{0, 0}));
    const Error error = errorOf([&] { (void)tokenizer->encode("ab"); });
    EXPECT_EQ(error.kind(), ErrorKind::Input);
    EXPECT_NE(error.message().find("unk_id"), std::string::npos);
}

TEST(TokenModel, FilesOlderThanTheKindTellByTheirKeys)
{
    EXPECT_EQ(tokenizerOf({{"vocab", letters}, {"merges", {"a b"}}})->kind(), "BPE");
    EXPECT_EQ(tokenizerOf({{"vocab", letters}, {"unk_token", "a"}})->kind(), "WordPiece");
    EXPECT_EQ(tokenizerOf({{"vocab", Json::array({scored("a", -1)})}})->kind(), "Unigram");
}

TEST(Tokenizer, PiecesAndIdsBothWays)
{
    const auto tokenizer = tokenizerOf(
        bpe({"a b"}), {{"added_tokens", Json::array({{{"id", 7}, {"content", "<s>"}, {"special", true}}})}});
    EXPECT_EQ(tokenizer->idOf("abc"), 5);
    EXPECT_EQ(tokenizer->idOf("<s>"), 7);
    EXPECT_EQ(tokenizer->idOf("zz"), -1);
    EXPECT_EQ(tokenizer->piece(3), "ab");
    EXPECT_EQ(tokenizer->piece(7), "<s>");
    EXPECT_EQ(tokenizer->piece(8), "");
    EXPECT_EQ(tokenizer->size(), 8);
}

} // namespace
} // namespace recoscope
