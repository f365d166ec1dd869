// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of the optimiser, dense and by rows.
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <vector>

namespace recoscope::kernels {

void adamWStep(const AdamWStep& a)
{
    if (!checkArguments(a))
        return;
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    const AdamWFactors factors = adamWFactors(a);
    parallelRanges(
        a.count, elementGrain, [&](std::int64_t begin, std::int64_t end) { table.adamW(a, factors, begin, end); });
}

void sparseAdamW(const SparseAdamW& a)
{
    if (!checkArguments(a))
        return;
    checkContents(a);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    const std::int64_t grain = std::max<std::int64_t>(1, (1 << 12) / a.width);
    parallelRanges(static_cast<std::int64_t>(a.rows.size()), grain,
        [&](std::int64_t begin, std::int64_t end) { table.sparseAdamW(a, begin, end); });
}

double sumOfSquares(std::span<const std::int32_t> rows, std::int64_t width, const float* values)
{
    double sum = 0.0;
    const auto count = static_cast<std::int64_t>(rows.size());
    const SumOfSquaresOp a{count, values, rows.data(), width, &sum};
    checkRowsAscend(rows);
    if (!checkArguments(a))
        return 0.0;
    if (const DeviceApi* device = activeDevice()) {
        runOnDevice(*device, a);
        return sum;
    }
    const KernelTable& table = activeTable();
    constexpr std::int64_t grain = 512;
    std::vector<double> partial((count + grain - 1) / grain, 0.0);
    parallelRanges(count, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r)
            partial[begin / grain] += table.sumOfSquares(values + rows[r] * width, width);
    });
    for (const double part : partial)
        sum += part;
    return sum;
}

double sumOfSquares(std::int64_t count, const float* values)
{
    double sum = 0.0;
    const SumOfSquaresOp a{count, values, nullptr, 1, &sum};
    if (!checkArguments(a))
        return 0.0;
    if (const DeviceApi* device = activeDevice()) {
        runOnDevice(*device, a);
        return sum;
    }
    const KernelTable& table = activeTable();
    std::vector<double> partial((count + elementGrain - 1) / elementGrain);
    parallelRanges(count, elementGrain, [&](std::int64_t begin, std::int64_t end) {
        partial[begin / elementGrain] = table.sumOfSquares(values + begin, end - begin);
    });
    for (const double part : partial)
        sum += part;
    return sum;
}

} // namespace recoscope::kernels
