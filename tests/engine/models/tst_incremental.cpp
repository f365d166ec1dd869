// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One event at a time gives what the whole history gives, for every model with a state.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/core/error.h"
#include "engine/models/registry.h"
#include "engine/nn/neural_trained_model.h"
#include "tests/engine/models/test_history.h"

namespace recoscope::incremental_tests {
namespace {

using test::difference;

constexpr std::int64_t items = 40, maxLength = 12;

struct Variant {
    std::string name, model;
    Json parameters;
};

std::shared_ptr<NeuralModel> build(const Variant& v, std::uint64_t seed = 7)
{
    ModelSetup setup;
    setup.items = items;
    setup.maxLength = maxLength;
    setup.parameters = findModel(v.model).schema.validate(v.parameters);
    setup.seed = seed;
    std::shared_ptr<NeuralModel> model = buildNeuralModel(v.model, setup);
    const torch::NoGradGuard guard;
    for (const auto& entry : model->parameters().entries()) { // so that biases and norms matter, at sizes near one
        if (entry.name.find("params_log") != std::string::npos)
            continue;
        entry.value.mul_(entry.name.find("norm") == std::string::npos ? 8.0 : 1.0).add_(0.05);
    }
    return model;
}

std::vector<std::int32_t> history(std::int64_t length)
{
    return test::history(length, items).items;
}

std::vector<float> fullVector(const TrainedModel& model, const std::vector<std::int32_t>& events)
{
    PackedSequences one;
    one.append(events);
    return test::lastVector(model, one);
}

// By the network, which requests may pass by.
std::vector<float> passVector(const NeuralTrainedModel& model, std::vector<std::int32_t> events)
{
    if (events.empty() && !model.network().predictsFirst())
        return std::vector<float>(static_cast<std::size_t>(model.linearHead()->width), 0.0f);
    if (events.empty())
        events.push_back(model.network().startToken());
    PackedSequences one;
    one.append(std::span(events).last(std::min<std::size_t>(events.size(), maxLength)));
    const torch::NoGradGuard guard;
    ForwardContext context;
    return copyFloats(model.network().encode(makePackedBatch(one.view()), context)[-1]);
}

class Incremental : public ::testing::TestWithParam<Variant> { };

TEST_P(Incremental, EqualsTheFullRecomputeUpToMaxLength)
{
    const NeuralTrainedModel model(build(GetParam()));
    const auto state = model.newState();
    ASSERT_NE(state, nullptr);
    std::vector<float> vector(model.linearHead()->width);
    const auto events = history(maxLength);
    state->userVector(vector);
    EXPECT_LE(difference(vector, passVector(model, {})), 1e-5) << "cold start";
    for (std::size_t i = 0; i < events.size(); ++i) {
        state->append(events[i], 0);
        state->userVector(vector);
        const std::vector<std::int32_t> sofar(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        EXPECT_LE(difference(vector, passVector(model, sofar)), 1e-5) << i;
        EXPECT_LE(difference(fullVector(model, sofar), passVector(model, sofar)), 1e-5) << i;
        if (model.network().formReadsWindows()) { // by the same code: one order of every sum
            EXPECT_EQ(vector, fullVector(model, sofar)) << i;
        }
    }
    EXPECT_EQ(state->events(), maxLength);
}

TEST_P(Incremental, SavedStateGoesOnWhereItStood)
{
    const NeuralTrainedModel model(build(GetParam()));
    const auto state = model.newState(), copy = model.newState();
    for (const std::int32_t item : history(5))
        state->append(item, 0);
    copy->load(state->save());
    state->append(3, 0);
    copy->append(3, 0);
    std::vector<float> a(model.linearHead()->width), b(a);
    state->userVector(a);
    copy->userVector(b);
    EXPECT_EQ(a, b);
    EXPECT_EQ(copy->events(), 6);
}

TEST_P(Incremental, RefusesForeignAndDamagedStates)
{
    const NeuralTrainedModel model(build(GetParam())), other(build(GetParam(), 8));
    const auto state = model.newState();
    state->append(1, 0);
    auto saved = state->save();
    EXPECT_THROW(other.newState()->load(saved), Error);
    saved.pop_back();
    EXPECT_THROW(state->load(saved), Error);
    EXPECT_THROW(state->load({}), Error);
    EXPECT_THROW(state->append(static_cast<std::int32_t>(items), 0), Error);
    EXPECT_THROW(state->append(-1, 0), Error);
    EXPECT_EQ(state->events(), 1);
}

// One call for many users, each with any number of new events, some with none.
TEST_P(Incremental, ManyTogetherAreThoseOneByOne)
{
    const NeuralTrainedModel model(build(GetParam()));
    std::vector<std::unique_ptr<UserState>> alone;
    std::vector<std::unique_ptr<UserState>> together;
    std::vector<UserState*> pointers;
    PackedSequences events;
    for (const std::int64_t length : {1, 0, 4, 1, 9, 1, 1}) {
        alone.push_back(model.newState());
        together.push_back(model.newState());
        pointers.push_back(together.back().get());
        events.append(test::history(length, items, length).items);
        for (const std::int32_t item : test::history(length, items, length).items)
            alone.back()->append(item, 0);
    }
    model.appendToStates(pointers, events.view());
    for (std::size_t i = 0; i < alone.size(); ++i)
        EXPECT_EQ(together[i]->save(), alone[i]->save()) << i;
    EXPECT_THROW(model.appendToStates(std::span(pointers).first(2), events.view()), Error);
    const auto before = together[0]->save();
    events.items.back() = static_cast<std::int32_t>(items);
    EXPECT_THROW(model.appendToStates(std::span(pointers).last(1),
                     PackedView{std::vector<std::int64_t>{0, 1}, std::span(events.items).last(1), {}}),
        Error);
    EXPECT_EQ(together[0]->save(), before);
}

INSTANTIATE_TEST_SUITE_P(Models, Incremental,
    ::testing::Values(Variant{"lrurec", "lrurec", {{"hidden", 16}}},
        Variant{"lrurec_cold", "lrurec", {{"hidden", 16}, {"begin_of_sequence", false}}},
        Variant{"gru4rec", "gru4rec", {{"hidden", 12}, {"embedding", 8}, {"layers", 2}}},
        Variant{"sasrec", "sasrec", {{"hidden", 16}, {"heads", 2}}},
        Variant{"esasrec", "esasrec", {{"hidden", 16}, {"heads", 2}}}, Variant{"gsasrec", "gsasrec", {{"hidden", 16}}},
        Variant{"hstu", "hstu", {{"hidden", 16}}},
        Variant{"hstu_bos", "hstu", {{"hidden", 16}, {"begin_of_sequence", true}}},
        Variant{"hstu_production", "hstu", {{"hidden", 16}, {"variant", "production"}}},
        Variant{"argus", "argus", {{"hidden", 16}, {"tasks", "next_item"}}},
        Variant{"argus_bos", "argus", {{"hidden", 16}, {"tasks", "next_item"}, {"begin_of_sequence", true}}},
        Variant{"sasrec_bos", "sasrec", {{"hidden", 16}, {"begin_of_sequence", true}}},
        Variant{"sasrec_post", "sasrec",
            {{"hidden", 16}, {"norm", "post"}, {"input_norm", true}, {"final_norm", false}, {"activation", "relu"}}},
        Variant{"sasrec_dense", "sasrec", {{"hidden", 16}, {"dense_head", true}}},
        Variant{"sasrec_query", "sasrec",
            {{"hidden", 16}, {"norm", "query"}, {"output_projection", false}, {"separate_output", true}}}),
    [](const auto& info) { return info.param.name; });

TEST(IncrementalSasRec, EqualsTheWindowBeyondMaxLength)
{
    const NeuralTrainedModel model(build({"sasrec", "sasrec", {{"hidden", 16}}}));
    const auto state = model.newState();
    const auto events = history(maxLength + 4);
    for (const std::int32_t item : events)
        state->append(item, 0);
    std::vector<float> vector(16);
    state->userVector(vector);
    EXPECT_LE(difference(vector, passVector(model, events)), 1e-5);
}

class IncrementalWindow : public ::testing::TestWithParam<Variant> { };

// Beyond the window, too, of whose earlier events nothing is computed.
TEST_P(IncrementalWindow, ASequenceAtOnceGivesTheBytesOfOneByOne)
{
    const NeuralTrainedModel model(build(GetParam()));
    const auto events = history(60);
    for (const auto& cuts : {std::vector<std::size_t>{5, 2}, {0, 40}, {3, 9, 30}, {12, 1, 1}, {13, 0, 12}}) {
        const auto atOnce = model.newState(), oneByOne = model.newState();
        std::vector<float> a(16), b(16);
        std::size_t from = 0;
        for (const std::size_t count : cuts) {
            PackedSequences packed;
            packed.append({});
            for (std::size_t i = from; i < from + count; ++i) {
                const auto time = static_cast<std::int64_t>(1'000'000 + 700 * i * i);
                const float rating = static_cast<float>(i % 6);
                packed.items.push_back(events[i]);
                packed.times.push_back(time);
                packed.feedback.push_back(rating);
                oneByOne->appendRated(events[i], time, rating, {});
            }
            packed.offsets.back() = static_cast<std::int64_t>(count);
            atOnce->appendSequence(packed.view(), 0);
            from += count;
            atOnce->userVector(a);
            oneByOne->userVector(b);
            EXPECT_EQ(a, b);
            EXPECT_EQ(atOnce->save(), oneByOne->save());
            EXPECT_EQ(atOnce->events(), static_cast<std::int64_t>(from));
        }
        PackedSequences wrong;
        wrong.append(std::vector<std::int32_t>(maxLength, 1));
        wrong.items.back() = 100000;
        EXPECT_THROW(atOnce->appendSequence(wrong.view(), 0), Error);
        EXPECT_EQ(atOnce->save(), oneByOne->save());
    }
}

INSTANTIATE_TEST_SUITE_P(Models, IncrementalWindow,
    ::testing::Values(Variant{"sasrec", "sasrec", {{"hidden", 16}}}, Variant{"hstu", "hstu", {{"hidden", 16}}},
        Variant{"hstu_ratings", "hstu", {{"hidden", 16}, {"ratings", 6}}},
        Variant{"argus", "argus", {{"hidden", 16}, {"tasks", "next_item"}}},
        Variant{"persrec", "persrec", {{"hidden", 16}, {"segment", 3}, {"recent", 2}, {"tokens", 2}}},
        Variant{"persrec_recursive", "persrec",
            {{"hidden", 16}, {"backbone", "sasrec"}, {"segment", 3}, {"recent", 2}, {"tokens", 1},
                {"memory", "recursive"}}}),
    [](const auto& info) { return info.param.name; });

// Longer than what is computed at once, in pieces of any size, beside others.
TEST(IncrementalLruRec, ALongHistoryInPiecesIsThatEventByEvent)
{
    const NeuralTrainedModel model(build({"lrurec", "lrurec", {{"hidden", 8}}}));
    const auto alone = model.newState();
    const auto events = history(2500);
    for (const std::int32_t item : events)
        alone->append(item, 0);
    for (const std::size_t piece : {1, 3, 1023, 1024, 1500, 5000}) {
        const auto state = model.newState(), other = model.newState();
        UserState* const both[]{other.get(), state.get()};
        for (std::size_t first = 0; first < events.size(); first += piece) {
            PackedSequences part;
            part.append(std::span(events).first(first % 2 == 0 ? 1 : 0));
            part.append(std::span(events).subspan(first, std::min(piece, events.size() - first)));
            model.appendToStates(both, part.view());
        }
        EXPECT_EQ(state->save(), alone->save()) << "pieces of " << piece;
        EXPECT_EQ(state->events(), 2500);
    }
}

TEST(IncrementalRecurrent, StatesOfOtherModelsAndOfOtherWeightsBehindTheSameItemsAreRefused)
{
    for (const std::string name : {"lrurec", "gru4rec"}) {
        const auto network = build({name, name, {{"hidden", 8}}}), changed = build({name, name, {{"hidden", 8}}});
        const torch::NoGradGuard guard;
        changed->parameters().entries().back().value.add_(0.5);
        for (const auto& entry : changed->parameters().entries())
            if (entry.name.find("layer") != std::string::npos || entry.name.find("block") != std::string::npos)
                entry.value.mul_(1.5);
        const NeuralTrainedModel model(network), other(changed);
        const auto state = model.newState();
        state->append(1, 0);
        EXPECT_THROW(other.newState()->load(state->save()), Error) << name;
        UserState* const foreign[]{state.get()};
        PackedSequences event;
        event.append(history(1));
        EXPECT_THROW(other.appendToStates(foreign, event.view()), Error) << name;
        EXPECT_EQ(state->events(), 1);
    }
}

TEST(IncrementalLruRec, StateIsTwoKibibytesAtTheDefaultSize)
{
    const NeuralTrainedModel model(build({"lrurec", "lrurec", Json::object()}));
    EXPECT_EQ(model.newState()->bytes(), 2048);
}

TEST(EncodeLast, BatchesCutsAndChecks)
{
    const NeuralTrainedModel model(build({"lrurec", "lrurec", {{"hidden", 16}}}));
    PackedSequences several;
    const auto longOne = history(maxLength + 9);
    several.append(history(3));
    several.append({});
    several.append(longOne);
    std::vector<float> out(3 * 16);
    model.encodeLast(several.view(), out);
    const std::vector<float> last(out.begin() + 32, out.end());
    EXPECT_LE(difference(last, fullVector(model, {longOne.end() - maxLength, longOne.end()})), 1e-6);
    PackedSequences foreign;
    foreign.append(std::vector<std::int32_t>{0, 99});
    EXPECT_THROW(model.encodeLast(foreign.view(), std::span<float>(out).first(16)), Error);
}

TEST(Score, IsTheLinearHead)
{
    const NeuralTrainedModel model(build({"lrurec", "lrurec", {{"hidden", 16}}}));
    PackedSequences one;
    one.append(history(4));
    std::vector<float> scores(items);
    model.score(one.view(), scores);
    const auto vector = fullVector(model, history(4));
    const LinearHead head = *model.linearHead();
    double expected = head.bias[5];
    for (std::int64_t i = 0; i < head.width; ++i)
        expected += static_cast<double>(vector[i]) * head.table[5 * head.width + i];
    EXPECT_NEAR(scores[5], expected, 1e-4);
}

} // namespace
} // namespace recoscope::incremental_tests
