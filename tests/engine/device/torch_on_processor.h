// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// LibTorch's device "cuda" played by the processor, in a program that has no other: its tensors have memory, a type and
// a dispatch key of their own, so that an operation of LibTorch that mixes them with tensors of the processor fails as
// on a GPU, and so does a pointer to their numbers that the host follows (guarded_memory.h). LibTorch's operations on
// them are computed by the processor's, and the kernels by the emulated device. New memory is full of NaN. What is
// copied to page-locked memory without waiting comes when its event is waited for, and no earlier.
#pragma once

#include <cstdint>

namespace recoscope::test {

// Installs it; from then on torchDevice() has it. Called before the first tensor is made.
void playCudaOnProcessor();

// How often the host has had to wait for everything that the device was given: for a copy that waits, or one from or to
// memory that is not page-locked; for a number that was read; for an operation with as many results as the data say.
// Not counted: waiting for an event, a reader of pointers, and indices by truth values.
std::int64_t waitsForPlayedCuda();

// Bytes that were copied from the processor to the device.
std::int64_t bytesSentToPlayedCuda();

} // namespace recoscope::test
