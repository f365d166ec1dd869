// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/training_work.h"

#include "engine/core/error.h"
#include "engine/training/training_run.h"

namespace recoscope {

TrainingCost trainingCost(const TrainRequest& request)
{
    if (findModel(request.model).kind == ModelKind::Counting)
        throw Error(ErrorKind::Usage, request.model + " has no parameters to train", "choose a neural model");
    const Json parameters = validatedParameters(request);
    const std::shared_ptr<NeuralModel> model = freshModel(request, parameters);
    const TrainingBatches batches(request.data, batchOptions(request, parameters));
    const Objective objective(*model, *request.data, parameters, request.seed);
    FlopCount work;
    std::vector<double> reads(static_cast<std::size_t>(request.data->items()) + 1, 0.0);
    for (std::int64_t b = 0; b < batches.batchesPerEpoch(); ++b) {
        const TrainingBatch batch = batches.batch(b);
        work += objective.flops(*model, batch);
        if (model->computesItems())
            objective.addReads(*model, batch, reads);
    }
    work += model->itemFlops(reads);
    TrainingCost cost;
    cost.parameterCount = model->parameters().count();
    cost.epoch.interactions = batches.targetsPerEpoch();
    cost.epoch.flops = work.total();
    const NeuralModel::PaperCost paper = model->paperCost(static_cast<double>(cost.epoch.interactions));
    cost.epoch.paperCompute = paper.compute;
    cost.epoch.paperSize = paper.size;
    return cost;
}

} // namespace recoscope
