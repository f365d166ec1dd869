// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Reviews as JSON lines with metadata, and lists with items, each part as its file and once more as --items.

#include "tests/fuzz/import_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace recoscope;
    const auto parts = partsOf(textOf(data, size));
    ImportOptions reviews;
    reviews.format = "amazon";
    Path folder = sourceFolder({"a_5.json", "meta_a.json", "b_5.json"}, parts);
    importWhole(folder / "a_5.json", reviews);
    importWhole(folder, reviews);

    ImportOptions lists;
    lists.format = "user-lists";
    folder = sourceFolder({"a.inter.json", "a.item.json", "extra.json"}, parts);
    importWhole(folder / "a.inter.json", lists);
    lists.itemsFile = folder / "extra.json";
    importWhole(folder / "a.inter.json", lists);
    return 0;
}
