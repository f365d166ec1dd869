// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/transfers.h"

#include <c10/core/impl/VirtualGuardImpl.h>

namespace recoscope::nn {

using torch::Tensor;

constexpr bool withoutWaiting = true;

// LibTorch keeps the page-locked memory until the device has read it.
Tensor sentTo(torch::Device device, const Tensor& host)
{
    if (!host.defined() || device.is_cpu() || !host.is_cpu())
        return host;
    if (host.numel() == 0)
        return torch::empty(host.sizes(), host.options().device(device));
    return host.detach().contiguous().pin_memory().to(device, withoutWaiting);
}

LateNumbers::LateNumbers(const Tensor& numbers)
    : m_numbers(numbers.detach().to(torch::kCPU, withoutWaiting)) // page-locked where it comes from a device
{
    if (numbers.is_cpu())
        return;
    const c10::impl::VirtualGuardImpl device(numbers.device().type());
    m_come.emplace(numbers.device().type());
    m_come->record(device.getStream(numbers.device()));
}

double LateNumbers::at(std::int64_t index) const
{
    if (m_come)
        m_come->synchronize();
    return m_numbers.const_data_ptr<double>()[index];
}

} // namespace recoscope::nn
