// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Rotary positions inside softmax attention, and of rows for themselves.
#include "tests/engine/kernels/attention_runs.h"
#include "tests/engine/kernels/emulated_device.h"
#include "tests/engine/kernels/kernel_test.h"

namespace recoscope::kernels {
namespace {

struct Tables {
    std::int64_t positions;
    Floats cosine, sine; // [positions, half]
    std::vector<std::int32_t> rows;

    Tables(std::int64_t count, std::int64_t headDim, std::vector<std::int32_t> of = {})
        : positions(count)
        , rows(std::move(of))
    {
        for (std::int64_t p = 0; p < count; ++p)
            for (std::int64_t i = 0; i < headDim / 2; ++i) {
                const double angle = static_cast<double>(p) * std::pow(100.0, -2.0 * static_cast<double>(i) / headDim);
                cosine.push_back(static_cast<float>(std::cos(angle)));
                sine.push_back(static_cast<float>(std::sin(angle)));
            }
    }
    RotaryTables view() const { return {positions, cosine.data(), sine.data(), rows}; }
    Tables back() const
    {
        Tables result = *this;
        for (float& s : result.sine)
            s = -s;
        return result;
    }
};

const std::vector<std::int64_t> edgeLengths{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 0, 31, 33, 65};

struct Turned {
    std::int64_t heads, headDim, rows;
    std::vector<std::int64_t> offsets, firstQueries = {};
    Floats projected, gradOutput; // q, k and v side by side
    Tables tables;
    bool turns = true, causal = true;
    float dropout = 0.0f;

