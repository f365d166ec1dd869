// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Training through a cache of hot rows: the bytes of the same training on the whole table, with
// the next batch's rows brought in before each step.
#include "engine/kernels/hot_rows.h"
#include "tests/engine/kernels/kernel_test.h"
#include "tests/engine/kernels/tested_device.h"

#include <set>

namespace recoscope::kernels {
namespace {

const DeviceApi& device()
{
    return testedDevice();
}

using Ints = std::vector<std::int32_t>;

// A table in page-locked memory.
struct PinnedTable {
    PinnedArray<float> parameter, first, second;
    PinnedArray<std::int64_t> steps;

    PinnedTable(std::int64_t rows, std::int64_t width)
        : parameter(device(), rows * width)
        , first(device(), rows * width)
        , second(device(), rows * width)
        , steps(device(), rows)
    {
        const Floats values = Random(3).normal(rows * width);
        std::copy(values.begin(), values.end(), parameter.data());
        std::fill_n(first.data(), rows * width, 0.0f);
        std::fill_n(second.data(), rows * width, 0.0f);
        std::fill_n(steps.data(), rows, 0);
    }
    OptimisedRows rows() { return {parameter.data(), first.data(), second.data(), steps.data()}; }
    Floats all() const
    {
        Floats values;
        for (const auto* array : {&parameter, &first, &second})
            values.insert(values.end(), array->span().begin(), array->span().end());
        for (const std::int64_t step : steps.span())
            values.push_back(static_cast<float>(step));
        return values;
    }
};

// Batches of look-ups of which some rows are far more frequent than others; every tenth is large.
std::vector<Ints> someBatches(std::int64_t tableRows, int count)
{
    Random random(9);
    std::vector<Ints> batches;
    for (int b = 0; b < count; ++b) {
        Ints batch;
        const std::int64_t size = b % 10 == 9 ? 40 : random.size(25);
        for (std::int64_t i = 0; i < size; ++i)
            batch.push_back(static_cast<std::int32_t>(
                random.size(2) == 0 ? random.size(7) : random.size(random.size(tableRows) + 1)));
        batches.push_back(batch);
    }
    return batches;
}

// Steps of a pretended model: rows are brought up to date and looked up; their gradients depend on what was found and
// are clipped by their norm.
class Steps {
public:
    Steps(std::int64_t width, void* stream)
        : m_width(width)
        , m_stream(stream)
    {
    }

    // `update` names the table or the cache, `lookUps` the rows of it. Returns what was looked up.
    Floats run(SparseAdamW update, float* gradient, const std::int32_t* lookUps, std::int64_t count)
    {
        DeviceCall call;
        call.stream = m_stream;
        call.workspace = m_room.data();
        call.workspaceBytes = m_room.count();
        call.fault = m_fault.data();
        *m_fault.data() = 0;
        update.steps = m_steps;
        update.factors = m_factors.span().first(static_cast<std::size_t>(m_steps));
        require(device().sparseAdamW(&update, &call));
        const LookUpOp gather{count, m_width, update.tableRows, update.parameter, lookUps, m_found.data()};
        require(device().embeddingGather(&gather, &call));
        require(device().synchronise(m_stream));
        const Floats found(m_found.data(), m_found.data() + count * m_width);
        const Floats noise = Random(static_cast<std::uint64_t>(m_steps)).normal(count * m_width);
        for (std::size_t i = 0; i < noise.size(); ++i)
            m_slopes.data()[i] = noise[i] + 0.3f * found[i];
        const LookUpOp scatter{count, m_width, update.tableRows, m_slopes.data(), lookUps, gradient};
        require(device().embeddingScatterAdd(&scatter, &call));
        *m_squares.data() = 0.0;
        const SumOfSquaresOp norm{
            static_cast<std::int64_t>(update.rows.size()), gradient, update.rows.data(), m_width, m_squares.data()};
        require(device().sumOfSquares(&norm, &call));
        require(device().synchronise(m_stream));
        AdamWStep settings;
        settings.learningRate = 0.01;
        settings.weightDecay = 0.1;
        settings.step = ++m_steps;
        m_factors.data()[m_steps - 1] = adamWFactors(settings);
        update.steps = m_steps;
        update.factors = m_factors.span().first(static_cast<std::size_t>(m_steps));
        update.gradient = gradient;
        update.gradientScale = static_cast<float>(std::min(1.0, 2.0 / (std::sqrt(*m_squares.data()) + 1e-6)));
        require(device().sparseAdamW(&update, &call));
        require(device().synchronise(m_stream));
        EXPECT_STREQ(device().faultText(*m_fault.data()), "");
        return found;
    }

private:
    static constexpr std::int64_t mostSteps = 300, mostLookUps = 40;

