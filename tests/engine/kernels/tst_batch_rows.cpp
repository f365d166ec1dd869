// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Packed rows of windows: a case worked by hand, and the bytes of the definition from the kernels on random windows.
// That the definition makes what training makes of the same windows: tests/engine/models/tst_batch_rows.cpp.
#include "engine/kernels/batch_rows.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/resident_histories.h"
#include "tests/engine/kernels/emulated_device.h"
#include "tests/engine/kernels/kernel_test.h"
#include "tests/engine/kernels/tested_device.h"

namespace recoscope::kernels {
namespace {

struct Data {
    std::vector<std::int64_t> offsets, times;
    std::vector<std::int32_t> items;
    Floats feedback;
    std::vector<EventMark> marks;

    Data(const std::vector<std::int64_t>& lengths, std::uint64_t seed)
        : offsets(offsetsOf(lengths))
    {
        Random random(seed);
        const std::int64_t events = offsets.back();
        items = random.below(events, 1000);
        feedback = random.normal(events);
        for (std::int64_t i = 0; i < events; ++i) {
            times.push_back(1'000'000'000'000 + 60 * i);
            marks.push_back({static_cast<std::uint8_t>(random.size(9)), static_cast<std::uint8_t>(random.size(4))});
        }
    }
    Histories histories() const
    {
        return {static_cast<std::int64_t>(offsets.size()) - 1, offsets.data(), items.data(), times.data(),
            feedback.data(), marks.data()};
    }
};

// The outputs, filled with something else before.
struct Rows {
    std::vector<std::int64_t> offsets, times, queryTimes;
    std::vector<std::int32_t> items, positions, targets, surfaces, kinds;
    Floats feedback, targetFeedback;
    std::vector<EventMark> targetMarks;

    Rows(BatchRows& a, std::int64_t sequences, std::int64_t rows)
        : offsets(sequences + 1, -7)
        , times(rows, -7)
        , queryTimes(rows, -7)
        , items(rows, -7)
        , positions(rows, -7)
        , surfaces(rows, -7)
        , kinds(rows, -7)
        , feedback(rows, -7.0f)
    {
        a.sequences = sequences;
        a.rows = rows;
        targets.resize(a.targetCount(), -7);
        targetFeedback.resize(a.targetCount(), -7.0f);
        targetMarks.resize(a.targetCount(), {7, 7});
        a.offsets = offsets.data();
        a.items = items.data();
        a.positions = positions.data();
        a.targets = targets.data();
        a.times = times.data();
        a.queryTimes = queryTimes.data();
        a.feedback = feedback.data();
        a.surfaces = surfaces.data();
        a.kinds = kinds.data();
        a.targetFeedback = targetFeedback.data();
        a.targetMarks = targetMarks.data();
    }

