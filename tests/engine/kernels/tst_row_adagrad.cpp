// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Row-wise Adagrad: the equation worked by hand, every path against the definition, rows outside the step to the byte.
#include "engine/kernels/row_adagrad.h"
#include "tests/engine/kernels/emulated_device.h"
#include "tests/engine/kernels/kernel_test.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace recoscope::kernels {
namespace {

struct Table {
    Floats parameter, gradient, accumulator;
    RowAdagrad step;

    Table(std::int64_t rows, std::int64_t width, std::uint64_t seed)
        : parameter(Random(seed).normal(rows * width))
        , gradient(rows * width)
        , accumulator(rows)
    {
        step.tableRows = rows;
        step.width = width;
        step.learningRate = 0.1;
    }
    void run(std::span<const std::int32_t> rows)
    {
        step.parameter = parameter.data();
        step.gradient = gradient.data();
        step.accumulator = accumulator.data();
        step.rows = rows;
        rowAdagrad(step);
    }
    Floats all() const
    {
        Floats result = parameter;
        append(result, gradient);
        append(result, accumulator);
        return result;
    }
};

std::vector<std::int32_t> someRows(Random& random, std::int64_t count, std::int64_t tableRows)
{
    std::vector<std::int32_t> rows = random.below(count, tableRows);
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

// Four steps on changing rows.
Floats train(std::int64_t tableRows, std::int64_t width, std::int64_t rowsOfStep, bool decoupled)
{
    Table table(tableRows, width, 7);
    table.step.weightDecay = 0.1;
    table.step.decoupledDecay = decoupled;
    table.step.gradientScale = 0.7f;
    Random random(static_cast<std::uint64_t>(width));
    for (int s = 0; s < 4; ++s) {
        const std::vector<std::int32_t> rows = someRows(random, rowsOfStep, tableRows);
        for (const std::int32_t row : rows)
            std::ranges::copy(random.normal(width), table.gradient.begin() + row * width);
        table.run(rows);
    }
    return table.all();
}

TEST(RowAdagrad, GivesTheEquationWorkedByHand)
{
    // Gradient scaled (3, 4): mean of squares 12.5, twice 25, so the second step moves by 0.1 g / 5.
    const Settings settings;
    const std::int32_t row = 1;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Table table(2, 2, 1);
        table.step.gradientScale = 0.5f;
        table.step.epsilon = 0.0;
        table.parameter = {9, 9, 1, 1};
        table.accumulator = {5, 0};
        for (int step = 0; step < 2; ++step) {
            table.gradient = {0, 0, 6, 8};
            table.run({&row, 1});
        }
        const float first = static_cast<float>(0.1 / std::sqrt(12.5));
        expectClose(table.parameter, {9, 9, 1 - 3 * first - 0.06f, 1 - 4 * first - 0.08f}, 1e-6, pathName(path));
        expectClose(table.accumulator, {5, 25}, 1e-6, pathName(path));
        EXPECT_EQ(table.gradient, Floats(4)) << "gradients are left behind on " << pathName(path);
    }
}

TEST(RowAdagrad, DecayIsDecoupledOrPartOfTheGradient)
{
    // x = 2, g = 1, decay 0.5, rate 0.1: decoupled a = 1, x = 2 (1 - 0.05) - 0.1; L2: h = 2, a = 4, x = 2 - 0.1 h / 2.
    const Settings settings;
    const std::int32_t row = 0;
    for (const Path path : availablePaths()) {
        forcePath(path);
        for (const bool decoupled : {true, false}) {
            Table table(1, 1, 1);
            table.step.weightDecay = 0.5;
            table.step.decoupledDecay = decoupled;
            table.step.epsilon = 0.0;
            table.parameter = {2};
            table.gradient = {1};
            table.run({&row, 1});
            expectClose(table.parameter, {decoupled ? 1.8f : 1.9f}, 1e-6, pathName(path));
            expectClose(table.accumulator, {decoupled ? 1.0f : 4.0f}, 1e-6, pathName(path));
        }
    }
}

TEST(RowAdagrad, ARowWithoutAnyGradientYetOnlyDecays)
{
    const Settings settings;
    const std::int32_t row = 0;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Table table(1, 3, 1);
        table.parameter = {1, -2, 3};
        table.step.epsilon = 0.0;
        table.step.weightDecay = 1.0;
        table.run({&row, 1});
        expectClose(table.parameter, {0.9f, -1.8f, 2.7f}, 1e-6, pathName(path));
        EXPECT_EQ(table.accumulator, Floats(1));
    }
}

TEST(RowAdagrad, EveryPathMatchesTheReference)
{
    for (const bool decoupled : {true, false})
        for (const std::int64_t width : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 300})
            expectPathsAgree([&] { return train(41, width, 30, decoupled); }, 1e-5,
                "width " + std::to_string(width) + (decoupled ? ", decoupled" : ", L2"));
    for (const std::int64_t rows : {1, 2, 3, 4, 5, 8, 9, 1000, 9000}) // of the step: on and off blocks of every path
        expectPathsAgree([&] { return train(5000, 12, rows, true); }, 1e-5, std::to_string(rows) + " rows");
}

