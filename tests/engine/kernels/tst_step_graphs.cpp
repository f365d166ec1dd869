// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Graphs of a device: captured operations run nothing until they are launched, and give the bytes of direct
// calls on whatever their arrays hold by then.
#include "engine/kernels/step_graphs.h"
#include "tests/engine/kernels/kernel_test.h"
#include "tests/engine/kernels/tested_device.h"

namespace recoscope::kernels {
namespace {

const DeviceApi& device()
{
    return testedDevice();
}

// Layer norm, attention, cross-entropy over the items and AdamW on their table, for `rows` rows of `sequences`
// histories.
class SmallStep {
public:
    SmallStep(std::int64_t rows, std::int64_t sequences)
        : m_rows(rows)
        , m_sequences(sequences)
        , m_input(device(), rows * width)
        , m_normed(device(), rows * width)
        , m_attended(device(), rows * width)
        , m_logSums(device(), rows * heads)
        , m_gradHidden(device(), rows * width)
        , m_gradTable(device(), items * width)
        , m_loss(device(), rows)
        , m_targets(device(), rows)
        , m_offsets(device(), sequences + 1)
        , m_weight(device(), width)
        , m_bias(device(), width)
        , m_table(device(), items * width)
        , m_first(device(), items * width)
        , m_second(device(), items * width)
        , m_workspace(device(), 1 << 20)
    {
        Random random(1);
        m_weight.upload(random.normal(width));
        m_bias.upload(random.normal(width));
        m_table.upload(random.normal(items * width));
        const Floats zeros(items * width);
        for (auto* array : {&m_gradTable, &m_first, &m_second})
            array->upload(zeros);
        m_shape.resize(sequences + 1, rows);
        m_shape.front() = 0;
    }

    // Other rows, lengths and targets in the same arrays.
    void load(std::uint64_t seed)
    {
        Random random(seed);
        m_input.upload(random.normal(m_rows * width));
        m_targets.upload(random.below(m_rows, items));
        std::vector<std::int64_t> offsets{0};
        for (std::int64_t b = 1; b < m_sequences; ++b)
            offsets.push_back(random.size(m_rows + 1));
        offsets.push_back(m_rows);
        std::sort(offsets.begin(), offsets.end());
        m_offsets.upload(offsets);
        m_gradTable.upload(Floats(items * width));
    }

    void issue(void* stream)
    {
        DeviceCall call;
        call.stream = stream;
        call.offsets = m_offsets.data();
        call.workspace = m_workspace.data();
        call.workspaceBytes = m_workspace.count();
        LayerNormForward norm{m_rows, width, 1e-5f, m_input.data(), nullptr, m_weight.data(), m_bias.data()};
        norm.output = m_normed.data();
        requireDevice(device(), device().layerNormForward(&norm, &call));
        SoftmaxAttentionForward attention{
            m_shape, heads, width / heads, 0.5f, m_normed.data(), m_normed.data(), m_normed.data(), width};
        attention.output = m_attended.data();
        attention.logSumExp = m_logSums.data();
        requireDevice(device(), device().softmaxAttentionForward(&attention, &call));
        LinearCrossEntropy loss{m_rows, items, width, m_attended.data(), m_table.data(), nullptr, m_targets.data()};
        loss.loss = m_loss.data();
        loss.gradHidden = m_gradHidden.data();
        loss.gradTable = m_gradTable.data();
        requireDevice(device(), device().linearCrossEntropy(&loss, &call));
        AdamWStep update;
        update.count = items * width;
        update.parameter = m_table.data();
        update.gradient = m_gradTable.data();
        update.firstMoment = m_first.data();
        update.secondMoment = m_second.data();
        requireDevice(device(), device().adamWStep(&update, &call));
    }

