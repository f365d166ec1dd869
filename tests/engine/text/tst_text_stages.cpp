// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Normalizers, pre-tokenizers, added tokens, post-processors and decoders of tokenizer.json, one by one.

#include <gtest/gtest.h>

#include "engine/text/decoders.h"
#include "engine/text/normalizers.h"
#include "engine/text/post_processors.h"
#include "engine/text/pre_tokenizers.h"
#include "tests/engine/text/text_test.h"

namespace recoscope {
namespace {

using test::Ids;
using test::tokenizerOf;
using Words = std::vector<std::string>;

std::string normalisedBy(const Json& json, const std::string& text)
{
    return makeNormalizer(json, "test")->apply(text);
}

Words cutBy(const Json& json, const std::string& text)
{
    std::vector<TextPiece> pieces{{text, true}};
    makePreTokenizer(json, "test")->apply(pieces);
    Words words;
    for (const TextPiece& piece : pieces)
        words.push_back(piece.text);
    return words;
}

TEST(Normalizers, UnicodeForms)
{
    EXPECT_EQ(normalisedBy({{"type", "NFC"}}, "e\u0301"), "\u00E9");
    EXPECT_EQ(normalisedBy({{"type", "NFD"}}, "\u00E9"), "e\u0301");
    EXPECT_EQ(normalisedBy({{"type", "NFKC"}}, "\uFB01\u2460"), "fi1");
    EXPECT_EQ(normalisedBy({{"type", "NFKD"}}, "\uFF21\u00E9"), "Ae\u0301");
}

TEST(Normalizers, LettersOneByOne)
{
    EXPECT_EQ(normalisedBy({{"type", "Lowercase"}}, "\u0130\u03A3\u03A3 A"), "i\u0307\u03C3\u03C3 a");
    EXPECT_EQ(normalisedBy({{"type", "StripAccents"}}, "e\u0301\u00E9"), "e\u00E9");
}

TEST(Normalizers, BertCleansSplitsChineseStripsAccentsAndLowers)
{
    const Json bert = {{"type", "BertNormalizer"}, {"clean_text", true}, {"handle_chinese_chars", true},
        {"strip_accents", nullptr}, {"lowercase", true}};
    EXPECT_EQ(normalisedBy(bert, std::string("\u00C9\tA\0b\u00ADc", 9)), "e abc");
    EXPECT_EQ(normalisedBy(bert, "a\u6620\u753B"), "a \u6620  \u753B ");
    Json cased = bert;
    cased["lowercase"] = false;
    EXPECT_EQ(normalisedBy(cased, "\u00C9"), "\u00C9") << "accents go with the case unless the file says otherwise";
}

TEST(Normalizers, ClassesThatChangedSinceAreTheOldOnes)
{
    const Json strip = {{"type", "StripAccents"}};
    EXPECT_EQ(normalisedBy(strip, "a\u1CF2\U000111C9"), "a\U000111C9");
    const Json bert = {{"type", "BertNormalizer"}, {"lowercase", true}};
    EXPECT_EQ(normalisedBy(bert, "a\u1734\u1885\uA9BD\U000111C9"), "a\u1885\uA9BD\U000111C9");
    EXPECT_EQ(cutBy({{"type", "Punctuation"}}, "a\U000111C9"), (Words{"a", "\U000111C9"}));
}

TEST(Normalizers, ReplaceTakesNoEmptyMatchBehindAnother)
{
    const Json replace = {{"type", "Replace"}, {"pattern", {{"Regex", "x*"}}}, {"content", "-"}};
    EXPECT_EQ(normalisedBy(replace, "axb"), "-a-b-");
    EXPECT_EQ(normalisedBy(replace, "xx"), "-");
}

TEST(Normalizers, ReplacePrependStripAndSequence)
{
    const Json replace = {{"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", " "}};
    EXPECT_EQ(normalisedBy(replace, "a   b  c d"), "a b c d");
    EXPECT_EQ(normalisedBy({{"type", "Replace"}, {"pattern", {{"String", "."}}}, {"content", "!"}}, "a.b"), "a!b");
    EXPECT_EQ(normalisedBy({{"type", "Prepend"}, {"prepend", "_"}}, "a"), "_a");
    EXPECT_EQ(normalisedBy({{"type", "Prepend"}, {"prepend", "_"}}, ""), "");
    EXPECT_EQ(normalisedBy({{"type", "Strip"}, {"strip_left", true}, {"strip_right", false}}, " \u3000a "), "a ");
    const Json sequence = {{"type", "Sequence"},
        {"normalizers", Json::array({Json{{"type", "Strip"}}, Json{{"type", "Lowercase"}}, replace})}};
    EXPECT_EQ(normalisedBy(sequence, " A   B "), "a b");
    EXPECT_EQ(normalisedBy(nullptr, " A "), " A ");
}

// A table with one rule, "\t" to " ": units 0 (root, offset 16), 16 ^ 9 = 25 (label 9, a leaf, offset 1), 25 ^ 1 = 24
// (value 0: the first replacement).
TEST(Normalizers, PrecompiledTable)
{
    std::vector<std::uint32_t> units(32, 0);
    units[0] = 16u << 10;
    units[25] = 9u | 1u << 8 | 1u << 10;
    units[24] = 0x80000000u;
    std::string blob;
    const auto add = [&](std::uint32_t value) {
        for (int shift = 0; shift < 32; shift += 8)
            blob += static_cast<char>(value >> shift & 255);
    };
    add(static_cast<std::uint32_t>(units.size() * 4));
    for (const std::uint32_t unit : units)
        add(unit);
    blob += std::string(" \0", 2);
    constexpr char sixBits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string base64;
    blob.resize((blob.size() + 2) / 3 * 3, '\0');
    for (std::size_t i = 0; i < blob.size(); i += 3) {
        const auto byte
            = [&](std::size_t k) { return static_cast<std::uint32_t>(static_cast<unsigned char>(blob[k])); };
        const std::uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        for (int shift = 18; shift >= 0; shift -= 6)
            base64 += sixBits[bits >> shift & 63];
    }
    const Json precompiled = {{"type", "Precompiled"}, {"precompiled_charsmap", base64}};
    EXPECT_EQ(normalisedBy(precompiled, "a\tb\n\t\u00E9"), "a b\n \u00E9");
    const auto sp = test::spTokenizer(test::spFile(1,
        {{"<unk>", 0, 2}, {"a", -1}, {"\u2581", -2},
            {"\u2581"
             "a",
                -5}},
        "", test::field(2, blob)));
    EXPECT_EQ(sp->encode("a\t\ta"), (Ids{2, 1, 2, 1}));
}

TEST(PreTokenizers, ByteLevelWords)
{
    const Json plain = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
    EXPECT_EQ(cutBy(plain, "I'll go  2 B!"),
        (Words{"I", "'ll", "\u0120go", "\u0120",
            "\u0120"
            "2",
            "\u0120"
            "B",
            "!"}));
    EXPECT_EQ(cutBy(plain, "\u00E9\n"), (Words{"\u00C3\u00A9", "\u010A"}));
    EXPECT_EQ(cutBy({{"type", "ByteLevel"}, {"add_prefix_space", true}, {"use_regex", false}}, "a b"),
        (Words{"\u0120"
               "a\u0120"
               "b"}));
}

TEST(PreTokenizers, WordsOfSeveralKinds)
{
    EXPECT_EQ(cutBy({{"type", "BertPreTokenizer"}}, " a,b\u3000$c "), (Words{"a", ",", "b", "$", "c"}));
    EXPECT_EQ(cutBy({{"type", "Whitespace"}}, "a_1 b!? c"), (Words{"a_1", "b", "!?", "c"}));
    EXPECT_EQ(cutBy({{"type", "WhitespaceSplit"}}, "a! \u00A0 b"), (Words{"a!", "b"}));
    EXPECT_EQ(cutBy({{"type", "Digits"}, {"individual_digits", true}}, "a12b"), (Words{"a", "1", "2", "b"}));
    EXPECT_EQ(cutBy({{"type", "Digits"}, {"individual_digits", false}}, "a12b"), (Words{"a", "12", "b"}));
    EXPECT_EQ(cutBy({{"type", "Punctuation"}, {"behavior", "Contiguous"}}, "a!?b"), (Words{"a", "!?", "b"}));
    EXPECT_EQ(cutBy({{"type", "CharDelimiterSplit"}, {"delimiter", "-"}}, "a--b"), (Words{"a", "b"}));
    EXPECT_EQ(cutBy(nullptr, "a b"), (Words{"a b"}));
}

TEST(PreTokenizers, SplitBehaviours)
{
    const auto split = [](const char* behaviour, bool invert) {
        return cutBy({{"type", "Split"}, {"pattern", {{"Regex", "-"}}}, {"behavior", behaviour}, {"invert", invert}},
            "the-final--countdown");
    };
    EXPECT_EQ(split("Removed", false), (Words{"the", "final", "countdown"}));
    EXPECT_EQ(split("Isolated", false), (Words{"the", "-", "final", "-", "-", "countdown"}));
    EXPECT_EQ(split("MergedWithPrevious", false), (Words{"the-", "final-", "-", "countdown"}));
    EXPECT_EQ(split("MergedWithNext", false), (Words{"the", "-final", "-", "-countdown"}));
    EXPECT_EQ(split("Contiguous", false), (Words{"the", "-", "final", "--", "countdown"}));
    EXPECT_EQ(split("Removed", true), (Words{"-", "-", "-"}));
}

TEST(PreTokenizers, MetaspaceBeforeEveryTextOrTheFirstPart)
{
    const auto metaspace = [](const char* scheme, bool split) {
        return Json{{"type", "Metaspace"}, {"replacement", "_"}, {"prepend_scheme", scheme}, {"split", split}};
    };
    EXPECT_EQ(cutBy(metaspace("always", true), "a  b"), (Words{"_a", "_", "_b"}));
    EXPECT_EQ(cutBy(metaspace("never", true), "a b"), (Words{"a", "_b"}));
    EXPECT_EQ(cutBy(metaspace("always", false), " a b"), (Words{"_a_b"}));
    const Json cut = {{"type", "WhitespaceSplit"}};
    const auto after = [&](const char* scheme) {
        return Json{{"type", "Sequence"}, {"pretokenizers", Json::array({cut, metaspace(scheme, true)})}};
    };
    EXPECT_EQ(cutBy(after("first"), "a b"), (Words{"_a", "b"}));
    EXPECT_EQ(cutBy(after("first"), " a b"), (Words{"a", "b"}));
    EXPECT_EQ(cutBy(after("always"), "a b"), (Words{"_a", "_b"}));
    EXPECT_EQ(cutBy({{"type", "Metaspace"}, {"replacement", "_"}, {"add_prefix_space", false}}, "a"), (Words{"a"}));
}

// Letters a to e are 0 to 4, a space is 5.
std::shared_ptr<const Tokenizer> withAdded(const Json& token, const Json& normalizer = nullptr)
{
    const Json model = {{"type", "BPE"}, {"vocab", {{"a", 0}, {"b", 1}, {"c", 2}, {"d", 3}, {"e", 4}, {" ", 5}}},
        {"merges", Json::array()}};
    return tokenizerOf(model, {{"added_tokens", Json::array({token})}, {"normalizer", normalizer}});
}

TEST(AddedTokens, FoundBeforeTheModelAndTheLongestOfThem)
{
    const auto tokenizer = withAdded({{"id", 6}, {"content", "<b>"}, {"special", true}});
    EXPECT_EQ(tokenizer->encode("a<b>b"), (Ids{0, 6, 1}));
    EXPECT_EQ(tokenizer->decode(Ids{0, 6, 1}), "a b");
    EXPECT_EQ(tokenizer->decode(Ids{0, 6, 1}, false), "a <b> b");
    const Json model = {{"type", "BPE"}, {"vocab", {{"a", 0}}}, {"merges", Json::array()}};
    const auto two = tokenizerOf(
        model, {{"added_tokens", Json::array({{{"id", 1}, {"content", "aa"}}, {{"id", 2}, {"content", "aaa"}}})}});
    EXPECT_EQ(two->encode("aaaaaa"), (Ids{2, 2}));
    EXPECT_EQ(two->encode("aaaaa"), (Ids{2, 1}));
}

TEST(AddedTokens, WholeWordsAndTheSpacesAround)
{
    const auto word = withAdded({{"id", 6}, {"content", "X"}, {"single_word", true}});
    EXPECT_EQ(word->encode("a X cX,X"), (Ids{0, 5, 6, 5, 2, 6}));
    const auto strips = withAdded({{"id", 6}, {"content", "X"}, {"lstrip", true}, {"rstrip", true}});
    EXPECT_EQ(strips->encode("a  X c"), (Ids{0, 6, 2}));
    const auto known = withAdded({{"id", 6}, {"content", "b"}});
    EXPECT_EQ(known->encode("abc"), (Ids{0, 1, 2})) << "a token of the model keeps the model's id";
}

TEST(AddedTokens, NumberedOnBehindTheModelWhateverTheFileSays)
{
    const auto gap = withAdded({{"id", 90}, {"content", "X"}});
    EXPECT_EQ(gap->encode("aX"), (Ids{0, 6}));
    EXPECT_EQ(gap->size(), 7);
    const Json model = {{"type", "BPE"}, {"vocab", {{"a", 0}, {"b", 5}}}, {"merges", Json::array()}};
    const Json tokens = Json::array({{{"id", 8}, {"content", "b"}}, {{"id", 9}, {"content", "X"}},
        {{"id", 2}, {"content", "Y"}}, {{"id", 3}, {"content", "X"}, {"special", true}}});
    // Behind the largest id of an added token, which b has, since the model has two pieces only.
    EXPECT_EQ(tokenizerOf(model, {{"added_tokens", tokens}})->encode("bXYX"), (Ids{5, 6, 7, 6}));
}

TEST(AddedTokens, SpacesThatAreTakenAreNoTokenAgain)
{
    const auto spaces
        = withAdded({{"id", 6}, {"content", "  "}, {"lstrip", true}, {"rstrip", true}, {"normalized", true}});
    EXPECT_EQ(spaces->encode("a      b"), (Ids{0, 6, 1}));
}

TEST(AddedTokens, NormalisedTextOrTheTextAsItCame)
{
    const Json lower = {{"type", "Lowercase"}};
    EXPECT_EQ(withAdded({{"id", 6}, {"content", "B"}, {"normalized", true}}, lower)->encode("aBb"), (Ids{0, 6, 6}));
    EXPECT_EQ(withAdded({{"id", 6}, {"content", "B"}, {"normalized", false}}, lower)->encode("aBb"), (Ids{0, 6, 1}));
}

TEST(PostProcessors, SpecialIdsAround)
{
    const Json special = {{"S", {{"id", "S"}, {"ids", {7, 8}}, {"tokens", {"s", "t"}}}}};
    const Json single = Json::array(
        {{{"SpecialToken", {{"id", "S"}, {"type_id", 0}}}}, {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}});
    const Json around
        = {{"type", "TemplateProcessing"}, {"single", single}, {"pair", Json::array()}, {"special_tokens", special}};
    EXPECT_EQ(makePostProcessor(around, "test")->apply({1, 2}), (Ids{7, 8, 1, 2}));
    const Json bert = {{"type", "BertProcessing"}, {"sep", {"[SEP]", 9}}, {"cls", {"[CLS]", 6}}};
    EXPECT_EQ(makePostProcessor(bert, "test")->apply({1}), (Ids{6, 1, 9}));
    const Json both = {{"type", "Sequence"},
        {"processors", Json::array({{{"type", "ByteLevel"}, {"add_prefix_space", true}}, around, bert})}};
    EXPECT_EQ(makePostProcessor(both, "test")->apply({1}), (Ids{6, 7, 8, 1, 9}));
}

TEST(PostProcessors, AreLeftOutOnRequestAndCountInTheLimit)
{
    const Json model = {{"type", "BPE"}, {"vocab", {{"a", 0}, {"b", 1}}}, {"merges", Json::array()}};
    const auto tokenizer = tokenizerOf(model,
        {{"post_processor", {{"type", "BertProcessing"}, {"sep", {"[SEP]", 9}}, {"cls", {"[CLS]", 6}}}},
            {"truncation", {{"max_length", 1}, {"strategy", "LongestFirst"}, {"stride", 0}}}});
    EXPECT_EQ(tokenizer->encode("abab"), (Ids{6, 0, 1, 0, 1, 9}));
    EXPECT_EQ(tokenizer->encode("abab", false), (Ids{0, 1, 0, 1}));
    EXPECT_EQ(tokenizer->encode("abab", true, 4), (Ids{6, 0, 1, 9}));
    EXPECT_EQ(tokenizer->encode("abab", false, 3), (Ids{0, 1, 0}));
    EXPECT_EQ(tokenizer->encode("abab", true, 1), (Ids{6, 9}));
}

TEST(Decoders, TextAgain)
{
    const auto decoded = [](const Json& json, const Words& pieces) {
        std::string text;
        for (const std::string& part : makeDecoder(json, "test")->apply(pieces))
            text += part;
        return text;
    };
    EXPECT_EQ(decoded({{"type", "ByteLevel"}},
                  {"\u0120"
                   "a",
                      "\u00C3", "\u00A9"}),
        " a\u00E9");
    EXPECT_EQ(decoded({{"type", "WordPiece"}}, {"un", "##able", ",", "it", "##s", "!"}), "unable, its!");
    EXPECT_EQ(decoded({{"type", "Metaspace"}},
                  {"\u2581"
                   "a",
                      "\u2581"
                      "b"}),
        "a b");
    const Json llama = {{"type", "Sequence"},
        {"decoders",
            Json::array({Json{{"type", "Replace"}, {"pattern", {{"String", "\u2581"}}}, {"content", " "}},
                Json{{"type", "ByteFallback"}}, Json{{"type", "Fuse"}},
                Json{{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}})}};
    EXPECT_EQ(decoded(llama,
                  {"\u2581"
                   "a",
                      "<0xC3>", "<0xA9>", "\u2581", "<0xFF>"}),
        "a\u00E9 \uFFFD");
}

} // namespace
} // namespace recoscope
