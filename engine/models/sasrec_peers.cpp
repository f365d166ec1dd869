// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Published relatives of SASRec: the same network (sasrec_network.h) with other switches and losses, registered under
// their own names so that a comparison names them.
#include "engine/models/common_schema.h"
#include "engine/models/presets.h"
#include "engine/models/registry.h"
#include "engine/models/sasrec.h"
#include "engine/models/sasrec_network.h"

namespace recoscope {

namespace {

ModelDescriptor relative(
    const char* name, const char* title, const char* summary, const char* paper, const Json& defaults)
{
    ModelDescriptor d = sasRecDescriptor();
    d.name = name;
    d.title = title;
    d.summary = summary;
    d.paper = paper;
    d.build = [name = d.name](const ModelSetup& setup) -> std::unique_ptr<NeuralModel> {
        return std::make_unique<SasRec>(name, setup);
    };
    d.schema = schema::withDefaults(d.schema, defaults);
    return d;
}

// The preset for the sample data asks for more of some models than of SASRec.
void changeTour(ModelDescriptor& d, const Json& parameters)
{
    for (ModelPreset& preset : d.presets)
        if (preset.name == "tour")
            preset.parameters.update(parameters);
}

} // namespace

ModelDescriptor gSasRecDescriptor()
{
    ModelDescriptor d = relative("gsasrec", "gSASRec",
        "SASRec with many negatives and a loss that undoes the overconfidence they cause.",
        "Petrov & Macdonald, RecSys 2023",
        {{"norm", "query"}, {"activation", "relu"}, {"inner", 64}, {"scale_embedding", false},
            {"output_projection", false}, {"separate_output", true}, {"loss", "gbce"}, {"negatives", 256}});
    changeTour(d, {{"negatives", 32}, {"epochs", 40}, {"patience", 10}}); // of 300 items, 256 are no sample
    return d;
}

ModelDescriptor eSasRecDescriptor()
{
    return relative("esasrec", "eSASRec", "SASRec's objective with gated LiGR layers and sampled softmax.",
        "Tikhonovich et al., RecSys 2025",
        {{"gated", true}, {"activation", "swiglu"}, {"scale_embedding", false}, {"loss", "sampled_softmax"}});
}

ModelDescriptor bert4RecDescriptor()
{
    ModelDescriptor d = relative("bert4rec", "BERT4Rec",
        "Attention in both directions, trained to fill in masked events.", "Sun et al., CIKM 2019",
        {{"bidirectional", true}, {"norm", "post"}, {"input_norm", true}, {"dense_head", true}, {"item_bias", true},
            {"scale_embedding", false}});
    d.needsWindows = true;
    d.hasAttention = false; // its maps are not causal, the page's are
    d.hasState = false;
    changeTour(d, {{"mask_ratio", 0.3}, {"epochs", 200}, {"evaluate_every", 10}, {"patience", 0}}); // starts late
    return d;
}

} // namespace recoscope
