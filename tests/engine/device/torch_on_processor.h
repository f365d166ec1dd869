// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// LibTorch's device "cuda" played by the processor, in a program that has no other: its tensors have memory, a type and
// a dispatch key of their own, so that an operation of LibTorch that mixes them with tensors of the processor fails as
// on a GPU, and so does a pointer to their numbers that the host follows (guarded_memory.h). LibTorch's operations on
// them are computed by the processor's, and the kernels by the emulated device. New memory is full of NaN.
#pragma once

namespace recoscope::test {

// Installs it; from then on torchDevice() has it. Called before the first tensor is made.
void playCudaOnProcessor();

} // namespace recoscope::test