    std::int64_t m_width;
    void* m_stream;
    std::int64_t m_steps = 0;
    PinnedArray<float> m_found{device(), mostLookUps*m_width}, m_slopes{device(), mostLookUps*m_width};
    PinnedArray<double> m_squares{device(), 1};
    PinnedArray<std::int32_t> m_fault{device(), 1};
    PinnedArray<AdamWFactors> m_factors{device(), mostSteps};
    DeviceArray<char> m_room{device(), 1 << 18};
};

// The whole table at once, and what each step looked up.
std::pair<Floats, std::vector<Floats>> plainTraining(
    std::int64_t tableRows, std::int64_t width, const std::vector<Ints>& batches)
{
    PinnedTable table(tableRows, width);
    DeviceArray<float> gradient(device(), tableRows * width);
    gradient.upload(Floats(tableRows * width));
    Steps steps(width, nullptr);
    std::vector<Floats> found;
    for (const Ints& batch : batches) {
        const std::set<std::int32_t> distinct(batch.begin(), batch.end());
        PinnedArray<std::int32_t> rows = pinned(Ints(distinct.begin(), distinct.end()));
        const PinnedArray<std::int32_t> lookUps = pinned(batch);
        SparseAdamW update;
        update.tableRows = tableRows;
        update.width = width;
        update.parameter = table.parameter.data();
        update.firstMoment = table.first.data();
        update.secondMoment = table.second.data();
        update.rowSteps = table.steps.data();
        update.rows = rows.span();
        found.push_back(steps.run(update, gradient.data(), lookUps.data(), lookUps.count()));
    }
    return {table.all(), found};
}

TEST(HotRows, TrainingThroughASmallCacheGivesTheBytesOfTheWholeTable)
{
    constexpr std::int64_t tableRows = 500;
    const std::vector<Ints> batches = someBatches(tableRows, 300);
    std::vector<PinnedArray<std::int32_t>> indices;
    for (const Ints& batch : batches)
        indices.push_back(pinned(batch));
    const DeviceStream compute(device());
    for (const std::int64_t width : {1, 7, 33, 130}) {
        const auto [expected, expectedFound] = plainTraining(tableRows, width, batches);
        for (const auto& [sets, ways] : {std::pair<std::int64_t, std::int64_t>{1, 64}, {3, 28}, {8, 16}}) {
            PinnedTable table(tableRows, width);
            HotRows hot(device(), table.rows(), {tableRows, width, sets, ways, 40}, compute.get());
            Steps steps(width, compute.get());
            std::int64_t hits = 0, evicted = 0, distinct = 0;
            hot.prefetch(indices[0].data(), indices[0].count());
            for (std::size_t s = 0; s < batches.size(); ++s) {
                const HotRows::Batch batch = hot.take();
                if (s + 1 < batches.size())
                    hot.prefetch(indices[s + 1].data(), indices[s + 1].count());
                const Floats found = steps.run(hot.update(batch), hot.gradient(), batch.slotOf, indices[s].count());
                EXPECT_TRUE(sameBytes(found, expectedFound[s])) << sets << " sets, step " << s;
                hot.finish();
                hits += batch.summary.hits;
                evicted += batch.summary.evicted;
                distinct += batch.summary.distinct;
            }
            EXPECT_GT(hits, distinct / 4);
            EXPECT_GT(evicted, distinct / 8) << "the cache must be too small for the table";
            EXPECT_FALSE(sameBytes(table.all(), expected));
            hot.flush();
            EXPECT_TRUE(sameBytes(table.all(), expected)) << sets << " sets of " << ways << ", width " << width;
        }
    }
}

TEST(HotRows, EveryIndexOfALargeBatchFindsItsRow)
{
    constexpr std::int64_t tableRows = 3000, width = 3;
    PinnedTable table(tableRows, width);
    const DeviceStream compute(device());
    for (const std::int64_t count : {1, 127, 128, 129, 1023, 1024, 1025, 5000}) {
        HotRows hot(device(), table.rows(), {tableRows, width, 61, 64, 5000}, compute.get());
        const Ints indices = Random(static_cast<std::uint64_t>(count)).below(count, tableRows);
        const auto lent = pinned(indices);
        hot.prefetch(lent.data(), count);
        const HotRows::Batch batch = hot.take();
        const std::set<std::int32_t> distinct(indices.begin(), indices.end());
        EXPECT_EQ(batch.summary.distinct, static_cast<std::int64_t>(distinct.size()));
        const Ints slots = fromDevice(batch.slots.data(), batch.slots.size());
        EXPECT_EQ(std::set<std::int32_t>(slots.begin(), slots.end()).size(), distinct.size());
        const Ints slotOf = fromDevice(batch.slotOf, indices.size());
        const Floats cached = fromDevice(hot.values(), static_cast<std::size_t>(hot.slots() * width));
        std::size_t at = 0;
        for (const std::int32_t row : distinct)
            EXPECT_EQ(cached[slots[at++] * width + 2], table.parameter.data()[row * width + 2]) << row;
        for (std::size_t i = 0; i < indices.size(); ++i)
            ASSERT_EQ(cached[slotOf[i] * width + 1], table.parameter.data()[indices[i] * width + 1]) << i;
        hot.finish();
    }
}

// A cache of two sets of two ways over ten rows, one look-up after another.
class SmallCache {
public:
    explicit SmallCache(std::int64_t ways = 2)
        : m_table(10, 1)
        , m_compute(device())
        , m_hot(device(), m_table.rows(), {10, 1, 2, ways, 8}, m_compute.get())
    {
    }
    HotRows& hot() { return m_hot; }
    PinnedTable& table() { return m_table; }

