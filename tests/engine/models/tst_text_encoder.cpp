// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/models/text_encoder.h"
#include "tests/engine/text/model_folder.h"

namespace recoscope::test {
namespace {

using Strings = std::vector<std::string>;

class TextEncoderTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        writeModel(m_folder.path(), smallBert(), smallWeights(smallBert(), ""));
        writeTokenizer(m_folder.path());
    }
    std::shared_ptr<const TextEncoder> open(const TextEncoderSettings& settings = {}) const
    {
        return openTextEncoder(m_folder.path(), settings);
    }
    std::vector<float> encode(const Strings& texts, const TextEncoderSettings& settings = {}) const
    {
        Progress progress;
        return open(settings)->encode(texts, progress);
    }
    ErrorKind kindOf(const TextEncoderSettings& settings = {}) const
    {
        try {
            open(settings);
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::Internal;
    }

    TemporaryFolder m_folder;
};

std::vector<float> rowOf(const std::vector<float>& vectors, std::size_t row, std::size_t width = 8)
{
    return {vectors.begin() + row * width, vectors.begin() + (row + 1) * width};
}

TEST_F(TextEncoderTest, RowsKeepTheOrderOfTheTexts)
{
    const Strings texts = {"a b c d e", "h", "", "c a", "h", "b unheard"};
    const std::vector<float> all = encode(texts);
    ASSERT_EQ(all.size(), texts.size() * 8);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        EXPECT_THAT(rowOf(all, i), ::testing::Pointwise(::testing::FloatNear(1e-6f), encode({texts[i]}))) << texts[i];
        double square = 0.0;
        for (const float v : rowOf(all, i))
            square += double(v) * v;
        EXPECT_NEAR(square, 1.0, 1e-5) << texts[i];
    }
    EXPECT_NE(rowOf(all, 0), rowOf(all, 3));
}

TEST_F(TextEncoderTest, LongTextsAreCutInsideTheirSpecialTokens)
{
    EXPECT_EQ(encode({"a b c d e f"}, {{}, {}, 5}), encode({"a b c"}, {{}, {}, 5}));
    std::string endless = "a";
    for (int i = 0; i < 1000; ++i)
        endless += " b";
    EXPECT_EQ(encode({endless}).size(), 8u) << "the model has 16 positions";
}

TEST_F(TextEncoderTest, MeanIsTheMeanOfFirstAndLastOfTwoTokens)
{
    const auto at = [&](TextPooling pooling) { return encode({""}, {pooling, false, 0}); }; // [CLS] [SEP]
    const auto mean = at(TextPooling::Mean), first = at(TextPooling::FirstToken), last = at(TextPooling::LastToken);
    for (std::size_t i = 0; i < mean.size(); ++i)
        EXPECT_NEAR(mean[i], (first[i] + last[i]) / 2.0f, 1e-6f);
    EXPECT_NE(first, last);
}

TEST_F(TextEncoderTest, VersionTellsWeightsAndSettingsNotPlaces)
{
    const TemporaryFolder other;
    writeModel(other.path(), smallBert(), smallWeights(smallBert(), ""));
    writeTokenizer(other.path());
    const std::string version = open()->version();
    EXPECT_EQ(version.size(), 64u);
    EXPECT_EQ(openTextEncoder(other.path())->version(), version);
    EXPECT_NE(open({TextPooling::FirstToken, {}, 0})->version(), version);
    EXPECT_NE(open({{}, false, 0})->version(), version);
    EXPECT_NE(open({{}, {}, 7})->version(), version);
    StoredTensors changed = smallWeights(smallBert(), "");
    changed["pooler.dense.bias"].values[0] += 1.0f;
    writeModel(other.path(), smallBert(), changed);
    EXPECT_NE(openTextEncoder(other.path())->version(), version);
}

TEST_F(TextEncoderTest, TheFolderSaysPoolingAndLength)
{
    const std::vector<float> first = encode({"a b c d e f"}, {TextPooling::FirstToken, false, 6});
    std::filesystem::create_directory(m_folder / "1_Pooling");
    writeJson(m_folder / "1_Pooling/config.json", {{"pooling_mode_cls_token", true}});
    writeJson(m_folder / "sentence_bert_config.json", {{"max_seq_length", 6}});
    writeJson(m_folder / "modules.json",
        {{{"type", "sentence_transformers.models.Transformer"}, {"path", ""}},
            {{"type", "sentence_transformers.models.Pooling"}, {"path", "1_Pooling"}}});
    EXPECT_EQ(encode({"a b c d e f"}), first);
    EXPECT_THAT(open()->description(), ::testing::HasSubstr("bert, 2 layers, 8 dims, first of at most 6 tokens"));
}

TEST_F(TextEncoderTest, DecodersTakeTheLastTokenAndEmptyTextsAreZeros)
{
    writeModel(m_folder.path(), smallLlama(), smallWeights(smallLlama(), "model."));
    writeTokenizer(m_folder.path(), false);
    const std::vector<float> vectors = encode({"a b", "", "b"});
    EXPECT_EQ(rowOf(vectors, 1), std::vector<float>(8, 0.0f));
    EXPECT_THAT(rowOf(vectors, 0),
        ::testing::Pointwise(::testing::FloatNear(1e-6f), encode({"a b"}, {TextPooling::LastToken, true, 0})));
}

TEST_F(TextEncoderTest, RefusesPartsThatDoNotFit)
{
    EXPECT_EQ(kindOf({{}, {}, 17}), ErrorKind::Usage) << "more tokens than positions";
    Json small = smallBert();
    small["vocab_size"] = 11;
    writeModel(m_folder.path(), small, smallWeights(small, ""));
    EXPECT_EQ(kindOf(), ErrorKind::Input) << "an id without a row";
    writeModel(m_folder.path(), smallBert(), smallWeights(smallBert(), ""));
    std::filesystem::remove(m_folder / "tokenizer.json");
    EXPECT_EQ(kindOf(), ErrorKind::NotFound);
}

TEST_F(TextEncoderTest, StopsWhenCancelled)
{
    Progress progress;
    progress.requestCancel();
    const Strings texts = {"a"};
    try {
        open()->encode(texts, progress);
        FAIL() << "not cancelled";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Cancelled);
    }
}

} // namespace
} // namespace recoscope::test
