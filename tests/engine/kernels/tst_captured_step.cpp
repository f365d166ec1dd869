// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A whole step in one graph, from windows to the optimiser: batches of any size that fit its bucket, each with its own
// step number and clip, train as steps of exactly their size that are called directly.
#include "engine/kernels/step_graphs.h"
#include "tests/engine/kernels/kernel_test.h"
#include "tests/engine/kernels/tested_device.h"

#include <map>

namespace recoscope::kernels {
namespace {

constexpr std::int64_t width = 8, heads = 2, items = 37, mostWindows = 9;
constexpr double clipNorm = 0.5;

const DeviceApi& device()
{
    return testedDevice();
}

// The parameter, the resident histories and what the steps share.
struct Training {
    DeviceArray<float> table{device(), items*width}, first{device(), items*width}, second{device(), items*width},
        gradTable{device(), items*width}, normWeight{device(), width}, normBias{device(), width};
    DeviceArray<double> squares{device(), 1};
    DeviceArray<StepNumbers> numbers{device(), 1};
    DeviceArray<BatchWindow> windows{device(), mostWindows};
    DeviceArray<char> workspace{device(), 1 << 20};
    std::vector<std::int64_t> historyOffsets = offsetsOf({0, 1, 2, 15, 16, 17, 31, 33, 20});
    PinnedArray<std::int64_t> offsets = pinned(historyOffsets);
    PinnedArray<std::int32_t> historyItems = pinned(Random(6).below(historyOffsets.back(), items));

    Training()
    {
        Random random(5);
        table.upload(random.normal(items * width));
        normWeight.upload(random.normal(width));
        normBias.upload(random.normal(width));
        const Floats zeros(items * width);
        for (auto* array : {&first, &second, &gradTable})
            array->upload(zeros);
    }
    DeviceCall call(void* stream, const std::int64_t* offsets)
    {
        DeviceCall call;
        call.stream = stream;
        call.offsets = offsets;
        call.workspace = workspace.data();
        call.workspaceBytes = workspace.count();
        return call;
    }
};

// The arrays of a batch of `rows` rows and `sequences` sequences, and the operations on them.
class Pass {
public:
    Pass(Training& training, std::int64_t sequences, std::int64_t rows)
        : m_training(training)
        , m_sequences(sequences)
        , m_rows(rows)
        , m_shape(static_cast<std::size_t>(sequences) + 1, rows)
    {
        m_shape.front() = 0;
    }

    void makeBatch(void* stream, std::int64_t windows)
    {
        BatchRows a;
        a.histories = {static_cast<std::int64_t>(m_training.historyOffsets.size()) - 1, m_training.offsets.data(),
            m_training.historyItems.data()};
        a.windows = windows;
        a.window = m_training.windows.data();
        a.sequences = m_sequences;
        a.rows = m_rows;
        a.offsets = m_offsets.data();
        a.items = m_items.data();
        a.positions = m_positions.data();
        a.targets = m_targets.data();
        const DeviceCall call = m_training.call(stream, nullptr);
        require(device().batchRows(&a, &call));
    }

