// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of the optimiser, dense and by rows.
#include "engine/kernels/checks.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace recoscope::kernels {

namespace {

constexpr std::int64_t elementGrain = 1 << 15;

template <class Arguments> void checkDecays(const Checks& check, const Arguments& a)
{
    check.require(a.beta1 >= 0.0 && a.beta1 < 1.0, "beta1", "must be in [0, 1)");
    check.require(a.beta2 >= 0.0 && a.beta2 < 1.0, "beta2", "must be in [0, 1)");
}

void checkRows(const Checks& check, std::span<const std::int32_t> rows, std::int64_t limit = std::int64_t(1) << 31)
{
    check.indices(rows.data(), static_cast<std::int64_t>(rows.size()), limit, "rows");
    check.require(std::adjacent_find(rows.begin(), rows.end(), std::greater_equal<>()) == rows.end(), "rows",
        "must ascend without repeats");
}

} // namespace

AdamWFactors adamWFactors(const AdamWStep& a)
{
    const auto step = static_cast<double>(a.step);
    return {a.learningRate / (1.0 - std::pow(a.beta1, step)), 1.0 / std::sqrt(1.0 - std::pow(a.beta2, step)),
        a.decoupledDecay ? 1.0 - a.learningRate * a.weightDecay : 1.0};
}

void adamWStep(const AdamWStep& a)
{
    const Checks check("adamWStep");
    check.size(a.count, "count");
    check.positive(a.step, "step");
    checkDecays(check, a);
    if (a.count == 0)
        return;
    check.pointers({{a.parameter, "parameter"}, {a.gradient, "gradient"}, {a.firstMoment, "firstMoment"},
        {a.secondMoment, "secondMoment"}});
    const Checks::Array gradient{a.gradient, a.count, "gradient"}, first{a.firstMoment, a.count, "firstMoment"},
        second{a.secondMoment, a.count, "secondMoment"};
    check.apart({a.parameter, a.count, "parameter"}, {gradient, first, second});
    check.apart(first, {gradient, second});
    check.apart(second, {gradient});
    const KernelTable& table = activeTable();
    const AdamWFactors factors = adamWFactors(a);
    parallelRanges(
        a.count, elementGrain, [&](std::int64_t begin, std::int64_t end) { table.adamW(a, factors, begin, end); });
}

void sparseAdamW(const SparseAdamW& a)
{
    const Checks check("sparseAdamW");
    check.size(a.tableRows, "tableRows");
    check.positive(a.width, "width");
    check.size(a.steps, "steps");
    checkDecays(check, a);
    if (a.rows.empty())
        return;
    check.pointers({{a.parameter, "parameter"}, {a.firstMoment, "firstMoment"}, {a.secondMoment, "secondMoment"},
        {a.rowSteps, "rowSteps"}});
    checkRows(check, a.rows, a.tableRows);
    const auto known = static_cast<std::int64_t>(a.factors.size());
    for (const std::int32_t row : a.rows)
        check.require(a.rowSteps[row] <= a.steps - (a.gradient ? 1 : 0) && a.rowSteps[row] >= a.steps - known,
            "rowSteps", "holds a step that factors and steps do not follow");
    const KernelTable& table = activeTable();
    const std::int64_t grain = std::max<std::int64_t>(1, (1 << 12) / a.width);
    parallelRanges(static_cast<std::int64_t>(a.rows.size()), grain,
        [&](std::int64_t begin, std::int64_t end) { table.sparseAdamW(a, begin, end); });
}

double sumOfSquares(std::span<const std::int32_t> rows, std::int64_t width, const float* values)
{
    const Checks check("sumOfSquares");
    check.positive(width, "width");
    checkRows(check, rows);
    if (rows.empty())
        return 0.0;
    check.pointer(values, "values");
    const KernelTable& table = activeTable();
    constexpr std::int64_t grain = 512;
    const auto count = static_cast<std::int64_t>(rows.size());
    std::vector<double> partial((count + grain - 1) / grain, 0.0);
    parallelRanges(count, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r)
            partial[begin / grain] += table.sumOfSquares(values + rows[r] * width, width);
    });
    double sum = 0.0;
    for (const double part : partial)
        sum += part;
    return sum;
}

double sumOfSquares(std::int64_t count, const float* values)
{
    const Checks check("sumOfSquares");
    check.size(count, "count");
    if (count == 0)
        return 0.0;
    check.pointer(values, "values");
    const KernelTable& table = activeTable();
    std::vector<double> partial((count + elementGrain - 1) / elementGrain);
    parallelRanges(count, elementGrain, [&](std::int64_t begin, std::int64_t end) {
        partial[begin / elementGrain] = table.sumOfSquares(values + begin, end - begin);
    });
    double sum = 0.0;
    for (const double part : partial)
        sum += part;
    return sum;
}

} // namespace recoscope::kernels
