// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/core/error.h"
#include "engine/models/spelled_lists.h"
#include "engine/training/counting_run.h"
#include "engine/training/model_files.h"
#include "engine/training/trainer.h"

namespace recoscope {

std::shared_ptr<const TrainedModel> loadTrainedModel(
    const Path& runFolder, std::shared_ptr<const PreparedData> data, SplitPart part)
{
    const Path file = part == SplitPart::Test ? servedWeightsFile(runFolder) : weightsFile(runFolder);
    if (!std::filesystem::exists(file))
        throw Error(ErrorKind::NotFound, runFolder.string() + " holds no weights yet",
            "wait for the first validation of the run, or choose another run");
    const ModelIdentity identity = readIdentity(file);
    if (data && data->items() != identity.items)
        throw Error(ErrorKind::Input,
            file.string() + " was trained on " + std::to_string(identity.items) + " items, the data has "
                + std::to_string(data->items()),
            "prepare the run's own dataset with its own protocol");
    const ModelDescriptor& descriptor = findModel(identity.model);
    if (descriptor.kind == ModelKind::Counting) {
        if (!data)
            throw Error(ErrorKind::Usage, "a counting model needs its data to count again", "pass the prepared data");
        return recount(identity, *data);
    }
    ModelSetup setup;
    setup.items = identity.items;
    setup.maxLength = identity.maxLength;
    setup.parameters = descriptor.schema.validate(identity.parameters);
    setup.seed = identity.seed;
    setup.fixed = readFixed(file);
    setup.feedback = identity.feedback;
    setup.surfaces = identity.surfaces;
    if (setup.items <= 0 || setup.items >= INT32_MAX || setup.maxLength <= 0 || setup.surfaces < 0
        || setup.surfaces > EventMark::unknown)
        throw Error(ErrorKind::Input, file.string() + ": absurd catalogue size, length or number of surfaces",
            "restore the file");
    std::shared_ptr<NeuralModel> model = buildNeuralModel(identity.model, setup);
    loadWeights(file, *model);
    return asTrainedModel(std::move(model));
}

} // namespace recoscope
