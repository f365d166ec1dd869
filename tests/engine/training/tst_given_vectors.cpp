// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Training on item vectors that a file gives and nothing changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "engine/core/error.h"
#include "engine/core/npy.h"
#include "engine/core/safetensors.h"
#include "engine/data/catalogue.h"
#include "engine/evaluation/ranking.h"
#include "engine/kernels/ops.h"
#include "tests/engine/models/text_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

class GivenVectors : public testing::TestWithParam<std::string> {
protected:
    void SetUp() override { kernels::setThreads(1); }

    // One number for each word: 1 in the vectors of the titles that have it.
    std::vector<float> wordVectors() const
    {
        std::map<std::string, std::size_t> words;
        std::vector<std::vector<std::string>> titles;
        for (std::int32_t item = 0; item < data->dataset()->catalogue().itemCount(); ++item) {
            std::istringstream title(data->dataset()->catalogue().item(ItemIndex{item}).title);
            std::vector<std::string>& own = titles.emplace_back();
            for (std::string word; title >> word; words.emplace(word, words.size()))
                own.push_back(word);
        }
        std::vector<float> values(titles.size() * words.size(), 0.0f);
        for (std::size_t item = 0; item < titles.size(); ++item)
            for (const std::string& word : titles[item])
                values[item * words.size() + words.at(word)] = 1.0f;
        return values;
    }
    template <class T> Path write(const std::string& name, std::vector<T> values, std::vector<std::int64_t> shape) const
    {
        writeNpy<T>(scratch / name, values, std::move(shape));
        return scratch / name;
    }
    TrainRequest request(const Path& vectors, int epochs, const std::string& folder = "run") const
    {
        return test::trainRequest(GetParam(),
            {{"hidden", 16}, {"epochs", epochs}, {"patience", 0}, {"batch_size", 16}, {"learning_rate", 0.01},
                {"dropout", 0.1}, {"negatives", 48}, {"popularity_power", 0.5}, {"item_vectors", vectors.string()}},
            data, scratch / folder);
    }
    TrainResult train(const TrainRequest& r)
    {
        TrainControl control;
        return trainRun(r, control, {}, progress);
    }
    std::vector<float> scores(const TrainedModel& model) const
    {
        const std::vector<std::int32_t> items = {3, 9, 20};
        const std::vector<std::int64_t> offsets = {0, 3};
        std::vector<float> out(static_cast<std::size_t>(model.items()));
        model.score({offsets, items, {}}, out);
        return out;
    }

    test::TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = test::textData(scratch);
    const std::int64_t items = data->dataset()->catalogue().itemCount();
    Progress progress;
};

INSTANTIATE_TEST_SUITE_P(
    Models, GivenVectors, testing::Values("lite_llm4rec", "hllm"), [](const auto& info) { return info.param; });

TEST_P(GivenVectors, AreLearnedFromAndKeptWithTheWeights)
{
    const std::vector<float> vectors = wordVectors();
    const Path file = write("words.npy", vectors, {items, std::ssize(vectors) / items});
    const TrainResult result = train(request(file, 15));
    EXPECT_GT(result.valid->at("hr@1"), 0.5);
    const SafetensorsFile weights(scratch / "run" / "weights.safetensors");
    const std::vector<float> kept = weights.at("fixed.text.vectors").toFloat();
    const std::size_t width = vectors.size() / static_cast<std::size_t>(items);
    for (std::int32_t item = 0; item < data->items(); ++item)
        EXPECT_TRUE(std::equal(kept.begin() + item * width, kept.begin() + (item + 1) * width,
            vectors.begin() + data->datasetItem(item) * width))
            << item;
    EXPECT_FALSE(weights.contains("item.embed_tokens.weight")) << "no text model beside them";
    const std::vector<float> before = scores(*result.best);
    std::filesystem::remove(file);
    EXPECT_EQ(scores(*loadTrainedModel(scratch / "run", data)), before);
}

TEST_P(GivenVectors, ThatDoNotFitAreRefusedAndNothingIsWritten)
{
    const auto kindOf = [&](const Path& file) {
        try {
            train(request(file, 1));
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::Internal;
    };
    const auto count = static_cast<std::size_t>(items);
    EXPECT_EQ(kindOf(scratch / "absent.npy"), ErrorKind::NotFound);
    EXPECT_EQ(kindOf(write("fewer.npy", std::vector<float>(count * 4 - 4), {items - 1, 4})), ErrorKind::Input);
    EXPECT_EQ(kindOf(write("flat.npy", std::vector<float>(count), {items})), ErrorKind::Input);
    EXPECT_EQ(kindOf(write("empty.npy", std::vector<float>(), {items, 0})), ErrorKind::Input);
    EXPECT_EQ(kindOf(write("doubles.npy", std::vector<double>(count * 4), {items, 4})), ErrorKind::Input);
    writeFileAtomically(scratch / "text.npy", "no array");
    EXPECT_EQ(kindOf(scratch / "text.npy"), ErrorKind::Input);
    EXPECT_FALSE(std::filesystem::exists(scratch / "run"));
    EXPECT_EQ(kindOf(write("nan.npy", std::vector<float>(count * 4, std::nanf("")), {items, 4})), ErrorKind::Input);
    EXPECT_FALSE(std::filesystem::exists(scratch / "run" / "weights.safetensors"));
}

} // namespace
} // namespace recoscope
