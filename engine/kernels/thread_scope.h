// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// While it lives, kernels and forward passes that the calling thread asks for use so many threads, and threads() says
// so there; what other threads compute meanwhile keeps the setting of the process. Results are the same.
#pragma once

namespace recoscope::kernels {

class ThreadScope {
public:
    explicit ThreadScope(int threads); // 0: as without it
    ~ThreadScope();
    ThreadScope(const ThreadScope&) = delete;
    ThreadScope& operator=(const ThreadScope&) = delete;

private:
    int m_before;
};

} // namespace recoscope::kernels
