// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/parity_case.h"

#include <cmath>
#include <limits>

#include "engine/core/error.h"

namespace recoscope {

using torch::Tensor;

ParityCase::ParityCase(const Path& folder, const std::string& device)
    : m_name(folder.filename().string())
    , m_device(device)
    , m_json(readJson(folder / "case.json"))
    , m_io(folder / "io.safetensors")
{
    if (std::filesystem::exists(folder / "weights.safetensors"))
        m_weights.emplace(folder / "weights.safetensors");
}

Tensor ParityCase::convert(const TensorView& view)
{
    switch (view.type) {
    case TensorType::F32: return torch::tensor(view.toFloat(), torch::kFloat32).reshape(view.shape);
    case TensorType::F64: return torch::tensor(view.toDouble(), torch::kFloat64).reshape(view.shape);
    default: return torch::tensor(view.toInt64(), torch::kInt64).reshape(view.shape);
    }
}

std::vector<std::string> ParityCase::weightNames() const
{
    std::vector<std::string> names;
    for (const auto& [name, view] : m_weights->tensors())
        names.push_back(name);
    return names;
}

ParityTolerance ParityCase::tolerance(const std::string& precision, const std::string& tensor) const
{
    for (const auto& [prefix, entry] : m_json.at("tolerance").at(precision).items())
        if (tensor.starts_with(prefix))
            return {entry.value("abs", 0.0), entry.value("rel", 0.0), entry.value("rel_to_tensor_max", 0.0)};
    throw Error(ErrorKind::Input, m_name + ": no tolerance for " + tensor, "check the fixture's case.json");
}

std::optional<std::pair<std::int64_t, std::int64_t>> ParityCase::listedRows(
    const char* key, const std::string& tensor) const
{
    for (const Json& entry : m_json.at("tolerance").at(key))
        if (entry.at("tensor") == tensor)
            return std::pair<std::int64_t, std::int64_t>(entry.at("rows").at(0), entry.at("rows").at(1));
    return std::nullopt;
}

ParityRow ParityCase::compare(const std::string& tensor, const Tensor& actual, const ParityTolerance& tolerance) const
{
    const Tensor expected = io(tensor).to(torch::kFloat64);
    ParityRow row;
    row.caseName = m_name;
    row.tensor = tensor;
    if (actual.numel() != expected.numel())
        throw Error(ErrorKind::Input, m_name + ": " + tensor + " has another size than what the engine computes",
            "check the fixture's case.json");
    const Tensor value = actual.detach().cpu().to(torch::kFloat64).reshape(expected.sizes());
    const double largest = expected.numel() ? expected.abs().max().item<double>() : 0.0;
    const Tensor difference = (value - expected).abs();
    const Tensor bound = expected.abs() * tolerance.relative + (tolerance.absolute + tolerance.relativeToMax * largest);
    row.maxAbs = expected.numel() ? difference.max().item<double>() : 0.0;
    row.maxRel = row.maxAbs / std::max(largest, std::numeric_limits<double>::min());
    row.tolerance = expected.numel() ? bound.min().item<double>() : 0.0;
    row.ok = (difference <= bound).all().item<bool>(); // false for NaN
    return row;
}

} // namespace recoscope
