// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Expressions of tokenizer.json where Oniguruma and ICU part. The pieces expected are those of Hugging Face tokenizers.

#include <gtest/gtest.h>

#include "engine/text/pre_tokenizers.h"
#include "tests/engine/text/text_test.h"

namespace recoscope {
namespace {

using test::errorOf;
using Words = std::vector<std::string>;

std::unique_ptr<PreTokenizer> splitBy(const std::string& expression)
{
    return makePreTokenizer(
        {{"type", "Split"}, {"pattern", {{"Regex", expression}}}, {"behavior", "Isolated"}, {"invert", false}}, "test");
}

Words cutAt(const std::string& expression, const std::string& text)
{
    std::vector<TextPiece> pieces{{text, true}};
    splitBy(expression)->apply(pieces);
    Words words;
    for (const TextPiece& piece : pieces)
        words.push_back(piece.text);
    return words;
}

TEST(RubyExpression, APlusBehindAnIntervalRepeatsIt)
{
    EXPECT_EQ(cutAt("\\p{N}{1,3}+", "a12345678"), (Words{"a", "12345678"}));
    EXPECT_EQ(cutAt("\\p{N}{1,3}", "12345678"), (Words{"123", "456", "78"}));
    EXPECT_EQ(cutAt("(?:a|[bc]){2}+", "abcab"), (Words{"abca", "b"}));
    EXPECT_EQ(cutAt("a{2}{2}", "aaaaa"), (Words{"aaaa", "a"}));
    EXPECT_EQ(cutAt("x(ya){2}?", "xyaya"), (Words{"xyaya"})) << "both or none, and both where they are";
    EXPECT_EQ(cutAt("a++b", "aab"), (Words{"aab"})) << "a possessive plus stays one";
}

TEST(RubyExpression, LettersOfEscapes)
{
    EXPECT_EQ(cutAt("\\h+", "0x1fG h"), (Words{"0", "x", "1f", "G h"})) << "\\h is a hexadecimal digit, no space";
    EXPECT_EQ(cutAt("[\\H]", "az"), (Words{"a", "z"}));
    EXPECT_EQ(cutAt("\\v", "a\nb\x0B"), (Words{"a\nb", "\x0B"}));
    EXPECT_EQ(cutAt("\\w+", "a\u00B2\u200Db"), (Words{"a\u00B2", "\u200D", "b"})) << "no joiner, but a power of two";
    EXPECT_EQ(cutAt("[^\\W_]+", "a\u00B2"), (Words{"a", "\u00B2"})) << "which is no member of a set";
    EXPECT_EQ(cutAt("\\b", "a\u00AD b"), (Words{"a", "\u00AD ", "b"}));
    EXPECT_EQ(cutAt("\\B", "abc"), (Words{"a", "b", "c"}));
    EXPECT_EQ(cutAt("\\d{1,3}(?=(?:\\d{3})*\\b)", "1234567"), (Words{"1", "234", "567"}));
}

TEST(RubyExpression, SetsAndFlags)
{
    EXPECT_EQ(cutAt("[[:punct:]]", "a+b."), (Words{"a", "+", "b", "."})) << "symbols too";
    EXPECT_EQ(cutAt("\\p{P}", "a+b."), (Words{"a+b", "."}));
    EXPECT_EQ(cutAt("[[:word:]]+", "a\u200Db"), (Words{"a", "\u200D", "b"}));
    EXPECT_EQ(cutAt("[[a-c]&[d]]+", "xa&dx"), (Words{"x", "a&d", "x"})) << "one & is a letter";
    EXPECT_EQ(cutAt("[a-c&&b-d]+", "abcd"), (Words{"a", "bc", "d"}));
    EXPECT_EQ(cutAt("[\\p{L}-]+", "a-b c"), (Words{"a-b", " ", "c"}));
    EXPECT_EQ(cutAt("[]a]+", "x]a"), (Words{"x", "]a"}));
    EXPECT_EQ(cutAt("(?m:a.)b", "a\nb"), (Words{"a\nb"})) << "Ruby's m is the dot that matches line feeds";
    EXPECT_EQ(cutAt("(?i:'S)y", "'sY'sy"), (Words{"'sY", "'sy"}));
}

TEST(RubyExpression, WhatHasNoEqualIsRefusedByName)
{
    for (const auto& [expression, part] : std::vector<std::pair<std::string, std::string>>{{"a\\Kb", "\\K"},
             {"\\X", "\\X"}, {"\\Qa\\E", "\\Q"}, {"(?x) a", "(?x"}, {"(?~ab)", "(?~"}, {"[\\R]", "\\R"},
             {"(?i)\\p{Lu}", "\\p{Lu}"}, {"(?i:[[:upper:]])", "[:upper:]"}, {"a{", "{"}}) {
        const Error error = errorOf([&] { splitBy(expression); });
        EXPECT_EQ(error.kind(), ErrorKind::Input) << expression;
        EXPECT_NE(std::string(error.what()).find("has \"" + part + "\""), std::string::npos) << error.what();
    }
    EXPECT_EQ(cutAt("(?i:a)\\p{Lu}", "aBAc"), (Words{"aB", "Ac"})) << "the flag ends with its group";
    EXPECT_EQ(errorOf([] { splitBy("(("); }).kind(), ErrorKind::Input);
    EXPECT_EQ(errorOf([] { splitBy("[a"); }).kind(), ErrorKind::Input);
    EXPECT_EQ(errorOf([] { splitBy("a\\"); }).kind(), ErrorKind::Input);
}

} // namespace
} // namespace recoscope
