// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Ways between the processor and a device on which neither waits for the other: through page-locked memory, in the
// order of the calling thread's current stream. On the processor both are what they carry, at once.
#pragma once

#include <cstdint>
#include <optional>

#include <c10/core/Event.h>
#include <torch/torch.h>

namespace recoscope::nn {

// The numbers of a tensor of the processor as one of `device`; `host` may be changed or freed right afterwards. A
// tensor that is there already, or undefined, is given back. Not differentiable.
torch::Tensor sentTo(torch::Device device, const torch::Tensor& host);

// Numbers of a device on their way to the processor, which one asks for later. Owns them; one thread.
class LateNumbers {
public:
    // [n] float64, which may be overwritten right afterwards.
    explicit LateNumbers(const torch::Tensor& numbers);
    // Waits until they have come.
    double at(std::int64_t index) const;

private:
    torch::Tensor m_numbers; // of the processor
    std::optional<c10::Event> m_come; // recorded behind the copy; none where nothing was to be waited for
};

} // namespace recoscope::nn