    // Everything up to the gradient of the table, of the sum of the losses.
    void gradients(void* stream, float scale, bool padded)
    {
        const DeviceCall call = m_training.call(stream, m_offsets.data());
        const auto clear = [&](std::int64_t sequences, std::int64_t rows, float* values) {
            const ClearPadding a{sequences, rows, width, values};
            require(device().clearPadding(&a, &call));
        };
        clear(0, items, m_training.gradTable.data());
        const LookUpOp gather{m_rows, width, items, m_training.table.data(), m_items.data(), m_found.data()};
        require(device().embeddingGather(&gather, &call));
        LayerNormForward norm{
            m_rows, width, 1e-5f, m_found.data(), nullptr, m_training.normWeight.data(), m_training.normBias.data()};
        norm.output = m_normed.data();
        require(device().layerNormForward(&norm, &call));
        SoftmaxAttentionForward attention{
            m_shape, heads, width / heads, 0.5f, m_normed.data(), m_normed.data(), m_normed.data(), width};
        attention.output = m_hidden.data();
        attention.logSumExp = m_logSums.data();
        require(device().softmaxAttentionForward(&attention, &call));
        if (padded)
            clear(m_sequences, m_rows, m_hidden.data());
        LinearCrossEntropy loss{
            m_rows, items, width, m_hidden.data(), m_training.table.data(), nullptr, m_targets.data(), scale};
        loss.loss = m_loss.data();
        loss.gradHidden = m_gradHidden.data();
        loss.gradTable = m_training.gradTable.data();
        require(device().linearCrossEntropy(&loss, &call));
        if (padded)
            clear(m_sequences, m_rows, m_gradHidden.data());
        const LookUpOp scatter{m_rows, width, items, m_gradHidden.data(), m_items.data(), m_training.gradTable.data()};
        require(device().embeddingScatterAdd(&scatter, &call));
        const SumOfSquaresOp squares{items * width, m_training.gradTable.data(), nullptr, 1, m_training.squares.data()};
        require(device().sumOfSquares(&squares, &call));
    }

private:
    Training& m_training;
    std::int64_t m_sequences, m_rows;
    std::vector<std::int64_t> m_shape; // offsets with the sizes of the bucket, for the host
    DeviceArray<std::int64_t> m_offsets{device(), m_sequences + 1};
    DeviceArray<std::int32_t> m_items{device(), m_rows}, m_positions{device(), m_rows}, m_targets{device(), m_rows};
    DeviceArray<float> m_found{device(), m_rows*width}, m_normed{device(), m_rows*width},
        m_hidden{device(), m_rows*width}, m_gradHidden{device(), m_rows*width}, m_logSums{device(), m_rows*heads};
    DeviceArray<double> m_loss{device(), m_rows};
};

AdamWStep optimiserOf(Training& training)
{
    AdamWStep a;
    a.count = items * width;
    a.parameter = training.table.data();
    a.gradient = training.gradTable.data();
    a.firstMoment = training.first.data();
    a.secondMoment = training.second.data();
    a.weightDecay = 0.05;
    return a;
}

double rateOf(std::int64_t step)
{
    return 0.1 / static_cast<double>(step);
}

std::vector<BatchWindow> windowsOfStep(const Training& training, std::int64_t step)
{
    Random random(static_cast<std::uint64_t>(step));
    std::vector<BatchWindow> windows;
    const auto users = static_cast<std::int64_t>(training.historyOffsets.size()) - 1;
    for (std::int64_t i = 0, count = 1 + random.size(mostWindows); i < count; ++i) {
        const std::int64_t user = 3 + random.size(users - 3);
        const std::int64_t length = training.historyOffsets[user + 1] - training.historyOffsets[user];
        windows.push_back({static_cast<std::int32_t>(user), 1 + random.size(length - 1), length});
    }
    return windows;
}

TEST(CapturedStep, TrainsAsStepsOfExactlyItsSizes)
{
    const DeviceStream stream(device());
    Training direct, graphed;
    std::map<std::int64_t, Pass> buckets;
    StepGraphs graphs(device(), stream.get());
    PinnedArray<StepNumbers> numbers(device(), 1);
    for (std::int64_t step = 1; step <= 20; ++step) {
        std::vector<BatchWindow> windows = windowsOfStep(direct, step);
        const BatchSizes sizes = sizesOfBatch(windows);
        const double lossScale = 1.0 / static_cast<double>(sizes.rows);

        direct.windows.upload(windows);
        Pass pass(direct, sizes.sequences, sizes.rows);
        pass.makeBatch(stream.get(), static_cast<std::int64_t>(windows.size()));
        pass.gradients(stream.get(), static_cast<float>(lossScale), false);
        AdamWStep update = optimiserOf(direct);
        update.learningRate = rateOf(step);
        update.step = step;
        const double norm = std::sqrt(direct.squares.download()[0]);
        update.gradientScale = static_cast<float>(std::min(1.0, clipNorm / (norm + 1e-6)));
        const DeviceCall call = direct.call(stream.get(), nullptr);
        require(device().adamWStep(&update, &call));

        windows.resize(mostWindows); // with windows of nothing
        graphed.windows.upload(windows);
        *numbers.data() = {adamWFactors(update), lossScale};
        require(device().copyOn(stream.get(), graphed.numbers.data(), numbers.data(), sizeof(StepNumbers)));
        const std::int64_t bucket = bucketOf(sizes.rows);
        Pass& padded = buckets.try_emplace(bucket, graphed, mostWindows, bucket).first->second;
        graphs.run(bucket, [&] {
            const DeviceCall captured = graphed.call(stream.get(), nullptr);
            padded.makeBatch(stream.get(), mostWindows);
            padded.gradients(stream.get(), 1.0f, true);
            const ClipGradient clip{1, graphed.squares.data(), clipNorm, graphed.numbers.data()};
            require(device().clipGradient(&clip, &captured));
            const CapturedAdamW optimiser{optimiserOf(graphed), graphed.numbers.data()};
            require(device().capturedAdamW(&optimiser, &captured));
        });
        EXPECT_NEAR(graphed.numbers.download()[0].norm, norm, 1e-5 * (1.0 + norm)) << "step " << step;
        expectClose(graphed.table.download(), direct.table.download(), 1e-5, "step " + std::to_string(step));
    }
    EXPECT_GE(graphs.captures(), 2) << "batches of more than one bucket";
    EXPECT_EQ(graphs.captures(), static_cast<std::int64_t>(buckets.size()));
}

TEST(CapturedStep, AdamWWithNumbersOfTheDeviceGivesTheBytesOfAdamW)
{
    for (const bool decoupled : {true, false})
        for (const std::int64_t count : {1, 127, 513}) {
            Random random(static_cast<std::uint64_t>(count));
            const Floats values = random.normal(count), moments = random.normal(count);
            PinnedArray<float> gradient = pinned(random.normal(count));
            Floats squares = random.normal(count);
            for (float& square : squares)
                square *= square;
            PinnedArray<float> p = pinned(values), m = pinned(moments), v = pinned(squares), p2 = pinned(values),
                               m2 = pinned(moments), v2 = pinned(squares);
            const auto settings = [&](auto& parameter, auto& first, auto& second) {
                AdamWStep a{count, parameter.data(), gradient.data(), first.data(), second.data()};
                a.weightDecay = 0.1;
                a.decoupledDecay = decoupled;
                return a;
            };
            AdamWStep known = settings(p, m, v);
            known.learningRate = 0.02;
            known.step = 7;
            known.gradientScale = 0.3f;
            const DeviceCall call;
            require(device().adamWStep(&known, &call));
            PinnedArray<StepNumbers> numbers = pinned<StepNumbers>({{adamWFactors(known)}});
            numbers.data()->gradientScale = 0.3f;
            const CapturedAdamW a{settings(p2, m2, v2), numbers.data()};
            require(device().capturedAdamW(&a, &call));
            require(device().synchronise(nullptr));
            for (const auto& [one, other] : {std::pair(&p, &p2), {&m, &m2}, {&v, &v2}})
                EXPECT_TRUE(
                    sameBytes(Floats(one->data(), one->data() + count), Floats(other->data(), other->data() + count)))
                    << count << ", " << decoupled;
            EXPECT_NE(p.data()[0], values[0]);
        }
}

TEST(CapturedStep, TheClipIsOfTheScaledGradient)
{
    const DeviceCall call;
    const PinnedArray<double> squares = pinned<double>({4.0, 5.0, 16.0}); // a norm of 5
    PinnedArray<StepNumbers> lent = pinned<StepNumbers>({StepNumbers{{}, 0.5}});
    StepNumbers& numbers = *lent.data();
    for (const auto& [clip, expected] : std::map<double, double>{{0.0, 0.5}, {3.0, 0.5}, {1.25, 0.25}}) {
        const ClipGradient a{3, squares.data(), clip, &numbers};
        require(device().clipGradient(&a, &call));
        require(device().synchronise(nullptr));
        EXPECT_EQ(numbers.norm, 2.5);
        EXPECT_NEAR(numbers.gradientScale, expected, 1e-6) << clip;
    }
}

TEST(CapturedStep, RowsPastTheLastSequenceBecomeZero)
{
    const PinnedArray<std::int64_t> offsets = pinned<std::int64_t>({0, 2, 3});
    PinnedArray<float> values = pinned<float>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    DeviceCall call;
    call.offsets = offsets.data();
    ClearPadding a{2, 5, 2, values.data()};
    require(device().clearPadding(&a, &call));
    EXPECT_EQ(fromDevice(values.data(), 10), (Floats{1, 2, 3, 4, 5, 6, 0, 0, 0, 0}));
    a.sequences = 0;
    require(device().clearPadding(&a, &call));
    EXPECT_EQ(fromDevice(values.data(), 10), Floats(10));
}

// Every operation with dropout, forward and backward, on a graph that is captured once.
class DropoutStep {
public:
    DropoutStep()
    {
        for (int i = 0; i < 14; ++i) {
            m_outputs.emplace_back(device(), rows * width);
            m_outputs.back().upload(Floats(rows * width));
        }
    }

