// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// TIGER: beams with the cache against whole passes without one, the loss against what beam search gives the targets,
// and names made of a catalogue.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/npy.h"
#include "engine/generative/prefix_trie.h"
#include "engine/models/spelled_lists.h"
#include "engine/models/tiger_network.h"
#include "engine/models/token_names.h"
#include "engine/nn/model_loss.h"
#include "tests/engine/models/built_model.h"
#include "tests/engine/models/text_data.h"

namespace recoscope {
namespace {

using Items = std::vector<std::int32_t>;

// 12 items by two codes of four and a number, or (`even` false) by one to three words.
std::shared_ptr<const FixedTensors> handNames(bool even)
{
    TokenSequences names;
    names.vocabulary = 8;
    for (std::int32_t item = 0; item < 12; ++item) {
        Items name{item % 4, 4 + item / 6};
        if (!even)
            name.resize(static_cast<std::size_t>(item % 3));
        names.append(name);
    }
    const TokenSequences numbered = numberSequences(names).sequences;
    auto fixed = std::make_shared<FixedTensors>();
    fixed->tensors["names.vocabulary"] = FixedTensor::ofInts(Items{numbered.vocabulary});
    fixed->tensors["names.offsets"] = FixedTensor::ofInts(Items(numbered.offsets.begin(), numbered.offsets.end()));
    fixed->tensors["names.tokens"] = FixedTensor::ofInts(numbered.tokens);
    return fixed;
}

std::shared_ptr<NeuralModel> tiger(bool even, std::int64_t beam)
{
    torch::set_num_threads(1); // a second thread would only be waited for
    ModelSetup setup;
    setup.items = 12;
    setup.maxLength = 6;
    setup.fixed = handNames(even);
    setup.parameters
        = {{"hidden", 16}, {"heads", 2}, {"layers", 2}, {"beam", beam}, {"dropout", 0.0}, {"begin_of_sequence", true}};
    return test::builtModel("tiger", setup, 0.01);
}

PackedSequences histories()
{
    PackedSequences out;
    for (const Items& items : {Items{3, 5, 11, 0}, Items{7}, Items{}, Items{1, 2, 3, 4, 5, 6}})
        out.append(items);
    return out;
}

// ln p of a name by whole passes over the history and the tokens before.
double namedLogProbability(const Tiger& model, const Items& history, std::int32_t item)
{
    const torch::NoGradGuard guard;
    PackedSequences events;
    events.append(history.empty() ? Items{model.startToken()} : history);
    const PackedBatch batch = makePackedBatch(events.view());
    const std::int64_t before = model.spelled(batch).tokens.events();
    const PackedBatch all = model.spelled(batch, Items{item}).tokens;
    ForwardContext context;
    const torch::Tensor logits = torch::mm(model.tokenRows(all, context), model.tokenTable().t()).to(torch::kFloat64);
    const torch::Tensor logs = torch::log_softmax(logits, 1);
    double sum = 0.0;
    for (std::int64_t t = before; t < all.events(); ++t)
        sum += logs[t - 1][all.items[t].item<std::int32_t>()].item<double>();
    return sum;
}

TEST(Tiger, BeamsWithTheCacheEqualWholePasses)
{
    for (const bool even : {true, false}) {
        const auto model = tiger(even, 50);
        const auto& network = dynamic_cast<const Tiger&>(*model);
        const auto trained = asTrainedModel(model);
        const PackedSequences all = histories();
        std::vector<float> scores(static_cast<std::size_t>(all.view().sequences() * 12));
        trained->score(all.view(), scores);
        for (std::int64_t b = 0; b < all.view().sequences(); ++b) {
            const auto history = all.view().sequence(b);
            for (std::int32_t item = 0; item < 12; ++item)
                EXPECT_NEAR(scores[b * 12 + item],
                    namedLogProbability(network, Items(history.begin(), history.end()), item), 2e-5)
                    << "history " << b << ", item " << item;
        }
    }
}

TEST(Tiger, AListIsAsLongAsTheBeamAndLeavesHiddenItemsOut)
{
    const auto model = tiger(true, 3);
    const auto trained = asTrainedModel(model), whole = asTrainedModel(tiger(true, 50));
    const auto& lister = dynamic_cast<const ListingModel&>(*trained);
    EXPECT_EQ(lister.listLength(), 3);
    EXPECT_FALSE(trained->linearHead());
    EXPECT_NE(trained->description().find("missed"), std::string::npos);
    const PackedSequences all = histories();
    const std::vector<std::int64_t> offsets{0, 9, 9, 9, 9};
    const Items hidden{0, 1, 2, 3, 4, 5, 6, 7, 8};
    std::vector<float> scores(4 * 12), every(4 * 12);
    lister.scoreHiding(all.view(), {offsets, hidden}, scores);
    whole->score(all.view(), every);
    for (std::size_t b = 0; b < 4; ++b) {
        int listed = 0;
        for (std::size_t item = 0; item < 12; ++item)
            if (scores[b * 12 + item] > -std::numeric_limits<float>::infinity()) {
                ++listed;
                EXPECT_NEAR(scores[b * 12 + item], every[b * 12 + item], 1e-5);
                EXPECT_TRUE(b > 0 || item > 8);
            }
        EXPECT_EQ(listed, 3);
    }
}

// The mean over the targets of -ln p(target's name | events before it).
TEST(Tiger, TheLossIsWhatServingGivesTheTargets)
{
    for (const bool even : {true, false}) {
        const auto model = tiger(even, 50);
        const std::vector<Items> windows{{3, 5, 11, 0}, {7, 8}, {1, 2, 3, 4, 5, 6, 7}};
        PackedSequences inputs;
        Items targets;
        double expected = 0.0;
        for (const Items& window : windows) {
            inputs.append(std::span(window).first(window.size() - 1));
            for (std::size_t t = 1; t < window.size(); ++t) {
                targets.push_back(window[t]);
                expected -= namedLogProbability(dynamic_cast<const Tiger&>(*model),
                    Items(window.begin(), window.begin() + std::ptrdiff_t(t)), window[t]);
            }
        }
        inputs.append(Items{12}); // from the start token
        targets.push_back(9);
        expected -= namedLogProbability(dynamic_cast<const Tiger&>(*model), {}, 9);
        LossBatch batch;
        batch.inputs = makePackedBatch(inputs.view());
        batch.targets = torch::tensor(targets, torch::kInt32);
        model->parameters().clearGradients();
        const torch::Tensor loss = (*model->ownLoss())(batch);
        EXPECT_NEAR(loss.item<double>(), expected / double(targets.size()), 1e-4);
        loss.backward();
        EXPECT_GT(model->parameters().gradients().abs().sum().item<double>(), 0.0);
    }
}

TEST(Tiger, SaysWhatBecameOfItsCodes)
{
    FixedTensors fixed;
    EXPECT_EQ(nameUsage(fixed), "names of titles");
    const std::vector<std::int32_t> used{4, 3}, alike{9, 5, 3};
    fixed.tensors["names.used"] = FixedTensor::ofInts(used);
    fixed.tensors["names.collisions"] = FixedTensor::ofInts(alike);
    EXPECT_EQ(nameUsage(fixed),
        "codes in use, level by level: 4 3; 9 names before numbering, 5 items share theirs, at most 3 one");
}

TEST(Tiger, HasNoVectorsOfItems)
{
    EXPECT_THROW(tiger(true, 3)->itemTable(), Error);
    ModelSetup nameless;
    nameless.parameters = Json::object();
    nameless.items = 12;
    nameless.maxLength = 6;
    EXPECT_THROW(test::builtModel("tiger", nameless, 0.0), Error);
    nameless.fixed = handNames(true);
    nameless.items = 13;
    EXPECT_THROW(test::builtModel("tiger", nameless, 0.0), Error);
}

TEST(TokenNames, OfTheWordsOfTitles)
{
    const test::TemporaryFolder scratch;
    const auto data = test::textData(scratch);
    const ParameterSchema schema = findModel("tiger").schema;
    const auto named = [&](const Json& changes) {
        const FixedTensors fixed = itemNames(*data, schema.validate(changes), nullptr);
        return namesOf(fixed, data->items());
    };
    const TokenSequences codes = named({{"levels", 2}, {"codes", 6}}), again = named({{"levels", 2}, {"codes", 6}});
    EXPECT_EQ(codes.tokens, again.tokens);
    for (std::int64_t item = 0; item < codes.items(); ++item)
        EXPECT_EQ(codes.of(item).size(), 3u);
    EXPECT_EQ(PrefixTrie(codes).items(), data->items());
    EXPECT_EQ(named({{"levels", 1}, {"codes", 65536}}).vocabulary, data->items() + 1); // as many codes as items
    const TokenSequences words = named({{"names", "title"}, {"name_pieces", 4}});
    EXPECT_EQ(PrefixTrie(words).items(), data->items());
    for (std::int64_t item = 0; item < words.items(); ++item)
        EXPECT_LE(words.of(item).size(), 5u);
}

TEST(TokenNames, OfVectorsFromAFile)
{
    const test::TemporaryFolder scratch;
    const auto data = test::textData(scratch);
    const std::int64_t rows = data->dataset()->info().items;
    std::vector<float> vectors; // even and odd rows of the dataset far apart
    for (std::int64_t item = 0; item < rows; ++item)
        for (int d = 0; d < 2; ++d)
            vectors.push_back(item % 2 ? 10.0f + 0.01f * static_cast<float>(item) : -10.0f);
    const Path file = scratch / "vectors.npy";
    writeNpy<float>(file, vectors, {rows, 2});
    const ParameterSchema schema = findModel("tiger").schema;
    const Json given = {{"levels", 1}, {"codes", 2}, {"item_vectors", file.string()}};
    const TokenSequences names = namesOf(itemNames(*data, schema.validate(given), nullptr), data->items());
    for (std::int32_t item = 0; item < data->items(); ++item)
        EXPECT_EQ(names.of(item)[0] == names.of(0)[0], data->datasetItem(item) % 2 == data->datasetItem(0) % 2);
    writeNpy<float>(file, std::span<const float>(vectors).first(static_cast<std::size_t>(2 * rows - 2)), {rows - 1, 2});
    EXPECT_THROW(itemNames(*data, schema.validate(given), nullptr), Error);
}

} // namespace
} // namespace recoscope