    Turned(std::uint64_t seed, std::int64_t h, std::int64_t d, const std::vector<std::int64_t>& lengths, bool anywhere)
        : heads(h)
        , headDim(d)
        , offsets(offsetsOf(lengths))
        , tables(70, d)
    {
        Random random(seed);
        rows = offsets.back();
        projected = random.normal(rows * 3 * width());
        gradOutput = random.normal(rows * width());
        if (anywhere)
            tables.rows = random.below(rows, tables.positions);
    }
    std::int64_t width() const { return heads * headDim; }
    SoftmaxAttentionForward arguments(Floats& output, Floats& logSumExp) const
    {
        output.resize(rows * width());
        logSumExp.resize(rows * heads);
        SoftmaxAttentionForward a;
        a.offsets = offsets;
        a.heads = heads;
        a.headDim = headDim;
        a.scale = 1.0f / std::sqrt(static_cast<float>(headDim));
        a.query = projected.data();
        a.key = projected.data() + width();
        a.value = projected.data() + 2 * width();
        a.rowStride = 3 * width();
        a.dropout = dropout;
        a.seed = 77;
        a.output = output.data();
        a.logSumExp = logSumExp.data();
        a.causal = causal;
        a.firstQueries = firstQueries;
        if (turns)
            a.rotary = tables.view();
        return a;
    }
    Floats output() const
    {
        Floats output, logSumExp;
        softmaxAttentionForward(arguments(output, logSumExp));
        return output;
    }
    Floats forward() const { return attentionForward(*this); }
    Floats backward() const { return attentionBackward(*this); }
    Floats probabilities(std::int64_t sequence, std::int64_t head) const
    {
        Floats output, logSumExp;
        const std::int64_t length = offsets[sequence + 1] - offsets[sequence];
        Floats p(length * length, -1.0f);
        softmaxAttentionProbabilities(arguments(output, logSumExp), sequence, head, p.data());
        return p;
    }
    // Queries and keys of projected rows (or of their gradients), turned by rotateRows().
    Floats rotated(Floats values, const Tables& by) const
    {
        Tables placed = by;
        if (by.rows.empty())
            for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
                for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t)
                    placed.rows.push_back(static_cast<std::int32_t>(t - offsets[b]));
        rotateRows({rows, 2 * heads, headDim, placed.view(), values.data(), 3 * width(), values.data(), 3 * width()});
        return values;
    }
};

TEST(Rotary, ARowTurnsByThePositionTimesItsFrequencies)
{
    const Settings settings;
    const Floats cosine{1.0f, 1.0f, 0.0f, 0.6f}, sine{0.0f, 0.0f, 1.0f, 0.8f}; // positions 0 and 1 of a head of 4
    const Floats rows{1, 2, 3, 4, 1, 2, 3, 4, 5, 0, 0, 10};
    const std::vector<std::int32_t> positions{0, 1, 1};
    for (const Path path : availablePaths()) {
        forcePath(path);
        Floats turned(12);
        rotateRows({3, 1, 4, {2, cosine.data(), sine.data(), positions}, rows.data(), 4, turned.data(), 4});
        expectClose(turned, {1, 2, 3, 4, -3, -2, 1, 4, 0, -8, 5, 6}, 1e-6, pathName(path));
        Floats again = rows;
        rotateRows({3, 1, 4, {2, cosine.data(), sine.data(), positions}, again.data(), 4, again.data(), 4});
        EXPECT_TRUE(sameBytes(again, turned)) << "in place on " << pathName(path);
        Floats first(4), none(1, 7.0f);
        rotateRows({1, 1, 4, {2, cosine.data(), sine.data(), {}}, rows.data(), 4, first.data(), 4});
        EXPECT_TRUE(sameBytes(first, Floats(rows.begin(), rows.begin() + 4))) << "position 0 on " << pathName(path);
        rotateRows({0, 1, 4, {2, cosine.data(), sine.data(), {}}, nullptr, 4, none.data(), 4});
        EXPECT_EQ(none[0], 7.0f);
    }
}

TEST(Rotary, RowsForThemselvesMatchTheReferenceAndLeaveTheRestAlone)
{
    Random random(3);
    for (const std::int64_t headDim : {2, 4, 6, 14, 16, 30, 32, 34, 64, 128})
        for (const std::int64_t rows : {1, 2, 63, 64, 65, 400}) {
            const std::int64_t heads = 3, width = heads * headDim, in = width + 5, out = width + 2;
            const Tables tables(70, headDim, random.below(rows, 70));
            const Floats input = random.normal(rows * in);
            expectPathsAgree(
                [&] {
                    Floats output(rows * out, 9.0f);
                    rotateRows({rows, heads, headDim, tables.view(), input.data(), in, output.data(), out});
                    for (std::int64_t r = 0; r < rows; ++r)
                        EXPECT_EQ(output[r * out + width], 9.0f);
                    return output;
                },
                1e-6, "head width " + std::to_string(headDim));
        }
}

TEST(Rotary, EveryPathMatchesTheReference)
{
    for (const std::int64_t headDim : {2, 6, 16, 26, 32, 34, 64, 96, 256, 520})
        for (const bool anywhere : {false, true}) {
            Turned c(headDim, headDim < 64 ? 3 : 1, headDim, edgeLengths, anywhere);
            c.dropout = anywhere ? 0.3f : 0.0f;
            const std::string what = "head width " + std::to_string(headDim);
            expectPathsAgree([&] { return c.forward(); }, 1e-5, "forward, " + what);
            expectPathsAgree([&] { return c.backward(); }, 1e-4, "backward, " + what);
            expectPathsAgree([&] { return c.probabilities(15, 0); }, 1e-5, "probabilities, " + what);
        }
}

TEST(Rotary, InBothDirectionsAndWithRowsThatAreKeysAlone)
{
    for (const bool causal : {true, false})
        for (const std::uint64_t seed : {1, 2, 3}) {
            Turned c(seed, 2, 12, edgeLengths, true);
            c.causal = causal;
            c.firstQueries = someFirstQueries(c.offsets, seed);
            expectPathsAgree([&] { return c.forward(); }, 1e-5, "forward");
            expectPathsAgree([&] { return c.backward(); }, 1e-4, "backward");
        }
}

// There is one way to turn a row: inside attention and before it give the same bytes.
TEST(Rotary, IsAttentionOverTurnedRowsBitForBit)
{
    const Settings settings;
    for (const Path path : availablePaths())
        for (const std::int64_t headDim : {6, 32, 40, 64, 72, 300})
            for (const bool anywhere : {false, true}) {
                forcePath(path);
                const Turned c(headDim, 2, headDim, {0, 1, 5, 33, 64}, anywhere);
                Turned before = c;
                before.projected = c.rotated(c.projected, c.tables);
                before.turns = false;
                const std::string what = std::string(pathName(path)) + ", head width " + std::to_string(headDim);
                const Floats gradient = c.rotated(before.backward(), c.tables.back());
                if (path == Path::Reference) { // rounds the turned rows to float
                    expectClose(c.forward(), before.forward(), 1e-5, what);
                    expectClose(c.backward(), gradient, 1e-4, what);
                    continue;
                }
                EXPECT_TRUE(sameBytes(c.forward(), before.forward())) << what;
                const bool own = path != Path::Cuda; // its probabilities are the processor's
                EXPECT_TRUE(!own || sameBytes(c.probabilities(3, 1), before.probabilities(3, 1))) << what;
                EXPECT_TRUE(sameBytes(c.backward(), gradient)) << what;
            }
}

TEST(Rotary, GradientsAgreeWithCentralDifferences)
{
    const Settings settings;
    forcePath(Path::Reference);
    for (const bool anywhere : {false, true}) {
        Turned c(13, 2, 4, {4, 0, 1, 6}, anywhere);
        c.dropout = anywhere ? 0.4f : 0.0f;
        const Floats gradients = c.backward();
        expectGradient(
            c.projected, gradients, [&] { return weightedSum(c.output(), c.gradOutput); }, 2e-4, "projections");
    }
}

// q . k depends on how far the rows are apart: all of a sequence may be moved, one of its rows may not.
TEST(Rotary, ScoresDependOnDifferencesOfPositionsOnly)
{
    const Settings settings;
    const Turned first(21, 2, 16, {2, 33}, false);
    Turned moved = first;
    for (std::int64_t t = 0; t < first.rows; ++t)
        moved.tables.rows.push_back(static_cast<std::int32_t>(t < 2 ? t + 5 : t - 2 + 37));
    Turned torn = moved;
    ++torn.tables.rows[12];
    for (const Path path : availablePaths()) {
        forcePath(path);
        expectClose(moved.forward(), first.forward(), 2e-5, pathName(path));
        expectClose(moved.backward(), first.backward(), 1e-4, pathName(path));
        const Floats whole = first.output(), changed = torn.output();
        for (const std::int64_t row : {11, 13}) { // before the row nothing changes, behind it all
            const bool same = std::equal(whole.begin() + row * first.width(), whole.begin() + (row + 1) * first.width(),
                changed.begin() + row * first.width(), [](float x, float y) { return std::fabs(x - y) < 1e-4f; });
            EXPECT_EQ(same, row < 12) << pathName(path) << ", row " << row;
        }
    }
}

// Keys are turned once, when they are kept.
TEST(Rotary, AttentionToKeptRowsIsThatOfTheWholeSequence)
{
    const Settings settings;
    const std::int64_t dim = 18, length = 50, stride = 3 * dim;
    const Turned c(31, 1, dim, {length}, false);
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats whole = c.output(), turned = c.rotated(c.projected, c.tables);
        Floats keys, values, output(dim);
        for (std::int64_t t = 0; t < length; ++t) {
            const auto key = turned.begin() + t * stride + dim;
            append(keys, Floats(key, key + dim));
            append(values, Floats(key + dim, key + 2 * dim));
            const float scale = 1.0f / std::sqrt(static_cast<float>(dim));
            cachedAttention({1, t + 1, dim, scale, turned.data() + t * stride, stride, keys.data(), values.data(),
                output.data(), dim});
            expectClose(output, Floats(whole.begin() + t * dim, whole.begin() + (t + 1) * dim), 1e-5, pathName(path));
        }
    }
}

