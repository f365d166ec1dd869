// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/neural_model.h"

#include "engine/core/error.h"
#include "engine/models/gru4rec.h"
#include "engine/models/lrurec.h"
#include "engine/models/sasrec.h"

namespace recoscope {

std::unique_ptr<NeuralModel> buildNeuralModel(const std::string& name, const ModelSetup& setup)
{
    if (name == "lrurec")
        return buildLruRec(setup);
    if (name == "sasrec")
        return buildSasRec(setup);
    if (name == "gru4rec")
        return buildGru4Rec(setup);
    throw Error(ErrorKind::Usage, name + " is not a neural model", "counting models are fitted, not trained");
}

} // namespace recoscope
