// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <cmath>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/workspace/text_vectors.h"
#include "tests/engine/workspace/workspace_fixture.h"

namespace recoscope::test {
namespace {

using Strings = std::vector<std::string>;

// A text becomes its length and its first byte; what was asked is kept.
class CountingEncoder : public TextEncoder {
public:
    explicit CountingEncoder(char version)
        : m_version(64, version)
    {
    }
    std::int64_t width() const override { return 2; }
    const std::string& version() const override { return m_version; }
    std::string description() const override { return "counts"; }
    std::vector<float> encode(std::span<const std::string> texts, Progress& progress) const override
    {
        std::vector<float> values;
        for (const std::string& text : texts) {
            if (text == stopAt)
                stop->requestCancel();
            progress.update(0.5, "counting");
            asked.push_back(text);
            values.push_back(text == "bad" ? std::nanf("") : static_cast<float>(text.size()));
            values.push_back(text.empty() ? 0.0f : static_cast<float>(text[0]));
        }
        progress.update(1.0, "counted");
        progress.checkCancelled();
        return values;
    }

    mutable Strings asked;
    std::string stopAt = "never";
    Progress* stop = nullptr;

private:
    std::string m_version;
};

class TextVectorsTest : public FolderTest {
protected:
    TextVectors vectors(const Strings& texts, const CountingEncoder& encoder)
    {
        encoder.asked.clear();
        return textVectors(texts, encoder, m_folder / "vectors", m_progress);
    }
    Progress m_progress;
};

TEST_F(TextVectorsTest, VectorsThatAreNoNumbersAreNeverKept)
{
    const CountingEncoder encoder('a');
    try {
        vectors({"red", "bad"}, encoder);
        FAIL() << "NaN was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Input);
        EXPECT_NE(error.message().find("\"bad\""), std::string::npos) << error.message();
    }
    EXPECT_FALSE(std::filesystem::exists(m_folder / "vectors"));
}

TEST_F(TextVectorsTest, OnlyTextsThatChangedAreEncodedAgain)
{
    const CountingEncoder encoder('a');
    const TextVectors first = vectors({"red", "blue", "red", ""}, encoder);
    EXPECT_EQ(encoder.asked, (Strings{"red", "blue", ""})) << "equal texts once";
    EXPECT_EQ(first.encoded, 3);
    EXPECT_EQ(first.values, (std::vector<float>{3, 'r', 4, 'b', 3, 'r', 0, 0}));
    const TextVectors again = vectors({"", "blue", "green", "red"}, encoder);
    EXPECT_EQ(encoder.asked, (Strings{"green"}));
    EXPECT_EQ(again.values, (std::vector<float>{0, 0, 4, 'b', 5, 'g', 3, 'r'}));
    EXPECT_EQ(vectors({"red", "green"}, encoder).encoded, 0);
}

TEST_F(TextVectorsTest, EachVersionHasItsOwn)
{
    const CountingEncoder one('a'), other('b');
    vectors({"red"}, one);
    EXPECT_EQ(vectors({"red"}, other).encoded, 1);
    EXPECT_EQ(vectors({"red"}, one).encoded, 0);
}

TEST_F(TextVectorsTest, ADamagedFileIsMadeAnew)
{
    const CountingEncoder encoder('a');
    vectors({"red", "blue"}, encoder);
    const Path file = m_folder / "vectors" / (std::string(16, 'a') + ".safetensors");
    const std::string whole = readFile(file);
    for (const std::size_t length : {std::size_t(3), whole.size() / 2, whole.size() - 1}) {
        writeFileAtomically(file, std::string_view(whole).substr(0, length));
        EXPECT_EQ(vectors({"red", "blue"}, encoder).encoded, 2) << length;
        EXPECT_EQ(readFile(file), whole) << "the same bytes again";
    }
}

TEST_F(TextVectorsTest, WhatWasDoneBeforeACancelIsKept)
{
    CountingEncoder encoder('a');
    Strings texts;
    for (int i = 0; i < 10000; ++i) // more than one part of the work
        texts.push_back("item " + std::to_string(i));
    encoder.stopAt = "item 9000";
    Progress stopped;
    encoder.stop = &stopped;
    EXPECT_EQ(kindOf([&] { textVectors(texts, encoder, m_folder / "vectors", stopped); }), ErrorKind::Cancelled);
    encoder.stopAt = "never";
    const std::int64_t left = vectors(texts, encoder).encoded;
    EXPECT_GT(left, 0);
    EXPECT_LT(left, 5000);
}

class CatalogueTitles : public WorkspaceTest { };

TEST_F(CatalogueTitles, StandInTheOrderOfTheItems)
{
    open();
    const auto dataset = generate();
    const Strings titles = catalogueTitles(dataset->catalogue());
    EXPECT_EQ(titles, dataset->catalogue().titles());
}

TEST_F(CatalogueTitles, MustBeThere)
{
    open();
    writePlain(m_folder / "plain.csv", "user,item,time\nu1,a,1\nu1,b,2\nu2,a,1\n");
    Progress progress;
    const auto dataset = workspace().importFile(m_folder / "plain.csv", "plain", ImportOptions(), progress);
    EXPECT_EQ(kindOf([&] { catalogueTitles(dataset->catalogue()); }), ErrorKind::Input);
}

} // namespace
} // namespace recoscope::test
