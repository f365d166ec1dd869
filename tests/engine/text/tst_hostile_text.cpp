// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Damaged files are named errors; texts of any bytes and any shape have ids.

#include <gtest/gtest.h>

#include "engine/core/random.h"
#include "tests/engine/text/text_test.h"

namespace recoscope {
namespace {

using test::errorOf;
using test::field;
using test::Ids;
using test::spFile;
using test::spTokenizer;
using test::tokenizerOf;
using test::tokenizerOfText;

const Json letters = {{"type", "BPE"}, {"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}, {"aa", 3}, {"aaaa", 4}}},
    {"merges", {"a b", "a a", "aa aa"}}};

// The call fails with Error{Input} whose message has all of `parts`.
template <class Call> void expectInput(Call call, const std::vector<std::string>& parts)
{
    const Error error = errorOf(call);
    EXPECT_EQ(error.kind(), ErrorKind::Input) << error.message();
    EXPECT_FALSE(error.hint().empty());
    for (const std::string& part : parts)
        EXPECT_NE((error.message() + " | " + error.hint()).find(part), std::string::npos)
            << part << " in " << error.message() << " | " << error.hint();
}

TEST(HostileTokenizerJson, KindsThatNobodyKnows)
{
    expectInput([] { (void)tokenizerOf({{"type", "Morse"}}); }, {"tokenizer.json: model", "Morse", "WordPiece"});
    const std::pair<const char*, const char*> places[] = {{"normalizer", "BertNormalizer"},
        {"pre_tokenizer", "Metaspace"}, {"post_processor", "TemplateProcessing"}, {"decoder", "ByteFallback"}};
    for (const auto& [place, known] : places)
        expectInput(
            [&] {
                (void)tokenizerOf(letters, {{place, {{"type", "Morse"}}}});
            },
            {std::string("tokenizer.json: ") + place, "\"Morse\"", known});
}

TEST(HostileTokenizerJson, MergesOfUnknownPieces)
{
    Json model = letters;
    model["merges"] = {"a b", "a x"};
    expectInput([&] { (void)tokenizerOf(model); }, {"merge 2", "\"x\""});
    model["merges"] = {"b a"};
    expectInput([&] { (void)tokenizerOf(model); }, {"merge 1", "\"ba\""});
    for (const Json& broken : {Json("ab"), Json("a b c"), Json::array({"a"}), Json(7), Json::array({"a", 1})}) {
        model["merges"] = Json::array({broken});
        expectInput([&] { (void)tokenizerOf(model); }, {"merge 1"});
    }
}

TEST(HostileTokenizerJson, WrongTypesAndRanges)
{
    expectInput([] { (void)tokenizerOfText("[]"); }, {"tokenizer.json"});
    expectInput([] { (void)tokenizerOfText("{}"); }, {"model"});
    expectInput([] { (void)tokenizerOfText("{\"model\": 3}"); }, {"model"});
    expectInput([] { (void)tokenizerOfText(std::string(1'000'000, '[')); }, {"tokenizer.json"});
    expectInput([] { (void)tokenizerOfText("{\"model\""); }, {"line 1"});
    for (const Json& id : {Json(-1), Json(1.5), Json("0"), Json(3'000'000'000u), Json(nullptr)})
        expectInput([&] { (void)tokenizerOf({{"type", "WordPiece"}, {"vocab", {{"a", id}}}}); }, {"vocab"});
    expectInput([] { (void)tokenizerOf({{"type", "Unigram"}, {"unk_id", 5}, {"vocab", Json::array()}}); }, {"unk_id"});
    expectInput([] { (void)tokenizerOf({{"type", "Unigram"}, {"vocab", {{"a", "b"}}}}); }, {"vocab"});
    expectInput([] { (void)tokenizerOf(letters, {{"added_tokens", {{"a", 1}}}}); }, {"added_tokens"});
    expectInput([] { (void)tokenizerOf(letters, {{"normalizer", "NFC"}}); }, {"normalizer"});
    const Json split = {{"type", "Split"}, {"pattern", {{"Regex", "(a"}}}, {"behavior", "Isolated"}};
    expectInput([&] { (void)tokenizerOf(letters, {{"pre_tokenizer", split}}); }, {"Split", "(a"});
    const Json precompiled = {{"type", "Precompiled"}, {"precompiled_charsmap", "/////w=="}};
    expectInput([&] { (void)tokenizerOf(letters, {{"normalizer", precompiled}}); }, {"damaged"});
}

TEST(HostileTokenizerJson, ARuleThatMakesATextHuge)
{
    const Json replace = {{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", std::string(1 << 16, 'a')}};
    const auto tokenizer = tokenizerOf(letters, {{"normalizer", replace}});
    expectInput([&] { (void)tokenizer->encode(std::string(1 << 17, 'a')); }, {"256 MiB"});
}

TEST(HostileTokenizerJson, AnExpressionThatNeverEnds)
{
    const Json split = {{"type", "Split"}, {"pattern", {{"Regex", "(a|b|ab)*c"}}}, {"behavior", "Isolated"}};
    const auto tokenizer = tokenizerOf(letters, {{"pre_tokenizer", split}});
    std::string text;
    for (int i = 0; i < 30; ++i)
        text += "ab";
    expectInput([&] { (void)tokenizer->encode(text); }, {"(a|b|ab)*c"});
}

std::string smallSpFile(int model)
{
    return spFile(model, {{"<unk>", 0, 2}, {"a", -1}, {"b", -2}, {"aa", -3}, {"\u2581", -4}}, "", field(2, ""));
}

TEST(HostileSentencePiece, EveryPrefixOfAFileIsReadOrRefused)
{
    for (const int model : {1, 2}) {
        const std::string whole = smallSpFile(model);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const Error error = errorOf([&] { (void)spTokenizer(whole.substr(0, size))->encode("ab aa"); });
            EXPECT_TRUE(error.kind() == ErrorKind::Input || error.message() == "nothing was thrown") << error.message();
        }
    }
}

TEST(HostileSentencePiece, LengthsBeyondTheFile)
{
    const std::string huge(9, '\xFF');
    expectInput([&] { (void)spTokenizer("\x0A" + huge + "\x01"); }, {"spm.model", "damaged"});
    expectInput([&] { (void)spTokenizer("\x0A" + huge + huge); }, {"damaged"});
    expectInput(
        [&] {
            (void)spTokenizer("\x0A\x7F"
                              "abc");
        },
        {"damaged"});
    expectInput([&] { (void)spTokenizer("\x0B"); }, {"damaged"}); // a group: no such thing in this format
    expectInput([&] { (void)spTokenizer(field(1, field(1, "a") + "\x12\x7F")); }, {"piece 0"});
}

TEST(HostileSentencePiece, PiecesThatMakeNoModel)
{
    expectInput([] { (void)spTokenizer(""); }, {"no pieces"});
    expectInput([] { (void)spTokenizer(spFile(1, {{"a", 0}})); }, {"no unknown piece"});
    expectInput([] { (void)spTokenizer(spFile(1, {{"<unk>", 0, 2}, {"a", 0}, {"a", 0}})); }, {"piece 2", "already"});
    expectInput([] { (void)spTokenizer(spFile(1, {{"<unk>", 0, 2}, {"", 0}})); }, {"piece 1", "empty"});
    expectInput([] { (void)spTokenizer(spFile(1, {{"<unk>", 0, 2}, {"a", 0, 9}})); }, {"piece 1", "type 9"});
    expectInput([] { (void)spTokenizer(spFile(1, {{"<unk>", 0, 2}, {"a", std::nanf("")}})); }, {"piece 1", "score"});
    expectInput([] { (void)spTokenizer(spFile(1, {{"<unk>", 0, 2}, {"<0xG1>", 0, 6}})); }, {"names no byte"});
    expectInput([] { (void)spTokenizer(spFile(1, {{"<unk>", 0, 2}}, field(35, 1))); }, {"256"});
    expectInput([] { (void)spTokenizer(spFile(3, {{"<unk>", 0, 2}})); }, {"WORD", "UNIGRAM"});
    expectInput(
        [] {
            (void)spTokenizer(spFile(1, {{"<unk>", 0, 2}}, "", field(2, "\xFF\xFF\xFF\xFF...")));
        },
        {"normalizer_spec", "damaged"});
}

TEST(HostileSentencePiece, ATableOfCharactersThatPointsNowhere)
{
    // Units of all ones lead outside the table at once; a random table must stay inside as well.
    RandomStream random(7, "charsmap");
    for (int round = 0; round < 50; ++round) {
        std::string table("\x40\0\0\0", 4);
        for (int i = 0; i < 80; ++i)
            table += round == 0 ? '\xFF' : static_cast<char>(random.below(256));
        const auto tokenizer = spTokenizer(spFile(1, {{"<unk>", 0, 2}, {"a", -1}}, "", field(2, table)));
        for (int first = 0; first < 256; ++first)
            EXPECT_LT(tokenizer->encode(std::string(8, static_cast<char>(first))).size(), 1000u);
    }
}

std::vector<std::shared_ptr<const Tokenizer>> oneOfEachKind()
{
    const Json byteLevel = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
    const Json scores = Json::array(
        {Json::array({"<unk>", 0}), Json::array({"a", -1}), Json::array({"aa", -1.5}), Json::array({"\u2581", -2})});
    Json unknownLetters = letters;
    unknownLetters["unk_token"] = "b";
    return {tokenizerOf(unknownLetters, {{"pre_tokenizer", byteLevel}}), tokenizerOf(unknownLetters),
        tokenizerOf({{"type", "WordPiece"}, {"unk_token", "b"}, {"vocab", {{"a", 0}, {"b", 1}, {"##a", 2}}},
                        {"max_input_chars_per_word", 100'000'000}},
            {{"normalizer", {{"type", "BertNormalizer"}}}, {"pre_tokenizer", {{"type", "BertPreTokenizer"}}}}),
        tokenizerOf({{"type", "Unigram"}, {"unk_id", 0}, {"vocab", scores}},
            {{"normalizer", {{"type", "NFKC"}}}, {"pre_tokenizer", {{"type", "Metaspace"}}}}),
        spTokenizer(smallSpFile(1)), spTokenizer(smallSpFile(2))};
}

TEST(HostileText, AMillionOfOneCharacter)
{
    const auto tokenizers = oneOfEachKind();
    const std::string text(1'000'000, 'a');
    const std::size_t expected[] = {250'000, 250'000, 1'000'000, 500'001, 1'000'001, 500'001};
    for (std::size_t i = 0; i < tokenizers.size(); ++i)
        EXPECT_EQ(tokenizers[i]->encode(text).size(), expected[i]) << i << " " << tokenizers[i]->kind();
    for (const char* part : {" ", "\n", "x", "!", "\u0301", "\U0001F600"}) {
        std::string many;
        while (many.size() < 200'000)
            many += part;
        for (const auto& tokenizer : tokenizers)
            EXPECT_LE(tokenizer->encode(many).size(), many.size() + 1) << part << " " << tokenizer->kind();
    }
}

TEST(HostileText, EmptyNulAndBytesThatAreNoText)
{
    RandomStream random(11, "texts");
    for (const auto& tokenizer : oneOfEachKind()) {
        EXPECT_EQ(tokenizer->encode(""), (Ids{})) << tokenizer->kind();
        (void)tokenizer->encode(std::string(5, '\0'));
        const auto replaced = tokenizer->encode("a\xFF"
                                                "a");
        EXPECT_EQ(replaced,
            tokenizer->encode("a\uFFFD"
                              "a"))
            << tokenizer->kind();
        for (int round = 0; round < 300; ++round) {
            std::string text;
            for (int i = 0; i < 20; ++i)
                text += static_cast<char>(random.below(256));
            const auto ids = tokenizer->encode(text);
            (void)tokenizer->decode(ids);
            for (const std::int32_t id : ids)
                ASSERT_TRUE(id >= 0 && id < tokenizer->size());
        }
    }
}

TEST(HostileText, ANulIsACharacter)
{
    Json model = letters;
    model["vocab"][std::string(1, '\0')] = 5;
    EXPECT_EQ(tokenizerOf(model)->encode(std::string("a\0b", 3)), (Ids{0, 5, 1}));
    const auto sp = spTokenizer(spFile(1, {{"<unk>", 0, 2}, {"a", -1}, {std::string(1, '\0'), -1}}, "", field(3, 0)));
    EXPECT_EQ(sp->encode(std::string("a\0a", 3)), (Ids{1, 2, 1}));
}

TEST(LoadTokenizer, FoldersAndFiles)
{
    const test::TemporaryFolder folder;
    const Error none = errorOf([&] { (void)loadTokenizer(folder.path()); });
    EXPECT_EQ(none.kind(), ErrorKind::NotFound);
    EXPECT_NE(none.hint().find("tokenizer.json"), std::string::npos);
    std::ofstream(folder / "spiece.model", std::ios::binary) << smallSpFile(1);
    EXPECT_EQ(loadTokenizer(folder.path())->kind(), "SentencePiece Unigram");
    std::ofstream(folder / "tokenizer.json") << "\n " << Json{{"model", letters}};
    EXPECT_EQ(loadTokenizer(folder.path())->kind(), "BPE");
    EXPECT_EQ(loadTokenizer(folder / "spiece.model")->kind(), "SentencePiece Unigram");
    EXPECT_EQ(errorOf([&] { (void)loadTokenizer(folder / "missing.json"); }).kind(), ErrorKind::NotFound);
}

} // namespace
} // namespace recoscope
