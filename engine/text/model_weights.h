// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The weights of a Hugging Face folder: `config.json` with `model.safetensors`, or with the shards that
// `model.safetensors.index.json` names. Opening maps the files and compares every tensor with the configuration, so
// that a model is only built for weights that fit. Movable; the views live as long as the object. Reads from any
// thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/safetensors.h"
#include "engine/text/model_layout.h"

namespace recoscope {

struct TextWeights {
    struct Tensor {
        TextTensor layout;
        std::string name; // in the file
        TensorView view;
    };

    TextModelConfig config;
    std::vector<Tensor> tensors; // in the order of textTensors(config)
    std::vector<std::unique_ptr<const SafetensorsFile>> files;
    std::vector<Path> paths; // of the configuration and of the files
};

// Errors: NotFound (no folder, no configuration, no weights, a shard that is not there), Input (damaged files, missing,
// unexpected or unlike tensors: the message has name, expected and found).
TextWeights openTextWeights(const Path& folder);

} // namespace recoscope