void expectRefused(const std::function<void()>& operation, const std::string& name, const std::string& argument)
{
    const std::string said = refusalOf(operation);
    EXPECT_NE(said.find(name + ": " + argument), std::string::npos) << said;
}

TEST(Rotary, BadTablesAreRefusedByName)
{
    const Settings settings;
    const Turned good(41, 1, 4, {3, 70}, true);
    const auto refuse = [](const std::string& argument, const Turned& c, const auto& change) {
        Floats output, logSumExp, p(70 * 70);
        SoftmaxAttentionForward a = c.arguments(output, logSumExp);
        change(a);
        SoftmaxAttentionBackward b{a, c.gradOutput.data(), p.data(), p.data() + 500, p.data() + 1000, 4};
        expectRefused([&] { softmaxAttentionForward(a); }, "softmaxAttentionForward", argument);
        expectRefused([&] { softmaxAttentionBackward(b); }, "softmaxAttentionBackward", argument);
        expectRefused(
            [&] { softmaxAttentionProbabilities(a, 0, 0, p.data()); }, "softmaxAttentionProbabilities", argument);
    };
    const std::vector<std::int32_t> few(72, 0);
    for (const Path path : availablePaths()) {
        forcePath(path);
        for (const std::int32_t outside : {-1, 70}) {
            Turned bad = good;
            bad.tables.rows[40] = outside;
            refuse("rotary.rows", bad, [](SoftmaxAttentionForward&) {});
        }
        refuse("rotary.rows", good, [&](SoftmaxAttentionForward& a) { a.rotary.rows = few; });
        refuse("rotary.sine", good, [](SoftmaxAttentionForward& a) { a.rotary.sine = nullptr; });
        refuse("rotary.cosine", good, [](SoftmaxAttentionForward& a) { a.rotary.cosine = nullptr; });
        refuse("rotary.positions", good, [](SoftmaxAttentionForward& a) {
            a.rotary.rows = {};
            a.rotary.positions = 69; // one row of 70 too few
        });
        refuse("headDim", good, [](SoftmaxAttentionForward& a) { a.headDim = 3; });
    }
    Floats rows(12);
    const auto refuseRows = [&](const std::string& argument, const auto& change) {
        RotateRows a{
            3, 1, 4, {70, good.tables.cosine.data(), good.tables.sine.data(), {}}, rows.data(), 4, rows.data(), 4};
        change(a);
        expectRefused([&] { rotateRows(a); }, "rotateRows", argument);
    };
    const std::vector<std::int32_t> past{0, 70, 0};
    refuseRows("rotary.rows", [&](RotateRows& a) { a.rotary.rows = past; });
    refuseRows("rotary.positions", [](RotateRows& a) { a.rotary.positions = 2; });
    refuseRows("rotary.cosine", [](RotateRows& a) { a.rotary.cosine = nullptr; });
    refuseRows("headDim", [](RotateRows& a) { a.headDim = 3; });
    refuseRows("inputStride", [](RotateRows& a) { a.inputStride = 3; });
    refuseRows("input", [](RotateRows& a) { a.input = nullptr; });
    refuseRows("output overlaps input", [](RotateRows& a) { a.output += 4; });
}

TEST(Rotary, PositionsOutsideTheTablesAreZeroOnADeviceAndNamed)
{
    const DeviceApi& api = *emulatedDevice();
    const Tables tables(4, 2);
    const std::vector<std::int32_t> positions{0, 4, -1};
    Floats rows{1, 2, 3, 4, 5, 6};
    std::int32_t fault = 0;
    DeviceCall call;
    call.fault = &fault;
    const RotateRows a{
        3, 1, 2, {4, tables.cosine.data(), tables.sine.data(), positions}, rows.data(), 2, rows.data(), 2};
    EXPECT_EQ(api.rotateRows(&a, &call), 0);
    EXPECT_EQ(rows, (Floats{1, 2, 0, 0, 0, 0}));
    EXPECT_STREQ(api.faultText(fault), "rotary: rows holds a position outside the tables");
}

} // namespace
} // namespace recoscope::kernels
