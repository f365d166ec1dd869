// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/fast_rows.h"
#include "engine/data/importers/importer.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace recoscope;
    // The whole way of a delimited file: detection, preview, fast and slow rows, the folder that is written.
    const Path source = scratchFile("a.csv", data, size);
    for (const char* format : {"delimited", "sasrec", "s3rec", "recbole"}) {
        ImportOptions options;
        options.format = format;
        mustNotFail([&] { (void)previewImport(source, options); });
    }
    ImportOptions options;
    options.format = "delimited";
    Progress progress;
    const Path target = scratchFolder() / "dataset";
    mustNotFail([&] { (void)importDataset(source, target, "fuzz", options, progress); });
    std::error_code ignored;
    std::filesystem::remove_all(target, ignored);
    return 0;
}
