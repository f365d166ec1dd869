// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// safetensors files: 8-byte header length, JSON header, raw little-endian tensors. Reading maps the file and checks
// every size and offset against it (hostile input gives Error{Input}); writing is atomic. Torch-free.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/json.h"

namespace recoscope {

enum class TensorType { F16, BF16, F32, F64, I8, I16, I32, I64, U8, Bool };
std::size_t tensorTypeBytes(TensorType type);
const char* tensorTypeName(TensorType type); // as files have it: "F32"

struct TensorView {
    TensorType type = TensorType::F32;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> data;

    std::int64_t size() const;
    // Copies, converting between floating types (or between integer types); Error{Input} otherwise.
    std::vector<float> toFloat() const;
    std::vector<double> toDouble() const;
    std::vector<std::int64_t> toInt64() const;
};

class SafetensorsFile {
public:
    explicit SafetensorsFile(const Path& path);

    bool contains(const std::string& name) const { return m_tensors.contains(name); }
    // Error{Input} naming the file and the tensor when absent.
    const TensorView& at(const std::string& name) const;
    const std::map<std::string, TensorView>& tensors() const { return m_tensors; }
    const std::map<std::string, std::string>& metadata() const { return m_metadata; }

private:
    Path m_path;
    std::shared_ptr<const MappedFile> m_file;
    std::map<std::string, TensorView> m_tensors;
    std::map<std::string, std::string> m_metadata;
};

void writeSafetensors(const Path& path, const std::map<std::string, TensorView>& tensors,
    const std::map<std::string, std::string>& metadata = {});

} // namespace recoscope
