// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The parameters of a model. After freeze() all values lie in one flat buffer and all gradients in another, so that
// clip, optimiser and checkpoint are passes over arrays: first the parameters that weight decay applies to, then the
// others, each start rounded up to 16 entries (the gaps stay zero). Handles returned by add() stay valid.
#pragma once

#include <string>
#include <vector>

#include <torch/torch.h>

namespace recoscope {

class Parameters {
public:
    explicit Parameters(torch::ScalarType type = torch::kFloat32, std::uint64_t seed = 42)
        : m_type(type)
        , m_seed(seed)
    {
    }

    struct Entry {
        std::string name;
        torch::Tensor value;
        bool decay = true;
        std::int64_t begin = 0; // in the flat buffers
    };

    // Initial values are drawn from a stream of (seed, "init", order of the call).
    torch::Tensor truncatedNormal(
        const std::string& name, std::vector<std::int64_t> shape, bool decay = true, double sigma = 0.02);
    // Uniform in ±sqrt(6 / (rows + columns)): Glorot & Bengio 2010.
    torch::Tensor xavierUniform(const std::string& name, std::int64_t rows, std::int64_t columns, bool decay = true);
    torch::Tensor constant(const std::string& name, std::vector<std::int64_t> shape, double value, bool decay = false);
    torch::Tensor add(const std::string& name, torch::Tensor value, bool decay);
    // Numbers of the model that are not trained; they go where the parameters go.
    torch::Tensor fixed(torch::Tensor value);
    std::uint64_t seed() const { return m_seed; }
    torch::ScalarType type() const { return m_type; }

    void freeze();
    // Everything to another device, after freeze(). Handles stay valid.
    void moveTo(torch::Device device);
    torch::Device device() const { return m_values.device(); }
    const std::vector<Entry>& entries() const { return m_entries; }
    // Error{NotFound} naming the parameter.
    const Entry& at(const std::string& name) const;
    std::int64_t count() const; // without the gaps

    torch::Tensor& values() { return m_values; }
    const torch::Tensor& values() const { return m_values; }
    torch::Tensor& gradients() { return m_gradients; }
    std::int64_t decayedEnd() const { return m_decayedEnd; }
    void clearGradients() { m_gradients.zero_(); }

private:
    void pointEntries();

    torch::ScalarType m_type;
    std::uint64_t m_seed;
    std::vector<Entry> m_entries;
    std::vector<torch::Tensor> m_fixed;
    torch::Tensor m_values, m_gradients;
    std::int64_t m_decayedEnd = 0;
};

// The values of a tensor as float32, row-major.
std::vector<float> copyFloats(const torch::Tensor& tensor);

} // namespace recoscope
