// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of sampledLoss. Blocks of rows go through two passes: first row by row, then the gradients of the items,
// of which each thread takes a share, so that sums over rows keep their order.
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/sampled_loss_layout.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <vector>

namespace recoscope::kernels {

namespace {

constexpr std::int64_t blockFloats = std::int64_t(1) << 18; // 1 MiB of coefficients, or those of a row

} // namespace

void sampledLoss(const SampledLoss& a)
{
    if (!checkArguments(a))
        return;
    checkContents(a);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    if (table.sampledLoss)
        return table.sampledLoss(a);
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
