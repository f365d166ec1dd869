// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "engine/core/error.h"
#include "engine/models/argus_network.h"
#include "engine/nn/cross_entropy.h"
#include "engine/nn/model_loss.h"
#include "engine/nn/neural_trained_model.h"
#include "tests/engine/models/built_model.h"
#include "tests/engine/models/test_history.h"

namespace recoscope::argus_tests {
namespace {

using test::difference;
using test::lastVector;
using torch::Tensor;

constexpr std::int64_t items = 40, maxLength = 12;

// Stars, liked from 4 on, and two kinds of events.
const FeedbackFactors stars{{"level", "like", "kind"}, {{2.0f, 3.0f, 4.0f, 5.0f}, {4.0f}, {1.0f}}};
constexpr std::uint8_t unknownMark = EventMark::unknown;

std::shared_ptr<Argus> argus(const Json& changes, torch::ScalarType type = torch::kFloat32)
{
    Json parameters = {{"hidden", 16}, {"heads", 2}, {"layers", 2}};
    parameters.update(changes);
    ModelSetup setup;
    setup.items = items;
    setup.maxLength = maxLength;
    setup.parameters = parameters;
    setup.type = type;
    if (parameters.value("feedback_classes", 10) > 0)
        setup.feedback = stars;
    setup.surfaces = 3;
    const auto model = std::dynamic_pointer_cast<Argus>(test::builtModel("argus", setup, 0.05));
    const torch::NoGradGuard guard;
    model->logTemperature.fill_(std::log(0.5));
    return model;
}

PackedSequences history(std::int64_t length, std::int64_t seed = 0)
{
    std::vector<float> feedback;
    std::vector<EventMark> marks;
    for (std::int64_t i = 0; i < length; ++i) {
        feedback.push_back(i % 4 == 3 ? std::nanf("") : static_cast<float>(1 + i * 3 % 5));
        marks.push_back({i % 7 == 5 ? unknownMark : static_cast<std::uint8_t>(i % 3),
            i % 5 == 4 ? unknownMark : static_cast<std::uint8_t>(i / 2 % 2)});
    }
    PackedSequences out = test::history(length, items, seed);
    out.appendFeedback(feedback);
    out.appendMarks(marks);
    return out;
}

void append(PackedSequences& sequences, const PackedSequences& other)
{
    sequences.append(other.items, other.times);
    sequences.appendFeedback(other.feedback);
    sequences.appendMarks(other.marks);
}

// The first `length` events, asked for when the one after them came.
PackedSequences firstEvents(const PackedSequences& all, std::size_t length)
{
    PackedSequences out;
    out.append(std::span(all.items).first(length), std::span(all.times).first(length), all.times[length]);
    out.appendFeedback(std::span(all.feedback).first(length));
    out.appendMarks(std::span(all.marks).first(length));
    return out;
}

const std::vector<Json> variants
    = {Json::object(), {{"context", "none"}}, {{"request_context", false}}, {{"table_rows", 30}, {"look_ups", 3}},
        {{"item_width", 6}, {"activation", "swiglu"}}, {{"tasks", "next_item"}, {"feedback_classes", 0}}};

TEST(ArgusMoment, HandWorked)
{
    // 2022-01-01 13:30:15 UTC, a Saturday.
    const ArgusMoment moment = argusMoment(1641043815, 1641043815 - 100);
    EXPECT_EQ(moment.hour, 13);
    EXPECT_EQ(moment.weekday, 6);
    EXPECT_EQ(moment.gap, 7); // 64 to 127 seconds
    EXPECT_EQ(argusMoment(1641043815, 1641043815).gap, 0);
    EXPECT_EQ(argusMoment(1641043815, 1641043814).gap, 1);
    EXPECT_EQ(argusMoment(1641043815, 1641043915).gap, 0) << "out of order";
    EXPECT_EQ(argusMoment(1641043815, 0).gap, ArgusMoment::gaps) << "nothing before";
    EXPECT_EQ(argusMoment(0, 0).hour, ArgusMoment::hours) << "no times";
    EXPECT_EQ(argusMoment(-1, 0).hour, 23);
    EXPECT_EQ(argusMoment(-1, 0).weekday, 3) << "1969-12-31 was a Wednesday";
    EXPECT_EQ(argusMoment(4'000'000'000, 1).gap, ArgusMoment::gaps - 1);
}

TEST(ArgusModel, StepsEqualTheFullRecomputeBeyondTheWindow)
{
    for (const Json& changes : variants) {
        const NeuralTrainedModel model(argus(changes));
        const auto state = model.newState();
        if (changes.value("form", "merged") == "interleaved") {
            EXPECT_EQ(state, nullptr) << "keeps no state";
            continue;
        }
        std::vector<float> vector(model.linearHead()->width);
        const PackedSequences all = history(maxLength + 3);
        for (std::int64_t n = 1; n <= maxLength + 3; ++n) {
            state->appendRated(all.items[n - 1], all.times[n - 1], all.feedback[n - 1], all.marks[n - 1]);
            state->userVector(vector);
            EXPECT_LE(difference(vector, lastVector(model, history(n))), 1e-5) << changes << " after " << n;
        }
        const auto copy = model.newState();
        copy->load(state->save());
        std::vector<float> again(vector.size());
        copy->userVector(again);
        EXPECT_EQ(vector, again) << changes;
    }
}

// Row t predicts event t + 1 from what was there before it.
TEST(ArgusModel, FeedbackIsNotVisibleToItsOwnPrediction)
{
    const PackedSequences events = history(8);
    for (const char* form : {"merged", "interleaved"}) {
        const auto model = argus({{"form", form}});
        const Tensor targets = torch::tensor(std::vector<std::int32_t>{5, 6, 7, 8, 9, 10, 11, 12}, torch::kInt32);
        const auto predict = [&](const PackedSequences& given) {
            ForwardContext context;
            const PackedBatch batch = makePackedBatch(given.view());
            const Argus::Outputs out = model->outputs(batch, context, targets);
            return torch::cat({out.feedback, out.users}, 1);
        };
        const Tensor before = predict(events);
        for (std::int64_t t = 0; t < 8; ++t) {
            PackedSequences rated = events, ofAnotherKind = events;
            rated.feedback[t] = std::isnan(events.feedback[t]) || events.feedback[t] < 5.0f ? 5.0f : 1.0f;
            ofAnotherKind.marks[t].kind = events.marks[t].kind == 0 ? 1 : 0;
            for (const PackedSequences& changed : {rated, ofAnotherKind}) {
                const Tensor after = predict(changed);
                EXPECT_TRUE(torch::equal(before.slice(0, 0, t), after.slice(0, 0, t))) << form << " event " << t;
                for (std::int64_t later = t; later < 8; ++later)
                    EXPECT_FALSE(torch::equal(before[later], after[later]))
                        << form << " event " << t << ", row " << later;
            }
        }
    }
}

// The same in the loss: whatever the label of an event is, the probabilities are those of the trained model, which is
// never told it.
TEST(ArgusLoss, FeedbackIsALabelAndNothingElse)
{
    for (const char* form : {"merged", "interleaved"}) {
        const auto model = argus({{"form", form}, {"next_weight", 0.0}, {"dropout", 0.0}, {"context_dropout", 0.0},
            {"surface_dropout", 0.0}, {"feedback_dropout", 0.0}});
        const PackedSequences all = history(6);
        const PackedSequences inputs = firstEvents(all, 5);
        LossBatch batch;
        batch.inputs = makePackedBatch(inputs.view());
        batch.targets = torch::tensor(std::vector<std::int32_t>(all.items.begin() + 1, all.items.end()), torch::kInt32);
        std::vector<float> probabilities(9);
        NeuralTrainedModel(model).predictFeedback(
            inputs.view(), std::vector<std::int32_t>{all.items[5]}, probabilities);
        EXPECT_NEAR(std::accumulate(probabilities.begin(), probabilities.begin() + 5, 0.0), 1.0, 1e-5);
        EXPECT_NEAR(probabilities[5] + probabilities[6], 1.0, 1e-5);
        for (int star = 1; star <= 5; ++star) {
            std::vector<float> labels(5, std::nanf(""));
            labels.back() = static_cast<float>(star);
            batch.targetFeedback = torch::tensor(labels);
            const double expected = -std::log(probabilities[star - 1]) - std::log(probabilities[star >= 4 ? 6 : 5]);
            EXPECT_NEAR((*model->ownLoss())(batch).item<double>(), expected, 1e-5) << form << star;
        }
        batch.targetFeedback = Tensor();
        for (const int kind : {0, 1}) {
            batch.targetKinds = torch::tensor({255, 255, 255, 255, kind}, torch::kInt32);
            EXPECT_NEAR((*model->ownLoss())(batch).item<double>(), -std::log(probabilities[7 + kind]), 1e-5)
                << form << kind;
        }
    }
}

TEST(ArgusModel, FloatAndDoubleAgreeInValuesAndGradients)
{
    PackedSequences events = history(maxLength);
    append(events, history(5, 3));
    for (const Json& changes : variants) {
        Json plain = changes;
        plain.update({{"dropout", 0.0}, {"context_dropout", 0.0}, {"surface_dropout", 0.0}, {"feedback_dropout", 0.0}});
        std::map<std::string, Tensor> gradients[2];
        double losses[2];
        for (const int wide : {0, 1}) {
            const auto model = argus(plain, wide ? torch::kFloat64 : torch::kFloat32);
            LossBatch batch;
            batch.inputs = makePackedBatch(events.view());
            batch.targets = (batch.inputs.items + 1).remainder(items).to(torch::kInt32);
            batch.targetFeedback = batch.inputs.feedback;
            batch.targetKinds = batch.inputs.kinds;
            batch.inputs.nextSurfaces = batch.inputs.surfaces;
            const Tensor loss = (*model->ownLoss())(batch);
            losses[wide] = loss.item<double>();
            loss.backward();
            for (const auto& entry : model->parameters().entries())
                gradients[wide][entry.name] = entry.value.grad().to(torch::kFloat64).clone();
        }
        EXPECT_NEAR(losses[0], losses[1], 1e-4) << changes;
        for (const auto& [name, wide] : gradients[1]) {
            const double largest = wide.abs().max().item<double>();
            EXPECT_LE((gradients[0][name] - wide).abs().max().item<double>(), 1e-3 * largest + 1e-5)
                << changes << " " << name;
        }
    }
}

TEST(ArgusModel, WithoutARequestsContextTheTimeOfTheNextEventDoesNotMatter)
{
    for (const bool known : {true, false}) {
        const NeuralTrainedModel model(argus({{"request_context", known}}));
        const PackedSequences events = history(6);
        PackedSequences later;
        later.append(events.items, events.times, events.times.back() + 30 * 86400);
        later.appendFeedback(events.feedback);
        later.appendMarks(events.marks);
        EXPECT_EQ(difference(lastVector(model, events), lastVector(model, later)) > 1e-4, known);
    }
}

// The last row of a longer batch, and of the same history alone.
TEST(ArgusModel, ARowDependsOnItsOwnSequenceAndOnNothingLater)
{
    for (const Json& changes : variants) {
        const auto model = argus(changes);
        PackedSequences both = history(7, 5);
        const PackedSequences all = history(9);
        append(both, all);
        ForwardContext context;
        const Tensor packed = model->encode(makePackedBatch(both.view()), context);
        const Tensor own = model->encode(makePackedBatch(firstEvents(all, 6).view()), context);
        EXPECT_LE((packed.slice(0, 7, 13) - own).abs().max().item<double>(), 1e-5) << changes;
    }
}

// A list is asked for without knowing where the next event will take place; training is told, row by row.
TEST(ArgusModel, TheSurfaceOfTheNextEventIsKnownToTrainingAlone)
{
    const PackedSequences events = history(8);
    const PackedBatch asked = makePackedBatch(events.view());
    ASSERT_FALSE(asked.nextSurfaces.defined());
    const auto users = [](const Argus& model, const Tensor& nextSurfaces, PackedBatch batch) {
        ForwardContext context;
        batch.nextSurfaces = nextSurfaces;
        return model.encode(batch, context);
    };
    const Tensor unknown = torch::full({8}, 255, torch::kInt32);
    const auto merged = argus(Json::object());
    const Tensor lists = users(*merged, {}, asked);
    EXPECT_TRUE(torch::equal(lists, users(*merged, unknown, asked)));
    for (std::int64_t t = 0; t < 8; ++t) {
        Tensor told = unknown.clone();
        told[t] = 1;
        const Tensor known = users(*merged, told, asked);
        for (std::int64_t row = 0; row < 8; ++row)
            EXPECT_EQ(torch::equal(known[row], lists[row]), row != t) << "surface after event " << t << ", row " << row;
    }
    // Interleaved rows are the history's contexts too: those of past events are known, the last one is not.
    const auto interleaved = argus({{"form", "interleaved"}});
    Tensor past = torch::roll(asked.surfaces, -1);
    past[7] = 255;
    EXPECT_TRUE(torch::equal(users(*interleaved, {}, asked), users(*interleaved, past, asked)));
    EXPECT_FALSE(torch::equal(users(*interleaved, {}, asked)[7], users(*interleaved, unknown, asked)[7]));
    for (const char* form : {"merged", "interleaved"}) {
        const auto blind = argus({{"form", form}, {"request_context", false}});
        EXPECT_TRUE(torch::equal(users(*blind, {}, asked), users(*blind, asked.surfaces, asked))) << form;
    }
}

TEST(ArgusModel, ASurfaceThatTrainingNeverSawIsNotKnown)
{
    const NeuralTrainedModel model(argus(Json::object()));
    PackedSequences known = history(6), foreign = known, hidden = known;
    foreign.marks[3].surface = 7;
    hidden.marks[3].surface = unknownMark;
    EXPECT_EQ(lastVector(model, foreign), lastVector(model, hidden));
    EXPECT_GT(difference(lastVector(model, known), lastVector(model, hidden)), 1e-4);
}

// Every row has the vector of a known or of a hidden surface, and both occur.
TEST(ArgusModel, TrainingHidesAShareOfTheTargetsSurfaces)
{
    const auto model = argus({{"dropout", 0.0}, {"context_dropout", 0.0}, {"feedback_dropout", 0.0}});
    PackedBatch batch = makePackedBatch(history(maxLength).view());
    ForwardContext plain, training = ForwardContext::training(3, 1);
    const Tensor hidden = model->encode(batch, plain);
    batch.nextSurfaces = torch::ones({maxLength}, torch::kInt32);
    const Tensor known = model->encode(batch, plain), mixed = model->encode(batch, training);
    int knownRows = 0;
    for (std::int64_t row = 0; row < maxLength; ++row) {
        const bool isKnown = torch::allclose(mixed[row], known[row], 0, 1e-6);
        EXPECT_NE(isKnown, torch::allclose(mixed[row], hidden[row], 0, 1e-6)) << row;
        knownRows += isKnown;
    }
    EXPECT_GT(knownRows, 0);
    EXPECT_LT(knownRows, maxLength);
}

TEST(ArgusModel, SharedRowsAddUpToItemVectors)
{
    const auto model = argus({{"table_rows", 30}, {"look_ups", 3}});
    EXPECT_EQ(model->itemEmbedding.size(0), 30);
    const Tensor table = model->itemTable();
    ASSERT_EQ(table.size(0), items + 1);
    const Tensor some = torch::tensor({7, 7, 0, 39}, torch::kInt32);
    EXPECT_TRUE(torch::equal(model->itemVectors(some), table.index_select(0, some)));
    std::set<std::vector<float>> distinct;
    for (std::int64_t i = 0; i < items; ++i)
        distinct.insert(copyFloats(table[i]));
    EXPECT_EQ(distinct.size(), items) << "30 rows, but 27,000 sums";
}

// With many draws the sampled softmax is the softmax over the catalogue, whatever the sampler.
TEST(ArgusLoss, CorrectedNegativesEstimateTheFullSoftmax)
{
    const PackedSequences events = history(maxLength);
    for (const auto& [inBatch, uniform] : {std::pair{0, 60000}, std::pair{30000, 30000}}) {
        const auto model = argus({{"tasks", "next_item"}, {"dropout", 0.0}, {"context_dropout", 0.0},
            {"feedback_dropout", 0.0}, {"negatives_in_batch", inBatch}, {"negatives_uniform", uniform}});
        LossBatch batch;
        batch.inputs = makePackedBatch(events.view());
        batch.targets = torch::tensor(std::vector<std::int32_t>{1, 2, 2, 2, 3, 3, 9, 9, 9, 9, 9, 9}, torch::kInt32);
        ForwardContext context;
        const Tensor users = model->encode(batch.inputs, context) * model->logitScale();
        const Tensor logits = torch::mm(users, model->scoringTable().slice(0, 0, items).t());
        const double full
            = torch::nn::functional::cross_entropy(logits, batch.targets.to(torch::kInt64)).item<double>();
        EXPECT_NEAR((*model->ownLoss())(batch).item<double>(), full, 0.02) << inBatch;
    }
}

// Events an hour apart, asked with a delay of two: pairs (1, 2) and (3, 4) of the targets differ in feedback; the first
// has no state that old, the second is ranked by the state after event 2 of the inputs.
TEST(ArgusLoss, PairsAreRankedByTheNewestStateOlderThanTheDelay)
{
    const auto model = argus({{"next_weight", 0.0}, {"feedback_weight", 0.0}, {"pair_weight", 1.0}, {"pair_delay", 2.0},
        {"dropout", 0.0}, {"context_dropout", 0.0}, {"feedback_dropout", 0.0}});
    constexpr std::int64_t begin = 1'600'000'000, hour = 3600;
    const std::vector<std::int32_t> inputs{3, 1, 4, 1, 5};
    std::vector<std::int64_t> times;
    for (std::int64_t i = 0; i < 5; ++i)
        times.push_back(begin + i * hour);
    PackedSequences sequence;
    sequence.append(inputs, times, begin + 5 * hour);
    LossBatch batch;
    batch.inputs = makePackedBatch(sequence.view());
    batch.targets = torch::tensor(std::vector<std::int32_t>{1, 4, 1, 5, 9}, torch::kInt32);
    batch.targetFeedback = torch::tensor(std::vector<float>{2.0f, 5.0f, 5.0f, std::nanf(""), 1.0f});
    EXPECT_EQ((*model->ownLoss())(batch).item<double>(), 0.0) << "2 | 5 comes an hour after the first state";
    batch.targetFeedback = torch::tensor(std::vector<float>{5.0f, 5.0f, 5.0f, 2.0f, 2.0f}); // 5 | 2 at hours 3 and 4
    PackedSequences seen;
    seen.append(std::span(inputs).first(2), std::span(times).first(2), 0);
    ForwardContext context;
    const Tensor user = model->encode(makePackedBatch(seen.view()), context)[1];
    const Tensor table = model->scoringTable();
    const double lead = (user.dot(table[1] - table[5]) * model->logitScale()).item<double>();
    EXPECT_NEAR((*model->ownLoss())(batch).item<double>(), std::log1p(std::exp(-lead)), 1e-5);
}

TEST(ArgusLoss, RepeatsFromItsMemory)
{
    const auto model = argus({{"negatives_in_batch", 8}, {"negatives_uniform", 8}});
    const PackedSequences events = history(maxLength);
    LossBatch batch;
    batch.inputs = makePackedBatch(events.view());
    batch.targets = (batch.inputs.items + 1).remainder(items).to(torch::kInt32);
    batch.targetFeedback = batch.inputs.feedback;
    const auto one = model->ownLoss(), other = model->ownLoss();
    (*one)(batch);
    batch.targets = (batch.inputs.items + 2).remainder(items).to(torch::kInt32);
    batch.step = 1;
    std::copy(one->memory().begin(), one->memory().end(), other->memory().begin());
    const double goesOn = (*one)(batch).item<double>();
    EXPECT_EQ((*other)(batch).item<double>(), goesOn);
    EXPECT_NE((*model->ownLoss())(batch).item<double>(), goesOn) << "the counts of the first batch matter";
}

TEST(ArgusModel, TheFeedbackTaskNeedsFeedback)
{
    ModelSetup setup;
    setup.items = items;
    setup.maxLength = maxLength;
    setup.parameters = findModel("argus").schema.validate({{"hidden", 16}});
    try {
        buildNeuralModel("argus", setup);
        FAIL() << "built without feedback";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Input);
        EXPECT_NE(error.hint().find("next_item"), std::string::npos);
    }
    const ModelDescriptor& d = findModel("argus");
    DataFacts timed, rated, ofKinds;
    timed.times = rated.feedback = ofKinds.kinds = true;
    EXPECT_THROW(d.requireData(setup.parameters, timed), Error);
    EXPECT_NO_THROW(d.requireData(setup.parameters, rated));
    EXPECT_NO_THROW(d.requireData(setup.parameters, ofKinds));
    EXPECT_THROW(d.requireData(d.schema.validate({{"pair_weight", 1.0}}), ofKinds), Error) << "kinds have no order";
    EXPECT_NO_THROW(d.requireData(d.schema.validate({{"tasks", "next_item"}}), {}));
}

TEST(ArgusModel, AModelOfOneTaskPredictsNoFeedback)
{
    const NeuralTrainedModel model(argus({{"tasks", "next_item"}}));
    EXPECT_EQ(model.predictedFeedback(), nullptr);
    std::vector<float> out;
    EXPECT_THROW(model.predictFeedback(history(3).view(), std::vector<std::int32_t>{1}, out), Error);
}

} // namespace
} // namespace recoscope::argus_tests
