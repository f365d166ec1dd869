// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/npy.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace recoscope;
    mustNotFail([&] {
        const NpyArray array(scratchFile("a.npy", data, size));
        if (array.descr() == "<f4" && array.size() > 0) {
            volatile float last = array.values<float>().back();
            (void)last;
        }
    });
    return 0;
}
