// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One fixture folder as tensors, and the comparison of a computed tensor with a stored one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/core/safetensors.h"
#include "engine/evaluation/parity_row.h"
#include "engine/nn/parameters.h"

namespace recoscope {

// |difference| <= absolute + relative |expected| + relativeToMax max|expected|.
struct ParityTolerance {
    double absolute = 0.0, relative = 0.0, relativeToMax = 0.0;
};

class ParityCase {
public:
    // `device`: where models compute what is compared, "cpu" or "cuda".
    explicit ParityCase(const Path& folder, const std::string& device = "cpu");

    bool onProcessor() const { return m_device == "cpu"; }
    torch::Device device() const { return torch::Device(m_device); }
    const std::string& name() const { return m_name; }
    const Json& json() const { return m_json; }
    const Json& hyper() const { return m_json.at("hyper"); }
    bool has(const std::string& tensor) const { return m_io.contains(tensor); }
    // Input or expected tensor of io.safetensors; integers as int64, others as stored.
    torch::Tensor io(const std::string& tensor) const { return convert(m_io.at(tensor)); }
    torch::Tensor weight(const std::string& tensor) const { return convert(m_weights->at(tensor)); }
    std::vector<std::string> weightNames() const;

    // From case.json: `precision` is "fp32" or "fp64", `tensor` the full name in io ("f64.out.hidden").
    ParityTolerance tolerance(const std::string& precision, const std::string& tensor) const;
    // Rows of a tensor listed under tolerance.<key> as {tensor, rows: [first, last)}.
    std::optional<std::pair<std::int64_t, std::int64_t>> listedRows(const char* key, const std::string& tensor) const;

    ParityRow compare(const std::string& tensor, const torch::Tensor& actual, const ParityTolerance& tolerance) const;

private:
    static torch::Tensor convert(const TensorView& view);

    std::string m_name, m_device;
    Json m_json;
    SafetensorsFile m_io;
    std::optional<SafetensorsFile> m_weights;
};

} // namespace recoscope