    // `seed` is added to all seeds: as an argument, and as a number of the device.
    void issue(void* stream, std::uint64_t seed, const std::uint64_t* stepSeed)
    {
        DeviceCall call;
        call.stream = stream;
        call.offsets = m_onDevice.data();
        call.workspace = m_room.data();
        call.workspaceBytes = m_room.count();
        call.stepSeed = stepSeed;
        const auto element = [&](const auto& operation, std::uint64_t ofOperation, int output) {
            const ElementsOp a{rows * width, m_input.data(), 0.4f, ofOperation + seed, m_gradient.data(), out(output)};
            require(operation(&a, &call));
        };
        element(device().dropout, 11, 0);
        element(device().geluDropoutForward, 12, 1);
        element(device().geluDropoutBackward, 13, 2);
        LayerNormForward norm{rows, width, 1e-5f, m_input.data(), nullptr, m_weight.data(), m_weight.data(), 0.3f,
            14 + seed, out(3), out(4), out(5)};
        require(device().layerNormForward(&norm, &call));
        LayerNormBackward normBack{rows, width, m_gradient.data(), out(4), out(5), m_weight.data(), 0.3f, 14 + seed,
            out(6), nullptr, out(7), out(8)};
        require(device().layerNormBackward(&normBack, &call));
        SoftmaxAttentionForward a{m_offsets, heads, width / heads, 0.5f, m_input.data(), m_input.data(), m_input.data(),
            width, 0.3f, 15 + seed, out(9), out(10)};
        require(device().softmaxAttentionForward(&a, &call));
        SoftmaxAttentionBackward b{a, m_gradient.data(), out(11), out(12), out(13), width};
        require(device().softmaxAttentionBackward(&b, &call));
    }
    std::vector<Floats> outputs() const
    {
        std::vector<Floats> result;
        for (const auto& output : m_outputs)
            result.push_back(output.download());
        return result;
    }

private:
    static constexpr std::int64_t rows = 40;

