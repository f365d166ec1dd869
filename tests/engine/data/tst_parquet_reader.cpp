// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What is said where the optional Parquet reader is missing, or is not ours.

#include <dlfcn.h>

#include "engine/data/parquet/parquet_api.h"
#include "tests/engine/data/import_support.h"

namespace recoscope {
namespace {

TEST(ParquetReader, ItsAbsenceIsToldInWords)
{
    expectError(ErrorKind::Resource, "this build has no Parquet reader", [] {
        loadParquetReader({"/nonexistent/a.so", "/nonexistent/b.so"});
    });
}

TEST(ParquetReader, WhatIsNoLibraryIsRefused)
{
    const TemporaryFolder folder;
    const std::string file = (folder.path() / "library.so").string();
    writeText(file, "not a library");
    expectError(ErrorKind::Resource, "library.so cannot be used", [&] { loadParquetReader({file}); });
    Dl_info other{};
    ASSERT_NE(dladdr(dlsym(RTLD_DEFAULT, "sqlite3_open"), &other), 0);
    expectError(ErrorKind::Resource, "it belongs to another version", [&] { loadParquetReader({other.dli_fname}); });
}

} // namespace
} // namespace recoscope
