// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/safetensors.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace recoscope;
    mustNotFail([&] {
        const SafetensorsFile file(scratchFile("a.safetensors", data, size));
        for (const auto& [name, tensor] : file.tensors()) {
            if (tensor.type == TensorType::F16 || tensor.type == TensorType::BF16 || tensor.type == TensorType::F32)
                (void)tensor.toFloat();
        }
    });
    return 0;
}
