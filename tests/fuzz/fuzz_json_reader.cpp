// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/importer.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace recoscope;
    // Reviews with the same bytes as metadata beside them, and lists.
    const Path source = scratchFile("a.json", data, size);
    const Path target = scratchFolder() / "dataset";
    for (const char* format : {"amazon", "user-lists"}) {
        ImportOptions options;
        options.format = format;
        options.itemsFile = source;
        Progress progress;
        mustNotFail([&] { (void)previewImport(source, options); });
        mustNotFail([&] { (void)importDataset(source, target, "fuzz", options, progress); });
        std::error_code ignored;
        std::filesystem::remove_all(target, ignored);
    }
    return 0;
}
