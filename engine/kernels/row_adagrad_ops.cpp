// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of row-wise Adagrad.
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/checks.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/row_adagrad.h"
#include "engine/kernels/staging.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace recoscope::kernels {

namespace {

constexpr const char* operation = "rowAdagrad";

void runOnDevice(const DeviceApi& device, RowAdagrad a)
{
    Staging s(device);
    s.in(a.rows);
    for (float** array : {&a.parameter, &a.gradient})
        s.out(*array, a.tableRows * a.width, true);
    s.out(a.accumulator, a.tableRows, true);
    s.run(device.rowAdagrad, a);
}

} // namespace

bool checkArguments(const RowAdagrad& a)
{
    const Checks check(operation);
    check.size(a.tableRows, "tableRows");
    check.positive(a.width, "width");
    check.require(std::isfinite(a.learningRate) && a.learningRate >= 0.0, "learningRate", "must be zero or above");
    check.require(std::isfinite(a.epsilon) && a.epsilon >= 0.0, "epsilon", "must be zero or above");
    check.require(std::isfinite(a.weightDecay) && a.weightDecay >= 0.0, "weightDecay", "must be zero or above");
    check.require(std::isfinite(a.gradientScale), "gradientScale", "must be finite");
    if (a.rows.empty())
        return false;
    check.pointers({{a.parameter, "parameter"}, {a.gradient, "gradient"}, {a.accumulator, "accumulator"}});
    const std::int64_t count = a.tableRows * a.width;
    const Checks::Array gradient{a.gradient, count, "gradient"}, sums{a.accumulator, a.tableRows, "accumulator"};
    check.apart({a.parameter, count, "parameter"}, {gradient, sums});
    check.apart(sums, {gradient});
    return true;
}

void checkContents(const RowAdagrad& a)
{
    const Checks check(operation);
    check.indices(a.rows.data(), static_cast<std::int64_t>(a.rows.size()), a.tableRows, "rows");
    check.require(std::adjacent_find(a.rows.begin(), a.rows.end(), std::greater_equal<>()) == a.rows.end(), "rows",
        "must ascend without repeats");
}

void rowAdagrad(const RowAdagrad& a)
{
    if (!checkArguments(a))
        return;
    checkContents(a);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    const std::int64_t grain = std::max<std::int64_t>(1, (1 << 13) / a.width);
    parallelRanges(static_cast<std::int64_t>(a.rows.size()), grain,
        [&](std::int64_t begin, std::int64_t end) { table.rowAdagrad(a, begin, end); });
}

} // namespace recoscope::kernels
