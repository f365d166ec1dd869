// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/byte_source.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace recoscope;
    // Packed streams of any kind and zip archives, under limits that keep a round short.
    UnpackLimits limits;
    limits.graceBytes = 1 << 16;
    limits.totalBytes = 1 << 22;
    const Path source = scratchFile("a.bin", data, size);
    mustNotFail([&] { (void)readAll(*openByteSource(source, limits)); });
    if (isZip(source))
        mustNotFail([&] {
            for (const std::string& member : zipMembers(source, limits))
                mustNotFail([&] { (void)readAll(*openZipMember(source, member, limits)); });
        });
    return 0;
}
