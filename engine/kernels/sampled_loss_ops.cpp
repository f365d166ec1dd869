// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of sampledLoss. Blocks of rows go through two passes: first row by row, then the gradients of the items,
// of which each thread takes a share, so that sums over rows keep their order.
#include "engine/kernels/checks.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/sampled_loss_layout.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace recoscope::kernels {

namespace {

constexpr std::int64_t blockFloats = std::int64_t(1) << 18; // 1 MiB of coefficients, or those of a row

void checkSampledLoss(const Checks& check, const SampledLoss& a)
{
    check.size(a.rows, "rows");
    check.positive(a.items, "items");
    check.require(a.items <= std::numeric_limits<std::int32_t>::max(), "items", "exceeds 2^31 - 1");
    check.positive(a.width, "width");
    check.positive(a.negatives, "negatives");
    check.require(a.negatives <= (1 << 17), "negatives", "exceeds 2^17");
    check.require(std::isfinite(a.inverseTemperature) && a.inverseTemperature > 0.0f, "inverseTemperature",
        "must be finite and above 0");
    check.require(std::isfinite(a.logCount), "logCount", "must be finite");
    check.require(std::isfinite(a.positiveWeight), "positiveWeight", "must be finite");
    check.require(std::isfinite(a.negativeWeight), "negativeWeight", "must be finite");
    if (a.rows == 0)
        return;
    check.pointers({{a.hidden, "hidden"}, {a.table, "table"}, {a.targets, "targets"}, {a.sample, "sample"}});
    check.indices(a.targets, a.rows, a.items, "targets");
    check.indices(a.sample, (a.shared ? 1 : a.rows) * a.negatives, a.items, "sample");
    if (!a.gradLoss) {
        check.pointer(a.loss, "loss");
        return;
    }
    check.pointers({{a.gradHidden, "gradHidden"}, {a.gradTable, "gradTable"}});
    check.apart({a.gradHidden, a.rows * a.width, "gradHidden"},
        {{a.hidden, a.rows * a.width, "hidden"}, {a.table, a.items * a.width, "table"},
            {a.gradTable, a.items * a.width, "gradTable"}});
    check.apart({a.gradTable, a.items * a.width, "gradTable"},
        {{a.hidden, a.rows * a.width, "hidden"}, {a.table, a.items * a.width, "table"}});
}

} // namespace

void sampledLoss(const SampledLoss& a)
{
    checkSampledLoss(Checks("sampledLoss"), a);
    const KernelTable& table = activeTable();
    if (table.sampledLoss || a.rows == 0) {
        if (a.rows > 0)
            table.sampledLoss(a);
        return;
    }
    const std::int64_t rowFloats = SampledLossLayout(a).rowFloats();
    const std::int64_t blockRows = std::clamp<std::int64_t>(blockFloats / rowFloats, 1, a.rows);
    const std::int64_t grain = std::max<std::int64_t>(1, (1 << 13) / (1 + a.negatives));
    std::vector<float> coefficients(a.gradLoss ? blockRows * rowFloats : 0);
    for (std::int64_t first = 0; first < a.rows; first += blockRows) {
        const std::int64_t count = std::min(blockRows, a.rows - first);
        parallelRanges(count, grain, [&](std::int64_t begin, std::int64_t end) {
            table.sampledLossRows(a, first + begin, first + end, coefficients.data() + begin * rowFloats);
        });
        if (!a.gradLoss)
            continue;
        const std::int64_t parts = count * a.negatives * a.width < (1 << 15) ? 1 : threads();
        parallelBlocks(parts, [&](std::int64_t part) {
            table.sampledLossItems(a, first, first + count, coefficients.data(), part, parts);
        });
    }
}

} // namespace recoscope::kernels
