// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/registry.h"

#include "engine/core/error.h"
#include "engine/models/counting.h"
#include "engine/models/gru4rec.h"
#include "engine/models/hllm.h"
#include "engine/models/lrurec.h"
#include "engine/models/sasrec.h"

namespace recoscope {

ModelDescriptor hstuDescriptor();
ModelDescriptor perSRecDescriptor();
ModelDescriptor gSasRecDescriptor();
ModelDescriptor eSasRecDescriptor();
ModelDescriptor bert4RecDescriptor();
ModelDescriptor bsaRecDescriptor();
ModelDescriptor paddedSasRecDescriptor();
ModelDescriptor paddedPerSRecDescriptor();
ModelDescriptor srtDescriptor();
ModelDescriptor liteLlm4RecDescriptor();
ModelDescriptor tigerDescriptor();
ModelDescriptor argusDescriptor();

namespace {

// The networks ask for it as well, but only once a run is written down.
void requireWholeHeads(const Json& parameters)
{
    if (!parameters.contains("hidden") || !parameters.contains("heads"))
        return;
    const std::int64_t width = parameters.at("hidden"), heads = parameters.at("heads");
    if (width % heads != 0)
        throw Error(ErrorKind::Usage,
            "width " + std::to_string(width) + " is not a multiple of " + std::to_string(heads) + " heads",
            "choose a width that the heads divide");
}

void requireNormBeforeGates(const ParameterSchema& schema, const Json& parameters)
{
    const Parameter* gated = schema.find("gated");
    if (gated && schema.matters(*gated, parameters) && parameters.value("gated", false)
        && parameters.value("norm", "pre") != "pre")
        throw Error(ErrorKind::Usage, "gates need norm=pre", "set norm to pre, or gated to false");
}

void requireWindows(const ModelDescriptor& model, const Json& parameters)
{
    const bool needed = model.needsWindows || parameters.value("bidirectional", false);
    if (needed && parameters.value("examples", "windows") == "prefixes")
        throw Error(
            ErrorKind::Usage, model.name + " makes its own examples of whole windows", "set examples to windows");
}

// The visible list.
std::vector<ModelDescriptor> listedModels()
{
    return {
        lruRecDescriptor(),
        sasRecDescriptor(),
        hstuDescriptor(),
        perSRecDescriptor(),
        gSasRecDescriptor(),
        eSasRecDescriptor(),
        bert4RecDescriptor(),
        bsaRecDescriptor(),
        argusDescriptor(),
        gru4RecDescriptor(),
        srtDescriptor(),
        hllmDescriptor(),
        liteLlm4RecDescriptor(),
        tigerDescriptor(),
        paddedSasRecDescriptor(),
        paddedPerSRecDescriptor(),
        mostPopularDescriptor(),
        itemKnnDescriptor(),
        markovDescriptor(),
    };
}

} // namespace

const std::vector<ModelDescriptor>& modelRegistry()
{
    static const std::vector<ModelDescriptor> models = [] {
        std::vector<ModelDescriptor> listed = listedModels();
        for (ModelDescriptor& model : listed)
            model.requireData = [listed = model](const Json& parameters, const DataFacts& facts) {
                requireWholeHeads(parameters);
                requireNormBeforeGates(listed.schema, parameters);
                requireWindows(listed, parameters);
                if (listed.requireData)
                    listed.requireData(parameters, facts);
            };
        return listed;
    }();
    return models;
}

const ModelDescriptor& findModel(const std::string& name)
{
    std::vector<std::string> names;
    for (const ModelDescriptor& model : modelRegistry()) {
        if (model.name == name)
            return model;
        names.push_back(model.name);
    }
    std::string nearest;
    for (const std::string& near : nearestNames(name, names))
        nearest += (nearest.empty() ? "" : ", ") + near;
    throw Error(ErrorKind::NotFound, "there is no model '" + name + "'",
        "did you mean " + nearest + "? recoscope-cli models lists all");
}

} // namespace recoscope
