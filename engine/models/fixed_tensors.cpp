// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/fixed_tensors.h"

#include <cstring>

#include "engine/core/error.h"
#include "engine/core/hash.h"

namespace recoscope {

namespace {

FixedTensor copyOf(TensorType type, const void* data, std::size_t bytes)
{
    FixedTensor tensor{type, {static_cast<std::int64_t>(bytes / tensorTypeBytes(type))}, std::vector<std::byte>(bytes)};
    if (bytes > 0)
        std::memcpy(tensor.data.data(), data, bytes);
    return tensor;
}

template <class T> std::vector<T> valuesOf(const std::vector<std::byte>& data)
{
    std::vector<T> values(data.size() / sizeof(T));
    if (!values.empty())
        std::memcpy(values.data(), data.data(), data.size());
    return values;
}

void require(bool ok, const std::string& name)
{
    if (!ok)
        throw Error(ErrorKind::Input, "the run's " + name + " has another type than the model keeps",
            "restore the run's weights, or train again");
}

} // namespace

FixedTensor FixedTensor::ofText(const std::string& text)
{
    return copyOf(TensorType::U8, text.data(), text.size());
}

FixedTensor FixedTensor::ofInts(std::span<const std::int32_t> values)
{
    return copyOf(TensorType::I32, values.data(), values.size_bytes());
}

FixedTensor FixedTensor::ofFloats(std::span<const float> values, std::vector<std::int64_t> shape)
{
    FixedTensor tensor = copyOf(TensorType::F32, values.data(), values.size_bytes());
    tensor.shape = std::move(shape);
    return tensor;
}

FixedTensor FixedTensor::ofView(const TensorView& view)
{
    return {view.type, view.shape, {view.data.begin(), view.data.end()}};
}

std::string FixedTensor::text(const std::string& name) const
{
    require(type == TensorType::U8, name);
    return {reinterpret_cast<const char*>(data.data()), data.size()};
}

std::vector<std::int32_t> FixedTensor::ints(const std::string& name) const
{
    require(type == TensorType::I32, name);
    return valuesOf<std::int32_t>(data);
}

std::vector<float> FixedTensor::floats(const std::string& name) const
{
    require(type == TensorType::F32, name);
    return valuesOf<float>(data);
}

const FixedTensor& FixedTensors::at(const std::string& name) const
{
    const auto found = tensors.find(name);
    if (found == tensors.end())
        throw Error(ErrorKind::Input, "the run does not hold its " + name, "restore the run's weights, or train again");
    return found->second;
}

std::string FixedTensors::hash() const
{
    Sha256 sum;
    for (const auto& [name, tensor] : tensors) {
        const std::string head = name + "/" + std::to_string(static_cast<int>(tensor.type)) + "/"
            + std::to_string(tensor.data.size()) + ";";
        sum.update(head.data(), head.size());
        sum.update(tensor.data.data(), tensor.data.size());
    }
    return sum.finish();
}

} // namespace recoscope
