// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/parameters.h"

#include <cmath>

#include "engine/core/error.h"
#include "engine/core/random.h"

namespace recoscope {

using torch::Tensor;

Tensor Parameters::truncatedNormal(const std::string& name, std::vector<std::int64_t> shape, bool decay, double sigma)
{
    Tensor value = torch::empty(shape, torch::kFloat32);
    RandomStream stream(m_seed, "init", m_entries.size());
    float* data = value.data_ptr<float>();
    for (std::int64_t i = 0; i < value.numel(); ++i)
        data[i] = static_cast<float>(stream.truncatedNormal(sigma, 2 * sigma));
    return add(name, value, decay);
}

Tensor Parameters::xavierUniform(const std::string& name, std::int64_t rows, std::int64_t columns, bool decay)
{
    Tensor value = torch::empty({rows, columns}, torch::kFloat32);
    RandomStream stream(m_seed, "init", m_entries.size());
    const double bound = std::sqrt(6.0 / static_cast<double>(rows + columns));
    float* data = value.data_ptr<float>();
    for (std::int64_t i = 0; i < value.numel(); ++i)
        data[i] = static_cast<float>(bound * (2.0 * stream.uniform() - 1.0));
    return add(name, value, decay);
}

Tensor Parameters::constant(const std::string& name, std::vector<std::int64_t> shape, double value, bool decay)
{
    return add(name, torch::full(shape, value, torch::kFloat32), decay);
}

Tensor Parameters::add(const std::string& name, Tensor value, bool decay)
{
    Tensor parameter = value.to(m_type).set_requires_grad(true);
    m_entries.push_back({name, parameter, decay, 0});
    return parameter;
}

Tensor Parameters::fixed(Tensor value)
{
    return m_fixed.emplace_back(value.to(m_type));
}

namespace {

Tensor part(const Tensor& flat, const Parameters::Entry& entry)
{
    return flat.narrow(0, entry.begin, entry.value.numel()).view(entry.value.sizes());
}

} // namespace

void Parameters::freeze()
{
    std::int64_t total = 0;
    for (const bool decay : {true, false}) {
        for (Entry& entry : m_entries)
            if (entry.decay == decay) {
                entry.begin = total;
                total += (entry.value.numel() + 15) / 16 * 16;
            }
        if (decay)
            m_decayedEnd = total;
    }
    m_values = torch::zeros({total}, m_type);
    for (Entry& entry : m_entries)
        part(m_values, entry).copy_(entry.value.detach());
    pointEntries();
}

void Parameters::moveTo(torch::Device device)
{
    m_values = m_values.to(device);
    pointEntries();
    for (Tensor& value : m_fixed)
        value.set_data(value.to(device));
}

// The entries become parts of the flat values, with gradients of zero.
void Parameters::pointEntries()
{
    m_gradients = torch::zeros_like(m_values);
    for (Entry& entry : m_entries) {
        entry.value.mutable_grad() = Tensor(); // of another device it would not fit
        entry.value.set_data(part(m_values, entry));
        entry.value.mutable_grad() = part(m_gradients, entry);
    }
}

const Parameters::Entry& Parameters::at(const std::string& name) const
{
    for (const Entry& entry : m_entries)
        if (entry.name == name)
            return entry;
    throw Error(ErrorKind::NotFound, "the model has no parameter " + name, "compare the model's kind and settings");
}

std::int64_t Parameters::count() const
{
    std::int64_t total = 0;
    for (const Entry& entry : m_entries)
        total += entry.value.numel();
    return total;
}

std::vector<float> copyFloats(const Tensor& tensor)
{
    const Tensor values = tensor.detach().to(torch::kFloat32).contiguous();
    return {values.const_data_ptr<float>(), values.const_data_ptr<float>() + values.numel()};
}

} // namespace recoscope