    std::vector<char> bytes() const
    {
        std::vector<char> all;
        const auto add = [&](const auto& values) {
            const auto* begin = reinterpret_cast<const char*>(values.data());
            all.insert(all.end(), begin, begin + values.size() * sizeof(values[0]));
        };
        add(offsets), add(times), add(queryTimes), add(items), add(positions), add(targets), add(surfaces), add(kinds);
        add(feedback), add(targetFeedback), add(targetMarks);
        return all;
    }
};

using Ints = std::vector<std::int32_t>;
using Longs = std::vector<std::int64_t>;

TEST(BatchRows, AWindowGivesInputsAndTheEventsThatFollow)
{
    Data data({3, 0, 4}, 1);
    data.items = {10, 11, 12, 20, 21, 22, 23};
    data.times = {1, 2, 3, 4, 5, 6, 7};
    const std::vector<BatchWindow> windows{{2, 1, 4}, {0, 0, 3}, {1, 0, 0}, {0, 2, 2}, {2, 0, 1}};
    const Settings settings;
    for (const Path path : availablePaths()) {
        forcePath(path);
        BatchRows a{data.histories(), 5, windows.data(), false, 99};
        const BatchSizes sizes = sizesOfBatch(windows);
        EXPECT_EQ(sizes.sequences, 4);
        EXPECT_EQ(sizes.rows, 7);
        const Rows plain(a, 5, 9);
        batchRows(a);
        EXPECT_EQ(plain.offsets, (Longs{0, 3, 4, 6, 7, 7})) << pathName(path);
        EXPECT_EQ(plain.items, (Ints{20, 21, 22, 99, 10, 11, 99, 0, 0}));
        EXPECT_EQ(plain.targets, (Ints{21, 22, 23, 10, 11, 12, 20, 0, 0}));
        EXPECT_EQ(plain.positions, (Ints{0, 1, 2, 0, 0, 1, 0, 0, 0}));
        EXPECT_EQ(plain.times, (Longs{4, 5, 6, 1, 1, 2, 4, 0, 0}));
        EXPECT_EQ(plain.queryTimes, (Longs{5, 6, 7, 1, 2, 3, 4, 0, 0}));
        EXPECT_EQ(plain.surfaces[3], EventMark::unknown);
        EXPECT_EQ(plain.surfaces[4], data.marks[0].surface);
        EXPECT_TRUE(std::isnan(plain.feedback[3]) && std::isnan(plain.feedback[8]));
        EXPECT_EQ(plain.targetFeedback[3], data.feedback[0]);
        a.prefixes = true;
        const Rows prefixes(a, 5, 7);
        batchRows(a);
        EXPECT_EQ(prefixes.targets, (Ints{23, 10, 12, 20, 0})) << pathName(path);
        EXPECT_EQ(prefixes.targetMarks[2], data.marks[2]);
        EXPECT_EQ(prefixes.targetMarks[4], EventMark());
    }
}

std::vector<BatchWindow> someWindows(const Data& data, std::int64_t count, Random& random)
{
    const auto users = static_cast<std::int64_t>(data.offsets.size()) - 1;
    std::vector<BatchWindow> windows;
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t user = random.size(users), length = data.offsets[user + 1] - data.offsets[user];
        const std::int64_t end = random.size(length + 1), begin = random.size(4) == 0 ? 0 : random.size(end + 1);
        windows.push_back({static_cast<std::int32_t>(user), begin, end});
    }
    return windows;
}

TEST(BatchRows, KernelsGiveTheBytesOfTheDefinition)
{
    const Settings settings;
    forcePath(Path::Scalar);
    std::vector<std::int64_t> lengths{0, 1, 2, 3, 7, 8, 9, 31, 32, 33, 127, 128, 129, 200};
    Random random(5);
    for (int user = 0; user < 40; ++user)
        lengths.push_back(random.size(201));
    const Data data(lengths, 2);
    for (const std::int64_t count : {0, 1, 2, 31, 128, 129, 700})
        for (const bool prefixes : {false, true})
            for (const std::int64_t spare : {0, 1, 130}) {
                const std::vector<BatchWindow> windows = someWindows(data, count, random);
                const BatchSizes sizes = sizesOfBatch(windows);
                BatchRows a{data.histories(), count, windows.data(), prefixes, 1000};
                const Rows expected(a, sizes.sequences + spare, sizes.rows + spare);
                batchRows(a);
                const Rows once(a, sizes.sequences + spare, sizes.rows + spare);
                runOnDevice(testedDevice(), a);
                const Rows again(a, sizes.sequences + spare, sizes.rows + spare);
                runOnDevice(testedDevice(), a);
                EXPECT_EQ(once.bytes(), expected.bytes()) << count << " windows, prefixes " << prefixes;
                EXPECT_EQ(again.bytes(), expected.bytes()) << count << " windows, the other order";
            }
}

TEST(BatchRows, WhatTheDataLacksIsLeftOut)
{
    const Data data({5}, 3);
    Histories histories = data.histories();
    histories.times = nullptr;
    histories.feedback = nullptr;
    histories.marks = nullptr;
    const BatchWindow window{0, 1, 5};
    std::vector<std::int64_t> offsets(2);
    Ints items(4), positions(4), targets(4);
    BatchRows a{histories, 1, &window, false, 0, 1, 4, offsets.data(), items.data(), positions.data(), targets.data()};
    batchRows(a);
    EXPECT_EQ(items, Ints(data.items.begin(), data.items.begin() + 4));
    items.assign(4, 0);
    runOnDevice(testedDevice(), a);
    EXPECT_EQ(items, Ints(data.items.begin(), data.items.begin() + 4));
}

TEST(BatchRows, HistoriesStayOnTheDevice)
{
    const Data data({4, 0, 3}, 7);
    const auto kept = [](PackedView view) {
        const ResidentHistories resident(testedDevice(), view);
        PinnedArray<BatchWindow> windows = pinned<BatchWindow>({{2, 1, 3}, {0, 0, 2}, {1, 0, 0}});
        PinnedArray<std::int64_t> offsets = pinned(Longs(4)), times = pinned(Longs(4));
        PinnedArray<std::int32_t> items = pinned(Ints(4)), positions = pinned(Ints(4)), targets = pinned(Ints(4));
        BatchRows a{resident.histories(), 3, windows.data(), false, 99, 3, 4, offsets.data(), items.data(),
            positions.data(), targets.data()};
        a.times = a.histories.times ? times.data() : nullptr;
        DeviceArray<char> room(testedDevice(), 4096);
        DeviceCall call;
        call.workspace = room.data();
        call.workspaceBytes = room.count();
        require(testedDevice().batchRows(&a, &call));
        Ints result = fromDevice(items.data(), 4);
        for (const std::int64_t time : fromDevice(times.data(), 4))
            result.push_back(static_cast<std::int32_t>(time - 1'000'000'000'000));
        return result;
    };
    PackedView view{data.offsets, data.items, data.times, {}, data.feedback, data.marks};
    const Ints items{data.items[4], data.items[5], 99, data.items[0]};
    Ints expected = items;
    for (const std::int64_t event : {4, 5, 0, 0})
        expected.push_back(static_cast<std::int32_t>(60 * event));
    EXPECT_EQ(kept(view), expected);
    view.times = {};
    const Ints without = kept(view);
    EXPECT_EQ(Ints(without.begin(), without.begin() + 4), items);
    EXPECT_EQ(ResidentHistories(testedDevice(), {}).histories().users, 0);
}

TEST(BatchRows, WrongArgumentsAreNamed)
{
    const Data data({3, 2}, 4);
    const BatchWindow good{0, 1, 3};
    BatchRows a{data.histories(), 1, &good};
    const Rows rows(a, 1, 2);
    const auto refusal = [&](const auto& change) {
        BatchRows changed = a;
        change(changed);
        return refusalOf([&] { batchRows(changed); });
    };
    const auto ofWindow = [&](const BatchWindow& window) { return refusal([&](BatchRows& b) { b.window = &window; }); };
    EXPECT_EQ(refusal([](BatchRows&) {}), "accepted");
    EXPECT_EQ(ofWindow({2, 1, 2}), "batchRows: window names a user who is not there");
    EXPECT_EQ(ofWindow({-1, 1, 2}), "batchRows: window names a user who is not there");
    const std::string outside = "batchRows: window lies outside the history of its user";
    EXPECT_EQ(ofWindow({1, 1, 3}), outside);
    EXPECT_EQ(ofWindow({1, -1, 1}), outside);
    EXPECT_EQ(ofWindow({1, 2, 1}), outside);
    EXPECT_EQ(ofWindow({0, 0, 3}), "batchRows: sequences are fewer than the windows give");
    EXPECT_EQ(refusal([](BatchRows& b) { b.rows = 1; }), "batchRows: rows are fewer than the windows give");
    EXPECT_EQ(refusal([](BatchRows& b) { b.windows = -1; }), "batchRows: windows is negative");
    EXPECT_EQ(refusal([](BatchRows& b) { b.window = nullptr; }), "batchRows: window is null");
    EXPECT_EQ(refusal([](BatchRows& b) { b.targets = nullptr; }), "batchRows: targets is null");
    EXPECT_EQ(refusal([](BatchRows& b) { b.histories.times = nullptr; }), "batchRows: histories.times is null");
    EXPECT_EQ(refusal([](BatchRows& b) { b.histories.marks = nullptr; }), "batchRows: histories.marks is null");
}

// The host does not read windows that lie on the device.
TEST(BatchRows, WrongWindowsOnADeviceGiveNothingAndAreNamed)
{
    const Data data({3, 2}, 6);
    const std::vector<BatchWindow> windows{{0, 1, 3}, {1, 1, 9}, {7, 0, 1}, {1, 1, 2}};
    const auto faultOf = [&](std::int64_t sequences, std::int64_t count, Rows* result, BatchRows& a) {
        std::int32_t fault = 0;
        std::vector<char> room(4096);
        DeviceCall call;
        call.workspace = room.data();
        call.workspaceBytes = 4096;
        call.fault = &fault;
        *result = Rows(a, sequences, count); // its arrays move, and stay where they are
        requireDevice(*emulatedDevice(), emulatedDevice()->batchRows(&a, &call));
        return std::string(emulatedDevice()->faultText(fault));
    };
    BatchRows a{data.histories(), 4, windows.data(), false, 99};
    Rows rows(a, 0, 0);
    EXPECT_EQ(faultOf(2, 3, &rows, a), "batchRows: window lies outside the history of its user");
    EXPECT_EQ(rows.offsets, (Longs{0, 2, 3}));
    EXPECT_EQ(rows.items, (Ints{data.items[0], data.items[1], data.items[3]}));
    a.windows = 1;
    EXPECT_EQ(faultOf(1, 1, &rows, a), "batchRows: sequences or rows are fewer than the windows give");
    EXPECT_EQ(rows.offsets, (Longs{0, 1}));
    EXPECT_EQ(faultOf(1, 2, &rows, a), "");
}

} // namespace
} // namespace recoscope::kernels
