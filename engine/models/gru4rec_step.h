// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// GRU4Rec one event at a time, O(1) an event: r, z = sigma(W x + U h), n = tanh(W x + r ∘ U h), h <- (1-z) n + z h.
// Equals the packed forward up to maxLength events; beyond that it remembers what the window cuts.
#pragma once

#include <memory>
#include <vector>

#include "engine/nn/modules.h"
#include "engine/nn/neural_model.h"

namespace recoscope {

// Copies the weights; `input` and `recurrent` hold one matrix a layer, rows in the order reset, update, new.
std::shared_ptr<const IncrementalForm> makeGruForm(std::int64_t items, bool predictsFirst, const torch::Tensor& table,
    const std::vector<torch::Tensor>& input, const std::vector<torch::Tensor>& recurrent, const nn::Linear& dense);

} // namespace recoscope
