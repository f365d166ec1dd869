// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/checks.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace recoscope::kernels {

namespace {

template <class Arguments> void checkDecays(const Checks& check, const Arguments& a)
{
    check.require(a.beta1 >= 0.0 && a.beta1 < 1.0, "beta1", "must be in [0, 1)");
    check.require(a.beta2 >= 0.0 && a.beta2 < 1.0, "beta2", "must be in [0, 1)");
}

void checkAscending(const Checks& check, std::span<const std::int32_t> rows, std::int64_t limit)
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

bool checkArguments(const AdamWStep& a)
{
    const Checks check("adamWStep");
    check.size(a.count, "count");
    check.positive(a.step, "step");
    checkDecays(check, a);
    if (a.count == 0)
        return false;
    check.pointers({{a.parameter, "parameter"}, {a.gradient, "gradient"}, {a.firstMoment, "firstMoment"},
        {a.secondMoment, "secondMoment"}});
    const Checks::Array gradient{a.gradient, a.count, "gradient"}, first{a.firstMoment, a.count, "firstMoment"},
        second{a.secondMoment, a.count, "secondMoment"};
    check.apart({a.parameter, a.count, "parameter"}, {gradient, first, second});
    check.apart(first, {gradient, second});
    check.apart(second, {gradient});
    return true;
}

bool checkArguments(const SparseAdamW& a)
{
    const Checks check("sparseAdamW");
    check.size(a.tableRows, "tableRows");
    check.positive(a.width, "width");
    check.size(a.steps, "steps");
    checkDecays(check, a);
    if (a.rows.empty())
        return false;
    check.pointers({{a.parameter, "parameter"}, {a.firstMoment, "firstMoment"}, {a.secondMoment, "secondMoment"},
        {a.rowSteps, "rowSteps"}});
    return true;
}

void checkContents(const SparseAdamW& a)
{
    const Checks check("sparseAdamW");
    checkAscending(check, a.rows, a.tableRows);
    const auto known = static_cast<std::int64_t>(a.factors.size());
    for (const std::int32_t row : a.rows)
        check.require(a.rowSteps[row] <= a.steps - (a.gradient ? 1 : 0) && a.rowSteps[row] >= a.steps - known,
            "rowSteps", "holds a step that factors and steps do not follow");
}

bool checkArguments(const SumOfSquaresOp& a)
{
    const Checks check("sumOfSquares");
    check.size(a.count, "count");
    check.positive(a.width, "width");
    if (a.count == 0)
        return false;
    check.pointers({{a.values, "values"}, {a.result, "result"}});
    return true;
}

void checkRowsAscend(std::span<const std::int32_t> rows)
{
    checkAscending(Checks("sumOfSquares"), rows, std::int64_t(1) << 31);
}

} // namespace recoscope::kernels