    float* out(int i) { return m_outputs[static_cast<std::size_t>(i)].data(); }

    std::vector<std::int64_t> m_offsets{0, 33, 40};
    PinnedArray<std::int64_t> m_onDevice = pinned(m_offsets);
    PinnedArray<float> m_input = pinned(Random(8).normal(rows * width)),
                       m_gradient = pinned(Random(9).normal(rows * width)), m_weight = pinned(Random(10).normal(width));
    std::vector<DeviceArray<float>> m_outputs;
    DeviceArray<char> m_room{device(), 1 << 16};
};

TEST(CapturedStep, DropsOtherNumbersWithAnotherSeedOfTheStep)
{
    const DeviceStream stream(device());
    StepGraphs graphs(device(), stream.get());
    DropoutStep direct, graphed;
    PinnedArray<std::uint64_t> stepSeed(device(), 1);
    std::vector<std::vector<Floats>> results;
    for (const std::uint64_t seed : {std::uint64_t(0), std::uint64_t(1) << 40, std::uint64_t(7)}) {
        *stepSeed.data() = seed;
        direct.issue(nullptr, seed, nullptr);
        graphs.run(1, [&] { graphed.issue(stream.get(), 0, stepSeed.data()); });
        results.push_back(graphed.outputs());
        for (std::size_t i = 0; i < results.back().size(); ++i) {
            EXPECT_TRUE(sameBytes(results.back()[i], direct.outputs()[i])) << "output " << i << ", seed " << seed;
            // The gradient of the norm's bias (8) and the sums of exponentials (10) know no dropout.
            const bool knowsDropout = i != 8 && i != 10 && results.size() > 1;
            EXPECT_NE(sameBytes(results.back()[i], results.front()[i]), knowsDropout) << i << ", seed " << seed;
        }
    }
    EXPECT_EQ(graphs.captures(), 1);
}

TEST(CapturedStep, WrongArgumentsAreNamed)
{
    float value = 0.0f;
    const auto refused = [](const auto& operation, const auto& arguments) {
        const DeviceCall call;
        return operation(&arguments, &call) == 0 ? std::string("accepted") : std::string(device().lastMessage());
    };
    StepNumbers numbers;
    EXPECT_EQ(refused(device().clipGradient, ClipGradient{1, nullptr, 1.0, &numbers}), "clipGradient: squares is null");
    EXPECT_EQ(refused(device().clipGradient, ClipGradient{0, nullptr, 1.0}), "clipGradient: numbers is null");
    EXPECT_EQ(
        refused(device().clipGradient, ClipGradient{0, nullptr, -1.0, &numbers}), "clipGradient: clipNorm is negative");
    EXPECT_EQ(
        refused(device().clipGradient, ClipGradient{-1, nullptr, 1.0, &numbers}), "clipGradient: parts is negative");
    CapturedAdamW update;
    update.step.count = 1;
    EXPECT_EQ(refused(device().capturedAdamW, update), "adamWStep: parameter is null");
    Floats room(4);
    update.step.parameter = room.data();
    update.step.gradient = room.data() + 1;
    update.step.firstMoment = room.data() + 2;
    update.step.secondMoment = room.data() + 3;
    EXPECT_EQ(refused(device().capturedAdamW, update), "capturedAdamW: numbers is null");
    EXPECT_EQ(refused(device().clearPadding, ClearPadding{-1, 1, 1, &value}), "clearPadding: sequences is negative");
    EXPECT_EQ(refused(device().clearPadding, ClearPadding{1, 1, 0, &value}), "clearPadding: width must be at least 1");
    EXPECT_EQ(refused(device().clearPadding, ClearPadding{1, 1, 1}), "clearPadding: values is null");
}

} // namespace
} // namespace recoscope::kernels
