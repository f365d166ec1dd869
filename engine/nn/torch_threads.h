// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#pragma once

namespace recoscope {

// Threads of LibTorch's operations that the calling thread asks for. Beyond one, LibTorch's waiting threads are kept
// from taking the cores of ours (docs/decisions/0008).
void setTorchThreads(int threads);

} // namespace recoscope
