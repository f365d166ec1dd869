// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The table of operations on a GPU, emulated and, where it was built, that of librecoscope_cuda.so, as far as it goes
// without a GPU. That the kernels compute the right thing is tested by all other files here: each of their tests runs
// once more with RECOSCOPE_EMULATED_GPU.
#include "engine/core/error.h"
#include "engine/kernels/bf16_table.h"
#include "engine/kernels/device_library.h"
#include "tests/engine/kernels/emulated_device.h"
#include "tests/engine/kernels/kernel_test.h"

#include <filesystem>
#include <map>

namespace recoscope::kernels {
namespace {

// What the doorway says to wrong arguments, the table must say as well.
template <class Arguments, class Doorway>
void expectSameRefusal(const DeviceApi& api, std::int32_t (*operation)(const Arguments*, const DeviceCall*),
    const Arguments& a, const Doorway& doorway)
{
    std::string message;
    try {
        doorway();
        ADD_FAILURE() << "the doorway took it";
    } catch (const Error& error) {
        message = error.message();
    }
    EXPECT_EQ(operation(&a, std::make_unique<DeviceCall>().get()), static_cast<int>(ErrorKind::Usage)) << message;
    EXPECT_EQ(api.lastMessage(), message);
    EXPECT_FALSE(std::string(api.lastHint()).empty());
}

template <class Arguments>
void expectSameRefusal(const DeviceApi& api, std::int32_t (*operation)(const Arguments*, const DeviceCall*),
    void (*doorway)(const Arguments&), const Arguments& a)
{
    expectSameRefusal(api, operation, a, [&] { doorway(a); });
}

// Shapes are checked before a GPU is touched, so this needs none.
void expectRefusals(const DeviceApi& api)
{
    const std::vector<std::int64_t> falling{0, 3, 2}, offsets{0, 2};
    Floats x(8);
    LruScanForward scan;
    scan.offsets = falling;
    expectSameRefusal(api, api.lruScanForward, lruScanForward, scan);
    expectSameRefusal(api, api.lruScanBackward, lruScanBackward, {offsets, 2});
    expectSameRefusal(api, api.lruStep, {}, [] { lruStep({}); });
    expectSameRefusal(api, api.softmaxAttentionForward, softmaxAttentionForward, {});
    SoftmaxAttentionBackward soft;
    soft.forward = {offsets, 1, 2, 1.0f, x.data(), x.data(), nullptr, 2};
    expectSameRefusal(api, api.softmaxAttentionBackward, softmaxAttentionBackward, soft);
    HstuAttentionForward hstu;
    hstu.queryDim = hstu.valueDim = hstu.rowStride = 1;
    hstu.timeBuckets = -1;
    expectSameRefusal(api, api.hstuAttentionForward, hstuAttentionForward, hstu);
    HstuAttentionBackward back;
    back.forward = hstu;
    back.forward.timeBuckets = 5;
    expectSameRefusal(api, api.hstuAttentionBackward, hstuAttentionBackward, back);
    HstuAttentionBf16Backward bf16;
    bf16.forward.shape = hstu;
    expectSameRefusal(api, api.hstuAttentionBf16Forward, hstuAttentionBf16Forward, bf16.forward);
    bf16.forward.shape.timeBuckets = 5;
    expectSameRefusal(api, api.hstuAttentionBf16Backward, hstuAttentionBf16Backward, bf16);
    expectSameRefusal(api, api.linearCrossEntropy, linearCrossEntropy, {1, 0, 1});
    expectSameRefusal(api, api.sampledLoss, sampledLoss, {SampledLoss::Form::Softmax, 1, 2, 3});
    expectSameRefusal(api, api.layerNormForward, layerNormForward, {1, 4});
    expectSameRefusal(api, api.layerNormBackward, layerNormBackward, {1, 4});
    expectSameRefusal(api, api.siluProjectionForward, siluProjectionForward, {1, 2, 3, 4});
    expectSameRefusal(api, api.siluProjectionBackward, siluProjectionBackward, {{1, 2, 3, 0}, x.data()});
    HstuLayerForward layer;
    layer.width = 65;
    expectSameRefusal(api, api.hstuLayerForward, hstuLayerForward, layer);
    expectSameRefusal(api, api.hstuLayerBackward, hstuLayerBackward, {layer});
    expectSameRefusal(api, api.gatedOutputForward, gatedOutputForward, {1, 2, 3, -1.0f});
    expectSameRefusal(api, api.gatedOutputBackward, gatedOutputBackward, {{0, 2, 3, 1.0f}});
    expectSameRefusal(api, api.unitRowsForward, unitRowsForward, {1, 0});
    expectSameRefusal(api, api.unitRowsBackward, unitRowsBackward, {{1, 3, 1.0f}});
    expectSameRefusal(api, api.geluDropoutForward, {3, x.data(), 0.0f, 0, nullptr, x.data() + 1},
        [&] { geluDropoutForward(3, x.data(), 0.0f, 0, x.data() + 1); });
    expectSameRefusal(api, api.geluDropoutBackward, {3, x.data(), 0.0f, 0, nullptr, x.data()},
        [&] { geluDropoutBackward(3, x.data(), 0.0f, 0, nullptr, x.data()); });
    expectSameRefusal(
        api, api.dropout, {3, x.data(), 1.5f, 0, nullptr, x.data()}, [&] { dropout(3, x.data(), 1.5f, 0, x.data()); });
    expectSameRefusal(api, api.embeddingGather, {1, 0, 1}, [] { embeddingGather(1, 0, 1, nullptr, nullptr, nullptr); });
    expectSameRefusal(
        api, api.embeddingScatterAdd, {1, 1, -1}, [] { embeddingScatterAdd(1, 1, -1, nullptr, nullptr, nullptr); });
    AdamWStep step;
    step.beta2 = 1.0;
    expectSameRefusal(api, api.adamWStep, adamWStep, step);
    expectSameRefusal(api, api.sparseAdamW, sparseAdamW, {});
    expectSameRefusal(api, api.rowAdagrad, rowAdagrad, {});
    expectSameRefusal(api, api.sumOfSquares, {3, nullptr}, [] { sumOfSquares(3, nullptr); });
    expectSameRefusal(api, api.scoreAll, {-1}, [] { scoreAll(-1, 1, nullptr, nullptr, nullptr, nullptr); });
    TopK top;
    top.queries = top.width = 1;
    top.items = std::int64_t(1) << 31;
    expectSameRefusal(api, api.topK, topK, top);
    expectSameRefusal(api, api.topKBf16, {top}, [&] { topKBf16(top, {}); });
    RankTargets rank;
    rank.top.queries = rank.top.items = rank.top.width = 1;
    rank.top.query = rank.top.table = x.data();
    expectSameRefusal(api, api.rankTargets, rankTargets, rank);
    expectSameRefusal(api, api.batchRows, batchRows, {});
}

TEST(Device, TheTableRefusesWhatTheDoorwayRefuses)
{
    const DeviceApi& api = *emulatedDevice();
    int operations = 0;
#define RECOSCOPE_OPERATION(name, Arguments) operations += api.name != nullptr;
    RECOSCOPE_DEVICE_OPERATIONS(RECOSCOPE_OPERATION)
#undef RECOSCOPE_OPERATION
    EXPECT_EQ(operations, 43);
    expectRefusals(api);
}

TEST(Device, TheBuiltLibraryLoadsAndRefusesAsWell)
{
    const std::string file = RECOSCOPE_BINARY_DIR "/lib/librecoscope_cuda.so";
    if (!std::filesystem::exists(file))
        GTEST_SKIP() << "built without a CUDA compiler";
    const DeviceApi& api = *loadDeviceLibrary(file);
    expectRefusals(api);
    EXPECT_GE(api.devices(), 0);
    if (api.devices() > 0)
        return;
    void* memory = nullptr;
    EXPECT_EQ(api.allocate(16, &memory), static_cast<int>(ErrorKind::Resource));
    EXPECT_FALSE(std::string(api.lastMessage()).empty());
}

TEST(Device, AFileThatIsNoLibraryIsRefused)
{
    try {
        loadDeviceLibrary(__FILE__);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Resource);
        EXPECT_NE(error.message().find("tst_device.cpp"), std::string::npos);
    }
}

TEST(Device, WorkspaceIsMeasuredFirstAndMustSuffice)
{
    const DeviceApi& api = *emulatedDevice();
    const Floats values{3, 4};
    double result = 0.0;
    const SumOfSquaresOp a{2, values.data(), nullptr, 1, &result};
    std::int64_t needed = 0;
    DeviceCall call;
    call.workspaceNeeded = &needed;
    EXPECT_EQ(api.sumOfSquares(&a, &call), 0);
    EXPECT_GT(needed, 0);
    EXPECT_EQ(result, 0.0) << "measuring runs nothing";
    std::vector<char> room(static_cast<std::size_t>(needed));
    call.workspace = room.data();
    call.workspaceBytes = needed - 1;
    EXPECT_EQ(api.sumOfSquares(&a, &call), static_cast<int>(ErrorKind::Usage));
    EXPECT_NE(std::string(api.lastMessage()).find("workspace"), std::string::npos);
    call.workspaceBytes = needed;
    EXPECT_EQ(api.sumOfSquares(&a, &call), 0);
    EXPECT_EQ(result, 25.0);
}

// Indices on a device are not read by the host.
TEST(Device, IndicesOutsideTheTableAreLeftOutAndNamed)
{
    const DeviceApi& api = *emulatedDevice();
    const Floats table{1, 2, 3};
    const std::vector<std::int32_t> indices{2, -1, 7, 0};
    std::int32_t fault = 0;
    std::vector<char> room(1 << 16);
    DeviceCall call;
    call.fault = &fault;
    call.workspace = room.data();
    call.workspaceBytes = static_cast<std::int64_t>(room.size());
    Floats rows(4, 9.0f), grad(3);
    const LookUpOp gather{4, 1, 3, table.data(), indices.data(), rows.data()};
    EXPECT_EQ(api.embeddingGather(&gather, &call), 0);
    EXPECT_EQ(rows, (Floats{3, 0, 0, 1}));
    EXPECT_STREQ(api.faultText(fault), "embeddingGather: indices holds an index outside the table");
    const Floats given{1, 10, 100, 1000};
    const LookUpOp scatter{4, 1, 3, given.data(), indices.data(), grad.data()};
    fault = 0;
    EXPECT_EQ(api.embeddingScatterAdd(&scatter, &call), 0);
    EXPECT_EQ(grad, (Floats{1000, 0, 1}));
    EXPECT_STREQ(api.faultText(fault), "embeddingScatterAdd: indices holds an index outside the table");
    const std::vector<std::int32_t> targets{3};
    double loss = 0.0;
    LinearCrossEntropy a;
    a.rows = a.width = 1;
    a.items = 3;
    a.hidden = a.table = table.data();
    a.targets = targets.data();
    a.loss = &loss;
    fault = 0;
    EXPECT_EQ(api.linearCrossEntropy(&a, &call), 0);
    EXPECT_TRUE(std::isnan(loss));
    EXPECT_STREQ(api.faultText(fault), "linearCrossEntropy: targets holds an index outside the table");
}

TEST(Device, PagesOfRowsThatAreNotKeptAreLeftOutAndNamed)
{
    const DeviceApi& api = *emulatedDevice();
    const Floats query(3, 0.0f), keys(4, 1.0f), values{1, 2, 4, 8};
    const std::vector<std::int64_t> offsets{0, 2, 3, 4};
    const std::vector<KeptPage> pages{{3, 2}, {1, 2}, {-1, 1}, {0, 4}};
    Floats output(3, 9.0f);
    std::int32_t fault = 0;
    std::int64_t needed = 0;
    DeviceCall call;
    call.fault = &fault;
    call.offsets = offsets.data();
    const PagedAttention a{
        3, 4, 1, 1.0f, offsets, pages, query.data(), 1, keys.data(), values.data(), output.data(), 1};
    EXPECT_EQ(api.pagedAttention(&a, &call), 0);
    EXPECT_EQ(output, (Floats{3, 0, 3.75}));
    EXPECT_STREQ(api.faultText(fault), "pagedAttention: pages names rows that are not kept");
    call.workspaceNeeded = &needed;
    EXPECT_EQ(api.pagedAttention(&a, &call), 0);
    EXPECT_EQ(needed, 0);
}

TEST(Device, StepsOfManyUsersAreThoseOfEach)
{
    const std::int64_t h = 20, s = 11, inner = 40, users = 5;
    Random random(4);
    const auto layer = [&](std::int64_t outputs, std::int64_t width) {
        return packed(outputs, width, random.normal(outputs * width, 0.2), random.normal(outputs, 0.2));
    };
    const Floats in = layer(2 * s, h), out = layer(h, 2 * s), w1 = layer(inner, h), w2 = layer(h, inner);
    const Floats lambda = random.normal(2 * s, 0.2), norm = random.normal(h, 0.2);
    LruStepOp op;
    op.step = {h, s, inner, 1e-5f, lambda.data(), in.data(), out.data(), w1.data(), w2.data(), norm.data(), norm.data(),
        norm.data(), norm.data()};
    Floats states = random.normal(users * 2 * s), x = random.normal(users * h), oneStates = states, oneX = x;
    std::vector<char> room(256);
    DeviceCall call;
    call.workspace = room.data();
    op.users = users;
    op.step.state = states.data();
    op.step.x = x.data();
    EXPECT_EQ(emulatedDevice()->lruStep(&op, &call), 0);
    op.users = 1;
    for (std::int64_t u = 0; u < users; ++u) {
        op.step.state = oneStates.data() + u * 2 * s;
        op.step.x = oneX.data() + u * h;
        EXPECT_EQ(emulatedDevice()->lruStep(&op, &call), 0);
    }
    EXPECT_TRUE(sameBytes(states, oneStates));
    EXPECT_TRUE(sameBytes(x, oneX));
}

} // namespace
} // namespace recoscope::kernels
