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

// Rows of a block and of a range of its first pass. Shared negatives go panel by panel, so whole steps of rows, and
// four times the coefficients, so that the gradients of the items are long sums.
struct Blocks {
    std::int64_t rows, grain;

    explicit Blocks(const SampledLoss& a)
    {
        constexpr std::int64_t step = SampledLossLayout::rowStep;
        const std::int64_t rowFloats = SampledLossLayout(a).rowFloats(), all = (a.rows + step - 1) / step;
        rows = a.shared ? std::clamp<std::int64_t>(4 * blockFloats / rowFloats / step, 1, all) * step
                        : std::clamp<std::int64_t>(blockFloats / rowFloats, 1, a.rows);
        grain = a.shared ? step : std::max<std::int64_t>(1, (1 << 13) / (1 + a.negatives));
    }
};

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
    const Blocks blocks(a);
    std::vector<float> coefficients(a.gradLoss ? blocks.rows * rowFloats : 0);
    for (std::int64_t first = 0; first < a.rows; first += blocks.rows) {
        const std::int64_t count = std::min(blocks.rows, a.rows - first);
        parallelRanges(count, blocks.grain, [&](std::int64_t begin, std::int64_t end) {
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