    // All that the step writes.
    Floats results() const
    {
        Floats all;
        for (const auto* array : {&m_normed, &m_attended, &m_gradHidden, &m_gradTable, &m_table, &m_first, &m_second})
            append(all, array->download());
        for (const double loss : m_loss.download())
            all.push_back(static_cast<float>(loss));
        return all;
    }

private:
    static constexpr std::int64_t width = 8, heads = 2, items = 41;
    std::int64_t m_rows, m_sequences;
    DeviceArray<float> m_input, m_normed, m_attended, m_logSums, m_gradHidden, m_gradTable;
    DeviceArray<double> m_loss;
    DeviceArray<std::int32_t> m_targets;
    DeviceArray<std::int64_t> m_offsets;
    DeviceArray<float> m_weight, m_bias, m_table, m_first, m_second;
    DeviceArray<char> m_workspace;
    std::vector<std::int64_t> m_shape; // offsets with the sizes of the bucket, for the host
};

TEST(StepGraphs, ReplaysGiveTheBytesOfDirectCalls)
{
    const DeviceStream stream(device());
    for (const std::int64_t rows : {1, 63, 64, 65}) {
        SmallStep direct(rows, 3), graphed(rows, 3);
        StepGraphs graphs(device(), stream.get());
        for (std::uint64_t seed = 10; seed < 14; ++seed) {
            direct.load(seed);
            graphed.load(seed);
            direct.issue(stream.get());
            graphs.run(rows, [&] { graphed.issue(stream.get()); });
            stream.synchronise();
            EXPECT_TRUE(sameBytes(graphed.results(), direct.results())) << rows << " rows, batch " << seed;
        }
        EXPECT_EQ(graphs.captures(), 1);
    }
}

TEST(StepGraphs, CapturingRunsNothing)
{
    const DeviceStream stream(device());
    SmallStep step(7, 2);
    step.load(3);
    const Floats before = step.results();
    void* graph = nullptr;
    ASSERT_EQ(device().beginCapture(stream.get()), 0);
    step.issue(stream.get());
    ASSERT_EQ(device().endCapture(stream.get(), &graph), 0);
    EXPECT_TRUE(sameBytes(step.results(), before));
    EXPECT_EQ(device().launchGraph(graph, stream.get()), 0);
    EXPECT_FALSE(sameBytes(step.results(), before));
    EXPECT_EQ(device().releaseGraph(graph), 0);
}

TEST(StepGraphs, TheGraphUsedLongestAgoGoesFirst)
{
    const DeviceStream stream(device());
    StepGraphs graphs(device(), stream.get(), 2);
    std::vector<std::int64_t> recorded;
    const auto run = [&](std::int64_t bucket) { graphs.run(bucket, [&] { recorded.push_back(bucket); }); };
    for (const std::int64_t bucket : {1, 2, 1, 3, 1, 2, 3})
        run(bucket);
    EXPECT_EQ(recorded, (std::vector<std::int64_t>{1, 2, 3, 2, 3})) << "3 takes the place of 2, 2 that of 3, 3 of 1";
    EXPECT_EQ(graphs.kept(), 2u);
    EXPECT_EQ(graphs.captures(), 5);
    graphs.clear();
    EXPECT_EQ(graphs.kept(), 0u);
    run(3);
    EXPECT_EQ(recorded.back(), 3);
    EXPECT_EQ(graphs.captures(), 6);
}

TEST(StepGraphs, AStepThatThrowsLeavesNoGraphAndNoCapture)
{
    const DeviceStream stream(device());
    StepGraphs graphs(device(), stream.get());
    SmallStep step(5, 1);
    step.load(4);
    const Floats before = step.results();
    EXPECT_EQ(refusalOf([&] {
        graphs.run(5, [&] {
            step.issue(stream.get());
            DeviceArray<float> more(device(), 3);
        });
    }),
        "allocate: this thread is capturing a graph");
    EXPECT_EQ(graphs.kept(), 0u);
    EXPECT_TRUE(sameBytes(step.results(), before)) << "what was captured before the error must not run";
    graphs.run(5, [&] { step.issue(stream.get()); });
    EXPECT_FALSE(sameBytes(step.results(), before));
}

TEST(StepGraphs, BucketsGrowByPowersOfTwoAndThenByAThousandAndTwentyFour)
{
    const std::vector<std::pair<std::int64_t, std::int64_t>> expected{{0, 64}, {1, 64}, {63, 64}, {64, 64}, {65, 128},
        {128, 128}, {129, 256}, {1023, 1024}, {1024, 1024}, {1025, 2048}, {2049, 3072}, {100000, 100352}};
    for (const auto& [rows, bucket] : expected)
        EXPECT_EQ(bucketOf(rows), bucket) << rows;
    EXPECT_EQ(refusalOf([] { bucketOf(-1); }), "bucketOf: rows is negative");
}

TEST(StepGraphs, WrongArgumentsAreNamed)
{
    const DeviceStream stream(device());
    EXPECT_EQ(refusalOf([] { StepGraphs(device(), nullptr); }), "StepGraphs: stream is null");
    EXPECT_EQ(refusalOf([&] { StepGraphs(device(), stream.get(), 0); }), "StepGraphs: limit must be at least 1");
}

// What the table says to calls in the wrong order; a capture that is going on survives all of them.
TEST(Capture, WhatCannotBeCapturedIsRefused)
{
    const DeviceApi& api = device();
    const DeviceStream stream(api), other(api);
    DeviceArray<float> array(api, 2);
    const Floats values{3, 4};
    array.upload(values);
    DeviceArray<char> room(api, 1 << 12);
    PinnedArray<double> sums = pinned(std::vector<double>(2));
    const auto refused = [&](std::int32_t status) {
        return status == static_cast<int>(ErrorKind::Usage) ? std::string(api.lastMessage()) : "accepted";
    };
    void* graph = nullptr;
    EXPECT_EQ(refused(api.beginCapture(nullptr)), "beginCapture: stream is the null stream");
    EXPECT_EQ(refused(api.endCapture(stream.get(), &graph)), "endCapture: stream is not captured by this thread");
    EXPECT_EQ(refused(api.launchGraph(nullptr, stream.get())), "launchGraph: graph is null");
    EXPECT_EQ(refused(api.releaseGraph(nullptr)), "releaseGraph: graph is null");

    ASSERT_EQ(api.beginCapture(stream.get()), 0);
    float kept[2] = {};
    void* memory = nullptr;
    const std::string capturing = ": this thread is capturing a graph";
    EXPECT_EQ(refused(api.allocate(8, &memory)), "allocate" + capturing);
    EXPECT_EQ(refused(api.release(array.data())), "release" + capturing);
    EXPECT_EQ(refused(api.upload(array.data(), kept, 8)), "upload" + capturing);
    EXPECT_EQ(refused(api.download(kept, array.data(), 8)), "download" + capturing);
    EXPECT_EQ(refused(api.copyOn(stream.get(), array.data(), kept, 8)), "copyOn" + capturing);
    EXPECT_EQ(refused(api.allocateHost(8, &memory)), "allocateHost" + capturing);
    EXPECT_EQ(refused(api.releaseHost(kept)), "releaseHost" + capturing);
    EXPECT_EQ(refused(api.createStream(&memory)), "createStream" + capturing);
    EXPECT_EQ(refused(api.releaseStream(other.get())), "releaseStream" + capturing);
    EXPECT_EQ(refused(api.follow(other.get(), stream.get())), "follow" + capturing);
    EXPECT_EQ(refused(api.synchronise(stream.get())), "synchronise" + capturing);
    EXPECT_EQ(refused(api.launchGraph(&graph, stream.get())), "launchGraph" + capturing);
    EXPECT_EQ(refused(api.releaseGraph(&graph)), "releaseGraph" + capturing);
    EXPECT_EQ(refused(api.beginCapture(other.get())), "beginCapture" + capturing);
    EXPECT_EQ(refused(api.endCapture(other.get(), &graph)), "endCapture: stream is not captured by this thread");

    double &onOther = sums.data()[0], &onCaptured = sums.data()[1];
    DeviceCall call;
    call.workspace = room.data();
    call.workspaceBytes = room.count();
    SumOfSquaresOp op{2, array.data(), nullptr, 1, &onOther};
    call.stream = other.get();
    EXPECT_EQ(api.sumOfSquares(&op, &call), 0);
    op.result = &onCaptured;
    call.stream = stream.get();
    EXPECT_EQ(api.sumOfSquares(&op, &call), 0);
    ASSERT_EQ(api.endCapture(stream.get(), &graph), 0);
    other.synchronise();
    EXPECT_EQ(onOther, 25.0) << "another stream is not captured";
    EXPECT_EQ(onCaptured, 0.0);
    EXPECT_EQ(api.launchGraph(graph, stream.get()), 0);
    stream.synchronise();
    EXPECT_EQ(onCaptured, 25.0);
    EXPECT_EQ(api.releaseGraph(graph), 0);
}

} // namespace
} // namespace recoscope::kernels
