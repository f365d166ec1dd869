// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Tables of every text format, with the files beside them. The last byte of an input chooses the format and how much is
// told about the columns, so that a plain file is a seed, and mutations get past the detection into the rows.

#include "tests/fuzz/import_harness.h"

namespace {

using namespace recoscope;

struct Layout {
    const char* format;
    std::vector<const char*> files; // the first holds the interactions
};

const std::vector<Layout>& layouts()
{
    static const std::vector<Layout> list = {
        {"delimited", {"a.csv"}},
        {"sasrec", {"a.txt"}},
        {"s3rec", {"a.txt", "a_item2attributes.json"}},
        {"recbole", {"a.inter", "a.item", "a.user"}},
        {"movielens", {"ratings.csv", "movies.csv", "links.csv", "tags.csv"}},
        {"movielens", {"ratings.dat", "movies.dat", "users.dat"}},
        {"movielens", {"u.data", "u.item", "u.user", "u.genre"}},
        {"delimited", {"a.csv", "items.csv"}},
    };
    return list;
}

ImportOptions optionsOf(const Layout& layout, std::uint8_t choice)
{
    ImportOptions options;
    options.format = layout.format;
    if (choice & 1)
        return options; // everything is detected
    options.user = "1";
    options.item = "2";
    if (choice & 2) {
        options.rating = "3";
        options.time = "4";
        options.minRating = 1.0;
    }
    if ((choice & 6) == 4)
        options.surface = "3", options.kind = "4";
    if (choice & 4)
        options.header = (choice & 8) != 0;
    options.timeUnit = (choice & 16) ? "iso" : "";
    return options;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::uint8_t last = size > 0 ? data[size - 1] : 0;
    const Layout& layout = layouts()[last % layouts().size()];
    const Path folder = sourceFolder(layout.files, partsOf(textOf(data, size)));
    ImportOptions options = optionsOf(layout, static_cast<std::uint8_t>(last / layouts().size()));
    if (layout.files.size() > 1 && std::string_view(layout.files[1]) == "items.csv")
        options.itemsFile = folder / "items.csv";
    importWhole(folder / layout.files.front(), options);
    return 0;
}
