// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a model keeps of the catalogue besides its size: named arrays made once before training, never trained, and
// stored with the weights, so that a run opens again whatever became of the dataset's texts. Value types, torch-free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/core/safetensors.h"

namespace recoscope {

struct FixedTensor {
    TensorType type = TensorType::U8;
    std::vector<std::int64_t> shape;
    std::vector<std::byte> data;

    static FixedTensor ofText(const std::string& text); // U8 [bytes]
    static FixedTensor ofInts(std::span<const std::int32_t> values); // I32 [n]
    static FixedTensor ofFloats(std::span<const float> values, std::vector<std::int64_t> shape); // F32
    static FixedTensor ofView(const TensorView& view);
    TensorView view() const { return {type, shape, data}; }
    // Error{Input} naming `name` for another type.
    std::string text(const std::string& name) const;
    std::vector<std::int32_t> ints(const std::string& name) const;
    std::vector<float> floats(const std::string& name) const;
};

struct FixedTensors {
    std::map<std::string, FixedTensor> tensors;

    // Error{Input} when it is not there.
    const FixedTensor& at(const std::string& name) const;
    std::string text(const std::string& name) const { return at(name).text(name); }
    std::vector<std::int32_t> ints(const std::string& name) const { return at(name).ints(name); }
    std::string hash() const; // SHA-256 of names, types and contents
};

} // namespace recoscope