TEST(RowAdagrad, RowsThatAreNotInTheStepStayToTheByte)
{
    const Settings settings;
    constexpr std::int64_t rows = 29, width = 21;
    const std::vector<std::int32_t> touched{0, 3, 4, 28};
    const Floats gradient = Random(3).normal(rows * width);
    for (const Path path : availablePaths()) {
        forcePath(path);
        Table table(rows, width, 2);
        table.gradient = gradient; // also of rows that are not in the step
        table.accumulator.assign(rows, 0.5f);
        table.step.weightDecay = 0.1;
        const Table before = table;
        table.run(touched);
        for (std::int32_t row = 0; row < rows; ++row) {
            const bool in = std::ranges::binary_search(touched, row);
            const auto same = [&](const Floats& a, const Floats& b) {
                return std::equal(a.begin() + row * width, a.begin() + (row + 1) * width, b.begin() + row * width);
            };
            EXPECT_NE(same(table.parameter, before.parameter), in) << pathName(path) << ", row " << row;
            EXPECT_NE(same(table.gradient, before.gradient), in) << pathName(path) << ", row " << row;
            EXPECT_EQ(table.accumulator[row] > 0.5f, in) << pathName(path) << ", row " << row;
        }
    }
}

TEST(RowAdagrad, NumbersThatAreNotFiniteShow)
{
    const Settings settings;
    const std::int32_t row = 0;
    for (const Path path : availablePaths()) {
        forcePath(path);
        Table table(1, 5, 1);
        table.gradient = {1, std::numeric_limits<float>::quiet_NaN(), 1, 1, 1};
        table.run({&row, 1});
        EXPECT_TRUE(std::isnan(table.accumulator[0])) << pathName(path);
        EXPECT_TRUE(std::isnan(table.parameter[0])) << pathName(path);
    }
}

TEST(RowAdagrad, BadArgumentsAreRefusedByName)
{
    Table table(2, 4, 1);
    table.accumulator = {1, 1};
    const std::vector<std::int32_t> rows{0, 1}, falling{1, 0}, twice{1, 1}, outside{0, 2};
    table.run(rows);
    const Floats before = table.all();
    const auto refuse = [&](const std::string& argument, auto change) {
        Table bad = table;
        RowAdagrad& a = bad.step;
        a.parameter = bad.parameter.data();
        a.gradient = bad.gradient.data();
        a.accumulator = bad.accumulator.data();
        change(a);
        EXPECT_NE(refusalOf([&] { rowAdagrad(a); }).find("rowAdagrad: " + argument), std::string::npos)
            << argument << ": " << refusalOf([&] { rowAdagrad(a); });
        EXPECT_EQ(bad.all(), before) << argument;
    };
    refuse("tableRows", [](RowAdagrad& a) { a.tableRows = -1; });
    refuse("width", [](RowAdagrad& a) { a.width = 0; });
    refuse("learningRate", [](RowAdagrad& a) { a.learningRate = -0.1; });
    refuse("learningRate", [](RowAdagrad& a) { a.learningRate = std::nan(""); });
    refuse("epsilon", [](RowAdagrad& a) { a.epsilon = -1e-8; });
    refuse("weightDecay", [](RowAdagrad& a) { a.weightDecay = -1.0; });
    refuse("gradientScale", [](RowAdagrad& a) { a.gradientScale = std::nanf(""); });
    refuse("parameter", [](RowAdagrad& a) { a.parameter = nullptr; });
    refuse("gradient", [](RowAdagrad& a) { a.gradient = nullptr; });
    refuse("accumulator", [](RowAdagrad& a) { a.accumulator = nullptr; });
    refuse("parameter", [](RowAdagrad& a) { a.parameter = a.gradient; });
    refuse("accumulator", [](RowAdagrad& a) { a.accumulator = a.gradient + 3; });
    refuse("rows", [&](RowAdagrad& a) { a.rows = falling; });
    refuse("rows", [&](RowAdagrad& a) { a.rows = twice; });
    refuse("rows", [&](RowAdagrad& a) { a.rows = outside; });
    RowAdagrad none;
    none.width = 4;
    rowAdagrad(none); // no rows: nothing to do, whatever the arrays
}

TEST(RowAdagrad, RowsOutsideTheTableAreLeftOutAndNamedOnADevice)
{
    const DeviceApi& api = *emulatedDevice();
    Table table(2, 3, 1);
    const Floats before = table.parameter;
    table.gradient.assign(6, 1.0f);
    const std::vector<std::int32_t> rows{-1, 1, 2};
    RowAdagrad& a = table.step;
    a.parameter = table.parameter.data();
    a.gradient = table.gradient.data();
    a.accumulator = table.accumulator.data();
    a.rows = rows;
    std::int32_t fault = 0;
    DeviceCall call;
    call.fault = &fault;
    EXPECT_EQ(api.rowAdagrad(&a, &call), 0);
    EXPECT_STREQ(api.faultText(fault), "rowAdagrad: rows holds an index outside the table");
    EXPECT_TRUE(std::equal(before.begin(), before.begin() + 3, table.parameter.begin()));
    EXPECT_EQ(table.accumulator[0], 0.0f);
    EXPECT_EQ(table.accumulator[1], 1.0f);
}

} // namespace
} // namespace recoscope::kernels
