// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/core/error.h"
#include "engine/models/spelled_lists.h"
#include "engine/training/counting_run.h"
#include "engine/training/model_files.h"
#include "engine/training/trainer.h"

namespace recoscope {

void requireWeightsOf(const Path& runFolder, const std::string& model, const Json& parameters, std::uint64_t seed)
{
    for (const Path& file : {weightsFile(runFolder), refitWeightsFile(runFolder)}) {
        if (!std::filesystem::exists(file))
            continue;
        const ModelIdentity identity = readIdentity(file);
        std::string unlike;
        if (identity.model != model)
            unlike = "model " + identity.model + " instead of " + model;
        else if (identity.seed != seed)
            unlike = "seed " + std::to_string(identity.seed) + " instead of " + std::to_string(seed);
        for (const auto& [key, value] : identity.parameters.items())
            if (unlike.empty() && parameters.contains(key) && parameters.at(key) != value)
                unlike = key + " " + value.dump() + " instead of " + parameters.at(key).dump();
        if (!unlike.empty())
            throw Error(ErrorKind::Input, file.string() + " holds the weights of another run: " + unlike,
                "put the run's own file back, or train again");
    }
}

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