    HotRows::Batch take(const Ints& indices)
    {
        m_indices.push_back(pinned(indices));
        m_hot.prefetch(m_indices.back().data(), m_indices.back().count());
        return m_hot.take();
    }
    Ints slotsOf(const Ints& indices)
    {
        const HotRows::Batch batch = take(indices);
        m_hot.finish();
        return fromDevice(batch.slotOf, indices.size());
    }

private:
    PinnedTable m_table;
    DeviceStream m_compute;
    HotRows m_hot;
    std::vector<PinnedArray<std::int32_t>> m_indices;
};

TEST(HotRows, TheWayUsedLongestAgoGivesRoomAndTheLowestOfSeveral)
{
    SmallCache cache; // even rows: slots 0 and 1; odd rows: 2 and 3
    EXPECT_EQ(cache.slotsOf({4, 1, 4}), (Ints{0, 2, 0}));
    EXPECT_EQ(cache.slotsOf({2}), (Ints{1}));
    EXPECT_EQ(cache.slotsOf({4}), (Ints{0}));
    EXPECT_EQ(cache.slotsOf({6}), (Ints{1})) << "row 2 was used before row 4";
    EXPECT_EQ(cache.slotsOf({6, 4}), (Ints{1, 0}));
    EXPECT_EQ(cache.slotsOf({8, 0}), (Ints{1, 0})) << "both were used last by one batch: the lower row, the lower way";
    EXPECT_EQ(cache.slotsOf({}), Ints{});
    EXPECT_EQ(cache.slotsOf({3, 5}), (Ints{3, 2})) << "the empty way first";
}

TEST(HotRows, TheSlotsOfABatchAscendByRow)
{
    SmallCache cache;
    const HotRows::Batch batch = cache.take({7, 4, 7, 1, 0});
    EXPECT_EQ(fromDevice(batch.slotOf, 5), (Ints{3, 1, 3, 2, 0}));
    EXPECT_EQ(fromDevice(batch.slots.data(), batch.slots.size()), (Ints{0, 2, 1, 3})) << "of rows 0, 1, 4 and 7";
    EXPECT_EQ(batch.summary.distinct, 4);
    EXPECT_EQ(batch.summary.hits, 0);
    EXPECT_EQ(batch.summary.evicted, 0);
}

TEST(HotRows, ABatchThatDoesNotFitIsRefusedAndChangesNothing)
{
    SmallCache cache;
    cache.slotsOf({4, 1});
    EXPECT_EQ(refusalOf([&] {
        cache.take({0, 2, 6, 1});
    }),
        "HotRows: the batch needs 3 rows of set 0, which has 2 ways, 0 of them with rows of the batch before");
    EXPECT_EQ(refusalOf([&] {
        cache.take({0, -1, 10});
    }),
        "HotRows: indices holds 2 that are outside the table of 10 rows");
    EXPECT_EQ(cache.slotsOf({4, 1}), (Ints{0, 2})) << "both are where they were";
    EXPECT_EQ(cache.slotsOf({0, 2}), (Ints{1, 0}));
}

TEST(HotRows, RowsOfAStepAtWorkKeepTheirSlots)
{
    SmallCache cache(3); // even rows: slots 0 to 2
    cache.take({2, 4});
    EXPECT_EQ(refusalOf([&] {
        cache.take({0, 6});
    }),
        "HotRows: the batch needs 2 rows of set 0, which has 3 ways, 2 of them with rows of the batch before");
    const HotRows::Batch next = cache.take({6, 4});
    EXPECT_EQ(fromDevice(next.slotOf, 2), (Ints{2, 1})) << "a row of both batches needs one way";
    cache.hot().finish();
    cache.hot().finish();
    EXPECT_EQ(cache.slotsOf({0, 6}), (Ints{0, 2})) << "row 2, of the first batch, makes room";
}

TEST(HotRows, ABatchBehindOneThatIsRefusedIsTakenAllTheSame)
{
    SmallCache cache;
    HotRows& hot = cache.hot();
    const auto wrong = pinned(Ints{11}), right = pinned(Ints{3, 2});
    hot.prefetch(wrong.data(), 1);
    hot.prefetch(right.data(), 2);
    EXPECT_EQ(refusalOf([&] { hot.take(); }), "HotRows: indices holds 1 that are outside the table of 10 rows");
    const HotRows::Batch batch = hot.take();
    EXPECT_EQ(fromDevice(batch.slotOf, 2), (Ints{2, 0}));
    hot.finish();
    hot.flush();
}

TEST(HotRows, CallsInTheWrongOrderAreNamed)
{
    SmallCache cache;
    HotRows& hot = cache.hot();
    const auto indices = pinned(Ints(9));
    EXPECT_EQ(refusalOf([&] { hot.take(); }), "HotRows::take: no batch was prefetched");
    EXPECT_EQ(refusalOf([&] { hot.finish(); }), "HotRows::finish: no batch was taken");
    EXPECT_EQ(refusalOf([&] { hot.prefetch(indices.data(), 9); }), "HotRows::prefetch: count exceeds largestBatch");
    EXPECT_EQ(refusalOf([&] { hot.prefetch(indices.data(), -1); }), "admitRows: count is negative");
    EXPECT_EQ(refusalOf([&] { hot.prefetch(nullptr, 1); }), "admitRows: indices is null");
    hot.prefetch(indices.data(), 1);
    EXPECT_EQ(refusalOf([&] { hot.flush(); }), "HotRows::flush: a batch is not finished");
    hot.prefetch(indices.data(), 1);
    EXPECT_EQ(
        refusalOf([&] { hot.prefetch(indices.data(), 1); }), "HotRows::prefetch: two batches are not finished yet");
}

TEST(HotRows, WrongShapesAreNamed)
{
    PinnedTable table(4, 1);
    const auto refusal = [&](const HotRows::Shape& shape, const OptimisedRows& rows) {
        return refusalOf([&] { HotRows(device(), rows, shape, nullptr); });
    };
    EXPECT_EQ(refusal({4, 1, 1, 2, 3}, table.rows()), "accepted");
    EXPECT_EQ(refusal({0, 1, 1, 2, 3}, table.rows()), "admitRows: tableRows must be at least 1");
    EXPECT_EQ(refusal({4, 0, 1, 2, 3}, table.rows()), "HotRows: width must be at least 1");
    EXPECT_EQ(refusal({4, 1, 0, 2, 3}, table.rows()), "HotRows: sets must be at least 1");
    EXPECT_EQ(refusal({4, 1, 1, 65, 3}, table.rows()), "HotRows: ways exceeds 64");
    EXPECT_EQ(refusal({4, 1, std::int64_t(1) << 31, 1, 3}, table.rows()), "HotRows: sets times ways exceeds 2^31 - 1");
    EXPECT_EQ(refusal({4, 1, 1, 2, 0}, table.rows()), "HotRows: largestBatch must be at least 1");
    EXPECT_EQ(refusal({4, 1, 1, 2, 3}, {}), "admitRows: table has no parameter, firstMoment, secondMoment or rowSteps");
}

} // namespace
} // namespace recoscope::kernels
