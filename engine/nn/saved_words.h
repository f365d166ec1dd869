// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Whole numbers and tensors of any type as floats of the same bits, as the saved form of a state has them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include <torch/torch.h>

namespace recoscope::nn {

// 64-bit words as pairs of floats.
inline void putWord(std::vector<float>& out, std::int64_t value)
{
    const auto bits = static_cast<std::uint64_t>(value);
    out.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    out.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits >> 32)));
}

inline std::int64_t takeWord(const float*& from)
{
    const auto low = std::bit_cast<std::uint32_t>(*from++);
    return static_cast<std::int64_t>(low | static_cast<std::uint64_t>(std::bit_cast<std::uint32_t>(*from++)) << 32);
}

inline std::size_t floatsFor(const torch::Tensor& t)
{
    return (t.nbytes() + sizeof(float) - 1) / sizeof(float);
}

// The tensor's bytes, filled up to whole floats.
inline void putBytes(std::vector<float>& out, const torch::Tensor& t)
{
    const torch::Tensor values = t.contiguous();
    out.resize(out.size() + floatsFor(values), 0.0f);
    std::memcpy(
        &*(out.end() - static_cast<std::ptrdiff_t>(floatsFor(values))), values.const_data_ptr(), values.nbytes());
}

} // namespace recoscope::nn
