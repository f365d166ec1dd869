// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Tables packed with zstd, bzip2 and xz, packed here: a fixture of each, whole and cut short.

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include "engine/data/importers/byte_source.h"
#include "engine/data/importers/importer.h"
#include "tests/engine/data/import_support.h"

namespace recoscope {
namespace {

struct Packing {
    const char* ending;
    int (*addFilter)(archive*);
};

void PrintTo(const Packing& packing, std::ostream* out)
{
    *out << packing.ending;
}

// Empty when this libarchive was built without the filter.
std::string packed(const Packing& packing, const std::string& text)
{
    archive* out = archive_write_new();
    archive_entry* entry = archive_entry_new();
    std::string bytes(text.size() + 65536, '\0');
    std::size_t used = 0;
    const bool ok = archive_write_set_format_raw(out) == ARCHIVE_OK && packing.addFilter(out) == ARCHIVE_OK
        && archive_write_open_memory(out, bytes.data(), bytes.size(), &used) == ARCHIVE_OK;
    archive_entry_set_filetype(entry, AE_IFREG);
    if (ok) {
        archive_write_header(out, entry);
        archive_write_data(out, text.data(), text.size());
        archive_write_close(out);
    }
    archive_entry_free(entry);
    archive_write_free(out);
    bytes.resize(ok ? used : 0);
    return bytes;
}

std::string table(int rows)
{
    std::string text = "user,item,rating,timestamp\n";
    for (int row = 0; row < rows; ++row)
        text += "u" + std::to_string(row * 7919 % 1000) + ",i" + std::to_string(row * 104729 % 5000) + ",4,"
            + std::to_string(1'000'000'000 + row * 31) + "\n";
    return text;
}

class PackedFiles : public testing::TestWithParam<Packing> { };

TEST_P(PackedFiles, AreReadLikePlainOnes)
{
    const std::string text = table(20'000), bytes = packed(GetParam(), text);
    if (bytes.empty())
        GTEST_SKIP() << "this libarchive cannot write " << GetParam().ending;
    ASSERT_LT(bytes.size(), text.size());
    const TemporaryFolder folder;
    const Path plain = folder.path() / "plain.csv", file = folder.path() / (std::string("a.csv") + GetParam().ending);
    writeText(plain, text);
    writeText(file, bytes);
    EXPECT_EQ(readAll(*openByteSource(file)), text);
    Progress progress;
    const auto expected = importDataset(plain, folder.path() / "p", "d", {}, progress);
    const auto dataset = importDataset(file, folder.path() / "d", "d", {}, progress);
    EXPECT_EQ(dataset->info().interactions, 20'000);
    EXPECT_EQ(dataset->info().contentHash, expected->info().contentHash);
}

TEST_P(PackedFiles, CutShortTheyAreRefusedAndLeaveNothing)
{
    const std::string bytes = packed(GetParam(), table(20'000));
    if (bytes.empty())
        GTEST_SKIP() << "this libarchive cannot write " << GetParam().ending;
    const TemporaryFolder folder;
    const Path file = folder.path() / (std::string("a.csv") + GetParam().ending);
    for (const std::size_t kept : {bytes.size() - 1, bytes.size() / 2}) {
        writeText(file, bytes.substr(0, kept));
        Progress progress;
        expectError(ErrorKind::Input, "is cut short or damaged",
            [&] { importDataset(file, folder.path() / "d", "d", {}, progress); });
        EXPECT_EQ(folder.entries(), (std::vector<std::string>{file.filename().string()}));
    }
}

INSTANTIATE_TEST_SUITE_P(All, PackedFiles,
    testing::Values(Packing{".zst", archive_write_add_filter_zstd}, Packing{".bz2", archive_write_add_filter_bzip2},
        Packing{".xz", archive_write_add_filter_xz}));

} // namespace
} // namespace recoscope
