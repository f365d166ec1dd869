// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cstdlib>

#include "engine/core/error.h"
#include "engine/training/parity.h"

namespace recoscope {
namespace {

void expectAllRows(const Path& folder, std::size_t atLeast)
{
    Progress progress;
    const ParityReport report = runParity(folder, progress);
    EXPECT_GE(report.rows.size(), atLeast);
    for (const ParityRow& row : report.rows)
        EXPECT_TRUE(row.ok) << row.caseName << " " << row.tensor << ": error " << row.maxAbs << ", tolerance "
                            << row.tolerance;
}

// References of our own: a plain double-precision program (tests/parity/make_references.py) and its outputs.
TEST(Parity, OwnReferences)
{
    expectAllRows(Path(RECOSCOPE_SOURCE_DIR) / "tests/parity", 30);
}

TEST(Parity, PublicImplementations)
{
    const char* shared = std::getenv("RECOSCOPE_SHARED");
    const Path folder = (shared ? Path(shared) : Path(RECOSCOPE_SOURCE_DIR) / "../shared") / "parity";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "no shared fixtures at " << folder;
    expectAllRows(folder, 500);
}

TEST(Parity, FolderWithoutCasesIsNotFound)
{
    Progress progress;
    try {
        runParity(Path(RECOSCOPE_SOURCE_DIR) / "cmake", progress);
        FAIL() << "found cases";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::NotFound);
    }
}

} // namespace
} // namespace recoscope
