// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "engine/core/error.h"
#include "engine/kernels/ops.h"
#include "engine/models/registry.h"
#include "engine/nn/hstu_attention.h"
#include "engine/nn/neural_trained_model.h"
#include "tests/engine/models/built_model.h"
#include "tests/engine/models/test_history.h"

namespace recoscope::hstu_tests {
namespace {

using test::difference;
using test::lastVector;
using torch::Tensor;

constexpr std::int64_t items = 40, maxLength = 12;

std::shared_ptr<NeuralModel> hstu(const Json& changes, torch::ScalarType type = torch::kFloat32)
{
    Json parameters = {{"hidden", 16}, {"heads", 2}, {"layers", 2}};
    parameters.update(changes);
    ModelSetup setup;
    setup.items = items;
    setup.maxLength = maxLength;
    setup.parameters = parameters;
    setup.type = type;
    return test::builtModel("hstu", setup, 0.05);
}

// With a rating of each event, some beyond the levels of the tests' models and some not known.
PackedSequences history(std::int64_t length, std::int64_t seed = 0)
{
    PackedSequences events = test::history(length, items, seed);
    for (std::int64_t event = 0; event < length; ++event) {
        const float rating = static_cast<float>((event + seed) % 6) - 0.4f;
        events.appendFeedback(std::array{event % 4 == 2 ? NAN : rating});
    }
    return events;
}

const std::vector<Json> variants = {Json::object(), {{"query_time", "event"}},
    {{"concat_ua", true}, {"output", "layer_norm"}}, {{"normaliser", "padded"}},
    {{"relative_bias", false}, {"query_dim", 5}, {"value_dim", 3}}, {{"variant", "production"}}, {{"ratings", 4}},
    {{"ratings", 4}, {"rating_width", 5}, {"output", "layer_norm"}}, {{"ratings", 4}, {"variant", "production"}}};

TEST(HstuModel, StepsEqualTheFullRecomputeWithTimesAndBeyondTheWindow)
{
    for (const Json& changes : variants) {
        const NeuralTrainedModel model(hstu(changes));
        const auto state = model.newState();
        std::vector<float> vector;
        const PackedSequences all = history(maxLength + 3);
        for (std::int64_t n = 1; n <= maxLength + 3; ++n) {
            state->appendRated(all.items[n - 1], all.times[n - 1], all.feedback[n - 1], {});
            vector.resize(static_cast<std::size_t>(model.linearHead()->width));
            state->userVector(vector);
            EXPECT_LE(difference(vector, lastVector(model, history(n))), 1e-5) << changes << " after " << n;
        }
    }
}

TEST(HstuModel, FloatAndDoubleAgreeInValuesAndGradients)
{
    PackedSequences batch = history(maxLength);
    const PackedSequences other = history(5, 3);
    batch.append(other.items, other.times);
    batch.appendFeedback(other.feedback);
    for (const Json& changes : variants) {
        std::map<std::string, Tensor> gradients[2];
        Tensor values[2];
        for (const int wide : {0, 1}) {
            const auto model = hstu(changes, wide ? torch::kFloat64 : torch::kFloat32);
            ForwardContext context;
            values[wide] = model->encode(makePackedBatch(batch.view()), context).to(torch::kFloat64);
            (values[wide] * torch::arange(values[wide].numel()).view(values[wide].sizes()).sin()).sum().backward();
            for (const auto& entry : model->parameters().entries())
                gradients[wide][entry.name] = entry.value.grad().to(torch::kFloat64).clone();
        }
        EXPECT_LE((values[0] - values[1]).abs().max().item<double>(), 1e-5) << changes;
        for (const auto& [name, wide] : gradients[1]) {
            const double largest = wide.abs().max().item<double>();
            EXPECT_LE((gradients[0][name] - wide).abs().max().item<double>(), 1e-4 * largest + 1e-5)
                << changes << " " << name;
        }
    }
}

TEST(HstuModel, ARowKnowsWhenTheNextEventComesButNotWhatItIs)
{
    const auto model = hstu(Json::object());
    PackedSequences events = history(6);
    ForwardContext context;
    const Tensor before = model->encode(makePackedBatch(events.view()), context);
    events.items[5] = (events.items[5] + 1) % items;
    const Tensor otherItem = model->encode(makePackedBatch(events.view()), context);
    EXPECT_TRUE(torch::equal(before.slice(0, 0, 5), otherItem.slice(0, 0, 5)));
    EXPECT_FALSE(torch::equal(before[5], otherItem[5]));
    events.times[5] += 1'000'000;
    const Tensor otherTime = model->encode(makePackedBatch(events.view()), context);
    EXPECT_TRUE(torch::equal(otherItem.slice(0, 0, 4), otherTime.slice(0, 0, 4)));
    EXPECT_FALSE(torch::equal(otherItem[4], otherTime[4]));
    const auto blind = hstu({{"query_time", "event"}});
    const Tensor own = blind->encode(makePackedBatch(events.view()), context);
    events.times[5] += 1'000'000;
    EXPECT_TRUE(torch::equal(own[4], blind->encode(makePackedBatch(events.view()), context)[4]));
}

TEST(HstuModel, TheRequestsTimeCountsForTheLastRow)
{
    const NeuralTrainedModel model(hstu(Json::object()));
    const PackedSequences plain = history(6);
    PackedSequences later;
    later.append(plain.items, plain.times, plain.times.back() + 30 * 86400);
    EXPECT_GT(difference(lastVector(model, plain), lastVector(model, later)), 1e-4);
    later.requestTimes[0] = plain.times.back();
    EXPECT_EQ(lastVector(model, plain), lastVector(model, later));
}

TEST(HstuModel, ScoresAreCosines)
{
    const NeuralTrainedModel model(hstu(Json::object()));
    std::vector<float> scores(items);
    model.score(history(4).view(), scores);
    for (const float score : scores)
        EXPECT_LE(std::abs(score), 1.0f + 1e-5f);
    const Tensor table = model.network().itemTable().detach();
    const auto vector = lastVector(model, history(4));
    double product = 0.0;
    for (std::int64_t i = 0; i < 16; ++i)
        product += vector[i] * table[7][i].item<double>();
    EXPECT_NEAR(scores[7], product / table[7].norm().item<double>(), 1e-5);
}

TEST(HstuModel, WhatCannotWorkIsRefusedBeforeTraining)
{
    EXPECT_THROW(hstu({{"loss", "gbce"}}), Error);
    EXPECT_THROW(hstu({{"heads", 3}}), Error);
    EXPECT_THROW(hstu({{"ratings", 5}, {"rating_width", 16}}), Error);
}

TEST(HstuModel, RatingsAreReadByTheirRoundedLevel)
{
    for (const char* variant : {"research", "production"}) {
        const NeuralTrainedModel model(hstu({{"ratings", 4}, {"variant", variant}}));
        PackedSequences events = test::history(3, items, 0);
        events.appendFeedback(std::array{1.0f, 3.0f, 2.0f});
        const auto vector = lastVector(model, events);
        const auto with = [&](float first) {
            events.feedback[0] = first;
            return lastVector(model, events);
        };
        EXPECT_EQ(with(1.4f), vector) << variant;
        EXPECT_GT(difference(with(2.0f), vector), 1e-6) << variant;
        EXPECT_EQ(with(9.0f), with(3.0f)) << variant << ": beyond the last level";
        EXPECT_EQ(with(NAN), with(0.0f)) << variant << ": not known";
        EXPECT_EQ(with(NAN), with(-2.0f)) << variant;
    }
}

TEST(HstuModel, AStateKeepsWhatItKnowsOfRatings)
{
    const NeuralTrainedModel model(hstu({{"ratings", 4}}));
    const PackedSequences all = history(maxLength + 2);
    const auto state = model.newState(), loaded = model.newState();
    for (std::int64_t n = 0; n < maxLength + 2; ++n)
        state->appendRated(all.items[n], all.times[n], all.feedback[n], {});
    loaded->load(state->save());
    std::vector<float> expected(static_cast<std::size_t>(model.linearHead()->width)), found(expected.size());
    state->userVector(expected);
    loaded->userVector(found);
    EXPECT_EQ(found, expected);
}

// floor(log(max(1, |t|)) / 0.301) as the public code writes it, on every whole second around every step below 2^24 and
// on the floats around the later ones. LibTorch's log is up to one unit in the last place from the nearest float, ours
// is the nearest: they may differ there and nowhere else.
TEST(HstuModel, TimeBucketsAreThoseOfLibTorchWhereItsLogIsRight)
{
    std::vector<std::int64_t> seconds;
    for (int bucket = 0; bucket <= 90; ++bucket) {
        const auto edge = static_cast<std::int64_t>(std::exp(0.301 * bucket));
        for (std::int64_t i = -50; i <= 50; ++i)
            seconds.push_back(edge + i * std::max<std::int64_t>(1, edge >> 24));
    }
    const Tensor logs = torch::log(torch::abs(torch::tensor(seconds, torch::kInt64)).clamp_min(1));
    const Tensor buckets = torch::clamp((logs / 0.301).to(torch::kInt64), 0, 128);
    std::int64_t different = 0;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        if (kernels::timeBucket(seconds[i]) == buckets[row].item<std::int64_t>())
            continue;
        ++different;
        const double exact = std::log(static_cast<double>(static_cast<float>(seconds[i])));
        EXPECT_NE(logs[row].item<float>(), static_cast<float>(exact)) << seconds[i];
    }
    EXPECT_LE(different, static_cast<std::int64_t>(seconds.size() / 500));
}

} // namespace
} // namespace recoscope::hstu_tests
