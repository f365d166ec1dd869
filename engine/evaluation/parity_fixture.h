// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A fixture folder, opened, and the rows of its report as they are compared. One thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/core/safetensors.h"
#include "engine/evaluation/parity_row.h"

namespace recoscope {

class ParityFixture {
public:
    explicit ParityFixture(const Path& folder)
        : m_json(readJson(folder / "case.json"))
        , m_tensors(folder / "io.safetensors")
        , m_name(folder.filename().string())
    {
    }

    const Json& json() const { return m_json; }
    std::vector<double> numbers(const std::string& name) const
    {
        const TensorView& tensor = m_tensors.at(name);
        const bool real = tensor.type == TensorType::F32 || tensor.type == TensorType::F64;
        if (real)
            return tensor.toDouble();
        const std::vector<std::int64_t> whole = tensor.toInt64();
        return {whole.begin(), whole.end()};
    }
    std::vector<float> floats(const std::string& name) const { return m_tensors.at(name).toFloat(); }
    std::vector<std::int64_t> integers(const std::string& name) const { return m_tensors.at(name).toInt64(); }
    std::int64_t columns(const std::string& name) const { return m_tensors.at(name).shape.back(); }

    // `relative`: the tolerance bounds the relative error, else the absolute one.
    void compare(const std::string& tensor, std::span<const double> ours, std::span<const double> expected,
        double tolerance, bool relative = false)
    {
        ParityRow row{m_name, tensor, 0.0, 0.0, tolerance, ours.size() == expected.size()};
        for (std::size_t i = 0; row.ok && i < ours.size(); ++i) {
            const double error = ours[i] == expected[i] ? 0.0 : std::abs(ours[i] - expected[i]);
            const double scaled = error == 0.0 ? 0.0 : error / std::abs(expected[i]);
            row.maxAbs = std::isnan(error) ? error : std::max(row.maxAbs, error);
            row.maxRel = std::isnan(scaled) ? scaled : std::max(row.maxRel, scaled);
            row.ok = !std::isnan(error);
        }
        row.ok = row.ok && (relative ? row.maxRel : row.maxAbs) <= tolerance;
        m_rows.push_back(row);
    }
    void compare(const std::string& tensor, double ours, const Json& expected, double tolerance, bool relative = false)
    {
        const double value = expected.get<double>();
        compare(tensor, std::span(&ours, 1), std::span(&value, 1), tolerance, relative);
    }
    std::vector<ParityRow> take() { return std::move(m_rows); }

private:
    Json m_json;
    SafetensorsFile m_tensors;
    std::string m_name;
    std::vector<ParityRow> m_rows;
};

} // namespace recoscope
