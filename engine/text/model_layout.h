// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The tensors of a text model, all of them: under which name and shape Hugging Face stores each, and where the engine
// keeps it. Projections that read the same rows are one parameter here, so that they are one product. A pure function
// of the configuration: everything can be checked before anything is allocated.
#pragma once

#include <string>
#include <vector>

#include "engine/text/model_config.h"

namespace recoscope {

struct TextTensor {
    enum class Start { Drawn, Zeros, Ones }; // how training from scratch begins

    std::string theirs; // without the prefix of the model class ("bert.", "model.", "transformer.")
    std::vector<std::int64_t> shape;
    std::string ours;
    std::int64_t firstRow = 0; // of ours
    Start start = Start::Drawn;
    bool prefixed = true; // false: stands outside the prefix (`lm_head.weight`)
};

// In the order of the computation; the table of words is the first, where there is one.
std::vector<TextTensor> textTensors(const TextModelConfig& config);

// What model classes write before the names of their body; each file uses one of them or none.
const char* textPrefix(TextFamily family);
// Tensors that files may hold beyond textTensors() without a meaning for the model: buffers, heads of other tasks, the
// table of tied words once more. `name` without the prefix.
bool isLeftOver(const TextModelConfig& config, const std::string& name);

} // namespace recoscope
