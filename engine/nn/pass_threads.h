// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Sets the threads of one forward pass by its work, for as long as the object lives. A request of a few hundred events
// takes a fraction of a millisecond in one thread; a second one would have to be woken first, which on a busy machine
// takes a hundred times that.
#pragma once

#include <optional>

#include <torch/torch.h>

#include "engine/kernels/ops.h"
#include "engine/kernels/parallel.h"

namespace recoscope {

class PassThreads {
public:
    // `work`: events and pairs of events that attend to each other.
    explicit PassThreads(std::int64_t work)
        : m_before(at::get_num_threads())
    {
        constexpr std::int64_t smallWork = 1 << 18; // about a millisecond
        if (work < smallWork)
            m_serial.emplace();
        set(m_serial ? 1 : kernels::threads());
    }
    ~PassThreads() { set(m_before); }
    PassThreads(const PassThreads&) = delete;
    PassThreads& operator=(const PassThreads&) = delete;

private:
    // LibTorch counts threads for each calling thread; the call itself is not free.
    static void set(int threads)
    {
        if (at::get_num_threads() != threads)
            at::set_num_threads(threads);
    }

    const int m_before;
    std::optional<kernels::SerialScope> m_serial;
};

} // namespace recoscope
