// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <algorithm>

#include "engine/training/training_run.h"

namespace recoscope {

void measureImportance(const TrainRequest& trained, const Path& file, Progress& progress)
{
    constexpr std::int64_t mostBatches = 3000;
    TrainingRun run(trained);
    const torch::Tensor& gradients = run.trained->parameters().gradients();
    torch::Tensor sum = torch::zeros_like(gradients);
    run.batches.startEpoch(1);
    const std::int64_t count = std::min(run.batches.batchesPerEpoch(), mostBatches);
    for (std::int64_t batch = 0; batch < count; ++batch) {
        progress.checkCancelled();
        progress.update(static_cast<double>(batch) / static_cast<double>(count), "Measuring what each weight matters");
        StepValues(batch, run.gradients(batch, batch), {}).loss(); // refuses one that is not finite
        const torch::NoGradGuard guard;
        sum.addcmul_(gradients, gradients, 1.0 / static_cast<double>(count));
    }
    saveByName(file, run.model->parameters(), sum.cpu());
}

} // namespace recoscope
